import type { Database } from '#core-api/persistence/database.js';
import type { ChangePosition } from '#core-api/persistence/stores/changes.js';

/** A stretch of one company's change log: all of its changes after `after` (null: from the beginning) up to `through`. */
export interface LogBatch {
  companyId: string;
  after: ChangePosition | null;
  through: ChangePosition;
  /** Which kinds of changes are in it: `user.deactivated`, … */
  kinds: ReadonlySet<string>;
}

/**
 * Called with each stretch of the log once, in its order, in the transaction that seals it: what it writes stands exactly when the stretch counts as
 * seen. When it throws, the stretch comes again.
 */
export type LogConsumer = (tx: Database, batch: LogBatch) => Promise<void>;
