import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

export type SsoKind = 'SAML' | 'OIDC';
/** By what a user is found at the first sign-in; from then on the binding counts. */
export type SubjectMatch = 'USER_NAME' | 'EXTERNAL_ID' | 'EMAIL';
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
    subjectMatch: p.text().$type<SubjectMatch>().default('USER_NAME'),
    /** Whether the identity provider may begin a sign-in by itself. */
    idpInitiated: p.boolean().default(false),
    /** What its metadata say now, where that waits for an admin to confirm it. */
    proposedConfig: p.json<Record<string, unknown>>().nullable(),
    /** When a server last set out to read its metadata again. */
    metadataReadAt: time().nullable(),
    /** What the last test sign-in brought. */
    lastTest: p.json<Record<string, unknown>>().nullable(),
    ...stamps(),
  },
});

export class SsoConnection extends SsoConnectionSchema.class {}
SsoConnectionSchema.setClass(SsoConnection);
