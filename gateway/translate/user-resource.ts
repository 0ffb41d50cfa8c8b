import { memberOf } from '#gateway/scim/json-object.js';
import { ENTERPRISE_URN, type SchemaDefinition, USER_URN } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { type ResourceMeta, toMeta } from '#gateway/translate/resource-meta.js';
import { USER_LISTS } from '#gateway/translate/user-target.js';
import type { UserFieldsFragment } from '#schema/generated/gateway.js';

type CoreTeamReference = Readonly<{ id: string; displayName: string }>;

/** A user as the core answers it; `teams` and `outerTeams` only when they were asked for. */
export type CoreUser = UserFieldsFragment & {
  teams?: readonly CoreTeamReference[];
  outerTeams?: readonly CoreTeamReference[];
};

export interface UserResource {
  schemas: string[];
  id: string;
  meta: ResourceMeta;
  [attribute: string]: unknown;
}

type CoreElement = Record<string, string | boolean | null>;

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

/** A user on the wire: nothing null, nothing empty; what is unassigned is left out (RFC 7643 §2.5). */
export function toUserResource(user: CoreUser, baseUrl: string, { custom, profile }: Dialect): UserResource {
  const schemas = [USER_URN];
  const resource: Record<string, unknown> = { schemas, id: user.id };
  if (user.externalId !== null) resource.externalId = user.externalId;
  resource.userName = user.userName;
  assign(resource, 'name', user.name && assigned(user.name));
  for (const name of TEXTS) if (user[name] !== null) resource[name] = user[name];
  resource.active = user.active;
  for (const [name, { field }] of USER_LISTS) {
    const elements = user[field];
    if (elements.length > 0) resource[name] = elements.map((element) => toElement(element));
  }
  const groups = [
    ...(user.teams ?? []).map((team) => toGroupReference(team, 'direct', baseUrl)),
    ...(user.outerTeams ?? []).map((team) => toGroupReference(team, indirectTypeOf(profile), baseUrl)),
  ];
  if (groups.length > 0) resource.groups = groups;

  const enterprise = user.enterprise && toEnterprise(user.enterprise);
  if (enterprise) {
    schemas.push(ENTERPRISE_URN);
    resource[ENTERPRISE_URN] = enterprise;
  }
  for (const { urn, values } of user.extensions) {
    const lower = urn.toLowerCase();
    const definition = custom.find(({ id }) => id.toLowerCase() === lower);
    const extension = definition && toExtension(values, definition);
    if (!extension) continue;
    schemas.push(definition.id);
    resource[definition.id] = extension;
  }
  return { ...resource, schemas, id: user.id, meta: toMeta(user, 'User', baseUrl) };
}

function assign(resource: Record<string, unknown>, name: string, value: object | null): void {
  if (value) resource[name] = value;
}

/** The members that have a value; null when none has. */
function assigned(object: object): Record<string, unknown> | null {
  const members = Object.entries(object).filter(([, value]) => value !== null);
  return members.length > 0 ? Object.fromEntries(members) : null;
}

function toElement(element: CoreElement): Record<string, unknown> {
  const { ref, ...members } = element;
  return { ...assigned(members), ...(ref != null && { $ref: ref }) };
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
function toEnterprise({ manager, ...texts }: NonNullable<CoreUser['enterprise']>): object | null {
  return assigned({ ...texts, manager: manager?.value ? toElement({ ...manager }) : null });
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
