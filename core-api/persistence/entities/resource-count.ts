import { defineEntity, p } from '@mikro-orm/core';

export const ResourceCountSchema = defineEntity({
  name: 'ResourceCount',
  tableName: 'resource_count',
  properties: {
    companyId: p.uuid().primary(),
    no: p.bigint('string').primary().autoincrement(false).defaultRaw('identity'),
    /** `User` or `Team`. */
    kind: p.text(),
    /** Of those that this directory manages; null: of local ones. */
    directoryId: p.uuid().nullable(),
    /** Of admins of last resort. */
    breakGlass: p.boolean(),
    /** So many more; fewer when negative. */
    delta: p.integer(),
  },
});

/**
 * How many users and teams there are that are not deleted: the sum of what came and went. Triggers append to it, and what has been appended is summed up
 * from time to time, so no write waits for another one's.
 */
export class ResourceCount extends ResourceCountSchema.class {}
ResourceCountSchema.setClass(ResourceCount);
