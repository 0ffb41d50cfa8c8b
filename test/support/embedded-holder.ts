// A process of its own that holds an embedded PostgreSQL, for tests that kill it: prints `up`, or why not.
import { startEmbeddedPostgres } from '#core-api/persistence/embedded-postgres.js';

const log = { info: console.log, warn: console.log, error: console.log };
try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2]!, log, settings: { fsync: 'off' } });
  const idle = setInterval(() => undefined, 60_000);
  process.once('SIGTERM', async () => {
    await postgres.stop();
    clearInterval(idle);
  });
  console.log('up');
} catch (error) {
  console.log((error as Error).message);
}
