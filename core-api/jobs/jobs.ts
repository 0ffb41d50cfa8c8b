import type { Logger } from 'pino';
import type { Database } from '#core-api/persistence/database.js';
import { Janitor } from './janitor.js';
import { LOG_CONSUMERS } from './log-consumers.js';
import { LogFollower } from './log-follower.js';

interface Jobs {
  /** Resolves when none of them is under way any more. */
  stop(): Promise<void>;
}

/** What a server does beside answering; every process may do it, and one has to. */
export function startJobs(db: Database, log: Logger): Jobs {
  const jobs = [new LogFollower({ db, log, consumers: LOG_CONSUMERS }), new Janitor({ db, log })];
  for (const job of jobs) job.start();
  return {
    async stop() {
      for (const job of jobs) await job.stop();
    },
  };
}
