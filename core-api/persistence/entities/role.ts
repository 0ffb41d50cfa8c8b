import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

export const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'role',
  properties: {
    ...tenantKey(),
    key: p.text(),
    name: p.text(),
    permissions: p.array().columnType('text[]').$type<string[]>(),
    /** Higher wins where only one role can be kept. */
    rank: p.integer(),
    grantableByDirectory: p.boolean().default(true),
    /** The one role of users that have no other; computed on read and never stored with the user. */
    isDefault: p.boolean().default(false),
    ...stamps(),
  },
});

export class Role extends RoleSchema.class {}
RoleSchema.setClass(Role);

/** DIRECT: by an admin. ATTRIBUTE: an attribute of the directory. CLAIM: a group claim at sign-in. What teams give is computed and never stored. */
type RoleSource = 'DIRECT' | 'ATTRIBUTE' | 'CLAIM';

export const RoleAssignmentSchema = defineEntity({
  name: 'RoleAssignment',
  tableName: 'role_assignment',
  properties: {
    companyId: p.uuid().primary(),
    userId: p.uuid().primary(),
    roleId: p.uuid().primary(),
    source: p.text().$type<RoleSource>().primary(),
    /** A denial takes the role away whatever other source grants it. */
    denied: p.boolean().default(false),
    createdAt: time().defaultRaw('now()'),
  },
});

export class RoleAssignment extends RoleAssignmentSchema.class {}
RoleAssignmentSchema.setClass(RoleAssignment);

/** TEAM: one team. PATTERN: teams of one directory by their name. CLAIM: a group claim at sign-in. */
export type RoleMappingKind = 'TEAM' | 'PATTERN' | 'CLAIM';

export const RoleMappingSchema = defineEntity({
  name: 'RoleMapping',
  tableName: 'role_mapping',
  properties: {
    ...tenantKey(),
    kind: p.text().$type<RoleMappingKind>(),
    teamId: p.uuid().nullable(),
    directoryId: p.uuid().nullable(),
    /** `*` stands for any characters; the rest is compared by the key of the team's name. */
    pattern: p.text().nullable(),
    claim: p.text().nullable(),
    roleId: p.uuid(),
    effect: p.text().$type<'GRANT' | 'DENY'>().default('GRANT'),
    ...stamps(),
  },
});

/** What gives (or denies) a role to everybody who is in a team, or comes with a claim. */
export class RoleMapping extends RoleMappingSchema.class {}
RoleMappingSchema.setClass(RoleMapping);
