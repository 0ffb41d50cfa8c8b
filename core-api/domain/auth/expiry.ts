import type { Database } from '#core-api/persistence/database.js';
import { isToCome } from '#core-api/persistence/stores/credentials.js';
import { invalidValue } from '../errors.js';

/** What ISO 8601 writes with four digits. */
const LAST_YEAR = 9999;
/** No credential can end later than that. */
export const LAST_END_MS = Date.UTC(LAST_YEAR, 11, 31, 23, 59, 59);

/**
 * When a credential ends; null is never.
 *
 * @throws INVALID_VALUE (no time, or one that has passed by the database's clock)
 */
export async function checkExpiry(db: Database, expiresAt: Date | string | null | undefined): Promise<Date | null> {
  if (expiresAt == null) return null;
  const time = new Date(expiresAt);
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > LAST_YEAR)
    throw invalidValue('expiresAt', 'expiresAt is no time.');
  const [row] = await db.run(isToCome.bind({ time: time.toISOString() }));
  if (!row!.toCome) throw invalidValue('expiresAt', 'expiresAt has passed already.');
  return time;
}
