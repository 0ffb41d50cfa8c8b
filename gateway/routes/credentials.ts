import type { IncomingMessage } from 'node:http';
import type { Note } from '#gateway/scim/tolerances.js';
import { unauthenticated } from '#gateway/translate/core-error.js';

/** A token, with or without the word Bearer: Okta sends what its administrator typed. Basic has another word before it. */
const AUTHORIZATION = /^(?:bearer +)?([\w.~+/=-]{1,1024})$/i;

/**
 * The Authorization header as the core reads it: `Bearer` and the token. What cannot be a token is refused before the
 * core is asked.
 *
 * @throws 401
 */
export function authorizationOf({ headers, rawHeaders }: IncomingMessage): string {
  // Node keeps the first of two; which of them was meant, nobody knows.
  const times = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;
  const token = tokenIn(headers.authorization);
  if (times !== 1 || token === null) throw unauthenticated();
  return `Bearer ${token}`;
}

/** To be called when it is known who asks, and so what is tolerated. */
export function noteBareToken({ headers }: IncomingMessage, note: Note): void {
  if (headers.authorization?.trim() === tokenIn(headers.authorization)) note('BARE_TOKEN', 'Authorization');
}

/** The token that an Authorization header holds; null when it can be none. */
export function tokenIn(authorization: string | undefined): string | null {
  const token = AUTHORIZATION.exec(authorization?.trim() ?? '')?.[1];
  return token === undefined || /^bearer$/i.test(token) ? null : token;
}
