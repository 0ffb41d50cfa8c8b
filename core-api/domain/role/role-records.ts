import { Role } from '#core-api/persistence/entities/role.js';
import type { CompanyActor } from '../actor.js';
import { createRecord, type RecordKind, type Transaction } from '../admin-record.js';
import { forbidden, invalidValue } from '../errors.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, type Permission, type RolePreset } from '../permissions.js';

/** The role that has every permission and cannot be changed; its key is the same in every company. */
export const OWNER_KEY = 'owner';

export const ROLE: RecordKind<Role> = {
  entity: Role,
  type: 'Role',
  object: 'role',
  logged: ['key', 'name', 'permissions', 'rank', 'grantableByDirectory', 'isDefault'],
  ofCompany: true,
};

/** Each permission once, in the order of PERMISSIONS. @throws INVALID_VALUE (one that does not exist) */
export function checkPermissions(permissions: readonly string[], field = 'permissions'): Permission[] {
  const unknown = permissions.filter((each) => !PERMISSIONS.includes(each as Permission));
  if (unknown.length > 0) throw invalidValue(field, `There is no permission ${unknown.slice(0, 5).join(', ')}.`);
  return PERMISSIONS.filter((each) => permissions.includes(each));
}

/** Nobody hands out what they lack. @throws FORBIDDEN, naming what is lacking */
export function requireHeld(actor: CompanyActor, permissions: readonly string[]): void {
  const lacking = permissions.filter((each) => !actor.permissions.has(each as Permission));
  if (lacking.length > 0) throw forbidden(`You lack ${lacking.join(', ')} yourself, and cannot give or take it.`);
}

/** The roles that a new company starts with. */
export async function createPresetRoles(
  transaction: Transaction,
  actor: CompanyActor,
  presets: readonly RolePreset[],
): Promise<void> {
  for (const { permissions, ...preset } of presets)
    await createRecord(transaction, actor, ROLE, {
      id: newId(),
      ...preset,
      permissions: [...permissions],
    });
}
