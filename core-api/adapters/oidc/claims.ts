import type { AssertedIdentity, ClaimNames } from '#core-api/domain/sso/connection-config.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';

export type Claims = Readonly<Record<string, unknown>>;

/** It is part of a key. */
const LONGEST_SUBJECT = 512;

/** The claims that providers send, in the order in which they are tried. Entra ID's `sub` is another one for each application, its `oid` is not. */
const USUAL: Record<keyof ClaimNames, readonly string[]> = {
  userName: ['preferred_username', 'upn'],
  externalId: ['externalId', 'oid', 'sub'],
  email: ['email'],
  givenName: ['given_name'],
  familyName: ['family_name'],
  displayName: ['name'],
  groups: ['groups'],
};

/**
 * Whether a claim that is wanted is not among these: then the UserInfo endpoint is asked, which is where the standard puts most of them (OpenID Connect
 * Core §5.4).
 */
export function lacksClaims(claims: Claims, names: ClaimNames = {}): boolean {
  return ['email', ...Object.values(names)].some((name) => claims[name] === undefined);
}

/** What verified claims say of whoever signed in. @throws SsoRefusal (NO_SUBJECT) */
export function identityOf(claims: Claims, names: ClaimNames = {}): AssertedIdentity {
  const all = (claim: keyof ClaimNames) => valuesOf(claims, names[claim] ? [names[claim]] : USUAL[claim]);
  const one = (claim: keyof ClaimNames) => all(claim)[0] ?? null;
  const email = one('email');
  // Some send it as a text.
  const emailVerified = claims.email_verified === true || claims.email_verified === 'true';
  return {
    subject: subjectOf(claims),
    userName: userNameOf(one('userName'), email, claims.email_verified),
    externalId: one('externalId'),
    email,
    emailVerified,
    givenName: one('givenName'),
    familyName: one('familyName'),
    displayName: one('displayName'),
    groups: all('groups'),
    idpSession: typeof claims.sid === 'string' ? claims.sid : null,
  };
}

function subjectOf({ sub }: Claims): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= LONGEST_SUBJECT) return sub;
  throw new SsoRefusal('NO_SUBJECT', 'The ID token does not say whom it is about.');
}

/** A user name that is the very address of which the provider says that it has not verified it may be somebody else's. */
function userNameOf(userName: string | null, email: string | null, verified: unknown): string | null {
  const isDoubtful = (verified === false || verified === 'false') && userName?.toLowerCase() === email?.toLowerCase();
  return isDoubtful ? null : userName;
}

/** Those of the first name that has any. */
function valuesOf(claims: Claims, names: readonly string[]): string[] {
  for (const name of names) {
    const texts = [claims[name]].flat().filter((value) => typeof value === 'string' && value !== '');
    if (texts.length > 0) return texts as string[];
  }
  return [];
}
