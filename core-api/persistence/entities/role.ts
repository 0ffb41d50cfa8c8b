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

/** DIRECT: by an admin. ATTRIBUTE: an attribute of the directory. TEAM: a team mapping. */
export type RoleSource = 'DIRECT' | 'ATTRIBUTE' | 'TEAM';

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
