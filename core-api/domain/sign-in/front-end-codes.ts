import { createHash, timingSafeEqual } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import * as codes from '#core-api/persistence/stores/one-time-tokens.js';
import { findRunningSession } from '#core-api/persistence/stores/sessions.js';
import type { CompanyActor } from '../actor.js';
import { type ReadToken, readToken } from '../auth/secret-token.js';
import { issueOneTimeToken, takeOneTimeToken } from './one-time-tokens.js';
import { endSessions, heldFor, type OpenedSession, openSession, type Visitor, visitorActor } from './sessions.js';

/*
 * Front ends on other origins get a session of their own by the authorisation code grant with PKCE (RFC 6749 §4.1, RFC 7636): the browser comes by here
 * with its cookie, takes a code along, and the front end changes the code for a token. Nothing that works stands in an address.
 */

const CODE_MINUTES = 1;
const LONGEST = 512;
/** A SHA-256 in base64url. */
const CHALLENGE = /^[\w-]{43}$/;
const VERIFIER = /^[\w.~-]{43,128}$/;

/** What a front end asks for, checked. */
export interface FrontEndRequest {
  redirectUri: string;
  challenge: string;
  state: string | null;
  /** Whether only a sign-in of the last quarter of an hour will do. */
  wantsFresh: boolean;
}

/** What is wrong with it, by the names of RFC 6749 §4.1.2.1; said to the front end, which is one of ours. */
export interface FrontEndRefusal {
  redirectUri: string;
  state: string | null;
  error: 'invalid_request' | 'unsupported_response_type';
}

/** @returns null when it is not known that the address is a front end's: then the browser is sent nowhere. */
export function readFrontEndRequest(
  asked: (name: string) => string | null,
  allowedOrigins: readonly string[],
): FrontEndRequest | FrontEndRefusal | null {
  const redirectUri = asked('redirect_uri');
  if (redirectUri === null || frontEndOf(redirectUri, allowedOrigins) === null) return null;
  const state = asked('state');
  const refused = (error: FrontEndRefusal['error']) => ({ redirectUri, state: null, error });
  if ((state?.length ?? 0) > LONGEST) return refused('invalid_request');
  if (asked('response_type') !== 'code') return { ...refused('unsupported_response_type'), state };
  const challenge = asked('code_challenge');
  if (challenge === null || !CHALLENGE.test(challenge) || asked('code_challenge_method') !== 'S256')
    return { ...refused('invalid_request'), state };
  return { redirectUri, challenge, state, wantsFresh: asked('prompt') === 'login' };
}

/** The origin of a front end's address, if it is one of those allowed, to the letter; null otherwise. */
function frontEndOf(address: string, allowedOrigins: readonly string[]): string | null {
  const url = address.length <= LONGEST && URL.canParse(address) ? new URL(address) : null;
  const isPlain = url !== null && url.username === '' && url.password === '' && !address.includes('#');
  return isPlain && allowedOrigins.includes(url.origin) ? url.origin : null;
}

/** A code for a front end, good once and for a minute. @throws UNAUTHENTICATED, once the user is not active any more */
export function issueFrontEndCode(
  db: Database,
  actor: CompanyActor & { userId: string; session: { id: string } },
  { redirectUri, challenge }: FrontEndRequest,
): Promise<string> {
  const { companyId, userId, session } = actor;
  const data = { redirectUri, challenge, sessionId: session.id };
  return heldFor(db.forCompany(companyId), actor).inTransaction((tx) =>
    issueOneTimeToken(tx, { companyId, userId, kind: 'AUTHORIZATION_CODE', data, minutes: CODE_MINUTES }),
  );
}

interface Offer {
  code: string;
  redirectUri: string;
  verifier: string;
  /** As the browser says it; null from something that is no browser. */
  origin: string | null;
}

/**
 * Changes a code for a session that stands for the same sign-in as the browser's: as old, and by the same connection. A code is used up by the first try,
 * right or wrong; one that comes a second time was stolen from somebody, and ends what it gave.
 *
 * @returns null when there is nothing to be had for it.
 */
export async function redeemFrontEndCode(
  whole: Database,
  offer: Offer,
  visitor: Visitor,
): Promise<OpenedSession | null> {
  const read = readToken(offer.code);
  if (read?.kind !== 'oneTime' || read.companyId === null) return null;
  const { companyId } = read;
  const db = whole.forCompany(companyId);
  return db.inTransaction(async (tx) => {
    const code = await takeOneTimeToken(tx, 'AUTHORIZATION_CODE', offer.code);
    if (!code) {
      await endWhatItGave(tx, companyId, read, visitor);
      return null;
    }
    const { userId } = code;
    const { redirectUri, challenge, sessionId } = code.data as Record<string, string>;
    const origin = new URL(redirectUri!).origin;
    const isTheirs = offer.redirectUri === redirectUri && (offer.origin === null || offer.origin === origin);
    if (!isTheirs || !answers(offer.verifier, challenge!)) return null;
    const [parent] = await tx.run(findRunningSession.bind({ companyId, id: sessionId! }));
    if (!parent || !userId) return null;
    const session = await openSession(tx, { ...parent, companyId, userId, kind: 'BEARER', origin }, visitor);
    if (session) await tx.run(codes.noteGiven.bind({ companyId, id: code.id, sessionId: session.sessionId }));
    return session;
  });
}

async function endWhatItGave(tx: Database, companyId: string, { hash }: ReadToken, visitor: Visitor): Promise<void> {
  const [used] = await tx.run(codes.findGiven.bind({ companyId, hash }));
  if (used?.sessionId) await endSessions(tx, visitorActor(companyId, null, visitor), { id: used.sessionId }, 'ENDED');
}

function answers(verifier: string, challenge: string): boolean {
  if (!VERIFIER.test(verifier)) return false;
  const made = createHash('sha256').update(verifier).digest();
  return timingSafeEqual(made, Buffer.from(challenge, 'base64url'));
}
