import { networkOf, tooManyAttempts } from '../sign-in/attempts.js';

/** So many wrong credentials from one address within the window; then nothing more is looked up for it until the window is over. */
const MOST_WRONG = 50;
const WINDOW_MS = 10_000;
const MOST_ADDRESSES = 10_000;
const MOST_RIGHT = 10_000;

interface Window {
  wrong: number;
  /** By the process's monotonic clock. */
  endsAt: number;
}

/**
 * Keeps guesses of keys and sessions from costing a look-up each. It counts in this process's memory, for a wrong credential must not cause a write. A
 * credential that was right lately goes on from wherever it comes: behind a proxy or in an office, many have one address.
 */
export class WrongCredentials {
  readonly #windows = new Map<string, Window>();
  /** Digests; the one that was right last stands last. */
  readonly #right = new Set<string>();

  /** @throws TOO_MANY_ATTEMPTS */
  check(address: string | null, digest: string): void {
    const window = this.#windows.get(networkOf(address));
    if (!window || window.wrong < MOST_WRONG || this.#right.has(digest)) return;
    const left = window.endsAt - performance.now();
    if (left > 0) throw tooManyAttempts(Math.ceil(left / 1000));
  }

  wrong(address: string | null, digest: string): void {
    this.#right.delete(digest);
    const from = networkOf(address);
    const window = this.#windows.get(from);
    if (window && window.endsAt > performance.now()) {
      window.wrong++;
      return;
    }
    this.#windows.delete(from);
    this.#windows.set(from, { wrong: 1, endsAt: performance.now() + WINDOW_MS });
    if (this.#windows.size > MOST_ADDRESSES) forgetFirst(this.#windows);
  }

  right(digest: string): void {
    this.#right.delete(digest);
    this.#right.add(digest);
    if (this.#right.size > MOST_RIGHT) forgetFirst(this.#right);
  }
}

function forgetFirst(entries: Map<string, unknown> | Set<string>): void {
  const [first] = entries.keys();
  if (first !== undefined) entries.delete(first);
}
