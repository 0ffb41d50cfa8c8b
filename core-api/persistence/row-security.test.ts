import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toDomainError } from '#core-api/domain/database-error.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';
import { TENANT_TABLES } from './company-guard.js';
import { Database } from './database.js';
import { Directory } from './entities/directory.js';
import { migrate } from './migrate.js';
import { beginFor } from './row-security.js';
import { compileNow } from './statement.js';

const A = '0199aaaa-0000-7000-8000-000000000001';
const B = '0199bbbb-0000-7000-8000-000000000001';

describe('row-level security', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let app: pg.Client;
  const appRole = () => new URL(database.appUrl).username;
  const put = (rowSecurity: boolean | null) =>
    migrate({ ownerUrl: database.ownerUrl, appRole: appRole(), rowSecurity });
  const open = (poolSize: number) =>
    Database.open({ url: database.appUrl, poolSize, translateError: toDomainError, rowSecurity: true });
  /** Every tenant table, and every partition of one. */
  const tables = async () => {
    const { rows } = await owner.query<{ name: string; enabled: boolean; forced: boolean; owner: string }>(
      `select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner) as owner
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
    );
    return rows;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new pg.Client({ connectionString: database.ownerUrl });
    app = new pg.Client({ connectionString: database.appUrl });
    await Promise.all([owner.connect(), app.connect()]);
    expect(await put(true)).toEqual({ migrations: [], rowSecurity: true });
    for (const [company, name] of [
      [A, 'a'],
      [B, 'b'],
    ] as const) {
      await owner.query(`insert into company (id, name, slug, policies) values ($1, $2, $2, '{}')`, [company, name]);
      await owner.query(
        `insert into directory (company_id, id, name, idp_kind, profile) values ($1, gen_random_uuid(), $2, 'OKTA', '{}')`,
        [company, `directory of ${name}`],
      );
      await owner.query(`insert into request_log (company_id, at, id, request_id, method, path, status, duration_ms)
        values ('${company}', now(), gen_random_uuid(), 'r', 'GET', '/', 200, 1)`);
      await owner.query(
        `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
         values ($1, 'SYSTEM', $1, 'x', 'SYSTEM', 'x', 'x', $1)`,
        [company],
      );
    }
  });
  afterAll(async () => {
    await Promise.all([owner.end(), app.end()]);
    await database.drop();
  });

  it('T-15: is enabled and forced on every tenant table and every partition, none of which the application owns', async () => {
    const all = await tables();
    expect(all.map(({ name }) => name).filter((name) => !/^request_log_(\d{8}|default)$/.test(name))).toEqual(
      [...TENANT_TABLES].sort(),
    );
    expect(all.length).toBeGreaterThan(TENANT_TABLES.length);
    expect(all.filter(({ enabled, forced }) => !enabled || !forced)).toEqual([]);
    expect(all.filter((table) => table.owner === appRole())).toEqual([]);
    const { rows } = await owner.query(
      `select rolsuper, rolbypassrls, rolcreaterole, pg_has_role(rolname, current_user, 'member') as is_owner from pg_roles where rolname = $1`,
      [appRole()],
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, is_owner: false }]);
  });

  it.each(['', A, B])(
    'T-15: the application that names the company "%s" sees no row of another one in any tenant table',
    async (company) => {
      await app.query('begin');
      await app.query(`select set_config('rollcall.company', $1, true)`, [company]);
      const seen: string[] = [];
      for (const { name } of await tables()) {
        const { rows } = await app.query<{ company_id: string }>(`select company_id from ${name}`);
        seen.push(...rows.map((row) => row.company_id));
      }
      await app.query('commit');
      expect(new Set(seen)).toEqual(new Set(company === '' ? [] : [company]));
    },
  );

  it('T-15: without the setting every tenant table looks empty, and nothing can be written', async () => {
    for (const { name } of await tables()) expect((await app.query(`select 1 from ${name}`)).rows, name).toEqual([]);
    await expect(
      app.query(
        `insert into directory (company_id, id, name, idp_kind, profile) values ($1, gen_random_uuid(), 'x', 'OKTA', '{}')`,
        [A],
      ),
    ).rejects.toThrow(/row-level security/);
    expect((await app.query(`update directory set name = 'x'`)).rowCount).toBe(0);
    expect((await owner.query(`select from directory where name = 'x'`)).rows).toEqual([]);
  });

  it('T-15: a row cannot be moved to, or made in, another company than the one that is named', async () => {
    await app.query(beginFor(A));
    await expect(app.query('update directory set company_id = $1', [B])).rejects.toThrow(/row-level security/);
    await app.query('rollback');
  });

  it('T-15: days of the request log that come later stand behind it, too', async () => {
    await owner.query(
      `drop table request_log_${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}`,
    );
    const before = (await tables()).length;
    await app.query('select maintain_request_log()');
    const after = await tables();
    expect(after).toHaveLength(before + 1);
    expect(after.filter(({ enabled, forced }) => !enabled || !forced)).toEqual([]);
  });

  it('lets what belongs to no company be read without one, and the owner everything', async () => {
    expect((await app.query('select id from company order by id')).rows).toEqual([{ id: A }, { id: B }]);
    expect((await app.query('select current_change_epoch() as epoch')).rows).toEqual([{ epoch: 1 }]);
    await app.query('select refresh_statistics()');
    expect((await owner.query('select from directory')).rows).toHaveLength(2);
  });

  it('stays up when nobody says what is wanted, and a restore still begins a new epoch of the change log', async () => {
    await owner.query('alter sequence change_no_seq restart with 1000');
    await owner.query(
      `insert into change (company_id, xid, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       values ('${A}', '9000000000', 'SYSTEM', '${A}', 'x', 'SYSTEM', 'x', 'x', '${A}')`,
    );
    expect(await put(null)).toEqual({ migrations: [], rowSecurity: true });
    expect((await owner.query('select current_change_epoch() as epoch')).rows).toEqual([{ epoch: 2 }]);
  });

  it('is refused where the application could walk round it', async () => {
    const { username } = new URL(database.ownerUrl);
    await expect(migrate({ ownerUrl: database.ownerUrl, appRole: username })).rejects.toThrow(
      /does not hold for the role/,
    );
  });

  it('T-17: a company stays behind on no connection, also after a failure in the middle of a transaction', async () => {
    const db = await open(1);
    const [a, b] = [db.forCompany(A), db.forCompany(B)];
    const names = (of: string) =>
      compileNow((builder) => builder.selectFrom('directory').select('name').where('company_id', '=', of));
    const setting = compileNow((builder) =>
      builder.selectNoFrom(({ fn, val }) =>
        fn<string | null>('current_setting', [val('rollcall.company'), val(true)]).as('company'),
      ),
    );
    try {
      expect(await a.run(names(A))).toEqual([{ name: 'directory of a' }]);
      await expect(
        a.inTransaction(async (tx) => {
          expect(await tx.run(setting)).toEqual([{ company: A }]);
          await tx.run(names('no id'));
        }),
      ).rejects.toThrow();
      expect(await db.run(setting)).toEqual([{ company: '' }]);
      await expect(a.run(names('no id'))).rejects.toThrow();
      expect(await db.run(setting)).toEqual([{ company: '' }]);
      expect(await b.run(names(A))).toEqual([]);
      expect(await b.run(names(B))).toEqual([{ name: 'directory of b' }]);
      expect(await db.run(names(A))).toEqual([]);
      expect(await a.em.find(Directory, { companyId: A })).toHaveLength(1);
      expect(await b.em.find(Directory, { companyId: A })).toEqual([]);
      expect(await db.em.find(Directory, { companyId: A })).toEqual([]);
    } finally {
      await db.close();
    }
  });

  it('T-17: a transaction that several companies share shows each its own, by both ways to the database', async () => {
    const db = await open(1);
    try {
      await db.inTransaction(async (tx) => {
        await tx.forCompany(A).inTransaction(async (_, em) => {
          expect(await em.count(Directory, { companyId: A })).toBe(1);
          expect(await em.count(Directory, { companyId: B })).toBe(0);
          await tx.forCompany(B).inTransaction(async (_inner, inner) => {
            expect(await inner.count(Directory, { companyId: A })).toBe(0);
            expect(await inner.count(Directory, { companyId: B })).toBe(1);
          });
          expect(await em.count(Directory, { companyId: A })).toBe(1);
        });
      });
    } finally {
      await db.close();
    }
  });

  it('T-17: 10,000 interleaved statements of two companies on two connections leak nothing', async () => {
    const db = await open(2);
    const companies = [db.forCompany(A), db.forCompany(B)];
    // The predicate holds for both: it is the wall that keeps them apart.
    const both = compileNow((builder) =>
      builder.selectFrom('directory').select('company_id').whereRef('company_id', '=', 'company_id'),
    );
    const seen = new Map<string, number>();
    const one = async (turn: number) => {
      const company = companies[turn % 2]!;
      const rows = turn % 5 === 0 ? await company.inTransaction((tx) => tx.run(both)) : await company.run(both);
      const answer = `${turn % 2}: ${rows.map((row) => row.company_id).join(' ')}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
      if (turn % 50 === 0)
        await company.inTransaction(async () => Promise.reject(new Error('given up'))).catch(() => undefined);
    };
    try {
      const turns = Array.from({ length: 10_000 }, (_, turn) => turn);
      for (let from = 0; from < turns.length; from += 100) await Promise.all(turns.slice(from, from + 100).map(one));
    } finally {
      await db.close();
    }
    expect(Object.fromEntries(seen)).toEqual({ [`0: ${A}`]: 5_000, [`1: ${B}`]: 5_000 });
  });

  it('comes down again without a trace', async () => {
    expect(await put(false)).toEqual({ migrations: [], rowSecurity: false });
    expect((await tables()).filter(({ enabled, forced }) => enabled || forced)).toEqual([]);
    const { rows } = await owner.query(
      `select from pg_policies union all select from pg_proc where proname = 'wall_in'`,
    );
    expect(rows).toEqual([]);
    expect((await app.query('select from directory')).rows).toHaveLength(2);
    expect(await put(null)).toEqual({ migrations: [], rowSecurity: false });
  });
});
