/** Every permission; also the scopes of API keys. */
export const PERMISSIONS = [
  'company:read',
  'company:write',
  'users:read',
  'users:write',
  'teams:read',
  'teams:write',
  'roles:read',
  'roles:write',
  'roles:assign',
  'projects:read',
  'projects:write',
  'directories:read',
  'directories:write',
  'tokens:write',
  'sso:write',
  'webhooks:write',
  'audit:read',
  'billing:read',
  'billing:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

const READ: readonly Permission[] = ['company:read', 'users:read', 'teams:read', 'projects:read'];
const ALL_READS: readonly Permission[] = [...READ, 'roles:read', 'directories:read', 'audit:read'];

export interface RolePreset {
  key: string;
  name: string;
  permissions: readonly Permission[];
  /** Higher wins where a profile keeps one role only. */
  rank: number;
  grantableByDirectory: boolean;
  isDefault: boolean;
}

const role = (
  key: string,
  name: string,
  rank: number,
  permissions: readonly Permission[],
  options: { grantableByDirectory?: boolean; isDefault?: boolean } = {},
): RolePreset => ({
  key,
  name,
  rank,
  permissions,
  grantableByDirectory: options.grantableByDirectory ?? true,
  isDefault: options.isDefault ?? false,
});

const OWNER = role('owner', 'Owner', 100, PERMISSIONS, { grantableByDirectory: false });

/** Roles that a new company starts with: by function, or by seniority. Owners can edit all of them but `owner`. */
export const ROLE_PRESETS = {
  functions: [
    OWNER,
    role('manager', 'Manager', 80, [...ALL_READS, 'users:write', 'teams:write', 'projects:write', 'roles:assign']),
    role('billing', 'Billing', 60, ['company:read', 'billing:read', 'billing:write']),
    role('qa', 'QA', 40, READ, { isDefault: true }),
    role('read', 'Read-only', 20, READ),
  ],
  seniority: [
    OWNER,
    role(
      'admin',
      'Admin',
      80,
      PERMISSIONS.filter((p) => p !== 'sso:write' && !p.startsWith('billing:')),
    ),
    role('member', 'Member', 40, READ, { isDefault: true }),
  ],
} satisfies Record<string, readonly RolePreset[]>;
