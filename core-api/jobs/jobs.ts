import type { Logger } from 'pino';
import type { LookUpTxt } from '#core-api/domain/ports.js';
import type { MetadataMeans } from '#core-api/domain/sso/idp-metadata.js';
import type { Database } from '#core-api/persistence/database.js';
import { DomainWatch } from './domain-watch.js';
import { Janitor } from './janitor.js';
import { LOG_CONSUMERS } from './log-consumers.js';
import { LogFollower } from './log-follower.js';
import { SsoWatch } from './sso-watch.js';

interface Jobs {
  /** Resolves when none of them is under way any more. */
  stop(): Promise<void>;
}

interface Parts {
  db: Database;
  log: Logger;
  lookUpTxt: LookUpTxt;
  metadata: MetadataMeans;
}

/** What a server does beside answering; every process may do it, and one has to. */
export function startJobs({ db, log, lookUpTxt, metadata }: Parts): Jobs {
  const jobs = [
    new LogFollower({ db, log, consumers: LOG_CONSUMERS }),
    new Janitor({ db, log }),
    new DomainWatch({ db, log, lookUpTxt }),
    new SsoWatch({ db, log, means: metadata }),
  ];
  for (const job of jobs) job.start();
  return {
    async stop() {
      for (const job of jobs) await job.stop();
    },
  };
}
