import type { UserRow } from '#core-api/domain/user/user-types.js';

/*
 * A user is stored flat and shown with sub-objects. What has no value at all is null rather than an object of nulls.
 */
export function nameOf(user: UserRow) {
  const { formattedName, familyName, givenName, middleName, honorificPrefix, honorificSuffix } = user;
  if (
    formattedName === null &&
    familyName === null &&
    givenName === null &&
    middleName === null &&
    honorificPrefix === null &&
    honorificSuffix === null
  )
    return null;
  return { formatted: formattedName, familyName, givenName, middleName, honorificPrefix, honorificSuffix };
}

export function enterpriseOf(user: UserRow) {
  const { employeeNumber, costCenter, organization, division, department } = user;
  const manager = managerOf(user);
  if (
    employeeNumber === null &&
    costCenter === null &&
    organization === null &&
    division === null &&
    department === null &&
    manager === null
  )
    return null;
  return { employeeNumber, costCenter, organization, division, department, manager };
}

function managerOf({ managerValue, managerRef, managerDisplayName }: UserRow) {
  if (managerValue === null && managerRef === null && managerDisplayName === null) return null;
  return { value: managerValue, ref: managerRef, displayName: managerDisplayName };
}

export function extensionsOf({ extensions }: UserRow): { urn: string; values: unknown }[] {
  return Object.entries(extensions).map(([urn, values]) => ({ urn, values }));
}
