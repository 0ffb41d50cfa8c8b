import type { Database } from '#core-api/persistence/database.js';
import type { CompanyActor } from '../actor.js';
import { DomainError, invalidValue } from '../errors.js';
import type { Services } from '../services.js';
import { requireProfile } from '../user/ownership.js';
import { applyAlone, type BatchOperation, idOf, profileVersionOf } from './batch-operation.js';
import type { Done, DoneOfSet } from './done-of-set.js';
import { applySet, permissionFor, type Run, runAt } from './sets.js';

/** Operations in one batch at most. */
const MOST_OPERATIONS = 1_000;

/**
 * What became of the operation at `index`; `id` is the object's where it is known, `version` the one that it has then; `code`, `field` and `message` are the
 * refusal's.
 */
export interface BatchResult {
  index: number;
  ok: boolean;
  id: string | null;
  version: number | null;
  code: string | null;
  field: string | null;
  message: string | null;
}

/** Refusals that are not about one operation: no later one can fare better. */
const ENDS_THE_BATCH: ReadonlySet<string> = new Set(['DATABASE_UNAVAILABLE']);

/** So many of a set may be refused yet that some of it would not have been tried: it is undone. */
class Undone extends Error {
  constructor(readonly done: DoneOfSet) {
    super('The set is undone.');
  }
}

/** Runs many operations for one actor. */
export class BatchService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly services: Pick<Services, 'users' | 'teams'>,
  ) {}

  /**
   * Runs the operations in order: each is all or nothing by itself, and a refused one undoes nothing else. With `failOnErrors`, stops after that many
   * refusals; operations that were not tried are not in the results. Neighbours of one kind reach the database together, with the same results. An
   * unforeseen failure ends the batch and is thrown; what was done before it stays done. A database that goes away ends it too, as a refusal.
   *
   * @throws INVALID_VALUE (too many operations, failOnErrors below 1) | PROFILE_CHANGED, before anything is done
   */
  async apply(operations: readonly BatchOperation[], failOnErrors?: number | null): Promise<BatchResult[]> {
    if (operations.length > MOST_OPERATIONS)
      throw invalidValue('operations', `A batch has at most ${MOST_OPERATIONS} operations.`);
    if (failOnErrors != null && failOnErrors < 1)
      throw invalidValue('failOnErrors', 'failOnErrors must be at least 1.');
    for (const operation of operations) requireProfile(this.actor, profileVersionOf(operation));

    const results: BatchResult[] = [];
    let mayFail = failOnErrors ?? Number.POSITIVE_INFINITY;
    while (results.length < operations.length) {
      const run = runAt(operations, results.length);
      const done = await this.#together(run, mayFail);
      for (const [place, operation] of run.operations.entries()) {
        const result = await this.#result(results.length, operation, done[place] ?? null);
        results.push(result);
        if (!result.ok && (--mayFail === 0 || ENDS_THE_BATCH.has(result.code!))) return results;
      }
    }
    return results;
  }

  /**
   * What of the run was done as a set; the rest (null) is to be done one by one.
   *
   * @param mayFail with so many refusals the batch ends: unless fewer were left, what comes after them may not have been done.
   */
  async #together(run: Run, mayFail: number): Promise<DoneOfSet> {
    const { kind, operations } = run;
    const nothing = operations.map(() => null);
    // Whoever may not hears so of each, which needs no statement.
    if (kind === null || operations.length < 2 || !this.actor.permissions.has(permissionFor(kind))) return nothing;
    try {
      if (operations.length < mayFail) return await applySet(this.db, this.actor, run);
      return await this.db.inTransaction(async (tx) => {
        const done = await applySet(tx, this.actor, run);
        if (done.filter((one) => one === null).length >= mayFail) throw new Undone(done);
        return done;
      });
    } catch (error) {
      if (error instanceof Undone) {
        const sure = error.done.indexOf(null);
        const again = await this.#together({ kind, operations: operations.slice(0, sure) }, mayFail);
        return [...again, ...nothing.slice(sure)];
      }
      // What is said of the whole set is about some of them: each hears for itself.
      if (error instanceof DomainError) return nothing;
      throw error;
    }
  }

  async #result(index: number, operation: BatchOperation, done: Done | null): Promise<BatchResult> {
    try {
      const { id, version } = done ?? (await applyAlone(this.services, operation));
      return { index, ok: true, id, version, code: null, field: null, message: null };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { code, message, details } = error;
      return { index, ok: false, id: idOf(operation), version: null, code, field: details.field ?? null, message };
    }
  }
}
