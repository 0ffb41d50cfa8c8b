import { expect } from 'vitest';
import type { CompanyBed } from './company-bed.js';

/** Starts `work` while another transaction has run `others`, lets it run into that one's locks, and commits the other then. */
export async function behind<T>(
  bed: CompanyBed,
  others: readonly [sql: string, values: unknown[]][],
  work: () => Promise<T>,
): Promise<T> {
  const client = await bed.owner.connect();
  try {
    await client.query('begin');
    for (const [sql, values] of others) await client.query(sql, values);
    const working = work();
    working.catch(() => undefined); // the caller hears of it, after the commit
    await untilSomeoneWaits(bed);
    await client.query('commit');
    return await working;
  } finally {
    client.release();
  }
}

/** Until a statement in the bed's database waits for a lock. */
export async function untilSomeoneWaits(bed: CompanyBed): Promise<void> {
  const waiters = async () => {
    const { rows } = await bed.owner.query<{ n: number }>(
      `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
    );
    return rows[0]!.n;
  };
  await expect.poll(waiters, { interval: 5 }).toBe(1);
}
