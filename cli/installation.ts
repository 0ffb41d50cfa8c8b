import { type CoreConfig, loadCoreConfig } from '#core-api/config.js';
import { type Installation, openInstallation } from '#core-api/installation.js';
import type { Environment } from '#schema/settings.js';

/** stdout belongs to a command's answer; what else matters goes to stderr. */
const log = { info: () => undefined, warn: console.error, error: console.error };

/**
 * Opens the database that `start` would use with the same environment, migrated, for as long as `work` takes: beside a running server
 * the one that it runs on.
 *
 * @throws StartError
 */
export async function withInstallation<T>(
  env: Environment,
  work: (installation: Installation, config: CoreConfig) => Promise<T>,
): Promise<T> {
  const config = loadCoreConfig(env);
  const installation = await openInstallation(config, log, { beside: true });
  try {
    return await work(installation, config);
  } finally {
    await installation.close();
  }
}
