import { USER_COLUMNS } from '#core-api/persistence/stores/user-columns.js';
import { foldKey } from '../fold-key.js';
import type { Address, AttributeValue, MultiValuedAttribute, UserFields, UserRow } from './user-types.js';

/*
 * The one catalogue of what a user is made of. Setting, clearing, comparing, filtering and locking all read it, so that an attribute is
 * described once. Lengths are in characters (code points).
 */

type TextKey = {
  [K in keyof UserRow]: UserRow[K] extends string | null ? K : never;
}[Exclude<keyof UserRow, 'companyId' | 'id' | 'directoryId' | 'createdAt' | 'updatedAt' | 'deletedAt'>];

/** An attribute that is one text. */
export interface TextAttribute {
  /** The dotted name of the API. */
  field: string;
  key: TextKey;
  column: string;
  max: number;
  caseExact: boolean;
}

const ORDINARY = 1024;
const URL = 2048;
/** Names and ids that stand in an index: PostgreSQL's index rows end at 2,704 bytes. */
const INDEXED = 255;

const text = (field: string, key: TextKey, max = ORDINARY, caseExact = false): TextAttribute => ({
  field,
  key,
  column: USER_COLUMNS[key],
  max,
  caseExact,
});

export const TEXT_ATTRIBUTES: readonly TextAttribute[] = [
  text('userName', 'userName', INDEXED),
  text('externalId', 'externalId', INDEXED, true),
  text('name.formatted', 'formattedName'),
  text('name.familyName', 'familyName'),
  text('name.givenName', 'givenName'),
  text('name.middleName', 'middleName'),
  text('name.honorificPrefix', 'honorificPrefix'),
  text('name.honorificSuffix', 'honorificSuffix'),
  text('displayName', 'displayName'),
  text('nickName', 'nickName'),
  text('profileUrl', 'profileUrl', URL),
  text('title', 'title'),
  text('userType', 'userType'),
  text('preferredLanguage', 'preferredLanguage'),
  text('locale', 'locale'),
  text('timezone', 'timezone'),
  text('enterprise.employeeNumber', 'employeeNumber'),
  text('enterprise.costCenter', 'costCenter'),
  text('enterprise.organization', 'organization'),
  text('enterprise.division', 'division'),
  text('enterprise.department', 'department'),
  text('enterprise.manager.value', 'managerValue', INDEXED, true),
  text('enterprise.manager.ref', 'managerRef', URL, true),
  text('enterprise.manager.displayName', 'managerDisplayName'),
];

export type ElementMember = keyof (AttributeValue & Address);

/** An attribute that is a list of elements. */
export interface ListAttribute {
  field: MultiValuedAttribute;
  column: string;
  /** The members that its elements can have, besides `type` and `primary`, and how long each can be. */
  members: ReadonlyMap<ElementMember, number>;
  /** Whether `value` is compared as it is; everything else ignores case. */
  caseExactValue: boolean;
}

const values = (field: MultiValuedAttribute, max = ORDINARY, caseExactValue = false): ListAttribute => ({
  field,
  column: USER_COLUMNS[field],
  members: new Map<ElementMember, number>([
    ['value', max],
    ['display', ORDINARY],
    ['type', INDEXED],
    ['ref', URL],
  ]),
  caseExactValue,
});

export const LIST_ATTRIBUTES: readonly ListAttribute[] = [
  values('emails'),
  values('phoneNumbers'),
  values('ims'),
  values('photos', 8192),
  {
    field: 'addresses',
    column: USER_COLUMNS.addresses,
    members: new Map<ElementMember, number>([
      ['formatted', ORDINARY],
      ['streetAddress', ORDINARY],
      ['locality', ORDINARY],
      ['region', ORDINARY],
      ['postalCode', ORDINARY],
      ['country', ORDINARY],
      ['type', INDEXED],
      ['display', ORDINARY],
    ]),
    caseExactValue: false,
  },
  values('entitlements'),
  values('roleValues'),
  values('x509Certificates', 16_384, true),
];

export const MOST_ELEMENTS = 100;

export function listAttribute(field: MultiValuedAttribute): ListAttribute {
  return LIST_ATTRIBUTES.find((each) => each.field === field)!;
}

/** Every field of the catalogue; `extensions` is all extensions. */
export const ALL_FIELDS: readonly string[] = [
  'active',
  ...TEXT_ATTRIBUTES.map(({ field }) => field),
  ...LIST_ATTRIBUTES.map(({ field }) => field),
  'extensions',
];

/** The attributes of one text that `name` stands for: itself, or all below it (`name`, `enterprise.manager`). */
export function textAttributesUnder(name: string): readonly TextAttribute[] {
  return TEXT_ATTRIBUTES.filter(({ field }) => field === name || field.startsWith(`${name}.`));
}

/** What `fields` say about an attribute of one text: undefined when they leave it out; a parent that is null clears what is below. */
export function readText(fields: UserFields, attribute: TextAttribute): string | null | undefined {
  let value: unknown = fields;
  for (const part of attribute.field.split('.')) {
    if (value == null) return value as null | undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value as string | null | undefined; // the catalogue's names are those of UserFields
}

/**
 * The fields in which two rows differ, by the names of the API (an extension as `extensions.<urn>`), with their values as the change log
 * keeps them. Null means unassigned.
 */
export function differences(before: UserRow, after: UserRow): Map<string, { before: unknown; after: unknown }> {
  const found = new Map<string, { before: unknown; after: unknown }>();
  const compare = (field: string, was: unknown, is: unknown) => {
    if (!isSame(was, is)) found.set(field, { before: was ?? null, after: is ?? null });
  };
  compare('active', before.active, after.active);
  for (const { field, key } of TEXT_ATTRIBUTES) compare(field, before[key], after[key]);
  for (const { field } of LIST_ATTRIBUTES) compare(field, before[field], after[field]);
  for (const urn of new Set([...Object.keys(before.extensions), ...Object.keys(after.extensions)]))
    compare(`extensions.${urn}`, before.extensions[urn], after.extensions[urn]);
  return found;
}

/** Equality of JSON values; the order of an object's members does not count, because jsonb does not keep it. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, i) => isSame(each, b[i]));
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key as never], b[key as never]))
  );
}

/** What of a user is searched in lists, folded: today the e-mail addresses. Without duplicates. */
export function searchedValues(user: UserRow): { attribute: string; type: string; key: string }[] {
  const found = new Map<string, { attribute: string; type: string; key: string }>();
  for (const { value, type = '' } of user.emails) {
    if (value === undefined) continue;
    const entry = { attribute: 'emails', type: type.toLowerCase(), key: foldKey(value) };
    found.set(`${entry.type}\n${entry.key}`, entry);
  }
  return [...found.values()];
}
