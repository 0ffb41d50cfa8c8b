/** The habits of identity providers that are met although the RFCs have it otherwise, with a sentence each. docs/scim.md shows the list. */
export const TOLERANCES = {
  UNKNOWN_ATTRIBUTE: 'An attribute that no schema of the directory has was skipped.',
  READ_ONLY_ATTRIBUTE: 'A read-only attribute in a body or in the value of an operation was passed over.',
  PASSWORD_DROPPED: 'A password was sent; it is not kept.',
  ALIAS: "A name was used that the directory's profile has for another attribute.",
  OP_IN_CAPITALS: 'An op was written with capitals, as in `Replace`.',
  NO_SCHEMAS: 'A PATCH named no schemas.',
  KEY_AS_PATH: 'A key such as `name.givenName` or `emails[type eq "work"].value` was read as a path.',
  URN_IN_KEY: 'A key such as `urn:…:User:department` was read as a path.',
  EMPTY_TEXT: 'A replace by "" cleared the attribute.',
  TEXT_BOOLEAN: '"True" or "False" as text was read as true or false.',
  TEXT_NUMBER: 'A number as text was read as a number.',
  VALUE_IN_LIST: 'A list of one stood where one value belongs.',
  PLAIN_ELEMENT: 'A plain text stood where an element with a value belongs.',
  VALUES_TO_REMOVE: 'A remove listed in its value what to take out, instead of by a filter in its path.',
  JSON_IN_TEXT: 'A role was sent as JSON inside a text.',
  DISPLAY_NAME: 'An element carried `displayName` where `display` is meant.',
  MEMBER_BY_REFERENCE: 'A member was named by its address alone.',
  NO_CONTENT_TYPE: 'A body without Content-Type was read as JSON.',
  BARE_TOKEN: 'The token came without the word Bearer.',
} as const satisfies Record<string, string>;

export type Tolerance = keyof typeof TOLERANCES;

/** Hears each time that a habit is met. */
export type Note = (tolerance: Tolerance) => void;

/** For whoever does not want to know. */
export const unheard: Note = () => undefined;
