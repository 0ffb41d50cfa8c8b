import { type AttrPath, splitAttrPath } from '#gateway/scim/attr-path.js';
import {
  type AttributeDefinition,
  type ResourceSchema,
  type SchemaDefinition,
  userSchema,
} from '#gateway/scim/schemas.js';
import { type Note, refuse, type Tolerance } from '#gateway/scim/tolerances.js';
import type { DirectoryProfile, ProfileAttribute } from '#schema/profile.js';

/** A directory's profile, made ready for translating. */
export interface Dialect {
  profile: DirectoryProfile;
  /** Sent with each write; the core refuses one that was translated by an older profile. */
  profileVersion: number;
  /** The profile's own extensions. */
  custom: SchemaDefinition[];
  schema: ResourceSchema;
  /** Lower-case top-level names to what they stand for. */
  aliases: ReadonlyMap<string, AttrPath>;
  unsupportedFilter: 400 | 501;
  /** Whether a filtered path makes the element that it does not find: CREATED_ON_MISS, which only the core can tell. */
  createsOnMiss: boolean;
  /** Is told of each habit that is met while one request is translated; where the profile is strict, it refuses. */
  note: Note;
}

/** What the requests of a directory have in common: made once for each profile value, since the look-up tables of its schema hang on it. */
type Shared = Omit<Dialect, 'note'>;
const shared = new WeakMap<DirectoryProfile, Shared>();

/** @param count hears of the habits that are met, and accepted. */
export function dialectOf(profile: DirectoryProfile, count: (tolerance: Tolerance) => void = () => undefined): Dialect {
  let known = shared.get(profile);
  if (!known) {
    known = toShared(profile);
    shared.set(profile, known);
  }
  return { ...known, note: profile.strict ? refuse : count };
}

function toShared(profile: DirectoryProfile): Shared {
  const custom = profile.extensions.map(({ urn, name, description, attributes }) => ({
    id: urn,
    name,
    description: description || name,
    attributes: attributes.map(toDefinition),
  }));
  const aliases = Object.entries(profile.aliases).flatMap(([name, target]): [string, AttrPath][] => {
    const path = splitAttrPath(target, 1);
    return path ? [[name.toLowerCase(), path]] : [];
  });
  return {
    profile,
    profileVersion: profile.version,
    custom,
    schema: userSchema(custom),
    aliases: new Map(aliases),
    unsupportedFilter: profile.unsupportedFilter,
    createsOnMiss: !profile.strict,
  };
}

function toDefinition({ subAttributes, canonicalValues, ...attribute }: ProfileAttribute): AttributeDefinition {
  return {
    ...attribute,
    // Entra takes no empty text.
    description: attribute.description || attribute.name,
    returned: attribute.mutability === 'writeOnly' ? 'never' : 'default',
    uniqueness: 'none',
    ...(canonicalValues && { canonicalValues }),
    ...(attribute.type === 'reference' && { referenceTypes: ['uri'] }),
    ...(subAttributes && { subAttributes: subAttributes.map(toDefinition) }),
  };
}
