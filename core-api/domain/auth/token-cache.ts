import type { Database } from '#core-api/persistence/database.js';
import type { DirectoryCredential } from '#core-api/persistence/stores/credentials.js';

const LONGEST_MS = 1_000;
const MOST_ENTRIES = 10_000;

interface Entry {
  credential: DirectoryCredential;
  /** By the process's monotonic clock. */
  until: number;
}

/**
 * The directory tokens that this process has looked up within the last second: what another process revokes holds here within that
 * second, what this one revokes at once.
 */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  #generation = 0;

  get(key: string): DirectoryCredential | null {
    const entry = this.#entries.get(key);
    if (!entry) return null;
    if (entry.until > performance.now()) return entry.credential;
    this.#entries.delete(key);
    return null;
  }

  /** Call before the look-up and hand the answer to `set`: what was read before a `forget` is not kept after it. */
  get generation(): number {
    return this.#generation;
  }

  set(key: string, credential: DirectoryCredential, generation: number): void {
    if (generation !== this.#generation) return;
    if (this.#entries.size >= MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as string);
    this.#entries.set(key, { credential, until: performance.now() + LONGEST_MS });
  }

  /** Call after the commit of whatever changes what tokens of the company may do. */
  forget(companyId: string): void {
    this.#generation++;
    for (const [key, { credential }] of this.#entries)
      if (credential.companyId === companyId) this.#entries.delete(key);
  }
}

const caches = new WeakMap<object, TokenCache>();

/** The one cache of this process for that database, within and without transactions. */
export function tokenCacheOf(db: Database): TokenCache {
  let cache = caches.get(db.orm);
  if (!cache) {
    cache = new TokenCache();
    caches.set(db.orm, cache);
  }
  return cache;
}
