import { sql } from 'kysely';
import type { DirectoryProfile } from '#schema/profile.js';
import type { CompanyPolicies, Plan } from '../entities/company.js';
import type { DirectoryStatus, IdpKind } from '../entities/directory.js';
import type { SsoKind, SsoStatus } from '../entities/sso-connection.js';
import type { UserRole } from '../rows.js';
import type { AdminTable } from './admin-rows.js';

/* The rows of the admin tables as the API shows them; times are ISO 8601 in UTC. What isn't here never leaves: hashes, secrets. */

interface Stamps {
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface CompanyRow extends Stamps {
  id: string;
  name: string;
  slug: string;
  plan: Plan;
  provisioning: boolean;
  policies: CompanyPolicies;
  suspendedAt: string | null;
}

export type RoleRow = UserRole;

export interface ProjectRow extends Stamps {
  id: string;
  key: string;
  name: string;
  isDefault: boolean;
}

export interface DirectoryRow extends Stamps {
  id: string;
  name: string;
  idpKind: IdpKind;
  status: DirectoryStatus;
  profile: DirectoryProfile;
  profileVersion: number;
}

export interface DirectoryTokenRow {
  id: string;
  directoryId: string;
  name: string;
  hint: string;
  scopes: string[];
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  lastUsedAddress: string | null;
  lastUsedAgent: string | null;
  createdAt: string;
}

export interface ApiKeyRow {
  id: string;
  name: string;
  hint: string;
  permissions: string[];
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  createdAt: string;
}

export interface SsoConnectionRow extends Stamps {
  id: string;
  name: string;
  kind: SsoKind;
  status: SsoStatus;
  config: Record<string, unknown>;
  hasSecret: boolean;
}

const ID = ['id', 'id'] as const;
const NAME = ['name', 'text'] as const;
const CREATED_AT = ['created_at', 'time'] as const;
const STAMPS = { version: ['version', 'number'], createdAt: CREATED_AT, updatedAt: ['updated_at', 'time'] } as const;
const CREDENTIAL = {
  id: ID,
  name: NAME,
  hint: ['hint', 'plain'],
  expiresAt: ['expires_at', 'time'],
  revokedAt: ['revoked_at', 'time'],
  lastUsedAt: ['last_used_at', 'time'],
  createdAt: CREATED_AT,
} as const;

export const COMPANIES: AdminTable<CompanyRow> = {
  name: 'company',
  company: 'id',
  members: {
    id: ID,
    name: NAME,
    slug: ['slug', 'key'],
    plan: ['plan', 'key'],
    provisioning: ['provisioning', 'boolean'],
    policies: ['policies', 'plain'],
    suspendedAt: ['suspended_at', 'time'],
    ...STAMPS,
  },
};

export const ROLES: AdminTable<RoleRow> = {
  name: 'role',
  company: 'company_id',
  members: {
    id: ID,
    key: ['key', 'key'],
    name: NAME,
    permissions: ['permissions', 'plain'],
    rank: ['rank', 'number'],
    grantableByDirectory: ['grantable_by_directory', 'boolean'],
    isDefault: ['is_default', 'boolean'],
    ...STAMPS,
  },
};

export const PROJECTS: AdminTable<ProjectRow> = {
  name: 'project',
  company: 'company_id',
  members: { id: ID, key: ['key', 'key'], name: NAME, isDefault: ['is_default', 'boolean'], ...STAMPS },
};

export const DIRECTORIES: AdminTable<DirectoryRow> = {
  name: 'directory',
  company: 'company_id',
  members: {
    id: ID,
    name: NAME,
    idpKind: ['idp_kind', 'key'],
    status: ['status', 'key'],
    profile: ['profile', 'plain'],
    profileVersion: sql`(profile ->> 'version')::int`,
    ...STAMPS,
  },
};

export const DIRECTORY_TOKENS: AdminTable<DirectoryTokenRow> = {
  name: 'directory_token',
  company: 'company_id',
  members: {
    ...CREDENTIAL,
    directoryId: ['directory_id', 'id'],
    scopes: ['scopes', 'plain'],
    lastUsedAddress: ['last_used_address', 'plain'],
    lastUsedAgent: ['last_used_agent', 'plain'],
  },
};

export const API_KEYS: AdminTable<ApiKeyRow> = {
  name: 'api_key',
  company: 'company_id',
  members: { ...CREDENTIAL, permissions: ['permissions', 'plain'] },
};

export const SSO_CONNECTIONS: AdminTable<SsoConnectionRow> = {
  name: 'sso_connection',
  company: 'company_id',
  members: {
    id: ID,
    name: NAME,
    kind: ['kind', 'key'],
    status: ['status', 'key'],
    config: ['config', 'plain'],
    hasSecret: sql`client_secret is not null`,
    ...STAMPS,
  },
};
