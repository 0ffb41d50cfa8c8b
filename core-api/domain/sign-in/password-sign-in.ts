import { randomBytes } from 'node:crypto';
import type { SignInCompany } from '#core-api/persistence/stores/local-accounts.js';
import { hashPassword, verifyPassword } from '../auth/password.js';
import { countAttempt, takeBack } from './attempts.js';
import { type Arrival, comeIn, type Entry, type LocalSignInParts, logRefusal, REFUSED } from './entry.js';
import { accountKey, findAccountNamed, whyNot } from './local-ways.js';

/** No password of ours is longer, so nothing that is cut off here can be right. */
const LONGEST = 1024;

let dummy: Promise<string> | null = null;

/** What a password is verified against where there is none: it takes as long, and is never right. */
function dummyHash(): Promise<string> {
  dummy ??= hashPassword(randomBytes(32).toString('base64url'));
  return dummy;
}

/**
 * Lets somebody in by user name or address and password. An unknown account, one without a password and one that may not come in this way go through
 * the same steps as a wrong password.
 *
 * @throws TOO_MANY_ATTEMPTS
 */
export async function signInByPassword(
  { db: whole }: LocalSignInParts,
  company: SignInCompany,
  { name, password }: { name: string; password: string },
  arrival: Arrival,
): Promise<Entry> {
  const { id: companyId } = company;
  const key = accountKey(name);
  const attempt = await countAttempt(whole, 'PASSWORD', `${companyId} ${key}`, arrival.visitor);
  const db = whole.forCompany(companyId);
  const account = await findAccountNamed(db, companyId, key);
  const storedHash = account?.passwordHash ?? null;
  const isRight = await verifyPassword(storedHash ?? (await dummyHash()), password.slice(0, LONGEST));
  const refusal = whyNot('PASSWORD', company, account) ?? (isRight && storedHash !== null ? null : 'WRONG_PASSWORD');
  if (refusal !== null || !account) {
    const reason = refusal ?? 'NO_ACCOUNT';
    await logRefusal(db, companyId, account?.id ?? null, { way: 'PASSWORD', reason }, arrival.visitor);
    return REFUSED;
  }
  const entry = await db.inTransaction((tx) =>
    comeIn(tx, { companyId, userId: account.id, way: 'PASSWORD' }, arrival, {
      // Changed in the moment since: what was shown is not the password any more.
      object: (_, held) => (held.passwordHash === storedHash ? null : 'WRONG_PASSWORD'),
    }),
  );
  if (entry.kind !== 'REFUSED') await takeBack(whole, attempt);
  return entry;
}
