import type { Database } from '#core-api/persistence/database.js';
import * as store from '#core-api/persistence/stores/alarms.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { newId } from '../new-id.js';

/** What an alarm is about: it rings once for each of these until it is resolved. */
interface AlarmSubject {
  /** In capitals, for programs: `PROVISIONING_SUSPENDED`, `MASS_DEPROVISION`. */
  kind: string;
  /** Null: the company as a whole. */
  directoryId?: string | null;
  /** The object it is about, where that is no directory: a sync run. */
  subjectId?: string | null;
}

/**
 * Raises an alarm, in the transaction of what causes it.
 *
 * @param details what an owner has to know; never a secret.
 * @returns its id; null when it rings already, and then nothing is written.
 */
export async function raiseAlarm(
  tx: Database,
  actor: CompanyActor,
  { details = {}, ...subject }: AlarmSubject & { details?: Record<string, unknown> },
): Promise<string | null> {
  const [raised] = await tx.run(
    store.raiseAlarm.bind({ ...bound(actor, subject), alarmId: newId(), details: JSON.stringify(details) }),
  );
  return raised?.id ?? null;
}

/** Ends an alarm, in the transaction of what ends its cause. @returns its id; null when none rings. */
export async function resolveAlarm(tx: Database, actor: CompanyActor, subject: AlarmSubject): Promise<string | null> {
  const [resolved] = await tx.run(store.resolveAlarm.bind(bound(actor, subject)));
  return resolved?.id ?? null;
}

function bound(actor: CompanyActor, { kind, directoryId = null, subjectId = null }: AlarmSubject) {
  return { ...authorOf(actor), alarmKind: kind, directoryId, subjectId };
}
