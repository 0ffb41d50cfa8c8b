import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isUnassigned, readBoolean, readText, toList } from '#gateway/translate/read-value.js';
import type { ListAttribute } from '#gateway/translate/user-target.js';
import type { AnyValueInput } from '#schema/generated/gateway.js';

type Member = keyof AnyValueInput;

/** What says nothing without a value beside it. */
const QUALIFIERS: ReadonlySet<string> = new Set(['type', 'primary']);

/** Reads the elements of a multi-valued attribute: a list, one element alone, plain strings; empty elements fall away. */
export function readElements(value: unknown, list: ListAttribute, dialect: Dialect): AnyValueInput[] {
  const { name } = list.definition;
  if (isUnassigned(value, name, dialect.note)) return [];
  return toList(value, name, dialect.note).flatMap((element) => {
    const read = readElement(element, list, dialect);
    const assigned = Object.entries(read).filter(([, member]) => member !== null);
    return assigned.some(([name]) => !QUALIFIERS.has(name)) ? [Object.fromEntries(assigned)] : [];
  });
}

/** The members of one element that are given; null means "to be cleared". */
export function readElement(element: unknown, list: ListAttribute, dialect: Dialect): AnyValueInput {
  const { name } = list.definition;
  if (element === null) return {};
  if (!isObject(element)) {
    if (subOf(list, 'value') === null) throw invalidValue(`${name} must be a list of objects.`);
    if (element !== '') dialect.note('PLAIN_ELEMENT', name);
    return { value: readText(element, name, dialect.note) };
  }
  const read: AnyValueInput = {};
  for (const [key, value] of Object.entries(unpackRole(element, list, dialect.note))) {
    const sub = subOf(list, key);
    if (sub && sub.name.toLowerCase() !== key.toLowerCase()) dialect.note('DISPLAY_NAME', `${name}.${key}`);
    if (sub) assignMember(read, sub, value, `${name}.${sub.name}`, dialect.note);
    else if (key.toLowerCase() === '$ref' && subOf(list, 'value'))
      read.ref = readText(value, `${name}.$ref`, dialect.note);
    else dialect.note('UNKNOWN_ATTRIBUTE', `${name}.${key}`);
  }
  return read;
}

/** Sets one sub-attribute of an element; null and "" clear it. */
export function assignMember(
  into: AnyValueInput,
  sub: AttributeDefinition,
  value: unknown,
  label: string,
  note: Note,
): void {
  if (sub.type === 'boolean') into.primary = readBoolean(value, label, note);
  else into[sub.name as Exclude<Member, 'primary'>] = readText(value, label, note); // the schema's names are the SDL's
}

/** Microsoft's own test set writes `displayName` where `display` is meant. */
function subOf({ definition }: ListAttribute, key: string): AttributeDefinition | null {
  const lower = key.toLowerCase() === 'displayname' ? 'display' : key.toLowerCase();
  return definition.subAttributes?.find(({ name }) => name.toLowerCase() === lower) ?? null;
}

/** Entra's PATCH carries a role as JSON text in `value`: `{"id":"06b0","value":"Admin","displayName":"Admin"}`. */
function unpackRole(element: object, { field }: ListAttribute, note: Note): object {
  const value = field === 'roleValues' ? memberOf(element, 'value') : null;
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return element;
  const role = parseObject(value);
  if (!role || typeof memberOf(role, 'value') !== 'string') return element;
  note('JSON_IN_TEXT', 'roles.value');
  const display = memberOf(role, 'display') ?? memberOf(role, 'displayName');
  return { ...element, value: memberOf(role, 'value'), ...(typeof display === 'string' && { display }) };
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
