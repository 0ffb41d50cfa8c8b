/**
 * The deviations of identity providers from the RFCs that are accepted all the same, unless the directory's profile is `strict`: one entry each. The gateway
 * notes them and refuses by them, the core shows how often each was met.
 *
 * Not among them is what the RFCs allow, even if few do it: names of attributes, operators and URNs in any case (RFC 7643 §2.1, RFC 7644 §3.10), `null` for
 * what is unassigned (RFC 7643 §2.5), read-only members in the body of a POST or PUT (RFC 7644 §3.3, §3.5.1), `+` for a space, an empty query and parameters
 * that nobody knows (`aadOptscim062020`), `application/json` (RFC 7644 §3.8), any Accept (RFC 9110 §12.5.1), an entity tag without `W/` (compared weakly, RFC
 * 9110 §8.8.3.2), ids of any form, `startIndex` and `count` out of range (RFC 7644 §3.4.2.4).
 */
export interface ToleranceEntry {
  /** What was met and done with it. A sentence. */
  description: string;
  /** What the RFCs want instead, as the refused sender reads it. A sentence. */
  rule: string;
  /** Who is known to do it. */
  providers: readonly string[];
  /** What the provider's administrator can do about it. A sentence. */
  cure: string;
  /** How it is refused in a strict directory: 400 with this keyword of RFC 7644 §3.12, or a status. */
  refusal: 'invalidFilter' | 'invalidSyntax' | 'invalidPath' | 'invalidValue' | 'noTarget' | 'mutability' | 401 | 415;
}

const ENTRA_FLAG = 'Entra: end the tenant URL with `?aadOptscim062020`.';
const OWN_CLIENT = 'No setting of a known provider: mend the client.';
const TEMPLATE = 'OneLogin: correct the JSON template of the connector.';

