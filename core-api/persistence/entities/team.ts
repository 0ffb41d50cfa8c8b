import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

export const TeamSchema = defineEntity({
  name: 'Team',
  tableName: 'team',
  properties: {
    ...tenantKey(),
    directoryId: p.uuid().nullable(),
    displayName: p.text(),
    displayNameKey: p.text(),
    externalId: p.text().nullable(),
    ...stamps(),
    deletedAt: time().nullable(),
  },
});

/** SCIM's Group. */
export class Team extends TeamSchema.class {}
TeamSchema.setClass(Team);

export const TeamMembershipSchema = defineEntity({
  name: 'TeamMembership',
  tableName: 'team_membership',
  properties: {
    companyId: p.uuid().primary(),
    teamId: p.uuid().primary(),
    userId: p.uuid().primary(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** A membership is a row: adding one costs the same in a team of ten and of 100,000. */
export class TeamMembership extends TeamMembershipSchema.class {}
TeamMembershipSchema.setClass(TeamMembership);

export const PendingMembershipSchema = defineEntity({
  name: 'PendingMembership',
  tableName: 'pending_membership',
  properties: {
    companyId: p.uuid().primary(),
    teamId: p.uuid().primary(),
    /** Of somebody whom the directory does not see (yet). */
    userId: p.uuid().primary(),
    directoryId: p.uuid(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** A member that a directory named and that was not there: joins when that user appears. */
export class PendingMembership extends PendingMembershipSchema.class {}
PendingMembershipSchema.setClass(PendingMembership);

export const TeamNestingSchema = defineEntity({
  name: 'TeamNesting',
  tableName: 'team_nesting',
  properties: {
    companyId: p.uuid().primary(),
    teamId: p.uuid().primary(),
    memberTeamId: p.uuid().primary(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** A team that is a member of another one, and so are all of its members; cycles are allowed. */
export class TeamNesting extends TeamNestingSchema.class {}
TeamNestingSchema.setClass(TeamNesting);
