import { Directory, DirectoryToken, type IdpKind } from '#core-api/persistence/entities/directory.js';
import type { RecordKind } from '../admin-record.js';

export const DIRECTORY: RecordKind<Directory> = {
  entity: Directory,
  type: 'Directory',
  object: 'directory',
  logged: ['name', 'idpKind', 'status', 'profile', 'settings'],
  ofCompany: true,
};

export const DIRECTORY_TOKEN: RecordKind<DirectoryToken> = {
  entity: DirectoryToken,
  type: 'DirectoryToken',
  object: 'directory_token',
  logged: [
    'directoryId',
    'kind',
    'name',
    'hint',
    'scopes',
    'allowedAddresses',
    'replacesId',
    'userId',
    'expiresAt',
    'revokedAt',
  ],
  ofCompany: true,
};

export interface CreateDirectoryInput {
  name: string;
  idpKind: IdpKind;
  /** `rollcall` when left out. */
  preset?: string | null;
  /** Members that differ from the preset's. */
  profile?: unknown;
  ssoConnectionIds?: string[] | null;
}

export interface CreateTokenInput {
  directoryId: string;
  name: string;
  /** `read`, `users`, `groups`, `all`; `all` when left out. */
  scopes?: string[] | null;
  /** Never when left out. */
  expiresAt?: Date | string | null;
  /** The one user of the directory that it is good for; for all of the directory when left out. */
  userId?: string | null;
  /** Addresses and CIDR blocks; from anywhere when left out or empty. */
  allowedAddresses?: string[] | null;
}
