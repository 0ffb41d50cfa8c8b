import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import type { SsoPurpose } from '#core-api/persistence/entities/sign-in.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import * as store from '#core-api/persistence/stores/sso-requests.js';
import { isId, newId } from '../new-id.js';

export interface UsableConnection extends Omit<store.UsableConnection, 'now'> {
  /** The database's clock. */
  now: Date;
}

/** A connection by the ids in its addresses. */
export interface ConnectionKey {
  companyId: string;
  connectionId: string;
}

/** What a browser is sent off with. */
export interface NewSsoRequest {
  purpose: SsoPurpose;
  /** Whose it is, where that is known: a step-up's, a test's. */
  userId: string | null;
  /** The opaque text that comes back with the answer. */
  state: string;
  /** What the browser's cookie holds. */
  browser: string;
  /** The ID of the AuthnRequest; null: the protocol has none. */
  requestId: string | null;
  /** What nobody but us may read until then. */
  secrets: Record<string, unknown>;
  /** Where the browser goes afterwards; checked when it goes. */
  returnTo: string | null;
}

export interface SsoRequest extends Omit<store.TakenRequest, 'secrets' | 'continuation' | 'createdAt'> {
  createdAt: Date;
  secrets: Record<string, unknown>;
  returnTo: string | null;
}

/** For whom it takes longer there is the way from the start. */
const MINUTES = 15;
const COLUMN = 'sso_request.secrets';

/** 256 random bits, for a state or a browser's cookie. */
export const randomText = () => randomBytes(32).toString('base64url');

/** Null for what is no id of a company and of a connection that it has. */
export async function findUsableConnection(db: Database, key: ConnectionKey): Promise<UsableConnection | null> {
  if (!isId(key.companyId) || !isId(key.connectionId)) return null;
  const [found] = await db.forCompany(key.companyId).run(store.findUsableConnection.bind(key));
  return found ? { ...found, now: new Date(found.now) } : null;
}

export async function openSsoRequest(
  db: Database,
  keyRing: KeyRing,
  { companyId, connectionId }: ConnectionKey,
  { purpose, userId, state, browser, requestId, secrets, returnTo }: NewSsoRequest,
): Promise<void> {
  await db.forCompany(companyId).run(
    store.insertSsoRequest.bind({
      ...{ companyId, connectionId, id: newId(), purpose, userId, requestId },
      stateHash: sha256(state),
      browserHash: sha256(browser),
      secrets: keyRing.encrypt(JSON.stringify(secrets), { companyId, column: COLUMN }),
      continuation: JSON.stringify({ returnTo }),
      minutes: MINUTES,
    }),
  );
}

/** Uses a request up; null for one that is unknown, another browser's or connection's, used, withdrawn or run out. */
export async function takeSsoRequest(
  db: Database,
  keyRing: KeyRing,
  { companyId, connectionId }: ConnectionKey,
  { state, browser }: { state: string; browser: string },
): Promise<SsoRequest | null> {
  const hashes = { stateHash: sha256(state), browserHash: sha256(browser) };
  const [taken] = await db.forCompany(companyId).run(store.takeSsoRequest.bind({ companyId, connectionId, ...hashes }));
  if (!taken) return null;
  const { secrets, continuation, createdAt, ...request } = taken;
  const opened = secrets ? keyRing.decrypt(secrets, { companyId, column: COLUMN }) : '{}';
  const { returnTo } = continuation;
  return {
    ...request,
    createdAt: new Date(createdAt),
    secrets: JSON.parse(opened),
    returnTo: typeof returnTo === 'string' ? returnTo : null,
  };
}

/** @returns whether nobody has shown that before: an assertion, or a log-out request, by its ID. */
export async function isFirstSeen(
  db: Database,
  key: ConnectionKey,
  what: 'ASSERTION' | 'LOGOUT',
  id: string,
  until: Date,
): Promise<boolean> {
  const hash = sha256(JSON.stringify([what, id]));
  return (
    (await db.forCompany(key.companyId).run(store.noteSeen.bind({ ...key, hash, until: until.toISOString() }))).length >
    0
  );
}

/** Throws away what nobody can answer or show again. */
export async function forgetOldSsoRequests(db: Database, companyId: string): Promise<void> {
  await db.run(store.deleteOldSsoRequests.bind({ companyId }));
  await db.run(store.deleteOldSeenAssertions.bind({ companyId }));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
