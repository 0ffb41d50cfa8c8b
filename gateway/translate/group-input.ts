import { splitAttrPath } from '#gateway/scim/attr-path.js';
import { noteSchemas } from '#gateway/scim/body-schemas.js';
import { invalidSyntax, invalidValue } from '#gateway/scim/error.js';
import { isObject } from '#gateway/scim/json-object.js';
import { findAttribute, GROUP, GROUP_URN, urnsOf } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { readMembers } from '#gateway/translate/group-members.js';
import { readText } from '#gateway/translate/read-value.js';
import type { CreateTeamInput, ReplaceTeamInput } from '#schema/generated/gateway.js';

/** The body of a POST. Throws like `toCreateUserInput`; what is required is displayName. */
export function toCreateTeamInput(body: unknown, dialect: Dialect): CreateTeamInput {
  return { ...toFields(body, dialect), profileVersion: dialect.profileVersion };
}

/** The body of a PUT. Members that are not sent are the core's rule; an empty list empties the group. */
export function toReplaceTeamInput(
  id: string,
  body: unknown,
  dialect: Dialect,
  expectedVersion: number | null,
): ReplaceTeamInput {
  return { id, ...toFields(body, dialect), expectedVersion, profileVersion: dialect.profileVersion };
}

interface Fields {
  displayName: string;
  externalId?: string | null;
  members?: string[];
}

function toFields(body: unknown, { note }: Dialect): Fields {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  noteSchemas(body, urnsOf(GROUP), note);
  const fields: Partial<Fields> = {};
  for (const [key, value] of groupEntries(body, note)) {
    const name = groupAttributeOf(key, note);
    if (value === null) continue;
    if (name === 'displayName') fields.displayName = readDisplayName(value, note);
    else if (name === 'externalId') fields.externalId = readText(value, name, note);
    else if (name === 'members') fields.members = readMembers(value, note);
    else if (name === null) note('UNKNOWN_ATTRIBUTE', key);
  }
  const { displayName, ...rest } = fields;
  if (displayName === undefined) throw invalidValue('displayName is required.');
  return { displayName, ...rest };
}

/** @throws invalidValue for a blank one. */
export function readDisplayName(value: unknown, note: Note): string {
  const name = readText(value, 'displayName', note);
  if (!name?.trim()) throw invalidValue('displayName must not be empty.');
  return name;
}

/** The members of an object, those inside an object under the core URN among them. */
export function groupEntries(object: object, note: Note): [string, unknown][] {
  return Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    if (key.toLowerCase() !== GROUP_URN.toLowerCase() || !isObject(value)) return [[key, value]];
    note('CORE_URN_AS_KEY', key);
    return Object.entries(value);
  });
}

/** The canonical name of a group's attribute; null for a name that groups do not have. */
export function groupAttributeOf(key: string, note: Note): string | null {
  const path = splitAttrPath(key, 1);
  const found = path && findAttribute(GROUP, path.urn, path.name, path.sub);
  if (!found) return null;
  if (path.urn !== null) note('URN_IN_KEY', key);
  else if (path.sub !== null) note('KEY_AS_PATH', key);
  return found.attribute.name;
}
