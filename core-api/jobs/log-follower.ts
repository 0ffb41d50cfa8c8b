import type { Logger } from 'pino';
import type { Database } from '#core-api/persistence/database.js';
import {
  appendSeal,
  companiesToSeal,
  lastSeal,
  logHead,
  MOST_ROWS_OF_A_SEAL,
  tryToLockLog,
} from '#core-api/persistence/stores/change-seals.js';
import { BEFORE_ALL } from '#core-api/persistence/stores/changes.js';
import { readInAnyOrder, readInOrder } from '#core-api/persistence/stores/reading-order.js';
import type { LogConsumer } from './log-consumer.js';

const LOOK_EVERY_MS = 1_000;
const PASS_EVERY_MS = 5_000;
/** So many new changes are not left waiting. */
const MANY = 1_000n;

interface Parts {
  db: Database;
  log: Pick<Logger, 'warn'>;
  consumers: readonly LogConsumer[];
}

/**
 * Follows the change logs of all companies: seals what is new and shows it to the consumers, every 5 s, or within a second when 1,000 changes wait.
 * Any number of processes may follow: each stretch of a company's log is done by one of them.
 */
export class LogFollower {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isStopped = false;
  #passedAt = 0;
  #passedNewest = 0n;
  /** The newest number of the log when it was last looked at, and the transaction from which on nothing can carry a lower one. */
  #seen: { newest: bigint; horizon: bigint | null } = { newest: 0n, horizon: null };
  /** The number up to which everything is sealed; what comes after is higher. */
  #sealed = 0n;

  constructor(private readonly parts: Parts) {}

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#running = this.#look().finally(() => {
        this.#isRunning = false;
      });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#isStopped = true;
    await this.#running;
  }

  /**
   * Seals what is final now, of every company.
   *
   * @returns false when something was left: a company failed, or another process is at it.
   */
  async follow(): Promise<boolean> {
    let isAll = true;
    let companies = (await this.parts.db.run(companiesToSeal)).map(({ id }) => id);
    // A seal for each in turn: one with a long log keeps no other waiting.
    while (companies.length > 0) {
      const unfinished: string[] = [];
      for (const id of companies) {
        if (this.#isStopped) return false;
        const rows = await this.#followOne(id);
        if (rows === null) isAll = false;
        else if (rows === MOST_ROWS_OF_A_SEAL) unfinished.push(id);
      }
      companies = unfinished;
    }
    return isAll;
  }

  async #look(): Promise<void> {
    try {
      const [head] = await this.parts.db.run(logHead);
      const newest = BigInt(head!.newest ?? 0);
      if (newest === this.#sealed) return;
      // The numbers were read after the snapshot: only the next one says which transactions may have drawn them.
      const isSeenAgain = newest === this.#seen.newest;
      this.#seen = { newest, horizon: isSeenAgain ? (this.#seen.horizon ?? BigInt(head!.next)) : null };
      const isDue = Date.now() - this.#passedAt >= PASS_EVERY_MS || newest - this.#passedNewest >= MANY;
      if (!isDue) return;
      this.#passedAt = Date.now();
      this.#passedNewest = newest;
      const isSettled = this.#seen.horizon !== null && BigInt(head!.oldestRunning) >= this.#seen.horizon;
      if ((await this.follow()) && isSettled) this.#sealed = newest;
    } catch (err) {
      this.parts.log.warn({ err, job: 'log-follower' }, 'the change log was not followed');
    }
  }

  /** @returns how many rows were sealed; null when that failed, or when another process is at it. */
  async #followOne(companyId: string): Promise<number | null> {
    try {
      return await this.parts.db.forCompany(companyId).inTransaction((tx) => this.#sealNext(tx, companyId));
    } catch (err) {
      this.parts.log.warn({ err, companyId, job: 'log-follower' }, 'the change log of a company was not followed');
      return null;
    }
  }

  /** @returns how many rows were sealed; null when another process is at it. */
  async #sealNext(tx: Database, companyId: string): Promise<number | null> {
    const [{ locked } = { locked: false }] = await tx.run(tryToLockLog.bind({ companyId }));
    if (!locked) return null;
    const [last] = await tx.run(lastSeal.bind({ companyId }));
    const { epoch, xid, no } = last ?? BEFORE_ALL;
    await tx.run(readInOrder);
    const [seal] = await tx.run(
      appendSeal.bind({
        companyId,
        epoch,
        xid,
        no,
        sealNo: String(BigInt(last?.sealNo ?? 0) + 1n),
        previousRoot: last?.root ?? null,
      }),
    );
    if (!seal) return 0;
    await tx.run(readInAnyOrder);
    const { rows, kinds, ...through } = seal;
    const batch = { companyId, after: last ? { epoch, xid, no } : null, through, kinds: new Set(kinds) };
    for (const consume of this.parts.consumers) await consume(tx, batch);
    return rows;
  }
}
