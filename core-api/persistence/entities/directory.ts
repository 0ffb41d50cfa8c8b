import { defineEntity, p } from '@mikro-orm/core';
import type { DirectoryProfile } from '#schema/profile.js';
import { stamps, tenantKey, time } from './columns.js';

export type IdpKind = 'OKTA' | 'ENTRA' | 'ONELOGIN' | 'JUMPCLOUD' | 'PING' | 'GOOGLE' | 'AUTHENTIK' | 'OTHER';
export type DirectoryStatus = 'ENABLED' | 'DISABLED';

export const DirectorySchema = defineEntity({
  name: 'Directory',
  tableName: 'directory',
  properties: {
    ...tenantKey(),
    name: p.text(),
    idpKind: p.text().$type<IdpKind>(),
    status: p.text().$type<DirectoryStatus>().default('ENABLED'),
    profile: p.json<DirectoryProfile>(),
    ...stamps(),
  },
});

/** A SCIM connection of a company to one identity provider. */
export class Directory extends DirectorySchema.class {}
DirectorySchema.setClass(Directory);

export const DirectoryTokenSchema = defineEntity({
  name: 'DirectoryToken',
  tableName: 'directory_token',
  properties: {
    ...tenantKey(),
    directoryId: p.uuid(),
    name: p.text(),
    /** sha256 of the whole token. */
    hash: p.blob().$type<Buffer>(),
    /** Prefix and last four characters, for recognising it. */
    hint: p.text(),
    scopes: p.array().columnType('text[]').$type<string[]>(),
    expiresAt: time().nullable(),
    revokedAt: time().nullable(),
    lastUsedAt: time().nullable(),
    lastUsedAddress: p.text().nullable(),
    lastUsedAgent: p.text().nullable(),
    createdAt: time().defaultRaw('now()'),
  },
});

export class DirectoryToken extends DirectoryTokenSchema.class {}
DirectoryTokenSchema.setClass(DirectoryToken);

export const DirectorySsoConnectionSchema = defineEntity({
  name: 'DirectorySsoConnection',
  tableName: 'directory_sso_connection',
  properties: {
    companyId: p.uuid().primary(),
    directoryId: p.uuid().primary(),
    ssoConnectionId: p.uuid().primary(),
  },
});

export class DirectorySsoConnection extends DirectorySsoConnectionSchema.class {}
DirectorySsoConnectionSchema.setClass(DirectorySsoConnection);
