import { migrate } from '#core-api/persistence/migrate.js';
import { testCluster } from './test-database.js';

/** Vitest's global setup: one PostgreSQL for the whole run. */
export default async function setup(): Promise<() => Promise<void>> {
  const cluster = await testCluster(migrate);
  return () => cluster.stop();
}
