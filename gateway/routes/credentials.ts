import type { IncomingMessage } from 'node:http';
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
  const authorization = headers.authorization?.trim() ?? '';
  // Node keeps the first of two; which of them was meant, nobody knows.
  const times = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;
  const token = AUTHORIZATION.exec(authorization)?.[1];
  if (times !== 1 || token === undefined || /^bearer$/i.test(token)) throw unauthenticated();
  return `Bearer ${token}`;
}
