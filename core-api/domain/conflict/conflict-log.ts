import type { Database } from '#core-api/persistence/database.js';
import { deleteOldConflicts, insertConflicts } from '#core-api/persistence/stores/conflicts.js';
import type { CompanyActor } from '../actor.js';
import { isId, newId } from '../new-id.js';

/** In which ways a directory gets something else than it asked for; each is described in the API's enum `ConflictKind`. */
export type ConflictKind =
  | 'ADOPTED'
  | 'REVIVED'
  | 'UNKNOWN_MEMBER'
  | 'SKIPPED_TEAM'
  | 'OTHER_DIRECTORY'
  | 'NOT_MANAGED'
  | 'UNKNOWN_ROLE';

export interface NewConflict {
  kind: ConflictKind;
  objectType: 'user' | 'team';
  /** Null when there is none of that kind: what was named is no id. */
  objectId: string | null;
  /** What an admin needs to settle it; never a secret. */
  details?: Record<string, unknown>;
}

const KEPT_DAYS = 90;

/** Notes what a directory did not get, or got otherwise than it may think. Only directories have conflicts; for others nothing is noted. */
export async function noteConflicts(
  db: Database,
  { companyId, id, directory, requestId }: CompanyActor,
  entries: readonly NewConflict[],
): Promise<void> {
  if (!directory || entries.length === 0) return;
  const rows = entries.map(({ kind, objectType, objectId, details = {} }) => ({
    id: newId(),
    kind,
    objectType,
    objectId: objectId !== null && isId(objectId) ? objectId : null,
    details,
  }));
  await db.run(
    insertConflicts.bind({
      companyId,
      directoryId: directory.id,
      credentialId: id,
      requestId,
      entries: JSON.stringify(rows),
    }),
  );
}

/** Deletes the company's entries that are older than 90 days. @returns how many those were. */
export async function forgetOldConflicts(db: Database, companyId: string): Promise<number> {
  return (await db.run(deleteOldConflicts.bind({ companyId, days: KEPT_DAYS }))).length;
}
