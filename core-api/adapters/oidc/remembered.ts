const FRESH_MS = 10 * 60_000;
/** For so long what was read last serves on when it cannot be read anew. */
const STALE_MS = 24 * 3_600_000;
/** However often somebody asks: it is read once in this time. */
const COOL_DOWN_MS = 30_000;

/** Something that is read from elsewhere and kept for a while. */
export class Remembered<T> {
  #last: { value: T; at: number } | null = null;
  #tried: { at: number; reading: Promise<T> } | null = null;

  /** @param now milliseconds of any clock that never goes back */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly now: () => number,
  ) {}

  get(): Promise<T> {
    return this.#last && this.now() - this.#last.at < FRESH_MS ? Promise.resolve(this.#last.value) : this.renew();
  }

  /** Reads it anew, unless that was tried within the cool-down: then what came of it, or is still to come. */
  renew(): Promise<T> {
    if (!this.#tried || this.now() - this.#tried.at >= COOL_DOWN_MS)
      this.#tried = { at: this.now(), reading: this.#readOrKeep() };
    return this.#tried.reading;
  }

  async #readOrKeep(): Promise<T> {
    try {
      this.#last = { value: await this.read(), at: this.now() };
    } catch (error) {
      if (!this.#last || this.now() - this.#last.at >= STALE_MS) throw error;
    }
    return this.#last.value;
  }
}
