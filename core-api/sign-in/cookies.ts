import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';

/**
 * The names of our cookies. Over https they have the prefix that keeps other hosts of the same site from setting them; plain http, which is for
 * one's own machine, cannot have it.
 */
export interface Cookies {
  readonly session: string;
  /** What binds a sign-in to the browser that began it. */
  readonly browser: string;
  readonly isSecure: boolean;
}

export function cookiesFor(publicUrl: string): Cookies {
  const isSecure = publicUrl.startsWith('https:');
  return isSecure
    ? { session: '__Host-rollcall', browser: '__Host-rollcall-sso', isSecure }
    : { session: 'rollcall-session', browser: 'rollcall-sso', isSecure };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether people may sign in at this address: over https, or by plain http on their own machine. */
export function isSafeForSignIn(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' || LOOPBACK.test(hostname);
}

/** The value of a cookie of the request; null when it has none of that name, or several. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0]! : null;
}

/** @param expiresAt ISO 8601 */
export function setSessionCookie(response: Response, { session, isSecure }: Cookies, token: string, expiresAt: string) {
  response.cookie(session, token, {
    httpOnly: true,
    secure: isSecure,
    sameSite: 'lax',
    path: '/',
    expires: new Date(expiresAt),
  });
}

export function clearSessionCookie(response: Response, { session, isSecure }: Cookies): void {
  response.clearCookie(session, { httpOnly: true, secure: isSecure, sameSite: 'lax', path: '/' });
}

/**
 * Marks the browser for single sign-on, for a quarter of an hour. It comes back with a post from the identity provider, which is another site, so it has to be
 * SameSite=None. Browsers take that over https only. By plain http, on one's own machine, it says nothing of SameSite: every port of one host name is the same
 * site, and from another site Chromium sends such a cookie with a post for two minutes, and Firefox and Safari always.
 */
export function setBrowserCookie(response: Response, { browser, isSecure }: Cookies, text: string): void {
  response.cookie(browser, text, {
    httpOnly: true,
    secure: isSecure,
    ...(isSecure && { sameSite: 'none' }),
    path: '/',
    maxAge: 15 * 60_000,
  });
}
