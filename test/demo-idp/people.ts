import type { OidcUser } from '#test/support/oidc-idp.js';
import type { SamlUser } from '#test/support/saml-idp.js';

interface Person {
  userName: string;
  givenName: string;
  familyName: string;
  /** Whether the identity provider has told Rollcall of them. */
  isProvisioned: boolean;
}

/** The three who can sign in at the identity provider; Rollcall knows two. */
export function peopleOf(slug: string): Person[] {
  const person = (givenName: string, familyName: string, isProvisioned: boolean) => ({
    userName: `${givenName.toLowerCase()}@${slug}.example`,
    givenName,
    familyName,
    isProvisioned,
  });
  return [person('Ana', 'Ruiz', true), person('Ben', 'Okoye', true), person('Cleo', 'Stranger', false)];
}

export function samlUser({ userName, givenName, familyName }: Person): SamlUser {
  return { nameId: userName, attributes: { email: userName, firstName: givenName, lastName: familyName } };
}

export function oidcUser({ userName, givenName, familyName }: Person): OidcUser {
  return {
    sub: `subject-of-${givenName.toLowerCase()}`,
    claims: {
      preferred_username: userName,
      email: userName,
      email_verified: true,
      given_name: givenName,
      family_name: familyName,
      name: `${givenName} ${familyName}`,
    },
  };
}

export function scimUser({ userName, givenName, familyName }: Person) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName, familyName },
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
  };
}
