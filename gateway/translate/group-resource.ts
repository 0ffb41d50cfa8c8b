import { type Projection, parseProjection } from '#gateway/scim/projection.js';
import type { Query } from '#gateway/scim/query.js';
import { GROUP, GROUP_URN } from '#gateway/scim/schemas.js';
import { type ResourceMeta, toMeta } from '#gateway/translate/resource-meta.js';
import type { TeamFieldsFragment, TeamMembersQuery } from '#schema/generated/gateway.js';

export type CoreTeam = TeamFieldsFragment;
export type CoreMember = TeamMembersQuery['teamMembers']['members'][number];

export interface GroupResource {
  schemas: string[];
  id: string;
  externalId?: string;
  displayName: string;
  meta: ResourceMeta;
}

/** What is wanted of a group. */
export function toGroupProjection(query: Pick<Query, 'get'>): Projection {
  return parseProjection(query.get('attributes'), query.get('excludedAttributes'), GROUP);
}

/** A group without its members: there may be 100,000, and they are written one by one. */
export function toGroupResource(team: CoreTeam, baseUrl: string): GroupResource {
  return {
    schemas: [GROUP_URN],
    id: team.id,
    ...(team.externalId !== null && { externalId: team.externalId }),
    displayName: team.displayName,
    meta: toMeta(team, 'Group', baseUrl),
  };
}

const TYPES = { USER: 'User', TEAM: 'Group' } as const;

export function toMemberResource({ type, memberId, display }: CoreMember, baseUrl: string): object {
  return { value: memberId, display, $ref: `${baseUrl}/${TYPES[type]}s/${memberId}`, type: TYPES[type] };
}
