import type { Logger } from 'pino';
import type { Database } from '#core-api/persistence/database.js';
import { allCompanies } from '#core-api/persistence/stores/old-rows.js';

const EVERY_MS = 3_600_000;

export interface HourlyParts {
  db: Database;
  log: Pick<Logger, 'warn'>;
}

/** Something that is done at the start and hourly; several processes may do it at once. */
export abstract class HourlyJob<Parts extends HourlyParts> {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  protected isStopped = false;

  /** @param failure what the log says when something of it fails, which keeps nothing else from being done */
  constructor(
    protected readonly parts: Parts,
    private readonly name: string,
    private readonly failure: string,
  ) {}

  start(): void {
    const begin = () => {
      this.#running = this.#running.then(() => this.work());
    };
    this.#timer = setInterval(begin, EVERY_MS);
    this.#timer.unref();
    begin();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.isStopped = true;
    await this.#running;
  }

  /** All of it once; never rejects. */
  abstract work(): Promise<void>;

  protected async forEachCompany(work: (db: Database, companyId: string) => Promise<void>): Promise<void> {
    const companies = await this.attempt(null, () => this.parts.db.run(allCompanies));
    for (const { id } of companies ?? []) {
      if (this.isStopped) return;
      await work(this.parts.db.forCompany(id), id);
    }
  }

  protected async attempt<T>(companyId: string | null, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (err) {
      this.parts.log.warn({ err, companyId, job: this.name }, this.failure);
      return null;
    }
  }
}
