import type { SsoKind, SubjectMatch } from '#core-api/persistence/entities/sso-connection.js';
import type { UserRow } from '#core-api/persistence/rows.js';
import { domainOfAddress } from '../domain-claim/domain-name.js';
import { foldKey } from '../fold-key.js';
import { applyUserChanges } from '../user/user-change.js';
import type { UserFields } from '../user/user-types.js';
import type { AssertedIdentity, ClaimNames } from './connection-config.js';
import type { GateRefusal } from './sign-in-gate.js';

interface Asserting {
  kind: SsoKind;
  subjectMatch: SubjectMatch;
  claims?: ClaimNames;
}

/** By what the user is looked for at a first sign-in, or why by nothing. */
export type SoughtUser =
  | { key: string; domain: string | null }
  | Extract<GateRefusal, 'CLAIM_MISSING' | 'EMAIL_NOT_VERIFIED'>;

/**
 * An e-mail address says who somebody is only where the identity provider has verified it: also where it is asserted as the user name, or stands in for
 * one that is not asserted. That it is in a domain of the company's is for the caller to see; an admin who names the claim `email` as that of user
 * names has seen to it.
 */
export function soughtUser({ kind, subjectMatch, claims }: Asserting, identity: AssertedIdentity): SoughtUser {
  switch (subjectMatch) {
    case 'USER_NAME':
      if (identity.userName === null) return byAddress(identity);
      if (kind === 'OIDC' && claims?.userName === 'email' && !identity.emailVerified) return 'EMAIL_NOT_VERIFIED';
      return { key: foldKey(identity.userName), domain: null };
    case 'EXTERNAL_ID':
      return { key: identity.externalId ?? identity.subject, domain: null };
    case 'EMAIL':
      return byAddress(identity);
  }
}

function byAddress({ email, emailVerified }: AssertedIdentity): SoughtUser {
  const domain = domainOfAddress(email ?? '');
  if (email === null || domain === null) return 'CLAIM_MISSING';
  return emailVerified ? { key: foldKey(email), domain } : 'EMAIL_NOT_VERIFIED';
}

/** A user who is made because they sign in. */
export function assertedFields(subjectMatch: SubjectMatch, identity: AssertedIdentity): UserFields {
  const byId = subjectMatch === 'EXTERNAL_ID' ? identity.subject : null;
  return {
    userName: identity.userName ?? (identity.emailVerified ? identity.email : null) ?? identity.subject,
    externalId: identity.externalId ?? byId,
    ...described(identity),
  };
}

/** The company's own user with what it does not say yet: what is there is the company's, and no sign-in overwrites it. */
export function filledIn(user: UserRow, identity: AssertedIdentity): UserRow {
  const { name, displayName, emails } = described(identity);
  const set: UserFields = {
    name: {
      givenName: user.givenName === null ? name?.givenName : undefined,
      familyName: user.familyName === null ? name?.familyName : undefined,
    },
    displayName: user.displayName === null ? displayName : undefined,
    emails: user.emails.length === 0 ? emails : undefined,
  };
  return applyUserChanges(user, [{ set }]);
}

/** An address that nobody has verified may be somebody else's. */
function described({ givenName, familyName, displayName, email, emailVerified }: AssertedIdentity): UserFields {
  return {
    name: { givenName: givenName ?? undefined, familyName: familyName ?? undefined },
    displayName: displayName ?? undefined,
    emails: email !== null && emailVerified ? [{ value: email, type: 'work', primary: true }] : undefined,
  };
}
