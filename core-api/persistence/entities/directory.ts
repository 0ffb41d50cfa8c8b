import { defineEntity, p } from '@mikro-orm/core';
import type { DirectoryProfile } from '#schema/profile.js';
import { stamps, tenantKey, time } from './columns.js';

export type IdpKind = 'OKTA' | 'ENTRA' | 'ONELOGIN' | 'JUMPCLOUD' | 'PING' | 'GOOGLE' | 'AUTHENTIK' | 'OTHER';
export type DirectoryStatus = 'ENABLED' | 'DISABLED';
/** CLIENT: the secret of an OAuth client, good for nothing but to get ACCESS tokens, which end with it. */
export type DirectoryTokenKind = 'BEARER' | 'CLIENT' | 'ACCESS';

/** How a directory is watched; what is left out is the house's default (`directory-settings.ts`). */
export interface DirectorySettings {
  /** Which requests that went well the request log keeps; failures are always there, with their bodies. */
  loggedSuccesses?: 'NONE' | 'WITHOUT_BODIES' | 'WITH_BODIES';
  /** From when on deactivations and removals within ten minutes are held as one run. */
  breaker?: { percent?: number; least?: number; most?: number };
}

export const DirectorySchema = defineEntity({
  name: 'Directory',
  tableName: 'directory',
  properties: {
    ...tenantKey(),
    name: p.text(),
    idpKind: p.text().$type<IdpKind>(),
    status: p.text().$type<DirectoryStatus>().default('ENABLED'),
    profile: p.json<DirectoryProfile>(),
    settings: p.json<DirectorySettings>().defaultRaw(`'{}'`),
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
    kind: p.text().$type<DirectoryTokenKind>().default('BEARER'),
    /** The CLIENT that an ACCESS token was issued to. */
    parentId: p.uuid().nullable(),
    /** The token whose place this one takes. */
    replacesId: p.uuid().nullable(),
    /** The one user of the directory that a BEARER token is good for; it ends with that user. */
    userId: p.uuid().nullable(),
    /** CIDR blocks that it may be used from; none: from anywhere. */
    allowedAddresses: p.array().columnType('text[]').$type<string[]>().defaultRaw(`'{}'`),
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
