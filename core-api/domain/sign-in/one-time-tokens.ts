import type { Database } from '#core-api/persistence/database.js';
import type { OneTimeTokenKind } from '#core-api/persistence/entities/sign-in.js';
import { holdAccount } from '#core-api/persistence/stores/local-accounts.js';
import * as store from '#core-api/persistence/stores/one-time-tokens.js';
import { mintToken, readToken } from '../auth/secret-token.js';
import { newId } from '../new-id.js';

interface NewOneTimeToken {
  companyId: string;
  /** Null where there is no user yet. */
  userId: string | null;
  kind: OneTimeTokenKind;
  /** What whoever takes it has to know; never a secret. */
  data?: Record<string, unknown>;
  minutes: number;
}

export interface OneTimeToken extends store.TakenToken {
  companyId: string;
}

/** @returns the token's text, which is not kept: it goes into a mail, a form or an address. Ends with its user's access. */
export async function issueOneTimeToken(tx: Database, input: NewOneTimeToken): Promise<string> {
  const { companyId, userId, kind, data = {}, minutes } = input;
  const { token, hash } = mintToken('oneTime', companyId);
  await tx.run(
    store.insertOneTimeToken.bind({ companyId, id: newId(), userId, kind, hash, data: JSON.stringify(data), minutes }),
  );
  return token;
}

/**
 * Uses a token up, in the caller's transaction: undone, it is good again. Its user is held before it, in the order in which whoever takes access away holds
 * the two, so that neither waits for the other in a circle.
 *
 * @returns null for one that is unknown, of another kind, used, withdrawn or run out.
 */
export async function takeOneTimeToken(
  tx: Database,
  kind: OneTimeTokenKind,
  text: string,
): Promise<OneTimeToken | null> {
  if (!tx.isTransaction) throw new TypeError('A token is used up in the transaction that does what it is good for.');
  const found = await findOneTimeToken(tx, kind, text);
  if (!found) return null;
  const { companyId, userId } = found;
  if (userId !== null) await tx.forCompany(companyId).run(holdAccount.bind({ companyId, userId }));
  return look(tx, kind, text, store.takeOneTimeToken);
}

/** The same without using it up: for a page that asks before it acts. */
export function findOneTimeToken(db: Database, kind: OneTimeTokenKind, text: string): Promise<OneTimeToken | null> {
  return look(db, kind, text, store.findOneTimeToken);
}

async function look(db: Database, kind: OneTimeTokenKind, text: string, by: typeof store.takeOneTimeToken) {
  const read = readToken(text);
  if (read?.kind !== 'oneTime' || read.companyId === null) return null;
  const { companyId, hash } = read;
  const [found] = await db.forCompany(companyId).run(by.bind({ companyId, kind, hash }));
  return found ? { ...found, companyId } : null;
}
