import type { DirectoryProfile } from '#schema/profile.js';
import type { CompanyActor } from '../actor.js';
import { DomainError } from '../errors.js';
import { ALL_FIELDS, LIST_ATTRIBUTES, TEXT_ATTRIBUTES } from './attributes.js';
import { roleAttributeOf } from './role-attribute.js';
import type { UserRow } from './user-types.js';

/** What of a user someone owns. */
export interface Ownership {
  /** @param field a dotted name of the catalogue */
  owns(field: string): boolean;
  /** Only what it may write again and again: what it can read or set once, a replacement without it leaves alone. */
  ownsExtension(urn: string, name: string): boolean;
}

/** Everything: what an admin owns on a local row. */
export const OWNS_ALL: Ownership = { owns: () => true, ownsExtension: () => true };

/** The names of the wire that the API calls otherwise. */
const RENAMED: Record<string, string> = { roles: 'rolevalues' };

/** What a directory owns on the rows it manages, by its profile (rule 3): what it maps, and what carries its roles. */
export function ownershipOf(profile: DirectoryProfile): Ownership {
  const role = roleAttributeOf(profile);
  const names = [...profile.attributes, ...(role === null ? [] : [role])]
    .map((name) => name.toLowerCase())
    .map((name) => RENAMED[name] ?? name);
  const all = names.includes('*');
  const extensions = new Map(
    profile.extensions.map(({ urn, attributes }) => [
      urn.toLowerCase(),
      attributes.filter(({ mutability }) => mutability === 'readWrite').map(({ name }) => name.toLowerCase()),
    ]),
  );
  return {
    owns(field) {
      const lower = field.toLowerCase();
      return all || names.some((name) => lower === name || lower.startsWith(`${name}.`));
    },
    ownsExtension: (urn, name) => extensions.get(urn.toLowerCase())?.includes(name.toLowerCase()) ?? false,
  };
}

/**
 * The user as a directory edited it, but with the fields of the standard that are not the directory's as they were. Who a user is and whether it is
 * active is always for the directory to say.
 */
export function withOwnFields(before: UserRow, edited: UserRow, profile: DirectoryProfile): UserRow {
  if (profile.attributes.includes('*')) return edited;
  const { owns } = ownershipOf(profile);
  const others = [...TEXT_ATTRIBUTES, ...LIST_ATTRIBUTES.map(({ field }) => ({ field, key: field }))]
    .filter(({ field }) => field !== 'userName' && field !== 'externalId' && !owns(field))
    .map(({ key }) => [key, before[key]]);
  return { ...edited, ...Object.fromEntries(others) };
}

/**
 * The fields that only the directory with this profile may change on its rows, by the names of the API: all of them for `*`, else what it maps, its
 * `externalId`, and its own extensions as `extensions.<urn>`.
 */
export function lockedFields(profile: DirectoryProfile): string[] {
  if (profile.attributes.includes('*')) return [...ALL_FIELDS];
  const { owns } = ownershipOf(profile);
  return [
    ...ALL_FIELDS.filter((field) => field === 'externalId' || (field !== 'extensions' && owns(field))),
    ...profile.extensions.map(({ urn }) => `extensions.${urn}`),
  ];
}

/**
 * Refuses an admin's change of what a directory owns.
 *
 * @param changed the fields that differ, by the names of the API.
 * @throws MANAGED_BY_DIRECTORY naming the directory and the fields.
 */
export function refuseLocked(directory: { name: string; profile: DirectoryProfile }, changed: readonly string[]): void {
  const locked = lockedFields(directory.profile).map((field) => field.toLowerCase());
  const touched = changed.filter(
    (field) =>
      locked.includes(field.toLowerCase()) || (field.startsWith('extensions.') && locked.includes('extensions')),
  );
  if (touched.length > 0)
    throw new DomainError(
      'MANAGED_BY_DIRECTORY',
      `${touched.join(', ')} ${touched.length === 1 ? 'belongs' : 'belong'} to the directory ${directory.name}; change it at the identity provider.`,
      { directory: directory.name, fields: touched },
    );
}

/** Which users an actor sees, as the statements take it. */
export interface UserScope {
  companyId: string;
  /** Null: all. */
  directoryId: string | null;
  /** Whether a directory sees local rows too, which it could adopt; never those of last resort. */
  seesLocal: boolean;
}

export function scopeOf({ companyId, directory }: CompanyActor): UserScope {
  return { companyId, directoryId: directory?.id ?? null, seesLocal: directory?.profile.listScope === 'ALL' };
}

/** @throws PROFILE_CHANGED when the caller translated its request by another version of the directory's profile. */
export function requireProfile({ directory }: CompanyActor, profileVersion: number | null | undefined): void {
  if (directory && profileVersion != null && profileVersion !== directory.profile.version)
    throw new DomainError('PROFILE_CHANGED', "The directory's profile has changed; read it again.");
}