export const TOLERANCES = {
  BARE_TOKEN: {
    description: 'The token came without the word Bearer.',
    rule: 'The header reads `Authorization: Bearer …` (RFC 6750 §2.1).',
    providers: ['Okta'],
    cure: 'Okta: write `Bearer ` before the token, where the header is typed.',
    refusal: 401,
  },
  NO_CONTENT_TYPE: {
    description: 'A body without Content-Type was read as JSON.',
    rule: 'A body is sent as application/scim+json (RFC 7644 §3.1).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 415,
  },
  OP_IN_CAPITALS: {
    description: 'An op was written with capitals, as in `Replace`.',
    rule: 'An op is add, remove or replace (RFC 7644 §3.5.2).',
    providers: ['Entra'],
    cure: ENTRA_FLAG,
    refusal: 'invalidSyntax',
  },
  NO_SCHEMAS: {
    description: 'A body named no schemas.',
    rule: 'A body lists its schemas (RFC 7643 §3).',
    providers: ['OneLogin'],
    cure: TEMPLATE,
    refusal: 'invalidSyntax',
  },
  UNKNOWN_ATTRIBUTE: {
    description: 'An attribute that no schema of the directory has was skipped.',
    rule: 'Only attributes of the schemas that /Schemas shows can be sent.',
    providers: ['all'],
    cure: "Delete the attribute from the provider's mapping, or declare it in an extension of the directory's profile.",
    refusal: 'invalidPath',
  },
  READ_ONLY_ATTRIBUTE: {
    description: 'A read-only attribute in the value of an operation was passed over.',
    rule: 'A PATCH cannot change what is read-only (RFC 7644 §3.5.2).',
    providers: ['Okta', 'authentik'],
    cure: 'Cannot be cured: Okta sends the id with the name of a group whatever its settings.',
    refusal: 'mutability',
  },
  PASSWORD_DROPPED: {
    description: 'A password was sent; it is not kept.',
    rule: 'Passwords cannot be set here, as changePassword of ServiceProviderConfig says.',
    providers: ['Okta'],
    cure: 'Cannot be cured: Okta sends a random password even with password sync off. Others: delete the mapping.',
    refusal: 'mutability',
  },
  ALIAS: {
    description: "A name was used that the directory's profile has for another attribute.",
    rule: 'An attribute is named as in its schema (RFC 7643 §2.1).',
    providers: ['all, where an administrator typed the name'],
    cure: 'Map to the standard attribute instead.',
    refusal: 'invalidPath',
  },
  KEY_AS_PATH: {
    description: 'A key such as `name.givenName` or `emails[type eq "work"].value` was read as a path.',
    rule: 'Parts of an attribute stand in an object of their own (RFC 7643 §2.3.8).',
    providers: ['Entra with its flag'],
    cure: 'Cannot be cured: Entra sends it with its flag, and other deviations without.',
    refusal: 'invalidPath',
  },
  URN_IN_KEY: {
    description: 'A key such as `urn:…:User:department` was read as a path.',
    rule: 'Attributes of an extension stand in an object under its URN (RFC 7643 §3.3).',
    providers: ['Entra with its flag'],
    cure: 'Cannot be cured: Entra sends it with its flag, and other deviations without.',
    refusal: 'invalidPath',
  },
  EMPTY_TEXT: {
    description: '"" was read as "nothing is assigned".',
    rule: 'What is unassigned is null, or left out (RFC 7643 §2.5).',
    providers: ['Okta', 'OneLogin'],
    cure: 'OneLogin: take unset macros out of the JSON template. Okta: map the attribute only where it has a value.',
    refusal: 'invalidValue',
  },
  TEXT_BOOLEAN: {
    description: '"True" or "False" as text was read as true or false.',
    rule: 'A boolean is true or false, without quotes (RFC 7643 §2.3.2).',
    providers: ['Entra', 'Keycloak'],
    cure: ENTRA_FLAG,
    refusal: 'invalidValue',
  },
  TEXT_NUMBER: {
    description: 'A number as text was read as a number.',
    rule: 'A number stands without quotes (RFC 7643 §2.3.3, §2.3.4).',
    providers: ['Entra'],
    cure: 'Entra: cannot be cured for custom attributes, which it sends as text. Others: mend the mapping.',
    refusal: 'invalidValue',
  },
  VALUE_IN_LIST: {
    description: 'A list stood where one value belongs.',
    rule: 'An attribute with one value takes no list (RFC 7643 §2.2).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends the manager so in some set-ups.',
    refusal: 'invalidValue',
  },
  PLAIN_ELEMENT: {
    description: 'A plain text stood where an element with a value belongs.',
    rule: 'Elements of a multi-valued attribute are objects with a value (RFC 7643 §2.4).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidValue',
  },
  VALUES_TO_REMOVE: {
    description: 'A remove listed in its value what to take out, instead of by a filter in its path.',
    rule: 'A remove has a path with a filter, and no value (RFC 7644 §3.5.2.2).',
    providers: ['Entra', 'authentik', 'JumpCloud'],
    cure: `${ENTRA_FLAG} Others: cannot be cured.`,
    refusal: 'invalidValue',
  },
  JSON_IN_TEXT: {
    description: 'A role was sent as JSON inside a text.',
    rule: 'The parts of a role are members of its element (RFC 7643 §2.4).',
    providers: ['Entra'],
    cure: ENTRA_FLAG,
    refusal: 'invalidValue',
  },
  DISPLAY_NAME: {
    description: 'An element carried `displayName` where `display` is meant.',
    rule: "An element's name to be shown is `display` (RFC 7643 §2.4).",
    providers: ["Microsoft's test set"],
    cure: OWN_CLIENT,
    refusal: 'invalidPath',
  },
  MEMBER_BY_REFERENCE: {
    description: 'A member was named by its address alone.',
    rule: 'The value of a member is its id (RFC 7643 §4.2).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidValue',
  },
} as const satisfies Record<string, ToleranceEntry>;

export type Tolerance = keyof typeof TOLERANCES;
