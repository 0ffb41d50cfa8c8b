import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

export const ProjectSchema = defineEntity({
  name: 'Project',
  tableName: 'project',
  properties: {
    ...tenantKey(),
    key: p.text(),
    name: p.text(),
    /** New users get access to it. */
    isDefault: p.boolean().default(false),
    ...stamps(),
  },
});

export class Project extends ProjectSchema.class {}
ProjectSchema.setClass(Project);

export const ProjectAccessSchema = defineEntity({
  name: 'ProjectAccess',
  tableName: 'project_access',
  properties: {
    ...tenantKey(),
    projectId: p.uuid(),
    /** Exactly one of the two (checked by the table). */
    userId: p.uuid().nullable(),
    teamId: p.uuid().nullable(),
    createdAt: time().defaultRaw('now()'),
  },
});

export class ProjectAccess extends ProjectAccessSchema.class {}
ProjectAccessSchema.setClass(ProjectAccess);
