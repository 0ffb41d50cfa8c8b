import { invalidValue } from '../errors.js';
import type { Permission } from '../permissions.js';

const READ: readonly Permission[] = ['company:read', 'users:read', 'teams:read', 'roles:read'];

/** What a directory token may be made for, and the permissions that come of it. */
const SCOPES = {
  read: READ,
  users: [...READ, 'users:write'],
  groups: [...READ, 'teams:write'],
  all: [...READ, 'users:write', 'teams:write'],
} as const satisfies Record<string, readonly Permission[]>;

const isScope = (scope: string): scope is keyof typeof SCOPES => Object.hasOwn(SCOPES, scope);

/** Each scope once; `all` when none is given. @throws INVALID_VALUE */
export function checkScopes(scopes: readonly string[] | null): string[] {
  if (!scopes || scopes.length === 0) return ['all'];
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw invalidValue('scopes', `scopes must be some of ${Object.keys(SCOPES).join(', ')}.`);
  return Object.keys(SCOPES).filter((scope) => scopes.includes(scope));
}

/** Scopes that this version does not know grant nothing. */
export function permissionsOf(scopes: readonly string[]): Set<Permission> {
  return new Set(scopes.filter(isScope).flatMap((scope): readonly Permission[] => SCOPES[scope]));
}

/** The scopes that were asked for, if they reach no further than `held`; all of these when none were. @throws INVALID_VALUE */
export function narrowScopes(held: readonly string[], asked: readonly string[] | null): string[] {
  if (!asked || asked.length === 0) return [...held];
  const scopes = checkScopes(asked);
  const permissions = permissionsOf(held);
  if ([...permissionsOf(scopes)].every((each) => permissions.has(each))) return scopes;
  throw invalidValue('scopes', 'scopes reach beyond those of the client.');
}
