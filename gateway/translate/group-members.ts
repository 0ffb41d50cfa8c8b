import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { Note } from '#gateway/scim/tolerances.js';
import { isUnassigned, readText, toList } from '#gateway/translate/read-value.js';
import { idIn } from '#gateway/translate/user-fields.js';

/** Those of RFC 7643 §2.4 and §4.2; but for the id they say nothing that is not known already. */
const SUB_ATTRIBUTES: ReadonlySet<string> = new Set(['value', '$ref', 'type', 'display']);

/** One list for as many members as a body can carry; an id is never longer in practice, and the core refuses more. */
export function readMembers(value: unknown, note: Note): string[] {
  if (isUnassigned(value, 'members', note)) return [];
  const ids: string[] = [];
  for (const element of toList(value, 'members', note)) {
    const id = readMember(element, note);
    if (id !== null) ids.push(id);
  }
  return ids;
}

/** `{ "value": "u-1" }`, the bare id, or `$ref` alone; display, type and a null `$ref` say nothing (idp-behaviour §2.8). */
function readMember(element: unknown, note: Note): string | null {
  if (element === null) return null;
  if (!isObject(element)) {
    note('PLAIN_ELEMENT', 'members');
    return readText(element, 'members', note);
  }
  for (const key in element)
    if (!SUB_ATTRIBUTES.has(key) && !SUB_ATTRIBUTES.has(key.toLowerCase())) note('UNKNOWN_ATTRIBUTE', `members.${key}`);
  const id = readText(memberOf(element, 'value'), 'members.value', note);
  if (id !== null) return id;
  const referred = idIn(readText(memberOf(element, '$ref'), 'members.$ref', note));
  if (referred === null) throw invalidValue('Each element of members needs a value.');
  note('MEMBER_BY_REFERENCE', 'members.$ref', referred);
  return referred;
}
