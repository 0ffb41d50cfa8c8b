import type { Database } from '#core-api/persistence/database.js';
import type { UserRow } from './user-types.js';

const MOST_USERS = 5_000;
/** A provider that reads a user to change it does so within seconds. */
const LONGEST_MS = 60_000;

interface Entry {
  user: UserRow;
  /** By the process's monotonic clock. */
  until: number;
}

/**
 * The users of directories as this process last saw them, committed: read, looked up or written. Good for one thing, to plan a write that says which version
 * it is of, since every write of a row raises its version; never for an answer, as other processes write, too.
 */
export class RecentUsers {
  /** In the order in which they were seen, the oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  saw(user: UserRow): void {
    this.#entries.delete(user.id);
    this.#entries.set(user.id, { user, until: this.now() + LONGEST_MS });
    for (const [id, { until }] of this.#entries) {
      if (this.#entries.size <= MOST_USERS && until > this.now()) break;
      this.#entries.delete(id);
    }
  }

  /** Null when it was not seen within the last minute. */
  find(id: string): UserRow | null {
    const entry = this.#entries.get(id);
    return entry && entry.until > this.now() ? entry.user : null;
  }

  forget(id: string): void {
    this.#entries.delete(id);
  }
}

const kept = new WeakMap<object, RecentUsers>();

/** The one of this process for that database. */
export function recentUsersOf(db: Database): RecentUsers {
  let recent = kept.get(db.orm);
  if (!recent) {
    recent = new RecentUsers();
    kept.set(db.orm, recent);
  }
  return recent;
}
