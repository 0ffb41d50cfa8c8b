import type { Database } from '#core-api/persistence/database.js';
import { DomainError } from './errors.js';

const TRIES = 3;

/**
 * Does `work`, and begins again when the database undid it because of others at the same rows (a deadlock, a row that was referred to and went
 * away): up to three times in all, then CONFLICT is the caller's. Within a transaction it runs once: the whole of that has to begin again.
 */
export async function begunAgain<T>(db: Database, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isUndone = error instanceof DomainError && error.code === 'CONFLICT';
      if (!isUndone || tries === TRIES || db.isTransaction) throw error;
    }
  }
}
