import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';
import { DomainError, invalidValue } from '../errors.js';
import { isSame } from './attributes.js';
import type { Extensions, UserRow } from './user-types.js';

/** Who writes, and what is declared for them. */
interface Declarations {
  /** The first that has a URN speaks for it. */
  extensions: readonly ProfileExtension[];
  /** Whether a directory writes: what is read-only it passes over, and what its profile no longer declares stays as it is. People fill in the one and are refused the other. */
  byDirectory: boolean;
  /** The attribute that carries roles, `urn:…:name`: which of its values are allowed is for the roles to say. */
  roleAttribute: string | null;
}

type Members = Record<string, unknown>;

/**
 * The user as edited, with what changed in declared extensions checked against its declaration and written as that spells names and times. What did
 * not change is not looked at: it may be older than the declaration. Extensions that nobody declares are free.
 *
 * @throws INVALID_VALUE (wrong type, not one of the canonical values, a required attribute missing, unknown to a person) | IMMUTABLE
 */
export function withDeclaredExtensions(before: Extensions, user: UserRow, declarations: Declarations): UserRow {
  const after: Extensions = { ...user.extensions };
  for (const urn of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[urn] ?? {};
    const declared = declarations.extensions.find((each) => isSameName(each.urn, urn));
    if (!declared || isSame(was, after[urn] ?? {})) continue;
    const members = checkMembers(was, after[urn] ?? {}, declared, declarations);
    if (Object.keys(members).length > 0) after[urn] = members;
    else delete after[urn];
  }
  return { ...user, extensions: after };
}

const isSameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function checkMembers(was: Members, is: Members, declared: ProfileExtension, declarations: Declarations): Members {
  const { byDirectory, roleAttribute } = declarations;
  const checked: Members = {};
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const attribute = declared.attributes.find((each) => isSameName(each.name, name));
    const path = `${declared.urn}:${attribute?.name ?? name}`;
    const value = Object.hasOwn(is, name) ? is[name] : null;
    const former = Object.hasOwn(was, name) ? was[name] : null;
    if (isSame(value, former)) checked[name] = former;
    else if (!attribute) {
      if (value !== null && !byDirectory)
        throw refused(
          path,
          `is not declared; ${declared.urn} has ${declared.attributes.map((each) => each.name).join(', ')}.`,
        );
      checked[name] = value;
    } else if (attribute.mutability === 'readOnly' && byDirectory) checked[name] = former;
    else if (attribute.mutability === 'immutable' && former !== null)
      throw new DomainError('IMMUTABLE', `${path} was set once and cannot be changed.`, { field: fieldOf(path) });
    else {
      const isRoles = roleAttribute !== null && isSameName(roleAttribute, path);
      checked[attribute.name] = value === null ? null : checkValue(value, attribute, path, !isRoles);
    }
  }
  const kept = Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== null));
  if (Object.keys(kept).length > 0) requireAll(kept, declared.attributes, declared.urn, ':');
  return kept;
}

/** A read-only attribute is not for the caller to bring. */
function requireAll(
  members: Members,
  attributes: readonly ProfileAttribute[],
  path: string,
  separator: ':' | '.',
): void {
  for (const { name, required, mutability } of attributes)
    if (required && mutability !== 'readOnly' && !Object.keys(members).some((each) => isSameName(each, name)))
      throw refused(`${path}${separator}${name}`, 'is required.');
}

/** One value alone stands for a list of one. */
function checkValue(value: unknown, attribute: ProfileAttribute, path: string, canonical: boolean): unknown {
  if (!attribute.multiValued) return checkOne(value, attribute, path, canonical);
  return [value].flat().map((each: unknown) => checkOne(each, attribute, path, canonical));
}

function checkOne(value: unknown, attribute: ProfileAttribute, path: string, canonical: boolean): unknown {
  switch (attribute.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw refused(path, 'must be true or false.');
      return value;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw refused(path, 'must be a whole number.');
      return value;
    case 'decimal':
      if (typeof value !== 'number') throw refused(path, 'must be a number.');
      return value;
    case 'dateTime':
      return checkTime(value, path);
    case 'complex':
      return checkComplex(value, attribute.subAttributes ?? [], path);
    default:
      if (typeof value !== 'string') throw refused(path, 'must be a text.');
      if (canonical) requireCanonical(value, attribute, path);
      return value;
  }
}

function requireCanonical(value: string, { canonicalValues, caseExact }: ProfileAttribute, path: string): void {
  const isAllowed = canonicalValues?.some((each) => (caseExact ? each === value : isSameName(each, value))) ?? true;
  if (!isAllowed) throw refused(path, `must be one of ${canonicalValues?.join(', ')}.`);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

/** In UTC with milliseconds, the one form that filters compare. */
function checkTime(value: unknown, path: string): string {
  const time = typeof value === 'string' && TIME.test(value) ? new Date(value) : null;
  if (time === null || Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1 || time.getUTCFullYear() > 9999)
    throw refused(path, 'must be a date and time with its zone, such as 2026-01-31T08:00:00Z.');
  return time.toISOString();
}

function checkComplex(value: unknown, subAttributes: readonly ProfileAttribute[], path: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(path, 'must be an object.');
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    const attribute = subAttributes.find((each) => isSameName(each.name, name));
    if (!attribute) throw refused(`${path}.${name}`, 'is not declared.');
    return [attribute.name, checkValue(member, attribute, `${path}.${attribute.name}`, true)];
  });
  const checked = Object.fromEntries(members);
  requireAll(checked, subAttributes, path, '.');
  return checked;
}

const fieldOf = (path: string) => `extensions.${path}`;

function refused(path: string, problem: string): DomainError {
  return invalidValue(fieldOf(path), `${path} ${problem}`);
}
