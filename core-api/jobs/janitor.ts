import type { Logger } from 'pino';
import { forgetOldConflicts } from '#core-api/domain/conflict/conflict-log.js';
import { forgetOldToleranceCounts } from '#core-api/domain/request-log/tolerance-counts.js';
import type { Database } from '#core-api/persistence/database.js';
import { allCompanies, deleteOldAccessTokens, maintainRequestLog } from '#core-api/persistence/stores/old-rows.js';

const EVERY_MS = 3_600_000;

interface Parts {
  db: Database;
  log: Pick<Logger, 'warn'>;
}

/**
 * Throws away what is kept for a time only: days of the request log and counts of tolerances after 30 days, conflicts after 90, access tokens a day after they expired.
 * Deleted users and teams stay. At the start and hourly; several processes may do it at once.
 */
export class Janitor {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly parts: Parts) {}

  start(): void {
    const begin = () => {
      this.#running = this.#running.then(() => this.cleanUp());
    };
    this.#timer = setInterval(begin, EVERY_MS);
    this.#timer.unref();
    begin();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#isStopped = true;
    await this.#running;
  }

  /** Does all of it once. What fails is logged, and keeps nothing else from being done. */
  async cleanUp(): Promise<void> {
    const { db } = this.parts;
    await this.#attempt(null, () => db.run(maintainRequestLog));
    const companies = await this.#attempt(null, () => db.run(allCompanies));
    for (const { id } of companies ?? []) {
      if (this.#isStopped) return;
      const own = db.forCompany(id);
      await this.#attempt(id, () => forgetOldConflicts(own, id));
      await this.#attempt(id, () => forgetOldToleranceCounts(own, id));
      await this.#attempt(id, () => own.run(deleteOldAccessTokens.bind({ companyId: id })));
    }
  }

  async #attempt<T>(companyId: string | null, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (err) {
      this.parts.log.warn({ err, companyId, job: 'janitor' }, 'old rows were not thrown away');
      return null;
    }
  }
}
