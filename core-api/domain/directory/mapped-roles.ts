import type { DirectoryProfile } from '#schema/profile.js';

/** Where a profile names a role, and how. */
export function mappedRoles({ defaultRole, roleValues }: DirectoryProfile): [path: string, named: string][] {
  const values = Object.entries(roleValues).map(([value, named]): [string, string] => [
    `profile.roleValues.${value}`,
    named,
  ]);
  return defaultRole === null ? values : [['profile.defaultRole', defaultRole], ...values];
}
