import { sql } from 'kysely';
import { compileNow } from './statement.js';

const FIRST = 100;
const FACTOR = 4;
/** From here on autovacuum keeps up by itself. */
const LAST = 1_000_000;

const refresh = compileNow((db) => db.selectNoFrom(sql`refresh_statistics()`.as('done')));

/**
 * Asks for ANALYZE as tables grow: after 100, 400, 1,600, … writes of this process. A plan made for empty tables scans them whole, and autovacuum comes
 * round only once a minute: an initial sync would be over by then, at twenty times the cost a look-up.
 */
export class TableStatistics {
  #writes = 0;
  #next = FIRST;

  constructor(private readonly run: (query: typeof refresh) => Promise<unknown>) {}

  /** Counts one write; every now and then starts a refresh, which nobody waits for and which may fail without harm. */
  wrote(): void {
    if (++this.#writes < this.#next || this.#next > LAST) return;
    this.#next *= FACTOR;
    this.run(refresh).catch(() => undefined);
  }
}
