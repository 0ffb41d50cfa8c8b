import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import { readText } from '#gateway/translate/read-value.js';
import { idIn } from '#gateway/translate/user-fields.js';

/** One list for as many members as a body can carry; an id is never longer in practice, and the core refuses more. */
export function readMembers(value: unknown): string[] {
  if (value == null || value === '') return [];
  const ids: string[] = [];
  for (const element of Array.isArray(value) ? value : [value]) {
    const id = readMember(element);
    if (id !== null) ids.push(id);
  }
  return ids;
}

/** `{ "value": "u-1" }`, the bare id, or `$ref` alone; display, type and a null `$ref` say nothing (idp-behaviour §2.8). */
function readMember(element: unknown): string | null {
  if (element === null) return null;
  if (!isObject(element)) return readText(element, 'members');
  const id = readText(memberOf(element, 'value'), 'members.value');
  if (id !== null) return id;
  const referred = idIn(readText(memberOf(element, '$ref'), 'members.$ref'));
  if (referred === null) throw invalidValue('Each element of members needs a value.');
  return referred;
}
