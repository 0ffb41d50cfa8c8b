import type { AttrPath } from '#gateway/scim/attr-path.js';
import { type AttributeDefinition, ENTERPRISE_URN, findAttribute, USER_URN } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import type { EnterpriseInput, MultiValuedAttribute, NameInput, UserFieldsInput } from '#schema/generated/gateway.js';

type TextField =
  | 'userName'
  | 'externalId'
  | 'displayName'
  | 'nickName'
  | 'profileUrl'
  | 'title'
  | 'userType'
  | 'preferredLanguage'
  | 'locale'
  | 'timezone';
export type ListField =
  | 'emails'
  | 'phoneNumbers'
  | 'ims'
  | 'photos'
  | 'addresses'
  | 'entitlements'
  | 'roleValues'
  | 'x509Certificates';
type EnterpriseField = Exclude<keyof EnterpriseInput, 'manager'>;

/** Where an attribute of the wire lives in the core. `label` is its canonical name, for messages. */
export type UserTarget = { label: string } & (
  | { kind: 'text'; field: TextField & keyof UserFieldsInput }
  | { kind: 'active' }
  | { kind: 'name'; member: keyof NameInput | null }
  | { kind: 'list'; list: ListAttribute; sub: AttributeDefinition | null }
  | { kind: 'enterprise'; field: EnterpriseField }
  | { kind: 'manager'; member: 'value' | 'ref' | 'displayName' | null }
  | { kind: 'custom'; urn: string; attribute: AttributeDefinition; sub: AttributeDefinition | null }
  /** A whole schema, named by its URN alone. */
  | { kind: 'schema'; urn: string }
  | { kind: 'id' }
  | { kind: 'meta' | 'groups'; sub: string | null }
  /** `schemas` and `password`: taken, and not looked at. */
  | { kind: 'ignored' }
);

export interface ListAttribute {
  field: ListField;
  attribute: MultiValuedAttribute;
  definition: AttributeDefinition;
}

const TEXT_FIELDS: ReadonlySet<string> = new Set<TextField>([
  'userName',
  'externalId',
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
]);

/** The word changes here: `roles` of the wire is what the provider sent; what it grants is `roles` of the core. */
export const USER_LISTS: ReadonlyMap<string, Omit<ListAttribute, 'definition'>> = new Map([
  ['emails', { field: 'emails', attribute: 'EMAILS' }],
  ['phoneNumbers', { field: 'phoneNumbers', attribute: 'PHONE_NUMBERS' }],
  ['ims', { field: 'ims', attribute: 'IMS' }],
  ['photos', { field: 'photos', attribute: 'PHOTOS' }],
  ['addresses', { field: 'addresses', attribute: 'ADDRESSES' }],
  ['entitlements', { field: 'entitlements', attribute: 'ENTITLEMENTS' }],
  ['roles', { field: 'roleValues', attribute: 'ROLE_VALUES' }],
  ['x509Certificates', { field: 'x509Certificates', attribute: 'X509_CERTIFICATES' }],
]);

/**
 * Finds what a path means in this dialect.
 *
 * @param isObject whether the value that goes there is an object or a list: an alias may share the name of a complex
 *   attribute, and then takes the plain values only.
 * @returns null for an attribute that nobody declared.
 */
export function findUserTarget(dialect: Dialect, path: AttrPath, isObject: boolean): UserTarget | null {
  if (path.name === '') return findSchema(dialect, path.urn ?? '');

  const alias = aliasOf(dialect, path);
  if (alias && !isObject && path.sub === null) return findReal(dialect, alias);
  const real = findReal(dialect, path);
  if (real || !alias) return real;
  return findReal(dialect, path.sub === null ? alias : { ...alias, sub: path.sub });
}

/** All that a path means where no value tells an alias from the complex attribute of the same name: both, if there are. */
export function findNamesakes(dialect: Dialect, path: AttrPath): UserTarget[] {
  const attribute = findUserTarget(dialect, path, true);
  const target = findUserTarget(dialect, path, false);
  const found = [attribute, target].filter((each) => each !== null);
  return attribute?.label === target?.label ? found.slice(0, 1) : found;
}

/** What the path is an alias of; null when it is none. A complex attribute may have the same name. */
export function aliasOf(dialect: Dialect, { urn, name }: AttrPath): AttrPath | null {
  if (dialect.aliases.size === 0) return null;
  const isUnqualified = urn === null || urn.toLowerCase() === USER_URN.toLowerCase();
  return (isUnqualified && dialect.aliases.get(name.toLowerCase())) || null;
}

/** Whether the path led to its target as an alias, and not as the attribute of the same name. */
export function isByAlias(dialect: Dialect, path: AttrPath, { label }: UserTarget): boolean {
  return aliasOf(dialect, path) !== null && label.split('.', 1)[0]!.toLowerCase() !== path.name.toLowerCase();
}

/** Whether an attribute of an extension was named as if it were of the core schema: Entra writes a bare `manager`. */
export function lacksUrn(dialect: Dialect, path: AttrPath, { kind }: UserTarget): boolean {
  const isOfExtension = kind === 'enterprise' || kind === 'manager' || kind === 'custom';
  return isOfExtension && path.urn === null && aliasOf(dialect, path) === null;
}

function findSchema({ schema }: Dialect, urn: string): UserTarget | null {
  const lower = urn.toLowerCase();
  const found = [schema.core, ...schema.extensions].find(({ id }) => id.toLowerCase() === lower);
  return found ? { kind: 'schema', urn: found.id, label: found.id } : null;
}

function findReal({ schema }: Dialect, { urn, name, sub }: AttrPath): UserTarget | null {
  const found = findAttribute(schema, urn, name, sub);
  if (!found) return null;
  const { extension, attribute } = found;
  const subName = found.sub?.name ?? null;
  const label = `${extension ? `${extension}:` : ''}${attribute.name}${subName ? `.${subName}` : ''}`;
  if (extension === ENTERPRISE_URN) {
    if (attribute.name !== 'manager') return { kind: 'enterprise', field: attribute.name as EnterpriseField, label }; // the schema's names are the SDL's
    return { kind: 'manager', member: subName === '$ref' ? 'ref' : (subName as 'value' | 'displayName' | null), label }; // likewise
  }
  if (extension !== null) return { kind: 'custom', urn: extension, attribute, sub: found.sub, label };

  if (TEXT_FIELDS.has(attribute.name)) return { kind: 'text', field: attribute.name as TextField, label }; // just looked up
  const list = USER_LISTS.get(attribute.name);
  if (list) return { kind: 'list', list: { ...list, definition: attribute }, sub: found.sub, label };
  switch (attribute.name) {
    case 'active':
      return { kind: 'active', label };
    case 'name':
      return { kind: 'name', member: subName as keyof NameInput | null, label }; // the schema's names are the SDL's
    case 'id':
      return { kind: 'id', label };
    case 'meta':
    case 'groups':
      return { kind: attribute.name, sub: subName, label };
    default:
      return { kind: 'ignored', label };
  }
}
