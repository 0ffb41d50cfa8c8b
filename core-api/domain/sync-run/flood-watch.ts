import type { Database } from '#core-api/persistence/database.js';
import type { DirectorySettings } from '#core-api/persistence/entities/directory.js';
import { BEFORE_ALL, type ChangePosition } from '#core-api/persistence/stores/changes.js';
import {
  countManaged,
  directoriesTaking,
  growRun,
  holdRun,
  lockLastRun,
  lossesOf,
} from '#core-api/persistence/stores/sync-runs.js';
import { systemActor } from '../actor.js';
import { logChanges } from '../admin-record.js';
import { raiseAlarm } from '../alarm/alarms.js';
import { wholeSettings } from '../directory/directory-settings.js';
import { newId } from '../new-id.js';

/** A stretch of a company's change log: after a position (null: from the beginning) up to another one. */
interface Stretch {
  companyId: string;
  after: ChangePosition | null;
  through: ChangePosition;
}

/**
 * Looks at a stretch of the log for directories that took too much away at once: holds it as a run and rings, or lets the run that is held go on.
 * Nothing of it is undone here. Runs in the transaction that hands the stretch out, each stretch once, in order.
 */
export async function watchForFloods(tx: Database, { companyId, after, through }: Stretch): Promise<void> {
  const start = after ?? BEFORE_ALL;
  const stretch = {
    companyId,
    afterEpoch: start.epoch,
    afterXid: start.xid,
    afterNo: start.no,
    throughEpoch: through.epoch,
    throughXid: through.xid,
    throughNo: through.no,
  };
  for (const { id, settings } of await tx.run(directoriesTaking.bind(stretch)))
    await holdAll(tx, { ...stretch, directoryId: id }, settings);
}

type Watched = Parameters<typeof lockLastRun.bind>[0] & Parameters<typeof directoriesTaking.bind>[0];

async function holdAll(tx: Database, watched: Watched, settings: DirectorySettings): Promise<void> {
  let isHeld = true;
  // Behind a run there can be another in the same stretch, when nobody followed the log for a while.
  while (isHeld) isHeld = await holdNext(tx, watched, settings);
}

/** @returns whether a run was held. */
async function holdNext(tx: Database, watched: Watched, settings: DirectorySettings): Promise<boolean> {
  const { companyId, directoryId } = watched;
  const [last] = await tx.run(lockLastRun.bind({ companyId, directoryId }));
  const upTo = { upToEpoch: watched.throughEpoch, upToXid: watched.throughXid, upToNo: watched.throughNo };
  const [grown] = last?.status === 'HELD' ? await tx.run(growRun.bind({ ...last, ...upTo })) : [];
  const end = grown ?? (last ? { epoch: last.throughEpoch, xid: last.throughXid, no: last.throughNo } : BEFORE_ALL);
  const uncounted = { ...watched, lastEpoch: end.epoch, lastXid: end.xid, lastNo: end.no };
  const [losses] = await tx.run(lossesOf.bind(uncounted));
  if (!losses) return false;

  const { percent, least, most } = wholeSettings(settings).breaker;
  if (losses.users < least && losses.members < least) return false;
  const left = await tx.run(countManaged.bind({ companyId, directoryId }));
  const limit = (before: number) => Math.min(most, Math.max(least, Math.ceil((before * percent) / 100)));
  const users = limit(left[0]!.users + losses.allUsers);
  const members = limit(left[0]!.members + losses.allMembers);
  if (losses.users < users && losses.members < members) return false;

  const [run] = await tx.run(holdRun.bind({ ...uncounted, runId: newId(), users, members }));
  if (!run) return false;
  const { id, ...details } = run;
  const actor = systemActor(companyId, []);
  await logChanges(tx, actor, [
    { kind: 'sync_run.held', objectType: 'sync_run', objectId: id, before: null, after: { directoryId, ...details } },
  ]);
  await raiseAlarm(tx, actor, { kind: 'MASS_DEPROVISION', directoryId, subjectId: id, details });
  return true;
}
