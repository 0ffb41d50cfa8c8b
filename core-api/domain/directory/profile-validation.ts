import {
  type DirectoryProfile,
  PROFILE_PRESETS,
  type ProfileAttribute,
  type ProfileExtension,
} from '#schema/profile.js';
import { invalidValue } from '../errors.js';
import { isStorable } from '../text.js';
import { ALL_FIELDS } from '../user/attributes.js';
import { meaningOf, simpleNames } from './profile-attributes.js';

type Checks<T> = { [K in keyof Required<T>]: (value: unknown, path: string) => T[K] };

const LONGEST_JSON = 65_536;
const ATTRIBUTE_NAME = /^[a-z][a-z0-9_-]{0,63}$/i;
const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[a-z0-9()+,\-.:=@;$_!*'%/?#]{1,200}$/i;
/** Schemas and messages of the standard itself (RFC 7643 §10.3); what users carry of them are fields of their own. */
const STANDARD_URN = /^urn:ietf:params:scim:(schemas:core|schemas:extension:enterprise|api):/i;
/** What every resource has (RFC 7643 §3.1), and what programs trip over. */
const RESERVED_NAMES = new Set(['id', 'externalid', 'schemas', 'meta', 'constructor', 'prototype']);
const TYPES = ['string', 'boolean', 'integer', 'decimal', 'dateTime', 'reference', 'complex'] as const;
const MUTABILITIES = ['readOnly', 'readWrite', 'immutable', 'writeOnly'] as const;

/** Names of several fields; whoever owns one owns all below. */
const PARENTS = new Set(['name', 'enterprise', 'enterprise.manager']);
/** An alias of one of these names would hide what every provider sends under it. */
const NEVER_ALIASES = new Set(['id', 'schemas', 'meta', 'username', 'externalid', 'active', 'password']);

const PROFILE: Checks<DirectoryProfile> = {
  preset: oneOf(PROFILE_PRESETS),
  version: (value, path) => integer(value, path, 1),
  attributes(value, path) {
    const names = distinct(listOf(text(200), 100)(value, path), path, (name) => name.toLowerCase());
    for (const [i, name] of names.entries())
      if (name !== '*' && !isOwnable(name))
        refuse(`${path}.${i}`, 'is no attribute: name one such as userName, name.familyName or emails, or * for all.');
    if (!names.some((name) => name === '*' || name.toLowerCase() === 'username'))
      refuse(path, 'would hide userName: add it, for a directory that does not own it cannot name anyone.');
    return names;
  },
  extensions(value, path) {
    const extensions = listOf((item, at) => object(item, at, EXTENSION), 10)(value, path);
    return distinct(extensions, path, ({ urn }) => urn.toLowerCase());
  },
  aliases(value, path) {
    const aliases = mapOf(text(200), 50)(value, path);
    for (const [name, target] of Object.entries(aliases)) {
      if (!ATTRIBUTE_NAME.test(name)) refuse(`${path}.${name}`, 'is no attribute name.');
      if (NEVER_ALIASES.has(name))
        refuse(`${path}.${name}`, 'would hide the attribute of that name: choose another name.');
      if (target.toLowerCase() === name) refuse(`${path}.${name}`, 'stands for itself.');
    }
    return aliases;
  },
  roleAttribute: (value, path) => (value === null ? null : text(300)(value, path)),
  roleSource: oneOf(['ATTRIBUTE', 'TEAMS', 'BOTH']),
  keptRoles: oneOf(['ALL', 'HIGHEST']),
  roleValues: (value, path) => mapOf(text(64), 200)(value, path),
  defaultRole: (value, path) => (value === null ? null : text(64)(value, path)),
  defaultProjects: (value, path) => distinct(listOf(text(64), 100)(value, path), path, (key) => key),
  nameMode: oneOf(['SPLIT', 'FORMATTED']),
  listScope: oneOf(['ALL', 'MANAGED']),
  adopt: oneOf(['ON_CREATE', 'ON_UPDATE']),
  reviveBy: oneOf(['EXTERNAL_ID', 'USER_NAME']),
  unsupportedFilter: oneOf([400, 501]),
  nestedGroups: oneOf(['NEST', 'FLATTEN', 'SKIP']),
  unknownMembers: oneOf(['SKIP', 'REFUSE']),
  unknownRoles: oneOf(['REFUSE', 'IGNORE']),
  strict: boolean,
};

const EXTENSION: Checks<ProfileExtension> = {
  urn(value, path) {
    const urn = text(255)(value, path);
    if (!URN.test(urn)) refuse(path, 'is no URN: write one of your own, such as urn:example:2.0:User.');
    if (STANDARD_URN.test(urn)) refuse(path, 'belongs to the standard: choose a URN of your own.');
    return urn;
  },
  name: text(100),
  description: text(1_000, 0),
  attributes: (value, path) => {
    const attributes = listOf((item, at) => attribute(item, at), 100)(value, path);
    if (attributes.length === 0) refuse(path, 'must have at least one attribute.');
    return distinct(attributes, path, ({ name }) => name.toLowerCase());
  },
};

const ATTRIBUTE: Checks<ProfileAttribute> = {
  name(value, path) {
    const name = text(64)(value, path);
    if (!ATTRIBUTE_NAME.test(name)) refuse(path, 'is no attribute name: a letter, then letters, digits, - and _.');
    if (RESERVED_NAMES.has(name.toLowerCase())) refuse(path, 'is reserved: choose another name.');
    return name;
  },
  type: oneOf(TYPES),
  multiValued: boolean,
  description: text(1_000, 0),
  required: boolean,
  caseExact: boolean,
  mutability: oneOf(MUTABILITIES),
  canonicalValues(value, path) {
    const values = distinct(listOf(text(200), 200)(value, path), path, (each) => each);
    if (values.length === 0) refuse(path, 'must have at least one value, or be left out.');
    return values;
  },
  subAttributes(value, path) {
    const attributes = listOf((item, at) => subAttribute(item, at), 100)(value, path);
    if (attributes.length === 0) refuse(path, 'must have at least one attribute.');
    return distinct(attributes, path, ({ name }) => name.toLowerCase());
  },
};

/** What a directory can own, by the names of the API, or `roles` as on the wire. */
function isOwnable(name: string): boolean {
  const lower = name.toLowerCase();
  if (lower === 'extensions') return false;
  return lower === 'roles' || PARENTS.has(lower) || ALL_FIELDS.some((field) => field.toLowerCase() === lower);
}

/**
 * Checks a whole profile, as it came from outside. Names of aliases and values of roles come back in lower case.
 *
 * @throws INVALID_VALUE with the dotted path in `field`: `profile.extensions.0.urn`
 */
export function validateProfile(value: unknown): DirectoryProfile {
  const profile = object(value, 'profile', PROFILE, ['keptRoles']);
  if (JSON.stringify(profile).length > LONGEST_JSON) refuse('profile', `is longer than ${LONGEST_JSON} characters.`);
  checkAliases(profile);
  checkUrns(profile.extensions);
  checkRoleAttribute(profile);
  return profile;
}

function checkAliases({ aliases, extensions }: DirectoryProfile): void {
  const simple = simpleNames(extensions);
  for (const [name, target] of Object.entries(aliases)) {
    const path = `profile.aliases.${name}`;
    if (simple.has(name)) refuse(path, 'is the name of a simple attribute, which it would hide: choose another name.');
    if (meaningOf(target, extensions) === null)
      refuse(
        path,
        `stands for ${target}, which is no attribute: name one such as emails, name.formatted or urn:…:name.`,
      );
    if (Object.hasOwn(aliases, target.toLowerCase().split('.', 1)[0]!))
      refuse(path, `stands for ${target}, which is an alias too: name what that one stands for.`);
  }
}

/** `urn:a:b` with an attribute `c` and an extension `urn:a:b:c` would be written alike. */
function checkUrns(extensions: readonly ProfileExtension[]): void {
  for (const [i, { urn }] of extensions.entries())
    for (const other of extensions)
      if (other.attributes.some(({ name }) => `${other.urn}:${name}`.toLowerCase() === urn.toLowerCase()))
        refuse(`profile.extensions.${i}.urn`, `is also an attribute of ${other.urn}: choose another URN.`);
}

function checkRoleAttribute({ roleAttribute, roleSource, aliases, extensions }: DirectoryProfile): void {
  const path = 'profile.roleAttribute';
  if (roleAttribute === null) {
    if (roleSource !== 'TEAMS')
      refuse(path, 'must be named when roles come from an attribute; or let roleSource be TEAMS.');
    return;
  }
  const alias = roleAttribute.toLowerCase();
  const meaning = meaningOf(Object.hasOwn(aliases, alias) ? aliases[alias]! : roleAttribute, extensions);
  if (meaning === null) refuse(path, `${roleAttribute} is no attribute, and no alias of one.`);
  if (meaning === 'OTHER') refuse(path, `${roleAttribute} holds no names of roles: name an attribute of type string.`);
}

function attribute(value: unknown, path: string): ProfileAttribute {
  const checked = object(value, path, ATTRIBUTE, ['canonicalValues', 'subAttributes']);
  if ((checked.type === 'complex') !== (checked.subAttributes !== undefined))
    refuse(`${path}.subAttributes`, 'goes with the type complex, and only with it.');
  if (checked.canonicalValues && checked.type !== 'string' && checked.type !== 'reference')
    refuse(`${path}.canonicalValues`, `are texts, and cannot go with the type ${checked.type}.`);
  return checked;
}

/** Refused before it is looked into: whoever nests a thousand of them must not get that far. */
function subAttribute(value: unknown, path: string): ProfileAttribute {
  const { type, subAttributes } = (value ?? {}) as Partial<ProfileAttribute>;
  if (type === 'complex' || subAttributes !== undefined)
    refuse(`${path}.type`, 'cannot be complex inside a complex attribute.');
  return attribute(value, path);
}

function refuse(path: string, problem: string): never {
  throw invalidValue(path, `${path} ${problem}`);
}

function object<T>(value: unknown, path: string, checks: Checks<T>, optional: readonly (keyof T)[] = []): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'must be an object.');
  for (const key of Object.keys(value)) if (!Object.hasOwn(checks, key)) refuse(`${path}.${key}`, 'is unknown.');
  const checked: Partial<T> = {};
  for (const key of Object.keys(checks) as (keyof T & string)[]) {
    const member = (value as Partial<Record<string, unknown>>)[key];
    if (member === undefined && optional.includes(key)) continue;
    checked[key] = checks[key](member, `${path}.${key}`);
  }
  return checked as T;
}

