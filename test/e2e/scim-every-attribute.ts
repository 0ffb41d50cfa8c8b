import { type AttributeDefinition, ENTERPRISE, type SchemaDefinition, USER_CORE } from '#gateway/scim/schemas.js';
import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';

export const PAINTBOX = 'urn:example:params:scim:paintbox:2.0:User';

const TYPES = ['string', 'boolean', 'integer', 'decimal', 'dateTime', 'reference'] as const;

function attribute(name: string, traits: Partial<ProfileAttribute> = {}): ProfileAttribute {
  return {
    name,
    type: 'string',
    multiValued: false,
    description: `${name}.`,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    ...traits,
  };
}

const PARTS = [
  ...TYPES.map((type) => attribute(`part-${type}`, { type })),
  attribute('parts', { multiValued: true }),
  attribute('exactPart', { caseExact: true }),
];

/** An extension with an attribute of each type and number, and of each type inside of a complex one. */
export const paintbox: ProfileExtension = {
  urn: PAINTBOX,
  name: 'Paintbox',
  description: 'One of each.',
  attributes: [
    ...TYPES.map((type) => attribute(`one-${type}`, { type })),
    ...TYPES.map((type) => attribute(`many-${type}`, { type, multiValued: true })),
    attribute('exact', { caseExact: true }),
    attribute('named', { canonicalValues: ['Red', 'Blue', 'Green'] }),
    attribute('whole', { type: 'complex', subAttributes: PARTS }),
    attribute('wholes', { type: 'complex', multiValued: true, subAttributes: PARTS }),
    attribute('preferred', {
      type: 'complex',
      multiValued: true,
      subAttributes: [attribute('value'), attribute('primary', { type: 'boolean' })],
    }),
    attribute('seen', { mutability: 'readOnly' }),
    attribute('pin', { mutability: 'writeOnly' }),
  ],
};

/** One attribute of a schema, and how a request names it. */
export interface EveryAttribute {
  /** Null: an attribute of the core schema. */
  urn: string | null;
  path: string;
  attribute: AttributeDefinition;
}

/** Every attribute that a user of a directory with these extensions can have, as the schemas of the gateway define them. */
export function everyAttribute(custom: SchemaDefinition[]): EveryAttribute[] {
  return [USER_CORE, ENTERPRISE, ...custom].flatMap(({ id, attributes }) =>
    attributes.map((each) => ({
      urn: id === USER_CORE.id ? null : id,
      path: id === USER_CORE.id ? each.name : `${id}:${each.name}`,
      attribute: each,
    })),
  );
}

/** A value that the attribute can have; other numbers make other values, and no two share a text. */
export function aValue(attribute: AttributeDefinition, seed: number): unknown {
  if (!attribute.multiValued) return oneValue(attribute, seed, true);
  const isBoolean = attribute.type === 'boolean';
  return [oneValue(attribute, seed, true), ...(isBoolean ? [] : [oneValue(attribute, seed + 1000, false)])];
}

function oneValue(
  { name, type, canonicalValues, subAttributes }: AttributeDefinition,
  seed: number,
  first: boolean,
): unknown {
  switch (type) {
    case 'boolean':
      return name === 'primary' ? first : seed % 2 === 0;
    case 'integer':
      return seed;
    case 'decimal':
      return seed + 0.25;
    case 'dateTime':
      return new Date(Date.UTC(2001, 0, 1) + seed * 60_000).toISOString();
    case 'reference':
      return `https://x.example/Path/${name}/${seed}`;
    case 'binary':
      return Buffer.from(`${name} ${seed}`).toString('base64');
    case 'complex':
      return Object.fromEntries(
        (subAttributes ?? [])
          .filter(({ mutability }) => mutability !== 'readOnly')
          .map((sub) => [sub.name, sub.multiValued ? [oneValue(sub, seed, true)] : oneValue(sub, seed, first)]),
      );
    default:
      return canonicalValues
        ? canonicalValues[(first ? seed : seed + 1) % canonicalValues.length]
        : `Some ${name} "${seed}"`;
  }
}
