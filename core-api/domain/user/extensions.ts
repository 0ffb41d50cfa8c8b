import { invalidValue } from '../errors.js';
import { isStorable } from '../text.js';
import { isSame } from './attributes.js';
import type { Extensions } from './user-types.js';

const LONGEST_URN = 255;
const LONGEST_NAME = 100;
const LONGEST_JSON = 65_536;
const DEEPEST = 8;
/** Members of one extension or object, and elements of one list: names and elements are compared each with each. */
const MOST_MEMBERS = 500;
const MOST_ELEMENTS = 200;
const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[^\s\p{Cc}]+$/iu;
/** The schemas whose attributes are fields of their own (RFC 7643 §8). */
const STANDARD_URN = /^urn:ietf:params:scim:(schemas:core|schemas:extension:enterprise|api):/i;

/**
 * The extensions with members of one of them set; null, the empty text and the empty list take a member away, what is left out stays. Objects merge
 * member by member; `add` unites lists.
 *
 * @param values the members; null takes the whole extension away.
 * @throws INVALID_VALUE
 */
export function setExtension(extensions: Extensions, urn: string, values: unknown, add = false): Extensions {
  const key = findUrn(extensions, urn);
  if (values === null) return without(extensions, key);
  const after = { ...extensions[key] };
  for (const [sent, value] of Object.entries(checkMembers(values, key))) {
    const name = findName(after, sent);
    const united = unite(Object.hasOwn(after, name) ? after[name] : null, clean(value, `${key}:${name}`, 0), add);
    if (united === null) delete after[name];
    else after[name] = united;
  }
  if (Object.keys(after).length > MOST_MEMBERS) throw tooMany(`extensions.${key}`, MOST_MEMBERS);
  return Object.keys(after).length === 0 ? without(extensions, key) : { ...extensions, [key]: after };
}

/**
 * The extensions without single elements of lists of one of them. What is no list stays, and what is not there need not be removed.
 *
 * @param values by the name of a member, one element or a list of them.
 * @param isCaseExact whether elements of that member that are texts mind case.
 * @throws INVALID_VALUE
 */
export function removeFromExtension(
  extensions: Extensions,
  urn: string,
  values: unknown,
  isCaseExact: (name: string) => boolean,
): Extensions {
  const key = findUrn(extensions, urn);
  const after = { ...extensions[key] };
  for (const [sent, value] of Object.entries(checkMembers(values, key))) {
    const name = findName(after, sent);
    const stored = Object.hasOwn(after, name) ? after[name] : null;
    if (!Array.isArray(stored)) continue;
    const fold = (each: unknown) => (typeof each === 'string' && !isCaseExact(name) ? each.toLowerCase() : each);
    const gone = [unite(null, clean(value, `${key}:${name}`, 0), false)].flat().map(fold);
    const kept = stored.filter((each) => !gone.some((other) => isSame(fold(each), other)));
    if (kept.length === 0) delete after[name];
    else after[name] = kept;
  }
  return Object.keys(after).length === 0 ? without(extensions, key) : { ...extensions, [key]: after };
}

function checkMembers(values: unknown, urn: string): Record<string, unknown> {
  if (!isPlain(values)) throw invalidValue(`extensions.${urn}`, `${urn} must be an object.`);
  if (Object.keys(values).length > MOST_MEMBERS) throw tooMany(`extensions.${urn}`, MOST_MEMBERS);
  return values;
}

/** @throws INVALID_VALUE (more than 64 kB as JSON) */
export function checkSize(extensions: Extensions): void {
  if (JSON.stringify(extensions).length > LONGEST_JSON)
    throw invalidValue('extensions', `extensions can have ${LONGEST_JSON} characters as JSON at most.`);
}

const tooMany = (path: string, most: number) => invalidValue('extensions', `${path} can have at most ${most} members.`);

/** The extensions without some members of one of them, or without it (`names` null). What is not there need not be removed. */
export function unsetExtension(extensions: Extensions, urn: string, names: readonly string[] | null): Extensions {
  const key = findUrn(extensions, urn);
  const before = extensions[key];
  if (!before || names === null) return without(extensions, key);
  const gone = new Set(names.map((name) => name.toLowerCase()));
  const kept = Object.entries(before).filter(([name]) => !gone.has(name.toLowerCase()));
  return kept.length === 0 ? without(extensions, key) : { ...extensions, [key]: Object.fromEntries(kept) };
}

/** The URN as it is stored: an extension keeps the spelling that it came with first (RFC 7643 §3.1: URNs ignore case). */
export function findUrn(extensions: Extensions, urn: string): string {
  const lower = urn.toLowerCase();
  const known = Object.keys(extensions).find((each) => each.toLowerCase() === lower);
  if (known !== undefined) return known;
  if (urn.length > LONGEST_URN || !URN.test(urn) || !isStorable(urn))
    throw invalidValue('extensions.urn', `An extension is named by a URN of at most ${LONGEST_URN} characters.`);
  if (STANDARD_URN.test(urn)) throw invalidValue('extensions.urn', `The attributes of ${urn} are fields of their own.`);
  return urn;
}

function findName(members: Record<string, unknown>, name: string): string {
  const lower = name.toLowerCase();
  return Object.keys(members).find((each) => each.toLowerCase() === lower) ?? checkName(name);
}

function checkName(name: string): string {
  if (name === '' || name.length > LONGEST_NAME || name === '__proto__' || !isStorable(name))
    throw invalidValue('extensions', `An attribute's name has 1 to ${LONGEST_NAME} characters, and is not __proto__.`);
  return name;
}

function without(extensions: Extensions, urn: string): Extensions {
  return Object.fromEntries(Object.entries(extensions).filter(([each]) => each !== urn));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value with everything unassigned taken out; null when nothing is left. */
function clean(value: unknown, path: string, depth: number): unknown {
  if (depth > DEEPEST) throw invalidValue('extensions', `${path} is nested too deep.`);
  if (value == null || value === '') return null;
  if (typeof value === 'string' && !isStorable(value))
    throw invalidValue('extensions', `${path} holds a character that cannot be stored.`);
  if (Array.isArray(value)) {
    if (value.length > MOST_ELEMENTS) throw tooMany(path, MOST_ELEMENTS);
    const kept = value.map((each) => clean(each, path, depth + 1)).filter((each) => each !== null);
    return kept.length === 0 ? null : kept;
  }
  if (!isPlain(value)) return value;
  if (Object.keys(value).length > MOST_MEMBERS) throw tooMany(path, MOST_MEMBERS);
  // A member that is null inside an object has to reach `unite`, which takes it away from what is stored.
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [checkName(name), clean(each, `${path}.${name}`, depth + 1)]),
  );
}

function unite(before: unknown, after: unknown, add: boolean): unknown {
  if (isPlain(after)) {
    const members = Object.entries({ ...(isPlain(before) ? before : {}), ...after }).filter(
      ([, each]) => each !== null,
    );
    return members.length === 0 ? null : Object.fromEntries(members);
  }
  if (!Array.isArray(after)) return after;
  const elements = after.map((each) => unite(null, each, false)).filter((each) => each !== null);
  const present = add && Array.isArray(before) ? before : [];
  const united = [...present, ...elements.filter((each) => !present.some((other) => isSame(each, other)))];
  return united.length === 0 ? null : united;
}
