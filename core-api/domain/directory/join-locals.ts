import type { Database } from '#core-api/persistence/database.js';
import { lockUsers } from '#core-api/persistence/stores/handover.js';
import { joinPending, localsWaitedFor, lockPendingTeams } from '#core-api/persistence/stores/pending-members.js';
import { authorOf, type CompanyActor } from '../actor.js';

const USERS_A_STATEMENT = 2_000;

/** Makes the local users members whom a directory named before it saw any; in the transaction in which its profile begins to show them to it. */
export async function joinLocals(tx: Database, actor: CompanyActor, directoryId: string): Promise<void> {
  const { companyId } = actor;
  const found = await tx.run(localsWaitedFor.bind({ companyId, directoryId }));
  if (found.length === 0) return;
  const userIds = found.map(({ id }) => id);
  await tx.run(lockPendingTeams.bind({ companyId, userIds }));
  for (let from = 0; from < userIds.length; from += USERS_A_STATEMENT) {
    const ids = userIds.slice(from, from + USERS_A_STATEMENT);
    await tx.run(lockUsers.bind({ companyId, ids }));
    await tx.run(joinPending.bind({ ...authorOf(actor), userIds: ids }));
  }
}
