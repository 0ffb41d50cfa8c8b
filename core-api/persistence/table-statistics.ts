import { sql } from 'kysely';
import { compileNow } from './statement.js';

const WRITES = 50;
const AT_MOST_EVERY_MS = 1_000;

const refresh = compileNow((db) => db.selectNoFrom(sql`refresh_statistics()`.as('done')));

/**
 * Has tables analysed as they grow by half. A plan that was made for a small table scans it whole, each connection keeps it until the table is analysed, and
 * autovacuum comes round once a minute: an initial sync would be over by then, at twenty times the cost a look-up, and the first groups would be pushed.
 */
export class TableStatistics {
  #writes = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refresh: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly run: (query: typeof refresh) => Promise<unknown>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts one write; after some, once a second, has the server look whether a table grew, which nobody waits for and which may fail without harm. */
  wrote(): void {
    if (this.#isStopped || ++this.#writes < WRITES || this.now() - this.#refreshedAt < AT_MOST_EVERY_MS) return;
    this.#writes = 0;
    this.#refreshedAt = this.now();
    this.#refresh = this.run(refresh).catch(() => undefined);
  }

  /** Resolves when nothing of it is under way any more: a pool that is closed while somebody connects through it waits for ever. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#refresh;
  }
}
