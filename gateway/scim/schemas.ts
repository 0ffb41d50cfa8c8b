import { attribute, complex } from '#gateway/scim/attribute.js';
import { ENTERPRISE_ATTRIBUTES } from '#gateway/scim/enterprise-schema.js';
import { groupAttributes, type NestedGroups } from '#gateway/scim/group-schema.js';
import { ENTERPRISE_URN, GROUP_URN, USER_URN } from '#gateway/scim/urns.js';
import { USER_ATTRIBUTES } from '#gateway/scim/user-schema.js';

export * from '#gateway/scim/urns.js';

/** What is known about one attribute (RFC 7643 §7). */
export interface AttributeDefinition {
  name: string;
  type: 'string' | 'boolean' | 'integer' | 'decimal' | 'dateTime' | 'reference' | 'binary' | 'complex';
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  returned: 'always' | 'never' | 'default' | 'request';
  uniqueness: 'none' | 'server' | 'global';
  canonicalValues?: string[];
  referenceTypes?: string[];
  subAttributes?: AttributeDefinition[];
}

export interface SchemaDefinition {
  /** The URN. */
  id: string;
  name: string;
  description: string;
  attributes: AttributeDefinition[];
}

/** All that a resource of one type can carry. */
export interface ResourceSchema {
  resourceType: 'User' | 'Group';
  core: SchemaDefinition;
  extensions: SchemaDefinition[];
}

export interface FoundAttribute {
  /** The URN of the extension as its schema spells it; null for core and common attributes. */
  extension: string | null;
  attribute: AttributeDefinition;
  sub: AttributeDefinition | null;
}

/** The attributes of every resource (RFC 7643 §3.1); no schema lists them. */
const COMMON_ATTRIBUTES: AttributeDefinition[] = [
  attribute('schemas', 'The URNs of the schemas in use.', {
    type: 'reference',
    referenceTypes: ['uri'],
    multiValued: true,
    returned: 'always',
  }),
  attribute('id', 'Given by this service; never changes and is never reused.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', "The identity provider's own id of the resource.", { caseExact: true }),
  complex(
    'meta',
    'Facts about the resource, kept by this service.',
    [
      attribute('resourceType', 'User or Group.', { mutability: 'readOnly', caseExact: true }),
      attribute('created', 'When the resource came into being.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it last changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'The address of the resource.', {
        type: 'reference',
        referenceTypes: ['uri'],
        mutability: 'readOnly',
        caseExact: true,
      }),
      attribute('version', 'The entity tag.', { mutability: 'readOnly', caseExact: true }),
    ],
    { mutability: 'readOnly' },
  ),
];

export const USER_CORE: SchemaDefinition = {
  id: USER_URN,
  name: 'User',
  description: 'A person who has, or had, an account.',
  attributes: USER_ATTRIBUTES,
};

/** The schema of groups, as it is told to a directory; which attributes there are does not depend on it. */
export const groupCore = (nestedGroups: NestedGroups): SchemaDefinition => ({
  id: GROUP_URN,
  name: 'Group',
  description: 'A set of users, known to the product as a team.',
  attributes: groupAttributes(nestedGroups),
});

export const ENTERPRISE: SchemaDefinition = {
  id: ENTERPRISE_URN,
  name: 'EnterpriseUser',
  description: 'What an employer knows about a user.',
  attributes: ENTERPRISE_ATTRIBUTES,
};

export const GROUP: ResourceSchema = { resourceType: 'Group', core: groupCore('NEST'), extensions: [] };

/** Build it once per profile and keep it: the look-up tables of `findAttribute` hang on the value. */
export function userSchema(customExtensions: SchemaDefinition[]): ResourceSchema {
  return { resourceType: 'User', core: USER_CORE, extensions: [ENTERPRISE, ...customExtensions] };
}

/** The URNs of a resource's schemas, the core one first. */
export function urnsOf(schema: ResourceSchema): string[] {
  return [schema.core.id, ...schema.extensions.map(({ id }) => id)];
}

/**
 * Finds an attribute by name, and its sub-attribute if one is given; names and URNs ignore case (RFC 7643 §2.1).
 *
 * @param urn null looks in the core schema first, then in the extensions in order: Entra writes a bare `manager`.
 * @returns null when the URN, the attribute or the sub-attribute is not known.
 */
export function findAttribute(
  schema: ResourceSchema,
  urn: string | null,
  name: string,
  sub?: string | null,
): FoundAttribute | null {
  const found = tableOf(schema)
    .get(urn?.toLowerCase() ?? ANY_SCHEMA)
    ?.get(name.toLowerCase());
  if (!found) return null;
  if (sub == null) return found.whole;
  return found.subs.get(sub.toLowerCase()) ?? null;
}

interface Entry {
  whole: FoundAttribute;
  subs: Map<string, FoundAttribute>;
}

/** Keys are lower case. Maps, not objects: `constructor` and `__proto__` must find nothing. */
type Table = Map<string, Map<string, Entry>>;

const ANY_SCHEMA = '';
const tables = new WeakMap<ResourceSchema, Table>();

function tableOf(schema: ResourceSchema): Table {
  let table = tables.get(schema);
  if (!table) {
    table = buildTable(schema);
    tables.set(schema, table);
  }
  return table;
}

function buildTable(schema: ResourceSchema): Table {
  const core = entriesOf([...COMMON_ATTRIBUTES, ...schema.core.attributes], null);
  const extensions = schema.extensions.map(({ id, attributes }) => [id, entriesOf(attributes, id)] as const);

  // Later entries win in a Map, so the core schema comes last.
  const any = new Map([...extensions.map(([, entries]) => entries).reverse(), core].flatMap((entries) => [...entries]));
  return new Map([
    ...extensions.map(([id, entries]) => [id.toLowerCase(), entries] as const),
    [schema.core.id.toLowerCase(), core],
    [ANY_SCHEMA, any],
  ]);
}

function entriesOf(attributes: AttributeDefinition[], extension: string | null): Map<string, Entry> {
  return new Map(
    attributes.map((attribute) => {
      const subs = (attribute.subAttributes ?? []).map(
        (sub) => [sub.name.toLowerCase(), { extension, attribute, sub }] as const,
      );
      return [attribute.name.toLowerCase(), { whole: { extension, attribute, sub: null }, subs: new Map(subs) }];
    }),
  );
}
