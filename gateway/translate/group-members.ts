import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { Note } from '#gateway/scim/tolerances.js';
import { readText } from '#gateway/translate/read-value.js';
import { idIn } from '#gateway/translate/user-fields.js';

/** One list for as many members as a body can carry; an id is never longer in practice, and the core refuses more. */
export function readMembers(value: unknown, note: Note): string[] {
  if (value == null || value === '') return [];
  const ids: string[] = [];
  for (const element of Array.isArray(value) ? value : [value]) {
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
  const id = readText(memberOf(element, 'value'), 'members.value', note);
  if (id !== null) return id;
  const referred = idIn(readText(memberOf(element, '$ref'), 'members.$ref', note));
  if (referred === null) throw invalidValue('Each element of members needs a value.');
  note('MEMBER_BY_REFERENCE', 'members.$ref', referred);
  return referred;
}
