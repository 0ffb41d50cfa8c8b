import { generateSecret, generateURI, verify } from 'otplib';
import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { companyById, holdAccount } from '#core-api/persistence/stores/local-accounts.js';
import * as store from '#core-api/persistence/stores/second-factors.js';
import { countAttempt, takeBack } from './attempts.js';
import {
  type Arrival,
  askForCode,
  type Entry,
  LINK_OVER,
  type LocalSignInParts,
  logRefusal,
  notedIn,
  openFor,
  REFUSED,
} from './entry.js';
import { type LocalRefusal, type LocalWay, whyNot } from './local-ways.js';
import { findOneTimeToken, takeOneTimeToken } from './one-time-tokens.js';

const COLUMN = 'second_factor.secret';
/** Clocks of telephones are a little off: the step before and the one after count, too (RFC 6238 §5.2). */
const TOLERANCE_SECONDS = 30;
const CODE = /^\d{6}$/;

/** A fresh secret for one user, not asked for until a first code was right. Null when a confirmed one is there. */
export async function proposeSecondFactor(
  tx: Database,
  keyRing: KeyRing,
  { companyId, userId, issuer, label }: { companyId: string; userId: string; issuer: string; label: string },
): Promise<{ secret: string; uri: string } | null> {
  const secret = generateSecret();
  const encrypted = keyRing.encrypt(secret, { companyId, column: COLUMN });
  const [proposed] = await tx.run(store.proposeSecondFactor.bind({ companyId, userId, secret: encrypted }));
  return proposed ? { secret, uri: generateURI({ issuer, label, secret }) } : null;
}

/**
 * Whether the code is right, by the database's clock. It is taken: neither it nor an older one is right again.
 *
 * @returns null when the user has no second factor.
 */
export async function takeCode(
  tx: Database,
  keyRing: KeyRing,
  { companyId, userId }: { companyId: string; userId: string },
  code: string,
): Promise<boolean | null> {
  const [factor] = await tx.run(store.findSecondFactor.bind({ companyId, userId }));
  if (!factor) return null;
  const digits = code.replace(/\s/g, '');
  if (!CODE.test(digits)) return false;
  const secret = keyRing.decrypt(factor.secret, { companyId, column: COLUMN });
  const epoch = Math.floor(factor.now);
  const verified = await verify({ secret, token: digits, epoch, epochTolerance: TOLERANCE_SECONDS });
  if (!verified.valid || !('timeStep' in verified)) return false;
  const [taken] = await tx.run(store.takeStep.bind({ companyId, userId, step: verified.timeStep }));
  return taken !== undefined;
}

/** Lets in whoever shows the code that was asked for. A wrong one may be followed by another, as often as attempts go. @throws TOO_MANY_ATTEMPTS */
export async function signInByCode(
  { db: whole, keyRing }: LocalSignInParts,
  text: string,
  code: string,
  arrival: Arrival,
): Promise<Entry> {
  const found = await findOneTimeToken(whole, 'SECOND_FACTOR', text);
  if (!found?.userId) return LINK_OVER;
  const { companyId, userId } = found;
  const { visitor } = arrival;
  const way = notedIn(found, 'way') as LocalWay; // `askForCode` has noted it
  const attempt = await countAttempt(whole, 'CODE', `${companyId} ${userId}`, visitor);
  const entry = await whole.forCompany(companyId).inTransaction(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'SECOND_FACTOR', text);
    if (!taken) return LINK_OVER;
    const [company] = await tx.run(companyById.bind({ companyId }));
    const [account] = await tx.run(holdAccount.bind({ companyId, userId }));
    const refused = async (reason: LocalRefusal) => {
      await logRefusal(tx, companyId, userId, { way, reason }, visitor);
      return REFUSED;
    };
    const reason = company && account ? whyNot(way, company, account) : 'NO_ACCOUNT';
    if (reason !== null) return refused(reason);
    const returnTo = notedIn(taken, 'returnTo');
    const isRight = await takeCode(tx, keyRing, { companyId, userId }, code);
    // Removed in the meantime: what was shown first is enough again, but then it is to be shown again.
    if (isRight === null) return LINK_OVER;
    if (isRight) return openFor(tx, { companyId, userId, way }, { ...arrival, returnTo });
    await refused('WRONG_CODE');
    return askForCode(tx, { companyId, userId, way, returnTo }, true);
  });
  if (entry.kind === 'SESSION') await takeBack(whole, attempt);
  return entry;
}
