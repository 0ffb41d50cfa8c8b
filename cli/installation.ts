import { type CoreConfig, loadCoreConfig } from '#core-api/config.js';
import { toDomainError } from '#core-api/domain/database-error.js';
import { checkDatabase } from '#core-api/persistence/connection-check.js';
import { Database } from '#core-api/persistence/database.js';
import { connectEmbedded, startEmbeddedPostgres } from '#core-api/persistence/embedded-postgres.js';
import { migrate } from '#core-api/persistence/migrate.js';
import type { Environment } from '#schema/settings.js';

/** stdout belongs to a command's answer; whatever else matters goes to stderr. */
const log = { info: () => undefined, warn: console.error, error: console.error };

interface DatabaseAddress {
  url: string;
  ownerUrl: string;
  appRole: string;
  close(): Promise<void>;
}

/** The database of this machine's Rollcall, opened for one command. */
export interface Installation {
  config: CoreConfig;
  db: Database;
}

/**
 * Opens the database that `start` would use with the same environment, for as long as `work` takes: the one of DATABASE_URL, the embedded
 * one of a running server, or the embedded one, started for the while. Tables are brought up to date first, also beside a running server:
 * it may have come up just now, and where it has migrated already there is nothing to do.
 *
 * @throws StartError
 */
export async function withInstallation<T>(
  env: Environment,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const config = loadCoreConfig(env);
  return withAddress(config, async (address) => {
    await migrate(address);
    const db = await Database.open({ url: address.url, poolSize: 4, translateError: toDomainError });
    try {
      return await work({ config, db });
    } finally {
      await db.close();
    }
  });
}

/**
 * Runs the pending migrations of the database that `start` would use.
 *
 * @returns their names, in order.
 * @throws StartError
 */
export function migrateInstallation(env: Environment): Promise<string[]> {
  return withAddress(loadCoreConfig(env), migrate);
}

async function withAddress<T>(config: CoreConfig, work: (address: DatabaseAddress) => Promise<T>): Promise<T> {
  const address = await openAddress(config);
  try {
    return await work(address);
  } finally {
    await address.close();
  }
}

async function openAddress({ databaseUrl, databaseOwnerUrl, dataDir }: CoreConfig): Promise<DatabaseAddress> {
  const nothing = async () => undefined;
  if (databaseUrl !== null) {
    const { role } = await checkDatabase(databaseUrl);
    if (databaseOwnerUrl !== null) await checkDatabase(databaseOwnerUrl, 'DATABASE_OWNER_URL');
    return { url: databaseUrl, ownerUrl: databaseOwnerUrl ?? databaseUrl, appRole: role, close: nothing };
  }
  const running = await connectEmbedded({ dataDir });
  const { appUrl, ownerUrl, stop } = running ? { ...running, stop: nothing } : await startEmbedded(dataDir);
  return { url: appUrl, ownerUrl, appRole: new URL(appUrl).username, close: stop };
}

async function startEmbedded(dataDir: string) {
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  return { ...postgres, stop: () => postgres.stop() };
}
