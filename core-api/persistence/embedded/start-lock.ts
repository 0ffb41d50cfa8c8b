import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '#core-api/start-error.js';
import { isAlive } from './process.js';

const WAIT_MS = 30_000;
/** The process id in a forgotten file may long belong to somebody else; no start that works takes this long. */
const FORGOTTEN_AFTER_MS = 150_000;

/**
 * Lets one process at a time create or start the cluster of a data folder. Held for the second that this takes; from then on the
 * instance lock in the database tells who is there.
 */
export async function holdStartLock(file: string, place: string): Promise<{ release(): void }> {
  const giveUpAt = Date.now() + WAIT_MS;
  for (;;) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isForgotten(file)) {
      rmSync(file, { force: true });
    } else if (Date.now() > giveUpAt) {
      throw new StartError(`Another process is just starting on ${place}; if there is none, remove ${file}.`);
    } else {
      await delay(50);
    }
  }
}

function isForgotten(file: string): boolean {
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    const age = Date.now() - statSync(file).mtimeMs;
    if (holder === 0) return age > 1_000; // created, its number not yet written
    return !isAlive(holder) || age > FORGOTTEN_AFTER_MS;
  } catch {
    return false; // released just now: try again
  }
}
