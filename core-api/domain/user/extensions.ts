import { invalidValue } from '../errors.js';
import { isStorable } from '../text.js';
import { isSame } from './attributes.js';
import type { Extensions } from './user-types.js';
import { withOnePrimary } from './values.js';

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

/** Whether texts of an attribute, or of a member of it, mind case. */
export type IsCaseExact = (attribute: string, member: string | null) => boolean;

/**
 * The extensions with members of one of them set; null, the empty text and the empty list take a member away, what is left out stays. Objects merge
 * member by member.
 *
 * @param values the members; null takes the whole extension away.
 * @param addAs unites lists instead: an element that is there by this comparison is not added again.
 * @throws INVALID_VALUE
 */
export function setExtension(
  extensions: Extensions,
  urn: string,
  values: unknown,
  addAs: IsCaseExact | null = null,
): Extensions {
  const key = findUrn(extensions, urn);
  if (values === null) return without(extensions, key);
  let all = extensions;
  for (const [sent, value] of Object.entries(checkMembers(values, key))) {
    const before = all[key] ?? {};
    const name = findName(before, sent);
    const stored = Object.hasOwn(before, name) ? before[name] : null;
    const brought = unite(stored, clean(value, `${key}:${name}`, 0));
    const isAdded = addAs !== null && Array.isArray(brought) && Array.isArray(stored);
    const after = isAdded ? added(stored, brought, (member) => addAs(name, member)) : brought;
    all = setMember(all, key, name, Array.isArray(after) ? withPrimary(after, new Set([brought].flat())) : after);
  }
  if (Object.keys(all[key] ?? {}).length > MOST_MEMBERS) throw tooMany(`extensions.${key}`, MOST_MEMBERS);
  return all;
}

function added(
  stored: readonly unknown[],
  brought: readonly unknown[],
  isCaseExact: (member: string | null) => boolean,
): unknown[] {
  const present = stored.map((each) => folded(each, isCaseExact));
  const isNew = (each: unknown) => !present.some((other) => isSame(folded(each, isCaseExact), other));
  return [...stored, ...brought.filter(isNew)];
}

/** At most one object of a list is primary, as with the lists of the standard (RFC 7643 §2.4). */
export function withPrimary(elements: readonly unknown[], touched: ReadonlySet<unknown>): unknown[] {
  return elements.every(isPlain) ? withOnePrimary(elements, touched) : [...elements];
}

/**
 * The extensions without single elements of lists of one of them. What is no list stays, and what is not there need not be removed.
 *
 * @param values by the name of a member, one element or a list of them.
 * @throws INVALID_VALUE
 */
export function removeFromExtension(
  extensions: Extensions,
  urn: string,
  values: unknown,
  isCaseExact: IsCaseExact,
): Extensions {
  const key = findUrn(extensions, urn);
  let all = extensions;
  for (const [sent, value] of Object.entries(checkMembers(values, key))) {
    const before = all[key] ?? {};
    const name = findName(before, sent);
    const stored = Object.hasOwn(before, name) ? before[name] : null;
    if (!Array.isArray(stored)) continue;
    const fold = (each: unknown) => folded(each, (member) => isCaseExact(name, member));
    const gone = [unite(null, clean(value, `${key}:${name}`, 0))].flat().map(fold);
    all = setMember(
      all,
      key,
      name,
      stored.filter((each) => !gone.some((other) => isSame(fold(each), other))),
    );
  }
  return all;
}

/** A value as it is compared: texts that do not mind case in lower case. */
function folded(value: unknown, isCaseExact: (member: string | null) => boolean): unknown {
  if (typeof value === 'string') return isCaseExact(null) ? value : value.toLowerCase();
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, folded(member, () => isCaseExact(name))]),
  );
}

/** The extensions with one member as it is from now on: null and the empty list take it away, and with the last one the extension. */
export function setMember(extensions: Extensions, key: string, name: string, value: unknown): Extensions {
  const { [name]: _, ...others } = extensions[key] ?? {};
  const isGone = value === null || (Array.isArray(value) && value.length === 0);
  const after = isGone ? others : { ...extensions[key], [name]: value };
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

export function findName(members: Record<string, unknown>, name: string): string {
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

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value with everything unassigned taken out; null when nothing is left. */
export function clean(value: unknown, path: string, depth: number): unknown {
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

/** What a cleaned value makes of the one before it; null when nothing is left. */
export function unite(before: unknown, after: unknown): unknown {
  if (isPlain(after)) {
    const members = Object.entries({ ...(isPlain(before) ? before : {}), ...after }).filter(
      ([, each]) => each !== null,
    );
    return members.length === 0 ? null : Object.fromEntries(members);
  }
  if (!Array.isArray(after)) return after;
  const elements = after.map((each) => unite(null, each)).filter((each) => each !== null);
  return elements.length === 0 ? null : elements;
}
