import { invalidValue } from '../errors.js';
import { LIST_ATTRIBUTES, readText, TEXT_ATTRIBUTES } from './attributes.js';
import type { Ownership } from './ownership.js';
import { applyUserChanges } from './user-change.js';
import type { AnyValueInput, UserChange, UserFields, UserRow } from './user-types.js';

const BLANK = {
  breakGlass: false,
  externalId: null,
  active: true,
  formattedName: null,
  familyName: null,
  givenName: null,
  middleName: null,
  honorificPrefix: null,
  honorificSuffix: null,
  displayName: null,
  nickName: null,
  profileUrl: null,
  title: null,
  userType: null,
  preferredLanguage: null,
  locale: null,
  timezone: null,
  emails: [],
  phoneNumbers: [],
  ims: [],
  photos: [],
  addresses: [],
  entitlements: [],
  roleValues: [],
  x509Certificates: [],
  employeeNumber: null,
  costCenter: null,
  organization: null,
  division: null,
  department: null,
  managerValue: null,
  managerRef: null,
  managerDisplayName: null,
  extensions: {},
  version: 1,
  createdAt: '',
  updatedAt: '',
  deletedAt: null,
} satisfies Partial<UserRow>;

type UserKey = Pick<UserRow, 'companyId' | 'id' | 'directoryId'>;

/** A user that is not stored yet and says nothing: its times are the database's to fill in. */
export function blankUser({ companyId, id, directoryId }: UserKey): UserRow {
  return { ...BLANK, companyId, id, directoryId, userName: '' };
}

/**
 * A new user with these fields; active unless they say otherwise.
 *
 * @throws INVALID_VALUE (userName is missing, and what `applyUserChanges` refuses)
 */
export function newUser(fields: UserFields, key: UserKey): UserRow {
  if (fields.userName == null) throw invalidValue('userName', 'userName is required.');
  return applyUserChanges(blankUser(key), [{ set: { ...fields, active: fields.active ?? true } }]);
}

/**
 * What replacing a user by `fields` means as changes: what they leave out is cleared where `owner` owns it; `active`, `externalId`, extensions (the
 * enterprise one too) that are not there and what others own stays.
 *
 * @throws INVALID_VALUE (userName is missing)
 */
export function replacement(row: UserRow, fields: UserFields, owner: Ownership): UserChange[] {
  if (fields.userName == null) throw invalidValue('userName', 'userName is required.');
  const omitted = TEXT_ATTRIBUTES.filter((attribute) => readText(fields, attribute) === undefined)
    .map(({ field }) => field)
    .filter((field) => field !== 'externalId' && !(fields.enterprise === undefined && field.startsWith('enterprise.')))
    .filter((field) => owner.owns(field));
  const omittedLists = LIST_ATTRIBUTES.map(({ field }) => field).filter(
    (field) => fields[field] === undefined && owner.owns(field),
  );
  const { extensions, ...others } = fields;
  return [
    { unset: [...omitted, ...omittedLists] },
    { set: { ...others, active: fields.active ?? undefined } },
    ...(extensions ?? []).flatMap(({ urn, values }): UserChange[] => [
      { unsetExtension: { urn, names: ownedNames(row, urn, owner) } },
      { setExtension: { urn, values } },
    ]),
  ];
}

/** The members of a stored extension that a replacement clears. */
function ownedNames({ extensions }: UserRow, urn: string, owner: Ownership): string[] {
  const stored = Object.entries(extensions).find(([each]) => each.toLowerCase() === urn.toLowerCase());
  return Object.keys(stored?.[1] ?? {}).filter((name) => owner.ownsExtension(urn, name));
}

/** An update by a person: fields, and addresses that come or go beside them. */
export function updateChanges(
  fields: UserFields,
  { addEmails, removeEmails }: { addEmails?: AnyValueInput[] | null; removeEmails?: string[] | null },
): UserChange[] {
  const changes: UserChange[] = [{ set: fields }];
  if (removeEmails != null)
    changes.push({ removeValues: { attribute: 'emails', where: { value: { in: removeEmails } } } });
  if (addEmails != null) changes.push({ addValues: { attribute: 'emails', values: addEmails } });
  return changes;
}
