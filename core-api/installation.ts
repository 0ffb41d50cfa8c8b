import { join } from 'node:path';
import type { CoreConfig } from './config.js';
import { toDomainError } from './domain/database-error.js';
import { checkDatabase } from './persistence/connection-check.js';
import { Database } from './persistence/database.js';
import { connectEmbedded, startEmbeddedPostgres } from './persistence/embedded-postgres.js';
import { KeyRing } from './persistence/keyring.js';
import { migrate } from './persistence/migrate.js';
import { missingFixes } from './persistence/security-fixes.js';
import { StartError } from './start-error.js';

interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** One migrated database with its keys: what a server and a command line both work on. */
export interface Installation {
  db: Database;
  keyRing: KeyRing;
  /** Also stops the embedded server, where this process started it. */
  close(): Promise<void>;
}

interface Options {
  /** Join the embedded server that another process runs, where there is one, instead of refusing: for commands beside a server. */
  beside?: boolean;
  onStatement?: (sql: string) => void;
}

/**
 * Opens the database that the settings name, or the embedded one, and brings its tables up to date.
 *
 * @throws StartError
 */
export async function openInstallation(
  config: CoreConfig,
  log: Log,
  { beside = false, onStatement }: Options = {},
): Promise<Installation> {
  const { appUrl, appRole, ownerUrl, stop } = await openServer(config, log, beside);
  let db: Database | null = null;
  try {
    const { rowSecurity } = await migrate({ ownerUrl, appRole, rowSecurity: config.rowSecurity });
    db = await Database.open({
      url: appUrl,
      poolSize: config.poolSize,
      translateError: toDomainError,
      rowSecurity,
      pooler: config.databaseUrl === null ? 'none' : config.pooler,
      onStatement,
    });
    const opened = db;
    return {
      db: opened,
      keyRing: config.keys ?? keysOf(config.dataDir),
      async close() {
        await opened.close();
        await stop();
      },
    };
  } catch (error) {
    await db?.close();
    await stop();
    throw error;
  }
}

async function openServer(config: CoreConfig, log: Log, beside: boolean) {
  if (config.databaseUrl === null) {
    const running = beside ? await connectEmbedded({ dataDir: config.dataDir }) : null;
    const started = running ? null : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
    const { appUrl, ownerUrl } = (running ?? started)!; // one of the two
    const { role: appRole } = await checkDatabase(appUrl);
    return { appUrl, appRole, ownerUrl, stop: async () => started?.stop() };
  }
  const appUrl = config.databaseUrl;
  const ownerUrl = config.databaseOwnerUrl ?? appUrl;
  const app = await checkDatabase(appUrl, 'DATABASE_URL', config.pooler);
  const lacking = missingFixes(app.versionNumber);
  if (lacking !== null && config.requirePatchedPostgres) throw new StartError(`DATABASE_URL: ${lacking}`);
  if (lacking !== null) log.warn(`DATABASE_URL: ${lacking}`);
  const owner = ownerUrl === appUrl ? app : await checkDatabase(ownerUrl, 'DATABASE_OWNER_URL', config.pooler);
  if (app.superuser || app.role === owner.role)
    log.warn(
      `The role ${app.role} ${app.superuser ? 'is a superuser' : 'owns the tables'}, so it could rewrite the change log: give DATABASE_URL a role of its own and DATABASE_OWNER_URL the owner's.`,
    );
  if (config.keys === null)
    log.warn(
      `ROLLCALL_KEYS is not set: the keys of encrypted columns are in ${join(config.dataDir, 'keys')}; every process needs the same.`,
    );
  return { appUrl, appRole: app.role, ownerUrl, stop: async () => {} };
}

/** @throws StartError when the file is there and is no key ring: made anew, it would lose what the old one encrypted. */
function keysOf(dataDir: string): KeyRing {
  try {
    return KeyRing.loadOrCreate(join(dataDir, 'keys'));
  } catch (error) {
    throw new StartError(`The keys of encrypted columns cannot be used: ${(error as Error).message}`);
  }
}
