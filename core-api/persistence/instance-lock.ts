import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartError } from '#core-api/start-error.js';
import { isAlive } from './embedded/process.js';

/** Any fixed number will do, as long as every release uses the same. */
const LOCK_KEY = 7_265_508;
const APPLICATION_NAME = 'rollcall instance';
const REACQUIRE_AFTER_MS = 500;
/** A backend notices at once that its client was killed; this is for a machine that is busy with something else. */
const DEAD_HOLDER_GRACE_MS = 3_000;

export interface InstanceLock {
  release(): Promise<void>;
}

/**
 * Marks the database at `url` as in use by this process for as long as it lives (a session-level advisory lock).
 * Lost to a restart of the server, the lock is taken again by itself.
 *
 * @param place what the person knows the instance by; it is named in the refusal
 * @throws StartError when a living process holds it
 */
export async function holdInstanceLock(url: string, place: string): Promise<InstanceLock> {
  const lock = { client: await acquire(url, place), released: false };

  const keep = async () => {
    while (!lock.released) {
      const { client } = lock;
      await new Promise((resolve) => client.once('end', resolve));
      while (!lock.released) {
        await delay(REACQUIRE_AFTER_MS, undefined, { ref: false });
        const again = await acquire(url, place).catch(() => null);
        if (!again) continue;
        lock.client = again;
        if (lock.released) await again.end();
        break;
      }
    }
  };
  void keep();

  return {
    async release() {
      lock.released = true;
      await lock.client.end().catch(() => undefined);
    },
  };
}

async function acquire(url: string, place: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: `${APPLICATION_NAME} ${process.pid}` });
  client.on('error', () => undefined); // 'end' follows, and is what `keep` listens to
  await client.connect();
  try {
    const giveUpAt = Date.now() + DEAD_HOLDER_GRACE_MS;
    while (!(await tryLock(client))) {
      const holder = await holderOf(client);
      if (Date.now() > giveUpAt || (holder !== null && isAlive(holder))) {
        throw new StartError(
          `Rollcall is already running on ${place}${holder === null ? '' : ` (process ${holder})`}.`,
        );
      }
      await delay(50);
    }
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [LOCK_KEY]);
  return rows[0]?.locked === true;
}

/** The process id that the holder wrote into its application name; null when the holder has just gone. */
async function holderOf(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ application_name: string }>(
    `select a.application_name
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = $1
        and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_KEY],
  );
  const id = Number(rows[0]?.application_name.replace(APPLICATION_NAME, ''));
  return Number.isInteger(id) && id > 0 ? id : null;
}
