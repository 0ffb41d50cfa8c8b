import { sql } from 'kysely';
import type { UserRow } from '../rows.js';

/** The columns of `app_user` by the names of `UserRow`; both `select` lists and writes are made from it. */
export const USER_COLUMNS = {
  companyId: 'company_id',
  id: 'id',
  directoryId: 'directory_id',
  breakGlass: 'break_glass',
  userName: 'user_name',
  externalId: 'external_id',
  active: 'active',
  formattedName: 'formatted_name',
  familyName: 'family_name',
  givenName: 'given_name',
  middleName: 'middle_name',
  honorificPrefix: 'honorific_prefix',
  honorificSuffix: 'honorific_suffix',
  displayName: 'display_name',
  nickName: 'nick_name',
  profileUrl: 'profile_url',
  title: 'title',
  userType: 'user_type',
  preferredLanguage: 'preferred_language',
  locale: 'locale',
  timezone: 'timezone',
  emails: 'emails',
  phoneNumbers: 'phone_numbers',
  ims: 'ims',
  photos: 'photos',
  addresses: 'addresses',
  entitlements: 'entitlements',
  roleValues: 'role_values',
  x509Certificates: 'x509_certificates',
  employeeNumber: 'employee_number',
  costCenter: 'cost_center',
  organization: 'organization',
  division: 'division',
  department: 'department',
  managerValue: 'manager_value',
  managerRef: 'manager_ref',
  managerDisplayName: 'manager_display_name',
  extensions: 'extensions',
  version: 'version',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
} as const satisfies Record<keyof UserRow, string>;

const KEYS = Object.keys(USER_COLUMNS) as (keyof UserRow)[]; // Object.keys forgets the names

const KEPT = [
  'companyId',
  'id',
  'breakGlass',
  'version',
  'createdAt',
  'updatedAt',
  'deletedAt',
] as const satisfies readonly (keyof UserRow)[];

export type WrittenKey = Exclude<keyof UserRow, (typeof KEPT)[number]>;

/** What the writes of a user set: everything but the key, version and times. */
export const WRITTEN_KEYS = KEYS.filter((key): key is WrittenKey => !(KEPT as readonly string[]).includes(key));

const JSON_KEYS: ReadonlySet<string> = new Set<keyof UserRow>([
  'emails',
  'phoneNumbers',
  'ims',
  'photos',
  'addresses',
  'entitlements',
  'roleValues',
  'x509Certificates',
  'extensions',
]);
const TIME_KEYS: ReadonlySet<string> = new Set<keyof UserRow>(['createdAt', 'updatedAt', 'deletedAt']);

export const isJsonKey = (key: string) => JSON_KEYS.has(key);

/** The type that a written column has, to cast its argument to. */
export function typeOf(key: keyof UserRow): string {
  if (JSON_KEYS.has(key)) return 'jsonb';
  if (key === 'active') return 'boolean';
  return key === 'directoryId' ? 'uuid' : 'text';
}

/** The whole row of alias `u` under the names of `UserRow`, times as ISO 8601 text. */
export const USER_SELECTION = sql.raw(
  KEYS.map((key) => {
    const column = `u.${USER_COLUMNS[key]}`;
    const value = TIME_KEYS.has(key)
      ? `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : column;
    return `${value} as "${key}"`;
  }).join(', '),
);
