import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import {
  type AccountRow,
  companyById,
  holdAccount,
  type SignInCompany,
} from '#core-api/persistence/stores/local-accounts.js';
import { logChanges } from '../admin-record.js';
import { type LocalRefusal, type LocalWay, whyNot } from './local-ways.js';
import { issueOneTimeToken, type OneTimeToken } from './one-time-tokens.js';
import { type OpenedSession, openSession, type Visitor, visitorActor } from './sessions.js';
import type { SignInMail } from './sign-in-mail.js';

/** What local sign-in works with. */
export interface LocalSignInParts {
  db: Database;
  keyRing: KeyRing;
  mail: SignInMail;
}

/** Somebody at the door. */
export interface Arrival {
  visitor: Visitor;
  /** The text of the session that the browser has already; it ends where another one begins. */
  replaces: string | null;
  /** Where the browser wants to go afterwards; checked where it is sent there. */
  returnTo: string | null;
}

/** What becomes of an attempt to come in. REFUSED says nothing more: the change log does. */
export type Entry =
  | { kind: 'SESSION'; session: OpenedSession; returnTo: string | null }
  /** The token stands for what was shown so far, and wants a code of the second factor. */
  | { kind: 'SECOND_FACTOR'; token: string; isWrong: boolean }
  | { kind: 'LINK_OVER' }
  | { kind: 'REFUSED' };

export const REFUSED: Entry = { kind: 'REFUSED' };
export const LINK_OVER: Entry = { kind: 'LINK_OVER' };

const CODE_MINUTES = 5;

/** Whether to let in the account that is now held; null: by this way it may come. */
type Objection = (company: SignInCompany, account: AccountRow) => LocalRefusal | null;

interface Comer {
  companyId: string;
  userId: string | null;
  way: LocalWay;
}

/**
 * Lets an account in, in the caller's transaction, which holds it from here on: the rules are looked at again, for they may have changed since.
 *
 * @param object looks at what the rules don't know.
 * @param before what else has to happen to the account, before its session is there.
 */
export async function comeIn(
  tx: Database,
  { companyId, userId, way }: Comer,
  { visitor, replaces, returnTo }: Arrival,
  {
    object = () => null,
    before = async () => undefined,
  }: { object?: Objection; before?: (account: AccountRow) => Promise<unknown> } = {},
): Promise<Entry> {
  const [company] = await tx.run(companyById.bind({ companyId }));
  const [account] = userId === null ? [] : await tx.run(holdAccount.bind({ companyId, userId }));
  const refusal = !company || !account ? 'NO_ACCOUNT' : (whyNot(way, company, account) ?? object(company, account));
  if (refusal !== null || !account) {
    await logRefusal(tx, companyId, account?.id ?? null, { way, reason: refusal ?? 'NO_ACCOUNT' }, visitor);
    return REFUSED;
  }
  await before(account);
  if (account.hasSecondFactor) return askForCode(tx, { companyId, userId: account.id, way, returnTo });
  return openFor(tx, { companyId, userId: account.id, way }, { visitor, replaces, returnTo });
}

/** The step between what was shown first and the code. */
export async function askForCode(
  tx: Database,
  { companyId, userId, way, returnTo }: { companyId: string; userId: string; way: LocalWay; returnTo: string | null },
  isWrong = false,
): Promise<Entry> {
  const data = { way, returnTo };
  const token = await issueOneTimeToken(tx, { companyId, userId, kind: 'SECOND_FACTOR', data, minutes: CODE_MINUTES });
  return { kind: 'SECOND_FACTOR', token, isWrong };
}

export async function openFor(
  tx: Database,
  { companyId, userId, way }: { companyId: string; userId: string; way: LocalWay },
  { visitor, replaces, returnTo }: Arrival,
): Promise<Entry> {
  const session = await openSession(tx, { companyId, userId, kind: 'COOKIE', method: way, replaces }, visitor);
  return session ? { kind: 'SESSION', session, returnTo } : REFUSED;
}

/** Notes who was refused and why; of an account that nobody has, with the company. What a visitor has typed is not noted: it may be a password. */
export async function logRefusal(
  db: Database,
  companyId: string,
  userId: string | null,
  { way, reason }: { way: LocalWay; reason: LocalRefusal },
  visitor: Visitor,
): Promise<void> {
  await logChanges(db, visitorActor(companyId, null, visitor), [
    {
      kind: 'sign_in.refused',
      objectType: userId === null ? 'company' : 'user',
      objectId: userId ?? companyId,
      before: null,
      after: { reason, method: way, address: visitor.address },
    },
  ]);
}

/** What an earlier step has noted in a token. */
export function notedIn(token: OneTimeToken, name: string): string | null {
  const value = token.data[name];
  return typeof value === 'string' ? value : null;
}
