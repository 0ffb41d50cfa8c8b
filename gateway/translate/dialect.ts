import { type AttrPath, splitAttrPath } from '#gateway/scim/attr-path.js';
import {
  type AttributeDefinition,
  type ResourceSchema,
  type SchemaDefinition,
  userSchema,
} from '#gateway/scim/schemas.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';
import type { DirectoryProfile, ProfileAttribute } from '#schema/profile.js';

/** A directory's profile, made ready for translating. */
export interface Dialect {
  /** Sent with each write; the core refuses one that was translated by an older profile. */
  profileVersion: number;
  /** The profile's own extensions. */
  custom: SchemaDefinition[];
  schema: ResourceSchema;
  /** Lower-case top-level names to what they stand for. */
  aliases: ReadonlyMap<string, AttrPath>;
  /** Unknown attributes are refused instead of skipped. */
  strict: boolean;
  unsupportedFilter: 400 | 501;
  /** Hears of the habits that are met while one request is translated. */
  note: Note;
}

const dialects = new WeakMap<DirectoryProfile, Dialect>();

/** Made once for each profile value: the look-up tables of its schema hang on it. */
export function dialectOf(profile: DirectoryProfile): Dialect {
  let dialect = dialects.get(profile);
  if (!dialect) {
    dialect = toDialect(profile);
    dialects.set(profile, dialect);
  }
  return dialect;
}

function toDialect(profile: DirectoryProfile): Dialect {
  const custom = profile.extensions.map(({ urn, name, description, attributes }) => ({
    id: urn,
    name,
    description,
    attributes: attributes.map(toDefinition),
  }));
  const aliases = Object.entries(profile.aliases).flatMap(([name, target]): [string, AttrPath][] => {
    const path = splitAttrPath(target, 1);
    return path ? [[name.toLowerCase(), path]] : [];
  });
  return {
    profileVersion: profile.version,
    custom,
    schema: userSchema(custom),
    aliases: new Map(aliases),
    strict: profile.strict,
    unsupportedFilter: profile.unsupportedFilter,
    note: unheard,
  };
}

function toDefinition({ subAttributes, canonicalValues, ...attribute }: ProfileAttribute): AttributeDefinition {
  return {
    ...attribute,
    returned: attribute.mutability === 'writeOnly' ? 'never' : 'default',
    uniqueness: 'none',
    ...(canonicalValues && { canonicalValues }),
    ...(subAttributes && { subAttributes: subAttributes.map(toDefinition) }),
  };
}
