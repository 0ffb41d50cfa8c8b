import type { DirectoryProfile } from '#schema/profile.js';
import { invalidValue } from '../errors.js';
import type { Warning } from '../paging.js';
import { findRole } from '../role/find-role.js';
import { LIST_ATTRIBUTES, TEXT_ATTRIBUTES } from './attributes.js';
import type { UserRow } from './user-types.js';

/** A role, as much of it as an attribute can name. */
export interface NameableRole {
  id: string;
  key: string;
  name: string;
  grantableByDirectory: boolean;
}

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:user';

/** Whether a directory with this profile grants roles by an attribute of the user. */
export function grantsByAttribute({ roleAttribute, roleSource }: DirectoryProfile): boolean {
  return roleAttribute !== null && roleSource !== 'TEAMS';
}

/** The attribute that grants roles, not by an alias: `roles`, a dotted name of the catalogue, or `urn:…:name`, in lower case; null when there is none. */
export function roleAttributeOf(profile: DirectoryProfile): string | null {
  if (profile.roleAttribute === null || !grantsByAttribute(profile)) return null;
  const named = profile.roleAttribute.toLowerCase();
  const path = (Object.hasOwn(profile.aliases, named) ? profile.aliases[named]! : named).toLowerCase();
  const colon = path.lastIndexOf(':');
  return path.slice(0, Math.max(colon, 0)) === ENTERPRISE_URN ? `enterprise.${path.slice(colon + 1)}` : path;
}

/** The values of the attribute that carries roles, in the user's order; none when the profile has no such attribute. */
export function roleValuesOf(profile: DirectoryProfile, user: UserRow): string[] {
  const field = roleAttributeOf(profile);
  return field === null ? [] : read(field, user).filter((value) => value.trim() !== '');
}

function read(field: string, user: UserRow): string[] {
  if (field === 'roles') return user.roleValues.flatMap(({ value }) => value ?? []);
  const text = TEXT_ATTRIBUTES.find((each) => each.field.toLowerCase() === field);
  if (text) return [user[text.key] ?? []].flat();
  const list = LIST_ATTRIBUTES.find((each) => each.field.toLowerCase() === field);
  if (list) return user[list.field].flatMap((each) => ('value' in each ? (each.value ?? []) : []));
  const colon = field.lastIndexOf(':');
  return readExtension(user, field.slice(0, Math.max(colon, 0)), field.slice(colon + 1));
}

function readExtension({ extensions }: UserRow, urn: string, name: string): string[] {
  const values = Object.entries(extensions).find(([each]) => each.toLowerCase() === urn)?.[1] ?? {};
  const value = Object.entries(values).find(([each]) => each.toLowerCase() === name)?.[1];
  return [value].flat().flatMap((each: unknown) => {
    const plain = typeof each === 'object' && each !== null ? (each as { value?: unknown }).value : each;
    return typeof plain === 'string' ? plain : [];
  });
}

/**
 * The roles that an attribute's values grant: by the profile's own names, else by a role's key or name, ignoring case.
 *
 * @throws INVALID_VALUE (a value that names no role a directory may grant, where the profile refuses them) naming the allowed keys
 */
export function grantedRoles(
  profile: DirectoryProfile,
  values: readonly string[],
  roles: readonly NameableRole[],
): { roleIds: string[]; warnings: Warning[] } {
  const grantable = roles.filter((role) => role.grantableByDirectory);
  const allowed = grantable.map(({ key }) => key).join(', ');
  const found = new Set<string>();
  const warnings: Warning[] = [];
  for (const value of values) {
    const lower = value.trim().toLowerCase();
    const named = Object.hasOwn(profile.roleValues, lower) ? profile.roleValues[lower]! : lower;
    const role = findRole(grantable, named);
    if (role) found.add(role.id);
    else if (profile.unknownRoles === 'REFUSE')
      throw invalidValue('roles', `${JSON.stringify(value)} is no role that can be granted; allowed are ${allowed}.`);
    else
      warnings.push({
        code: 'UNKNOWN_ROLE',
        field: 'roles',
        message: `${JSON.stringify(value)} is no role that can be granted; skipped.`,
      });
  }
  return { roleIds: [...found], warnings };
}
