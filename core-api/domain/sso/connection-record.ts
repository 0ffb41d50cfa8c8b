import { SsoConnection } from '#core-api/persistence/entities/sso-connection.js';
import type { RecordKind } from '../admin-record.js';

export const SSO_CONNECTION: RecordKind<SsoConnection> = {
  entity: SsoConnection,
  type: 'SsoConnection',
  object: 'sso_connection',
  logged: ['name', 'kind', 'status', 'config', 'subjectMatch', 'idpInitiated', 'proposedConfig'],
  ofCompany: true,
};
