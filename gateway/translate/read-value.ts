import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';

/** Entra wraps the value of a single-valued attribute in an array now and then. */
export function unwrap(value: unknown, label: string, note: Note): unknown {
  if (!Array.isArray(value) || value.length !== 1) return value;
  note('VALUE_IN_LIST', label);
  return value[0];
}

/** Null, and the empty string, too. */
export function isUnassigned(value: unknown, label: string, note: Note): boolean {
  if (value === '') note('EMPTY_TEXT', label);
  return value == null || value === '';
}

/** @returns null for null and for the empty string, which both mean "unassigned" (RFC 7643 §2.5; Okta and OneLogin send ""). */
export function readText(value: unknown, label: string, note: Note): string | null {
  const plain = unwrap(value, label, note);
  if (isUnassigned(plain, label, note)) return null;
  if (typeof plain !== 'string') throw invalidValue(`${label} must be a string.`);
  return plain;
}

/** Entra writes "True" and "False", Keycloak "true" and "false". @returns null for null and the empty string. */
export function readBoolean(value: unknown, label: string, note: Note): boolean | null {
  const plain = unwrap(value, label, note);
  if (isUnassigned(plain, label, note)) return null;
  const read = typeof plain === 'string' ? toBoolean(plain) : plain;
  if (typeof read !== 'boolean') throw invalidValue(`${label} must be true or false.`);
  if (typeof plain === 'string') note('TEXT_BOOLEAN', label, plain);
  return read;
}

/** @returns null when the text is not a boolean. */
export function toBoolean(text: string): boolean | null {
  switch (text.toLowerCase()) {
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      return null;
  }
}

/**
 * The value of an attribute of a custom extension, as its definition asks. A multi-valued one takes a list, one value
 * alone, and `[{ "value": "x" }]`, the only form in which Entra sends lists of strings.
 *
 * @returns null when nothing is assigned.
 */
export function readCustom(value: unknown, definition: AttributeDefinition, label: string, note: Note): unknown {
  if (!definition.multiValued) return readOne(unwrap(value, label, note), definition, label, note);
  if (isUnassigned(value, label, note)) return null;
  const elements = toList(value, label, note);
  return elements
    .map((element) => readOne(unwrapElement(element, definition, label, note), definition, label, note))
    .filter((element) => element !== null);
}

/** The elements of a multi-valued attribute; one alone is a list of one. */
export function toList(value: unknown, label: string, note: Note): unknown[] {
  if (Array.isArray(value)) return value;
  note('VALUE_WITHOUT_LIST', label);
  return [value];
}

function unwrapElement(element: unknown, { type }: AttributeDefinition, label: string, note: Note): unknown {
  if (type === 'complex' || !isObject(element)) return element;
  const value = memberOf(element, 'value');
  if (value === undefined) throw invalidValue(`${label} takes plain values, or objects with a "value".`);
  note('VALUE_IN_OBJECT', label);
  return value;
}

function readOne(value: unknown, definition: AttributeDefinition, label: string, note: Note): unknown {
  if (isUnassigned(value, label, note)) return null;
  switch (definition.type) {
    case 'boolean':
      return readBoolean(value, label, note);
    case 'integer':
    case 'decimal':
      if (typeof value === 'string') note('TEXT_NUMBER', label, value);
      return readNumber(value, definition.type, label);
    case 'dateTime':
      return readDateTime(value, label, note);
    case 'complex':
      return readComplex(value, definition, label, note);
    default:
      return readText(value, label, note);
  }
}

function readNumber(value: unknown, type: 'integer' | 'decimal', label: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const isValid =
    typeof number === 'number' && (type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number));
  if (!isValid) throw invalidValue(`${label} must be ${type === 'integer' ? 'an integer' : 'a number'}.`);
  return number;
}

function readDateTime(value: unknown, label: string, note: Note): string {
  const text = typeof value === 'string' ? toDateTime(value) : null;
  if (text === null) throw invalidValue(`${label} must be a date and time, such as "2026-01-31T08:00:00Z".`);
  if (!isDateTime(String(value))) note('LOOSE_TIME', label, String(value));
  return text;
}

const FIRST_YEAR = Date.parse('0001-01-01T00:00:00Z');
const AFTER_LAST_YEAR = Date.parse('+010000-01-01T00:00:00Z');

/** An xsd:dateTime to the letter; the zone may be missing there. */
export function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text);
}

/** UTC with milliseconds; null when the text is not an xsd:dateTime (RFC 7643 §2.3.5). Without a zone it is read as UTC. */
export function toDateTime(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/i.exec(text.trim());
  if (!match || !isDay(match[1]!)) return null;
  const time = Date.parse(match[2] ? match[0] : `${match[0]}Z`);
  // PostgreSQL knows no year 0, and a zone may lead there.
  return time >= FIRST_YEAR && time < AFTER_LAST_YEAR ? new Date(time).toISOString() : null;
}

/** `Date` takes the 30th of February for the 1st of March. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

/** The members that are given; null clears one, and what is read-only is not for the client to say. */
function readComplex(
  value: unknown,
  { subAttributes = [] }: AttributeDefinition,
  label: string,
  note: Note,
): object | null {
  if (!isObject(value)) throw invalidValue(`${label} must be an object.`);
  const members = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const sub = subAttributes.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    if (!sub) note('UNKNOWN_ATTRIBUTE', `${label}.${key}`);
    else if (sub.mutability === 'readOnly') note('READ_ONLY_ATTRIBUTE', `${label}.${key}`);
    else return [[sub.name, readCustom(member, sub, `${label}.${sub.name}`, note)]];
    return [];
  });
  return members.length > 0 ? Object.fromEntries(members) : null;
}
