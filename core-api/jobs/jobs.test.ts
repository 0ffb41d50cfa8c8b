import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemActor } from '#core-api/domain/actor.js';
import { bootstrapCompany } from '#core-api/domain/bootstrap.js';
import { verifyLog } from '#core-api/domain/change/log-verifier.js';
import { toDomainError } from '#core-api/domain/database-error.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { Database } from '#core-api/persistence/database.js';
import { migrate } from '#core-api/persistence/migrate.js';
import { MEANS } from '#test/support/means.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';
import { Janitor } from './janitor.js';
import { startJobs } from './jobs.js';
import { LogFollower } from './log-follower.js';

let database: TestDatabase;
let owner: pg.Client;
/** As two processes have them. */
let dbs: Database[];

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const appRole = new URL(database.appUrl).username;
  await migrate({ ownerUrl: database.ownerUrl, appRole, rowSecurity: true });
  const options = { url: database.appUrl, poolSize: 4, translateError: toDomainError, rowSecurity: true };
  dbs = [await Database.open(options), await Database.open(options)];
});
afterAll(async () => {
  for (const db of dbs) await db.close();
  await owner.end();
  await database.drop();
});

it('T-15: the jobs of two processes do their work behind row-level security, and neither role is a superuser', async () => {
  const { rows: roles } =
    await owner.query(`select current_user = rolname as "isOwner", rolsuper or rolbypassrls as "isFree"
    from pg_roles where rolname in (current_user, '${new URL(database.appUrl).username}') order by 1`);
  expect(roles).toEqual([
    { isOwner: false, isFree: false },
    { isOwner: true, isFree: false },
  ]);
  const companies: Awaited<ReturnType<typeof bootstrapCompany>>[] = [];
  for (const name of ['One', 'Two']) companies.push(await bootstrapCompany(dbs[0]!, { name, preset: 'rollcall' }));
  for (const { companyId, directoryId } of companies) {
    const actor = systemActor(companyId, new Set(PERMISSIONS));
    const teams = new TeamService(dbs[0]!.forCompany(companyId), actor);
    for (let i = 0; i < 20; i++) await teams.create({ displayName: `Team ${i}` });
    await owner.query(
      `insert into conflict (company_id, id, directory_id, kind, object_type, at)
       select $1, gen_random_uuid(), $2, 'ADOPTED', 'user', now() - n * interval '1 day' from unnest(array[1, 91]) n`,
      [companyId, directoryId],
    );
  }
  await owner.query(`create table request_log_20200101 partition of request_log
    for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00')`);
  await owner.query(`select wall_in('request_log_20200101')`);

  const warn = vi.fn();
  const jobs = dbs.map((db) => startJobs({ db, log: { warn } as never, lookUpTxt: async () => [], metadata: MEANS }));
  const followers = dbs.map((db) => new LogFollower({ db, log: { warn }, consumers: [] }));
  const unsealed = async () => {
    await Promise.all(followers.map((follower) => follower.follow()));
    const verdicts = companies.map(({ companyId }) => verifyLog(dbs[1]!.forCompany(companyId), companyId));
    return (await Promise.all(verdicts)).map(({ unsealedRows, broken }) => broken ?? unsealedRows);
  };
  await expect.poll(unsealed, { interval: 20, timeout: 15_000 }).toEqual([0, 0]);
  const left = async () =>
    (await owner.query(`select count(*)::int as conflicts, to_regclass('request_log_20200101') as day from conflict`))
      .rows;
  await expect.poll(left, { timeout: 15_000 }).toEqual([{ conflicts: 2, day: null }]);
  for (const job of jobs) await job.stop();

  expect(warn).not.toHaveBeenCalled();
  const { rows } = await owner.query(
    `select s.company_id, sum(s.rows)::int as sealed, (select count(*)::int from change c where c.company_id = s.company_id) as logged
     from change_seal s group by s.company_id`,
  );
  expect(rows).toHaveLength(2);
  for (const { sealed, logged } of rows) expect(sealed).toBe(logged);
});

it('T-15: entries that came before their day was made are moved behind row-level security', async () => {
  const today = `request_log_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  const { companyId } = await bootstrapCompany(dbs[0]!, { name: 'Three', preset: 'rollcall' });
  await owner.query(`drop table ${today}`);
  await owner.query(
    `insert into request_log (company_id, at, id, request_id, method, path, status, duration_ms)
     values ($1, now(), gen_random_uuid(), 'r', 'GET', '/', 200, 1)`,
    [companyId],
  );
  const warn = vi.fn();
  await new Janitor({ db: dbs[0]!, log: { warn } }).work();
  expect(warn).not.toHaveBeenCalled();
  const { rows } = await owner.query(
    `select c.relrowsecurity and c.relforcerowsecurity as walled, (select count(*)::int from ${today}) as entries
     from pg_class c where c.relname = '${today}'`,
  );
  expect(rows).toEqual([{ walled: true, entries: 1 }]);
});
