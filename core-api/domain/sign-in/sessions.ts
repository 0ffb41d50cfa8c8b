import type { Database } from '#core-api/persistence/database.js';
import type { SessionEnd, SessionKind, SignInMethod } from '#core-api/persistence/entities/sign-in.js';
import * as store from '#core-api/persistence/stores/sessions.js';
import { type Actor, authorOf, type CompanyActor } from '../actor.js';
import { raiseAlarm } from '../alarm/alarms.js';
import { mintToken, readToken } from '../auth/secret-token.js';
import { DomainError, unauthenticated } from '../errors.js';
import { NIL_ID, newId } from '../new-id.js';

/** Somebody who is not signed in, as far as they are known. */
export interface Visitor {
  address: string | null;
  userAgent: string | null;
  requestId: string;
}

interface NewSession {
  companyId: string;
  userId: string;
  kind: SessionKind;
  method: SignInMethod;
  connectionId?: string | null;
  idpSession?: string | null;
  /** The front end that a BEARER session is for. */
  origin?: string | null;
  /** When the person signed in, ISO 8601, where that was before: null is now. */
  authenticatedAt?: string | null;
  /** The text of the session that the browser came with, whoever's it was: it ends, so that nobody can have fixed it beforehand. */
  replaces?: string | null;
}

export interface OpenedSession {
  companyId: string;
  userId: string;
  sessionId: string;
  /** Shown once: for the cookie, or for the front end. */
  token: string;
  /** The absolute limit, ISO 8601. */
  expiresAt: string;
}

const LONGEST_AGENT = 255;
const NONE = new Set<never>();

/**
 * Whoever signs in, as the author of what that causes: without any right, but with a name for the change log.
 *
 * @param user null while it is not known who it is.
 */
export function visitorActor(
  companyId: string,
  user: { id: string; userName: string } | null,
  { address, userAgent, requestId }: Visitor,
): CompanyActor {
  return {
    kind: user ? 'USER' : 'VISITOR',
    id: user?.id ?? NIL_ID,
    name: user?.userName ?? 'a visitor',
    source: 'SSO',
    companyId,
    permissions: NONE,
    withheld: NONE,
    directory: null,
    requestId,
    clientAddress: address,
    userAgent,
  };
}

/**
 * Opens a session in the caller's transaction, which holds the user's row from here on: whoever takes the user's access away meanwhile
 * waits for it, and then ends the session, too.
 *
 * @returns null when the user is not there, not active or deleted.
 */
export async function openSession(tx: Database, input: NewSession, visitor: Visitor): Promise<OpenedSession | null> {
  if (!tx.isTransaction) throw new TypeError('A session is opened in the transaction that decides about it.');
  const { companyId, userId, kind, method, connectionId = null, idpSession = null, origin = null } = input;
  const { authenticatedAt = null } = input;
  const [user] = await tx.run(store.holdActiveUser.bind({ companyId, userId }));
  if (!user) return null;
  const actor = visitorActor(companyId, { id: userId, userName: user.userName }, visitor);
  if (input.replaces) await endReplaced(tx, actor, input.replaces, visitor);
  const { token, hash, hint } = mintToken('session', companyId);
  const sessionId = newId();
  const [opened] = await tx.run(
    store.insertSession.bind({
      ...authorOf(actor),
      id: sessionId,
      ...{ userId, hash, hint, kind, method, connectionId, idpSession, origin, authenticatedAt },
      address: visitor.address,
      userAgent: visitor.userAgent?.slice(0, LONGEST_AGENT) ?? null,
    }),
  );
  // Whichever way it was: who comes in by an account of last resort has to be seen by somebody.
  if (user.breakGlass)
    await raiseAlarm(tx, actor, {
      kind: 'BREAK_GLASS_SIGN_IN',
      subjectId: sessionId,
      details: { userId, method, address: visitor.address },
    });
  return { companyId, userId, sessionId, token, expiresAt: opened!.expiresAt };
}

async function endReplaced(tx: Database, actor: CompanyActor, text: string, visitor: Visitor): Promise<void> {
  const read = readToken(text);
  if (read?.kind !== 'session' || read.companyId === null) return;
  // Another company's log does not learn who somebody is here.
  const author = read.companyId === actor.companyId ? actor : visitorActor(read.companyId, null, visitor);
  await endSessions(tx.forCompany(read.companyId), author, { hash: read.hash }, 'REPLACED');
}

/** Ends what has not ended of the sessions that fit every member given, each with a change. @returns how many */
export async function endSessions(
  db: Database,
  actor: CompanyActor,
  of: store.SessionsOf,
  reason: SessionEnd,
): Promise<number> {
  const ended = await db.run(store.endSessions({ ...authorOf(actor), ...of, reason }));
  return ended.length;
}

/**
 * The database for an actor: of a person's session or key every write holds the person's row, so that none commits after the change that took the
 * access away. @throws UNAUTHENTICATED from then on
 */
export function heldFor(db: Database, { companyId, userId }: Actor): Database {
  if (userId === undefined || companyId === null) return db;
  return db.heldBy({ query: store.holdActiveUser.bind({ companyId, userId }), gone: unauthenticated });
}

/**
 * For what must not be done by whoever finds an open session: somebody has to have signed in within a quarter of an hour. Keys have no such limit.
 *
 * @throws STEP_UP_REQUIRED
 */
export function requireFresh({ session }: Actor): void {
  if (session && !session.isFresh)
    throw new DomainError('STEP_UP_REQUIRED', 'Sign in once more for this: the last time was over 15 minutes ago.');
}
