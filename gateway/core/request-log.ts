import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { connectCore } from '#gateway/core/client.js';
import { type ToleranceMet, ToleranceTally } from '#gateway/core/tolerance-tally.js';
import type { Door } from '#schema/gateway-door.js';
import { AppendRequestLog, type RequestLogEntryInput, type ToleranceBatchInput } from '#schema/generated/gateway.js';

interface Parts {
  door: Door;
  gatewayKey: string;
  log: Logger;
}

/** What one request leaves behind. */
export type LoggedRequest = Omit<RequestLogEntryInput, 'at'> & {
  /** Milliseconds since 1970. */
  at: number;
};

interface Batch {
  entries: LoggedRequest[];
  tolerances: ToleranceBatchInput | null;
}

const EVERY_MS = 1_000;
const CLOSE_MS = 5_000;
/** Handing a batch over keeps the event loop, and storing it a connection, for milliseconds. */
const BATCH_ENTRIES = 250;
const BATCH_CHARACTERS = 4 * 1024 * 1024;
const MOST_ENTRIES = 10_000;
const MOST_CHARACTERS = 32 * 1024 * 1024;
/** Entries a minute that only claim to be of a company: they cost their sender nothing. */
const MOST_CLAIMED = 120;
const MINUTE_MS = 60_000;

/**
 * Collects what the gateway answered, and sends it to the core every second or every 250 entries. No request waits for it: what finds no room, or what
 * the core does not take twice, is dropped and counted. The habits that were met go along, also those of requests that leave no entry.
 */
export class RequestLog {
  readonly #core: ReturnType<typeof connectCore>;
  readonly #log: Logger;
  readonly #tally = new ToleranceTally();
  #queue: LoggedRequest[] = [];
  #characters = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #underWay: Promise<void> | null = null;
  #isClosing = false;
  #claimed = new Map<string, number>();
  #minute = 0;

  constructor(
    { door, gatewayKey, log }: Parts,
    private readonly now: () => number = Date.now,
  ) {
    this.#core = connectCore(door, gatewayKey);
    this.#log = log;
  }

  add(entry: LoggedRequest): void {
    const size = sizeOf(entry);
    const isFull = this.#queue.length >= MOST_ENTRIES || this.#characters + size > MOST_CHARACTERS;
    if (isFull || !this.#mayClaim(entry)) {
      this.#dropped++;
      this.#schedule();
      return;
    }
    this.#queue.push(entry);
    this.#characters += size;
    if (this.#queue.length >= BATCH_ENTRIES) this.#send();
    else this.#schedule();
  }

  count(met: readonly ToleranceMet[]): void {
    for (const each of met) this.#tally.add(each);
    if (met.length > 0) this.#schedule();
  }

  /** Sends what is waiting, for as long as the core takes it, and gives up after five seconds: a core that says nothing must not keep a server from stopping. */
  async close(): Promise<void> {
    this.#isClosing = true;
    let giveUp: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      giveUp = setTimeout(() => resolve(this.#dropAll()), CLOSE_MS);
    });
    await Promise.race([this.#sendAll(), late]);
    clearTimeout(giveUp);
    if (this.#timer) clearTimeout(this.#timer);
    this.#reportDropped();
  }

  async #sendAll(): Promise<void> {
    do {
      this.#send();
      await this.#underWay;
    } while (this.#isWaiting());
  }

  #mayClaim({ companyId, tokenHash }: LoggedRequest): boolean {
    if (tokenHash == null) return true;
    const minute = Math.floor(this.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#claimed.clear();
    this.#minute = minute;
    const count = (this.#claimed.get(companyId) ?? 0) + 1;
    if (count > MOST_CLAIMED || this.#claimed.size >= MOST_ENTRIES) return false;
    this.#claimed.set(companyId, count);
    return true;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#send(), EVERY_MS).unref();
  }

  /** One batch at a time. */
  #send(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#underWay) return;
    this.#underWay = this.#deliver(this.#nextBatch()).finally(() => {
      this.#underWay = null;
      this.#reportDropped();
      if (this.#queue.length >= BATCH_ENTRIES) this.#send();
      else if (this.#isWaiting()) this.#schedule();
    });
  }

  #isWaiting(): boolean {
    return this.#queue.length > 0 || !this.#tally.isEmpty;
  }

  #nextBatch(): Batch {
    let characters = 0;
    let count = 0;
    while (count < Math.min(BATCH_ENTRIES, this.#queue.length)) {
      const size = sizeOf(this.#queue[count]!); // below the length
      if (count > 0 && characters + size > BATCH_CHARACTERS) break;
      characters += size;
      count++;
    }
    this.#characters -= characters;
    return { entries: this.#queue.splice(0, count), tolerances: this.#tally.take() };
  }

  /** The core knows what comes a second time. */
  async #deliver(batch: Batch): Promise<void> {
    const { entries, tolerances } = batch;
    if (entries.length === 0 && !tolerances) return;
    for (const isLast of [false, true]) {
      try {
        await this.#append(batch);
        return;
      } catch (error) {
        if (!isLast) continue;
        this.#log.warn({ err: error, count: entries.length }, 'the core takes no request-log entries');
        this.#dropped += entries.length;
        if (this.#isClosing) this.#dropAll();
      }
    }
  }

  async #append({ entries, tolerances }: Batch): Promise<void> {
    const caller = { authorization: null, requestId: randomUUID(), clientAddress: null, userAgent: null };
    await this.#core(caller).request(AppendRequestLog, { input: { entriesJson: entries, tolerances } });
  }

  #dropAll(): void {
    this.#dropped += this.#queue.length;
    this.#queue = [];
    this.#characters = 0;
  }

  #reportDropped(): void {
    if (this.#dropped > 0) this.#log.warn({ count: this.#dropped }, 'request-log entries were dropped');
    this.#dropped = 0;
  }
}

function sizeOf({ path, requestBody, responseBody }: LoggedRequest): number {
  return 500 + path.length + (requestBody?.length ?? 0) + (responseBody?.length ?? 0);
}
