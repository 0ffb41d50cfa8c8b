import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCoreConfig } from '#core-api/config.js';
import { openInstallation } from '#core-api/installation.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';

describe('a PostgreSQL that lacks security fixes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    // Stands in for the real one when the search path says so: an old server, as far as anybody can ask.
    await owner.query(`create function current_setting(setting text) returns text language sql as $$
      select case setting when 'server_version_num' then '170004' else pg_catalog.current_setting(setting) end $$`);
    await owner.end();
  });
  afterAll(() => database.drop());

  const start = async (env: Record<string, string>, isOld: boolean) => {
    const appUrl = new URL(database.appUrl);
    if (isOld) appUrl.searchParams.set('options', '-c search_path=public,pg_catalog');
    const warnings: string[] = [];
    const log = { info: () => undefined, warn: (message: string) => warnings.push(message), error: () => undefined };
    const config = loadCoreConfig({
      DATABASE_URL: appUrl.href,
      DATABASE_OWNER_URL: database.ownerUrl,
      ROLLCALL_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      ...env,
    });
    const installation = await openInstallation(config, log);
    await installation.close();
    return warnings;
  };

  it('T-16: is used, with a warning that says what to do', async () => {
    expect(await start({}, true)).toEqual([
      'DATABASE_URL: This is PostgreSQL 17.4, which lacks security fixes: update it to 17.8 or newer.',
    ]);
    expect(await start({ REQUIRE_PATCHED_PG: '0' }, true)).toHaveLength(1);
  });

  it('T-16: is refused with REQUIRE_PATCHED_PG=1, and a newer one is not', async () => {
    await expect(start({ REQUIRE_PATCHED_PG: '1' }, true)).rejects.toThrow(/17\.4, which lacks security fixes/);
    expect(await start({ REQUIRE_PATCHED_PG: '1' }, false)).toEqual([]);
  });
});