function oneOf<const T extends string | number>(values: readonly T[]) {
  return (value: unknown, path: string): T =>
    values.includes(value as T) ? (value as T) : refuse(path, `must be one of ${values.join(', ')}.`);
}

function text(longest: number, shortest = 1) {
  return (value: unknown, path: string): string => {
    if (typeof value !== 'string') refuse(path, 'must be a text.');
    if (value.length < shortest || value.length > longest)
      refuse(path, `must have ${shortest} to ${longest} characters.`);
    if (!isStorable(value)) refuse(path, 'holds a character that cannot be stored.');
    return value;
  };
}

function boolean(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : refuse(path, 'must be true or false.');
}

function integer(value: unknown, path: string, least: number): number {
  return Number.isSafeInteger(value) && (value as number) >= least
    ? (value as number)
    : refuse(path, 'must be a whole number.');
}

function listOf<T>(check: (item: unknown, path: string) => T, most: number) {
  return (value: unknown, path: string): T[] => {
    if (!Array.isArray(value)) refuse(path, 'must be a list.');
    if (value.length > most) refuse(path, `must have at most ${most} items.`);
    return value.map((item, i) => check(item, `${path}.${i}`));
  };
}

/** Keys come back in lower case. */
function mapOf<T>(check: (item: unknown, path: string) => T, most: number) {
  return (value: unknown, path: string): Record<string, T> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'must be an object.');
    const entries = Object.entries(value);
    if (entries.length > most) refuse(path, `must have at most ${most} members.`);
    const checked = new Map<string, T>();
    for (const [name, item] of entries) {
      const key = text(200)(name, `${path}.${name}`).toLowerCase();
      if (checked.has(key)) refuse(`${path}.${name}`, 'is there twice.');
      checked.set(key, check(item, `${path}.${name}`));
    }
    return Object.fromEntries(checked);
  };
}

function distinct<T>(items: T[], path: string, keyOf: (item: T) => string): T[] {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) refuse(`${path}.${i}`, 'is there twice.');
    seen.add(key);
  }
  return items;
}
