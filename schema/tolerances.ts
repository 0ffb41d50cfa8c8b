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
  OTHER_CONTENT_TYPE: {
    description: 'A body of another type of JSON, or in `utf8`, was read.',
    rule: 'A body is sent as application/scim+json, in utf-8 (RFC 7644 §3.1).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 415,
  },
  BYTE_ORDER_MARK: {
    description: 'The mark at the beginning of a body was passed over.',
    rule: 'JSON has no byte order mark (RFC 8259 §8.1).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidSyntax',
  },
  SLASH_AT_END: {
    description: 'A slash at the end of the address was passed over, as in `/Users/?filter=…`.',
    rule: 'The address of a collection or a resource has no slash at its end (RFC 7644 §3.2).',
    providers: ["Microsoft's test set"],
    cure: OWN_CLIENT,
    refusal: 'invalidSyntax',
  },
  EMPTY_PARAMETER: {
    description: 'An empty parameter of the query was passed over, as in `filter=…&`.',
    rule: 'Parameters are parted by one & each, and none stands at the end.',
    providers: ['OneLogin'],
    cure: 'Cannot be cured: OneLogin sends it whatever its settings.',
    refusal: 'invalidSyntax',
  },
  REPEATED_PARAMETER: {
    description: 'Of a parameter that was sent twice the first counted.',
    rule: 'A parameter is sent once (RFC 7644 §3.4.2).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidSyntax',
  },
  PARAMETER_IN_OTHER_CASE: {
    description: 'A parameter was written in another case, as in `startindex`.',
    rule: 'Parameters are written as in RFC 7644 §3.4.2: filter, sortBy, startIndex, count, attributes and so on.',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidSyntax',
  },
  EMPTY_FILTER: {
    description: 'A filter without a text was taken for none.',
    rule: 'A filter has a text (RFC 7644 §3.4.2.2); leave the parameter out.',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidFilter',
  },
  UNQUOTED_VALUE: {
    description: 'A text in a filter stood without quotes.',
    rule: 'A text stands in double quotes (RFC 7644 §3.4.2.2).',
    providers: ['Entra, in its documentation'],
    cure: 'Cannot be cured where Entra checks references by it.',
    refusal: 'invalidFilter',
  },
  LITERAL_IN_CAPITALS: {
    description: '`true`, `false` or `null` was written with capitals in a filter.',
    rule: 'The words true, false and null are in lower case (RFC 7644 §3.4.2.2, RFC 8259 §3).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidFilter',
  },
  TEXT_BOOLEAN_IN_FILTER: {
    description: 'A filter compared a boolean with "True" or "False" as text.',
    rule: 'A boolean is compared with true or false, without quotes (RFC 7644 §3.4.2.2).',
    providers: ['Entra'],
    cure: 'Entra: map roles by AppRoleAssignmentsComplex instead of SingleAppRoleAssignment.',
    refusal: 'invalidFilter',
  },
  TEXT_NUMBER_IN_FILTER: {
    description: 'A filter compared a number with a text.',
    rule: 'A number is compared with a number, without quotes (RFC 7644 §3.4.2.2).',
    providers: ['Entra'],
    cure: 'Entra: choose an attribute of type string for matching.',
    refusal: 'invalidFilter',
  },
  LOOSE_TIME_IN_FILTER: {
    description: 'A filter compared with a time that lacks its seconds, or has small letters in it.',
    rule: 'A time reads like "2026-01-31T08:00:00Z" (RFC 7643 §2.3.5).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidFilter',
  },
  SUB_ATTRIBUTE_AFTER_FILTER: {
    description: 'A comparison followed a value filter, as in `emails[type eq "work"].value eq "x"`.',
    rule: 'The comparison stands within the brackets: emails[type eq "work" and value eq "x"] (RFC 7644 §3.4.2.2, figure 1).',
    providers: ['Entra'],
    cure: 'Entra: match by `userName` or `externalId` instead of an e-mail address.',
    refusal: 'invalidFilter',
  },
  COMPLEX_IN_FILTER: {
    description: 'A filter compared a whole complex attribute, as in `manager eq "x"`: its value was meant.',
    rule: 'The value of a complex attribute is named: manager.value (RFC 7644 §3.4.2.2).',
    providers: ['Entra'],
    cure: 'Cannot be cured where Entra checks references by it.',
    refusal: 'invalidFilter',
  },
  NO_URN_IN_FILTER: {
    description: 'A filter named an attribute of an extension without its URN, as in `manager`.',
    rule: 'An attribute of an extension is named with its URN (RFC 7644 §3.10).',
    providers: ['Entra'],
    cure: 'Map to the attribute with its URN, where the provider lets you.',
    refusal: 'invalidFilter',
  },
  ALIAS_IN_FILTER: {
    description: "A filter used a name that the directory's profile has for another attribute.",
    rule: 'An attribute is named as in its schema (RFC 7643 §2.1).',
    providers: ['all, where an administrator typed the name'],
    cure: 'Match by the standard attribute instead.',
    refusal: 'invalidFilter',
  },
  OP_IN_CAPITALS: {
    description: 'An op was written with capitals, as in `Replace`.',
    rule: 'An op is add, remove or replace (RFC 7644 §3.5.2).',
    providers: ['Entra'],
    cure: ENTRA_FLAG,
    refusal: 'invalidSyntax',
  },
  NO_OPERATIONS: {
    description: 'A PATCH had an empty list of operations, and changed nothing.',
    rule: 'A PATCH has one operation or more (RFC 7644 §3.5.2).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends it where nothing is left to change.',
    refusal: 'invalidSyntax',
  },
  EXTRA_KEY: {
    description: 'A PATCH, or an operation of it, had a member that the RFC does not know.',
    rule: 'An operation has op, path and value, a PATCH schemas and Operations (RFC 7644 §3.5.2).',
    providers: ["Microsoft's test set"],
    cure: OWN_CLIENT,
    refusal: 'invalidSyntax',
  },
  EMPTY_PATH: {
    description: 'A path "" was taken for none.',
    rule: 'An operation without a path leaves it out (RFC 7644 §3.5.2).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidPath',
  },
  NO_SCHEMAS: {
    description: 'A body named no schemas.',
    rule: 'A body lists its schemas (RFC 7643 §3).',
    providers: ['OneLogin'],
    cure: TEMPLATE,
    refusal: 'invalidSyntax',
  },
  OTHER_SCHEMAS: {
    description: 'The schemas of a body were passed over: one is not known, or the own is not among them.',
    rule: 'A body lists the schema of its resource or message, and no other than /ResourceTypes shows (RFC 7643 §3).',
    providers: ['Entra', 'OneLogin'],
    cure: 'OneLogin: correct the JSON template of the connector. Entra: cannot be cured for groups, which it creates with a schema of its own.',
    refusal: 'invalidSyntax',
  },
  UNDECLARED_EXTENSION: {
    description: 'An extension was in a body, and not among its schemas.',
    rule: 'A body lists the schemas of all that is in it (RFC 7643 §3).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra leaves custom extensions out of the list.',
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
  NO_URN: {
    description: 'An attribute of an extension was named without its URN, as in `manager`.',
    rule: 'An attribute of an extension is named with its URN, or stands in an object under it (RFC 7644 §3.10, RFC 7643 §3.3).',
    providers: ['Entra, in its documentation', 'OneLogin'],
    cure: 'Map to the attribute with its URN.',
    refusal: 'invalidPath',
  },
  CORE_URN_AS_KEY: {
    description: 'Attributes of the core schema stood in an object under its URN.',
    rule: 'Attributes of the core schema stand at the top (RFC 7643 §3.3).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidPath',
  },
  EMPTY_TEXT: {
    description: '"" was read as "nothing is assigned".',
    rule: 'What is unassigned is null, or left out (RFC 7643 §2.5).',
    providers: ['Okta', 'OneLogin'],
    cure: 'OneLogin: take unset macros out of the JSON template. Okta: map the attribute only where it has a value.',
    refusal: 'invalidValue',
  },
  NULL_PASSED_OVER: {
    description: 'A null for `active` or `members` in a value without a path was passed over.',
    rule: 'What would be cleared is named by a path (RFC 7644 §3.5.2.3).',
    providers: ['Entra'],
    cure: OWN_CLIENT,
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
  LOOSE_TIME: {
    description: 'A time that lacks its seconds, or has small letters in it, was read.',
    rule: 'A time reads like "2026-01-31T08:00:00Z" (RFC 7643 §2.3.5).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidValue',
  },
  VALUE_IN_LIST: {
    description: 'A list stood where one value belongs.',
    rule: 'An attribute with one value takes no list (RFC 7643 §2.2).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends the manager so in some set-ups.',
    refusal: 'invalidValue',
  },
  VALUE_WITHOUT_LIST: {
    description: 'One element stood where a list belongs.',
    rule: 'A multi-valued attribute takes a list (RFC 7643 §2.4).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidValue',
  },
  VALUE_IN_OBJECT: {
    description: 'An element of a list of plain values was wrapped, as in `[{ "value": "x" }]`.',
    rule: 'Elements of a list of plain values are the values themselves (RFC 7643 §2.4).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends lists of custom attributes so. A complex attribute with a value takes them as they are.',
    refusal: 'invalidValue',
  },
  PLAIN_ELEMENT: {
    description: 'A plain text stood where an element with a value belongs.',
    rule: 'Elements of a multi-valued attribute are objects with a value (RFC 7643 §2.4).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'invalidValue',
  },
  PLAIN_MANAGER: {
    description: 'The manager was a plain id.',
    rule: 'The manager is an object with a value (RFC 7643 §4.3).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends it so on create and update. Delete the mapping of manager where it is not needed.',
    refusal: 'invalidValue',
  },
  VALUES_TO_REMOVE: {
    description: 'A remove listed in its value what to take out, instead of by a filter in its path.',
    rule: 'A remove has a path with a filter, and no value (RFC 7644 §3.5.2.2).',
    providers: ['Entra', 'authentik', 'JumpCloud'],
    cure: `${ENTRA_FLAG} Others: cannot be cured.`,
    refusal: 'invalidValue',
  },
  FILTER_ON_ONE_VALUE: {
    description: 'A value filter on an attribute with one value was passed over, as in `manager[value eq "x"]`.',
    rule: 'Only multi-valued attributes take a value filter (RFC 7644 §3.5.2).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra takes a manager away so.',
    refusal: 'invalidPath',
  },
  CREATED_ON_MISS: {
    description: 'A filtered path matched no element, so one was made from the filter.',
    rule: 'A value filter that matches nothing has no target (RFC 7644 §3.5.2.3).',
    providers: ['Entra'],
    cure: 'Cannot be cured: Entra sends the first e-mail address, phone number or postal address so.',
    refusal: 'noTarget',
  },
  MEMBER_BY_FILTER: {
    description: 'An add or replace of `members[value eq "x"]` made x a member.',
    rule: 'A member is added by its value; a value filter needs a member that is there (RFC 7644 §3.5.2.1, §3.5.2.3).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'noTarget',
  },
  MEMBER_PART: {
    description: 'A change to a part of a member was passed over.',
    rule: 'The parts of a member are immutable (RFC 7643 §4.2).',
    providers: ['scripts'],
    cure: OWN_CLIENT,
    refusal: 'mutability',
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
