import { defineEntity, p } from '@mikro-orm/core';
import { tenantKey, time } from './columns.js';

export const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    ...tenantKey(),
    /** Whose it is: it can do what that user can, and ends with that user. Null: a service key, the company's own. */
    userId: p.uuid().nullable(),
    /** The key whose place this one takes. */
    replacesId: p.uuid().nullable(),
    name: p.text(),
    hash: p.blob().$type<Buffer>(),
    hint: p.text(),
    permissions: p.array().columnType('text[]').$type<string[]>(),
    expiresAt: time().nullable(),
    revokedAt: time().nullable(),
    lastUsedAt: time().nullable(),
    createdAt: time().defaultRaw('now()'),
  },
});

export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);

export const OperatorKeySchema = defineEntity({
  name: 'OperatorKey',
  tableName: 'operator_key',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    hash: p.blob().$type<Buffer>(),
    hint: p.text(),
    revokedAt: time().nullable(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** The key of somebody who runs the platform; belongs to no company. */
export class OperatorKey extends OperatorKeySchema.class {}
OperatorKeySchema.setClass(OperatorKey);
