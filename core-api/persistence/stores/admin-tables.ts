import { sql } from 'kysely';
import type { DirectoryProfile } from '#schema/profile.js';
import type { CompanyPolicies, Plan, ProvisioningLack } from '../entities/company.js';
import type { DirectorySettings, DirectoryStatus, DirectoryTokenKind, IdpKind } from '../entities/directory.js';
import type { RoleMappingKind } from '../entities/role.js';
import type { DomainStatus, SessionKind, SignInMethod } from '../entities/sign-in.js';
import type { SsoKind, SsoStatus, SubjectMatch } from '../entities/sso-connection.js';
import type { UserRole } from '../rows.js';
import type { AdminTable } from './admin-rows.js';
import { isoTime } from './page-sql.js';
import { recordsBodiesUntil } from './records-bodies-until.js';

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
  provisioningSince: string | null;
  provisioningSuspended: ProvisioningLack | null;
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

export interface RoleMappingRow {
  id: string;
  kind: RoleMappingKind;
  teamId: string | null;
  directoryId: string | null;
  pattern: string | null;
  claim: string | null;
  roleId: string;
  effect: 'GRANT' | 'DENY';
  createdAt: string;
}

export interface DirectoryRow extends Stamps {
  id: string;
  name: string;
  idpKind: IdpKind;
  status: DirectoryStatus;
  profile: DirectoryProfile;
  profileVersion: number;
  settings: DirectorySettings;
  /** An hour after its newest token was minted; null without one. */
  recordsBodiesUntil: string | null;
}

export interface DirectoryTokenRow {
  id: string;
  directoryId: string;
  kind: DirectoryTokenKind;
  name: string;
  hint: string;
  scopes: string[];
  allowedAddresses: string[];
  replacesId: string | null;
  userId: string | null;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  lastUsedAddress: string | null;
  lastUsedAgent: string | null;
  createdAt: string;
}

export interface ApiKeyRow {
  id: string;
  userId: string | null;
  replacesId: string | null;
  name: string;
  hint: string;
  permissions: string[];
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  createdAt: string;
}

export interface SessionRow {
  id: string;
  userId: string;
  hint: string;
  kind: SessionKind;
  method: SignInMethod;
  connectionId: string | null;
  origin: string | null;
  address: string | null;
  userAgent: string | null;
  createdAt: string;
  authenticatedAt: string;
  lastUsedAt: string;
  expiresAt: string;
}

export interface SsoConnectionRow extends Stamps {
  id: string;
  name: string;
  kind: SsoKind;
  status: SsoStatus;
  config: Record<string, unknown>;
  hasSecret: boolean;
  subjectMatch: SubjectMatch;
  idpInitiated: boolean;
  proposedConfig: Record<string, unknown> | null;
  lastTest: Record<string, unknown> | null;
}

export interface DomainClaimRow extends Stamps {
  id: string;
  domain: string;
  challenge: string;
  status: DomainStatus;
  verifiedAt: string | null;
  checkedAt: string | null;
  failingSince: string | null;
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
    provisioningSince: ['provisioning_since', 'time'],
    provisioningSuspended: ['provisioning_suspended', 'plain'],
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

export const ROLE_MAPPINGS: AdminTable<RoleMappingRow> = {
  name: 'role_mapping',
  company: 'company_id',
  members: {
    id: ID,
    kind: ['kind', 'key'],
    teamId: ['team_id', 'id'],
    directoryId: ['directory_id', 'id'],
    pattern: ['pattern', 'text'],
    claim: ['claim', 'text'],
    roleId: ['role_id', 'id'],
    effect: ['effect', 'key'],
    createdAt: CREATED_AT,
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
    settings: ['settings', 'plain'],
    recordsBodiesUntil: isoTime(recordsBodiesUntil('directory')),
    ...STAMPS,
  },
};

export const DIRECTORY_TOKENS: AdminTable<DirectoryTokenRow> = {
  name: 'directory_token',
  company: 'company_id',
  members: {
    ...CREDENTIAL,
    directoryId: ['directory_id', 'id'],
    kind: ['kind', 'key'],
    scopes: ['scopes', 'plain'],
    allowedAddresses: ['allowed_addresses', 'plain'],
    replacesId: ['replaces_id', 'id'],
    userId: ['user_id', 'id'],
    lastUsedAddress: ['last_used_address', 'plain'],
    lastUsedAgent: ['last_used_agent', 'plain'],
  },
};

export const API_KEYS: AdminTable<ApiKeyRow> = {
  name: 'api_key',
  company: 'company_id',
  members: {
    ...CREDENTIAL,
    userId: ['user_id', 'id'],
    replacesId: ['replaces_id', 'id'],
    permissions: ['permissions', 'plain'],
  },
};

export const SESSIONS: AdminTable<SessionRow> = {
  name: 'session',
  company: 'company_id',
  members: {
    id: ID,
    userId: ['user_id', 'id'],
    hint: ['hint', 'plain'],
    kind: ['kind', 'key'],
    method: ['method', 'key'],
    connectionId: ['connection_id', 'id'],
    origin: ['origin', 'plain'],
    address: ['address', 'plain'],
    userAgent: ['user_agent', 'plain'],
    createdAt: CREATED_AT,
    authenticatedAt: ['authenticated_at', 'time'],
    lastUsedAt: ['last_used_at', 'time'],
    expiresAt: ['expires_at', 'time'],
  },
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
    subjectMatch: ['subject_match', 'plain'],
    idpInitiated: ['idp_initiated', 'boolean'],
    proposedConfig: ['proposed_config', 'plain'],
    lastTest: ['last_test', 'plain'],
    ...STAMPS,
  },
};

export const DOMAIN_CLAIMS: AdminTable<DomainClaimRow> = {
  name: 'domain_claim',
  company: 'company_id',
  members: {
    id: ID,
    domain: ['domain', 'key'],
    challenge: ['challenge', 'plain'],
    status: ['status', 'key'],
    verifiedAt: ['verified_at', 'time'],
    checkedAt: ['checked_at', 'time'],
    failingSince: ['failing_since', 'time'],
    ...STAMPS,
  },
};
