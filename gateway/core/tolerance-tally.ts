import { randomUUID } from 'node:crypto';
import type { ToleranceBatchInput, ToleranceMetInput } from '#schema/generated/gateway.js';

/** More than there are directories with habits in one second: whoever floods us fills no memory. */
const MOST = 10_000;

/** That one directory's provider had a habit. */
export type ToleranceMet = Omit<ToleranceMetInput, 'lastAt'> & {
  /** Milliseconds since 1970. */
  at: number;
};

/** Adds up which habits were met, by directory, from one batch to the next. */
export class ToleranceTally {
  readonly #gatewayId = randomUUID();
  #batch = 0;
  #met = new Map<string, ToleranceMet>();

  get isEmpty(): boolean {
    return this.#met.size === 0;
  }

  add(met: ToleranceMet): void {
    const key = `${met.directoryId} ${met.name}`;
    const before = this.#met.get(key);
    if (before) this.#met.set(key, { ...met, count: before.count + met.count });
    else if (this.#met.size < MOST) this.#met.set(key, met);
  }

  /** What has come together, which is not told again; null when it is nothing. The core knows a batch by its number. */
  take(): ToleranceBatchInput | null {
    if (this.isEmpty) return null;
    const met = [...this.#met.values()].map(({ at, ...rest }) => ({ ...rest, lastAt: new Date(at).toISOString() }));
    this.#met = new Map();
    return { gatewayId: this.#gatewayId, batch: ++this.#batch, met };
  }
}
