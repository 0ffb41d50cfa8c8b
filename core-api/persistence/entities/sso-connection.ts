import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey } from './columns.js';

export type SsoKind = 'SAML' | 'OIDC';
export type SsoStatus = 'DRAFT' | 'ACTIVE';

export const SsoConnectionSchema = defineEntity({
  name: 'SsoConnection',
  tableName: 'sso_connection',
  properties: {
    ...tenantKey(),
    name: p.text(),
    kind: p.text().$type<SsoKind>(),
    status: p.text().$type<SsoStatus>().default('DRAFT'),
    /** What is public of it: issuer, entry point, certificates, client id. */
    config: p.json<Record<string, unknown>>(),
    /** The OIDC client secret, encrypted by the key ring for (company, `sso_connection.client_secret`). */
    clientSecret: p.blob().$type<Buffer>().nullable(),
    ...stamps(),
  },
});

export class SsoConnection extends SsoConnectionSchema.class {}
SsoConnectionSchema.setClass(SsoConnection);
