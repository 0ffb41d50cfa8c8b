import type { Database } from '#core-api/persistence/database.js';
import { DIRECTORIES } from '#core-api/persistence/stores/admin-tables.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords } from '../admin-list.js';
import { lockedFields } from './ownership.js';

/**
 * By directory id, the fields of its users that only it may change. Whoever reads users may know this, also without the right to read directories.
 *
 * @throws FORBIDDEN
 */
export async function lockedFieldsOf(
  db: Database,
  actor: CompanyActor,
  directoryIds: readonly string[],
): Promise<Map<string, string[]>> {
  requirePermission(actor, 'users:read');
  const directories = await getManyRecords(db, DIRECTORIES, actor.companyId, directoryIds);
  return new Map(directories.map(({ id, profile }) => [id, lockedFields(profile)]));
}
