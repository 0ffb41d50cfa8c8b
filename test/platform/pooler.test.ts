import { CompiledQuery } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { findPgBouncer, startPgBouncer } from '#test/support/pgbouncer.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const pgBouncer = findPgBouncer();
const WALLS = ['off', 'on'];

/** What directories and front ends do all day, and a second time: a statement meets a connection that another one has used. */
async function aDay(rollcall: TestRollcall): Promise<void> {
  const company = await rollcall.newCompany();
  const scim = scimClient(company);
  const ask = graphqlClient(company);
  for (const round of [1, 2]) {
    const names = Array.from({ length: 12 }, (_, index) => `person-${round}-${index}`);
    const made = await Promise.all(names.map((userName) => scim.post('/Users', { userName, displayName: userName })));
    expect(made.map(({ status }) => status)).toEqual(names.map(() => 201));
    const [ann, bob] = made.map(({ body }) => body.id as string);
    const group = await scim.post('/Groups', { displayName: `Group ${round}`, members: [{ value: ann }] });
    expect(group.status).toBe(201);

    const answers = await Promise.all([
      scim.get(`/Users/${ann}`),
      scim.get('/Users?startIndex=1&count=5'),
      scim.get(`/Users?filter=${encodeURIComponent('userName co "person"')}`),
      scim.patch(`/Users/${ann}`, [{ op: 'replace', value: { active: false } }]),
      scim.put(`/Users/${bob}`, { userName: names[1], displayName: 'Bob' }),
      scim.patch(`/Groups/${group.body.id}`, [{ op: 'add', path: 'members', value: [{ value: bob }] }]),
      ask('{ users(first: 5) { totalCount nodes { userName teams { displayName } roles { name } } } }'),
      ask('{ changes(first: 20) { nodes { id kind } } }'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 204, 200, 200]);
    expect(answers.map(({ body }) => body?.errors)).toEqual(answers.map(() => undefined));

    const { body } = await scim.get(`/Groups/${group.body.id}`);
    expect(body.members.map(({ value }: { value: string }) => value).sort()).toEqual([ann, bob].sort());
    expect((await scim.delete(`/Users/${bob}`)).status).toBe(204);
    expect((await scim.get(`/Users/${bob}`)).status).toBe(404);
    expect((await scim.post('/Users', { userName: names[2] })).status).toBe(409);
  }
}

/** Statements that are prepared, settings, locks and temporary tables, of the connection that answers: all that would outlast a transaction. */
const KEPT = CompiledQuery.raw(`
  select 'statement ' || statement as kept from pg_prepared_statements
  union all select 'setting ' || name from pg_settings where source = 'session'
  union all select 'limit ' || name from pg_settings where source = 'client' and name like '%timeout'
  union all select 'channel ' || channel from pg_listening_channels() channel
  union all select 'lock ' || objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
  union all select 'table ' || relname from pg_class where pg_my_temp_schema() <> 0 and relnamespace = pg_my_temp_schema()`) as CompiledQuery<{
  kept: string;
}>;

describe.each(WALLS)('behind a pooler that knows no prepared statements, row-level security %s', (wall) => {
  let rollcall: TestRollcall;
  afterEach(() => rollcall?.stop());
  const start = (pooler: string) =>
    startRollcall({
      mode: 'one-process',
      env: { ROLLCALL_POOLER: pooler, ROLLCALL_POOL_SIZE: '2', ROLLCALL_ROW_SECURITY: wall, ROLLCALL_JOBS: 'on' },
    });
  const kept = async () => {
    const connections = await Promise.all([rollcall.db.run(KEPT), rollcall.db.run(KEPT)]);
    return connections.flat().map((row) => row.kept);
  };

  it('keeps nothing in a session', async () => {
    rollcall = await start('unprepared');
    await aDay(rollcall);
    expect(await kept()).toEqual([]);
  });

  it('keeps statements there, and nothing else, where the pooler knows them', async () => {
    rollcall = await start('prepared');
    await aDay(rollcall);
    const all = await kept();
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((each) => !each.startsWith('statement '))).toEqual([]);
  });

  it.skipIf(!pgBouncer)('does its work through PgBouncer, in transactions', async () => {
    const bouncer = await startPgBouncer(pgBouncer!);
    try {
      rollcall = await startRollcall({
        mode: 'one-process',
        env: { ROLLCALL_POOLER: 'unprepared', ROLLCALL_ROW_SECURITY: wall, ROLLCALL_JOBS: 'on' },
        through: async () => bouncer.port,
      });
      await aDay(rollcall);
    } finally {
      await bouncer.stop();
    }
  });
});

it.skipIf(!pgBouncer)('is told of at the start, where nobody said that a pooler is there', async () => {
  const bouncer = await startPgBouncer(pgBouncer!);
  try {
    const start = startRollcall({ mode: 'one-process', through: async () => bouncer.port });
    await expect(start).rejects.toThrow('is that a pooler? Then set ROLLCALL_POOLER.');
  } finally {
    await bouncer.stop();
  }
});
