import { memberOf } from '#gateway/scim/json-object.js';
import { ENTERPRISE_URN, type SchemaDefinition, USER_URN } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { type ResourceMeta, toMeta } from '#gateway/translate/resource-meta.js';
import { USER_LISTS } from '#gateway/translate/user-target.js';
import type { UserAttributes } from '#schema/user-attributes.js';

type CoreTeamReference = Readonly<{ id: string; displayName: string }>;

/** A user as the core answers it; `teams` and `outerTeams` only when they were asked for. */
export interface CoreUser {
  id: string;
  /** `UserAttributes`; to GraphQL it is any JSON. */
  attributes: unknown;
  version: number;
  createdAt: string;
  updatedAt: string;
  teams?: readonly CoreTeamReference[];
  outerTeams?: readonly CoreTeamReference[];
}

export interface UserResource {
  schemas: string[];
  id: string;
  meta: ResourceMeta;
  [attribute: string]: unknown;
}

/** In the order in which they are answered. */
const TEXTS = [
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
] as const;

/** A user on the wire: nothing null, nothing empty; what is unassigned is left out (RFC 7643 §2.5). Shares parts with `user`, and changes none of them. */
export function toUserResource(user: CoreUser, baseUrl: string, { custom, profile }: Dialect): UserResource {
  const attributes = user.attributes as UserAttributes; // the core's one builder of it has that type
  const schemas = [USER_URN];
  const resource: Record<string, unknown> = { schemas, id: user.id };
  if (attributes.externalId !== undefined) resource.externalId = attributes.externalId;
  resource.userName = attributes.userName;
  if (attributes.name) resource.name = attributes.name;
  for (const name of TEXTS) if (attributes[name] !== undefined) resource[name] = attributes[name];
  resource.active = attributes.active;
  for (const [name, { field }] of USER_LISTS) {
    const elements = attributes[field];
    if (elements) resource[name] = elements.map(withReference);
  }
  const groups = groupsOf(user, profile, baseUrl);
  if (groups.length > 0) resource.groups = groups;

  const enterprise = attributes.enterprise && toEnterprise(attributes.enterprise);
  if (enterprise) {
    schemas.push(ENTERPRISE_URN);
    resource[ENTERPRISE_URN] = enterprise;
  }
  for (const [urn, values] of Object.entries(attributes.extensions ?? {})) {
    const lower = urn.toLowerCase();
    const definition = custom.find(({ id }) => id.toLowerCase() === lower);
    const extension = definition && toExtension(values, definition);
    if (!extension) continue;
    schemas.push(definition.id);
    resource[definition.id] = extension;
  }
  resource.meta = toMeta(user, 'User', baseUrl);
  return resource as UserResource; // its three fixed members are assigned above
}

function groupsOf({ teams = [], outerTeams = [] }: CoreUser, profile: Dialect['profile'], baseUrl: string): object[] {
  const indirect = indirectTypeOf(profile);
  return [
    ...teams.map((team) => toGroupReference(team, 'direct', baseUrl)),
    ...outerTeams.map((team) => toGroupReference(team, indirect, baseUrl)),
  ];
}

/** The core's `ref` is `$ref` here, the last of the members. */
function withReference(element: object & { ref?: string }): object {
  if (element.ref === undefined) return element;
  const { ref, ...members } = element;
  return { ...members, $ref: ref };
}

/** Where groups are flattened, each lists the users of the groups inside it as its own. */
export function indirectTypeOf({ nestedGroups }: Dialect['profile']): GroupType {
  return nestedGroups === 'FLATTEN' ? 'direct' : 'indirect';
}

type GroupType = 'direct' | 'indirect';

function toGroupReference({ id, displayName }: CoreTeamReference, type: GroupType, baseUrl: string): object {
  return { value: id, display: displayName, $ref: `${baseUrl}/Groups/${id}`, type };
}

/** A manager without an id is nobody, whatever else was said of him. */
function toEnterprise(enterprise: NonNullable<UserAttributes['enterprise']>): object | null {
  const { manager, ...texts } = enterprise;
  if (manager?.value) return { ...texts, manager: withReference(manager) };
  return Object.keys(texts).length > 0 ? texts : null;
}

/** Only what the profile declares today, and shows: an extension that it dropped keeps its values unseen. */
function toExtension(values: unknown, { attributes }: SchemaDefinition): object | null {
  if (typeof values !== 'object' || values === null) return null;
  const members = attributes.flatMap(({ name, returned }): [string, unknown][] => {
    const value = memberOf(values, name);
    const isEmpty = value == null || (Array.isArray(value) && value.length === 0);
    return isEmpty || returned === 'never' ? [] : [[name, value]];
  });
  return members.length > 0 ? Object.fromEntries(members) : null;
}
