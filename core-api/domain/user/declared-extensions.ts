import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';
import type { CompanyActor } from '../actor.js';
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
 * not change is not looked at: it may be older than the declaration. What is write-only nobody may ever read, so it is checked and not kept. Extensions
 * that nobody declares are free.
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

/** What an actor may name by its declaration: of a directory its own extensions, for people those of all of the company's, the oldest first. */
export async function extensionsFor(
  db: Database,
  { companyId, directory }: CompanyActor,
): Promise<readonly ProfileExtension[]> {
  if (directory) return directory.profile.extensions;
  const directories = await db.em.find(Directory, { companyId }, { orderBy: { id: 'asc' } });
  return directories.flatMap(({ profile }) => profile.extensions);
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
    if (attribute?.mutability === 'writeOnly') {
      if (value !== null) checkValue(value, attribute, path, { canonical: true, former, byDirectory });
    } else if (isSame(value, former)) checked[name] = former;
    else if (!attribute) {
      if (value !== null && !byDirectory)
        throw refused(
          path,
          `is not declared; ${declared.urn} has ${declared.attributes.map((each) => each.name).join(', ')}.`,
        );
      checked[name] = value;
    } else if (attribute.mutability === 'readOnly' && byDirectory) checked[name] = former;
    else if (attribute.mutability === 'immutable' && former !== null) throw immutable(path);
    else {
      const isRoles = roleAttribute !== null && isSameName(roleAttribute, path);
      checked[attribute.name] =
        value === null ? null : checkValue(value, attribute, path, { canonical: !isRoles, former, byDirectory });
    }
  }
  const kept = Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== null));
  if (Object.keys(kept).length > 0) requireAll(kept, declared.attributes, declared.urn, ':');
  return kept;
}

/** A read-only attribute is not for the caller to bring, and a write-only one is not kept. */
function requireAll(
  members: Members,
  attributes: readonly ProfileAttribute[],
  path: string,
  separator: ':' | '.',
): void {
  for (const { name, required, mutability } of attributes)
    if (
      required &&
      mutability !== 'readOnly' &&
      mutability !== 'writeOnly' &&
      !Object.keys(members).some((each) => isSameName(each, name))
    )
      throw refused(`${path}${separator}${name}`, 'is required.');
}

interface Check {
  /** Whether the canonical values are all that is allowed. */
  canonical: boolean;
  former: unknown;
  byDirectory: boolean;
}

/** One value alone stands for a list of one. Which of the former elements an element was is not known, so their parts can come and go. */
function checkValue(value: unknown, attribute: ProfileAttribute, path: string, check: Check): unknown {
  if (!attribute.multiValued) return checkOne(value, attribute, path, check);
  return [value].flat().map((each: unknown) => checkOne(each, attribute, path, { ...check, former: null }));
}

function checkOne(value: unknown, attribute: ProfileAttribute, path: string, check: Check): unknown {
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
      return checkComplex(value, attribute.subAttributes ?? [], path, check);
    default:
      if (typeof value !== 'string') throw refused(path, 'must be a text.');
      if (check.canonical) requireCanonical(value, attribute, path);
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

function checkComplex(
  value: unknown,
  subAttributes: readonly ProfileAttribute[],
  path: string,
  { former, byDirectory }: Check,
): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(path, 'must be an object.');
  const was = typeof former === 'object' && former !== null && !Array.isArray(former) ? (former as Members) : {};
  const checked: Members = {};
  for (const [name, member] of Object.entries(value)) {
    const attribute = subAttributes.find((each) => isSameName(each.name, name));
    if (!attribute) throw refused(`${path}.${name}`, 'is not declared.');
    const before = was[attribute.name] ?? null;
    checked[attribute.name] = checkValue(member, attribute, `${path}.${attribute.name}`, {
      canonical: true,
      former: before,
      byDirectory,
    });
  }
  for (const { name, mutability } of subAttributes) {
    const before = was[name] ?? null;
    const isKept = mutability === 'readOnly' && byDirectory && before !== null;
    if (isKept) checked[name] = before;
    else if (mutability === 'writeOnly') delete checked[name];
    else if (mutability === 'immutable' && before !== null && !isSame(before, checked[name]))
      throw immutable(`${path}.${name}`);
  }
  requireAll(checked, subAttributes, path, '.');
  return checked;
}

function immutable(path: string): DomainError {
  return new DomainError('IMMUTABLE', `${path} was set once and cannot be changed.`, { field: fieldOf(path) });
}

const fieldOf = (path: string) => `extensions.${path}`;

function refused(path: string, problem: string): DomainError {
  return invalidValue(fieldOf(path), `${path} ${problem}`);
}
