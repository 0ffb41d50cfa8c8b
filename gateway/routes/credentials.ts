import type { IncomingMessage } from 'node:http';
import { unauthenticated } from '#gateway/translate/core-error.js';

/** A token, with or without the word Bearer: Okta sends what its administrator typed. Basic has another word before it. */
const AUTHORIZATION = /^(?:bearer +)?[\w.~+/=-]{1,1024}$/i;

/**
 * The Authorization header as it came, if it can be a token's. Anything else is refused before the core is asked.
 *
 * @throws 401
 */
export function authorizationOf({ headers, rawHeaders }: IncomingMessage): string {
  const authorization = headers.authorization?.trim() ?? '';
  // Node keeps the first of two; which of them was meant, nobody knows.
  const times = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;
  if (times !== 1 || !AUTHORIZATION.test(authorization) || /^bearer$/i.test(authorization)) throw unauthenticated();
  return authorization;
}
