import { type AttrPath, attrPathText, splitAttrPath } from '#gateway/scim/attr-path.js';
import {
  type AttributeDefinition,
  ENTERPRISE,
  ENTERPRISE_URN,
  groupCore,
  type SchemaDefinition,
  USER_CORE,
  USER_URN,
} from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import type { GrantableRolesQuery } from '#schema/generated/gateway.js';
import type { DirectoryProfile } from '#schema/profile.js';

/**
 * The schemas as they are for one directory: what its profile does not map it can only read, the attribute that carries roles names those that it may
 * grant, and its aliases are attributes that can be written and are answered under the name of what they stand for.
 *
 * @param roleValues null where they are not known, or roles don't come by an attribute.
 */
export function describeSchemas(
  { profile, custom, aliases }: Dialect,
  roleValues: string[] | null,
): SchemaDefinition[] {
  const isMapped = mappedBy(profile);
  const role = rolePath(profile, aliases);
  const described = [USER_CORE, ENTERPRISE, ...custom].map((schema) => ({
    ...schema,
    attributes: schema.attributes.map((each) => {
      if (role && isAt(role, schema.id, each.name)) return roleValues ? withValues(each, roleValues) : each;
      const prefix = schema.id === ENTERPRISE_URN ? 'enterprise.' : '';
      return custom.includes(schema) ? each : asMapped(each, (name) => isMapped(prefix + name));
    }),
  }));
  const [user, enterprise, ...others] = described as [SchemaDefinition, SchemaDefinition, ...SchemaDefinition[]];
  const taken = new Set(user.attributes.map(({ name }) => name.toLowerCase()));
  const more = [...aliases].flatMap(([name, target]) =>
    taken.has(name) ? [] : describeAlias(name, target, described),
  );
  return [
    { ...user, attributes: [...user.attributes, ...more] },
    groupCore(profile.nestedGroups),
    enterprise,
    ...others,
  ];
}

/** The values by which a directory can name roles: those of its profile, and the keys. */
export function roleValuesOf(profile: DirectoryProfile, roles: GrantableRolesQuery['roles']['nodes']): string[] {
  const grantable = roles.filter(({ grantableByDirectory }) => grantableByDirectory);
  const isGrantable = (named: string) =>
    grantable.some(({ key, name }) => [key, name].some((each) => each.toLowerCase() === named.toLowerCase()));
  const own = Object.entries(profile.roleValues).flatMap(([value, named]) => (isGrantable(named) ? [value] : []));
  return [...new Set([...own, ...grantable.map(({ key }) => key)])];
}

/** The attribute that carries roles; null where they come from teams alone. */
export function rolePath(
  { roleAttribute, roleSource }: DirectoryProfile,
  aliases: ReadonlyMap<string, AttrPath>,
): AttrPath | null {
  if (roleAttribute === null || roleSource === 'TEAMS') return null;
  return aliases.get(roleAttribute.toLowerCase()) ?? splitAttrPath(roleAttribute, 1);
}

function isAt({ urn, name }: AttrPath, schema: string, attribute: string): boolean {
  return (urn ?? USER_URN).toLowerCase() === schema.toLowerCase() && name.toLowerCase() === attribute.toLowerCase();
}

/** Of an attribute with parts, its `value` takes them. */
function withValues(attribute: AttributeDefinition, canonicalValues: string[]): AttributeDefinition {
  if (attribute.type !== 'complex') return { ...attribute, canonicalValues };
  const subAttributes = attribute.subAttributes?.map((sub) =>
    sub.name === 'value' ? { ...sub, canonicalValues } : sub,
  );
  return { ...attribute, ...(subAttributes && { subAttributes }) };
}

/** Whoever signs in, and whether, is every directory's to say. */
const ALWAYS_MAPPED = new Set(['username', 'active', 'password', 'groups']);

/** Whether a profile maps an attribute, by the dotted name of the profile's own list. */
function mappedBy({ attributes }: DirectoryProfile): (name: string) => boolean {
  const mapped = attributes.map((name) => name.toLowerCase()).map((name) => (name === 'rolevalues' ? 'roles' : name));
  if (mapped.includes('*')) return () => true;
  return (name) => {
    const lower = name.toLowerCase().replace('$', '');
    return ALWAYS_MAPPED.has(lower) || mapped.some((each) => lower === each || lower.startsWith(`${each}.`));
  };
}

function asMapped(attribute: AttributeDefinition, isMapped: (name: string) => boolean): AttributeDefinition {
  if (isMapped(attribute.name)) return attribute;
  const parts = attribute.multiValued ? [] : (attribute.subAttributes ?? []);
  const isPartly = parts.some(({ name }) => isMapped(`${attribute.name}.${name}`));
  const subAttributes = attribute.subAttributes?.map((sub) =>
    isPartly && isMapped(`${attribute.name}.${sub.name}`) ? sub : { ...sub, mutability: 'readOnly' as const },
  );
  return { ...attribute, ...(!isPartly && { mutability: 'readOnly' }), ...(subAttributes && { subAttributes }) };
}

/** None for one whose name a complex attribute has, and for what no schema has. */
function describeAlias(name: string, target: AttrPath, schemas: readonly SchemaDefinition[]): AttributeDefinition[] {
  const attribute = schemas
    .find(({ id }) => id.toLowerCase() === (target.urn ?? USER_URN).toLowerCase())
    ?.attributes.find((each) => each.name.toLowerCase() === target.name.toLowerCase());
  const part = target.sub?.toLowerCase() ?? 'value';
  const isWhole = attribute?.type !== 'complex';
  const found = isWhole ? attribute : attribute.subAttributes?.find((sub) => sub.name.toLowerCase() === part);
  if (!found) return [];
  return [
    {
      ...found,
      name,
      description: `Stands for ${attrPathText(target)}, under which it is answered.`,
      multiValued: false,
      required: false,
      uniqueness: 'none',
      mutability: 'writeOnly',
      returned: 'never',
    },
  ];
}
