import { LIST_ATTRIBUTES } from '#core-api/domain/user/attributes.js';
import type { UserRow } from '#core-api/domain/user/user-types.js';
import type { UserAttributes } from '#schema/user-attributes.js';

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

const TEXTS = [
  'externalId',
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
] as const;

export function attributesOf(user: UserRow): UserAttributes {
  const attributes: Record<string, unknown> = { userName: user.userName, active: user.active };
  for (const field of TEXTS) if (user[field] !== null) attributes[field] = user[field];
  for (const { field } of LIST_ATTRIBUTES) if (user[field].length > 0) attributes[field] = user[field];
  const name = nameOf(user);
  if (name) attributes.name = withoutNulls(name);
  const enterprise = enterpriseOf(user);
  if (enterprise) {
    const { manager, ...texts } = enterprise;
    attributes.enterprise = withoutNulls({ ...texts, manager: manager && withoutNulls(manager) });
  }
  for (const _ in user.extensions) {
    attributes.extensions = user.extensions;
    break;
  }
  return attributes as unknown as UserAttributes; // as its fields are filled above
}

function withoutNulls(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name in object) if (object[name] !== null) members[name] = object[name];
  return members;
}
