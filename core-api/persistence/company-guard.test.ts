import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { GLOBAL_TABLES, requireCompany, TENANT_TABLES } from './company-guard.js';
import { Role } from './entities/role.js';
import { compileNow } from './statement.js';

/** Every way to a server, and who goes it. Whoever comes to this list has to say why its statements need no company. */
const WAYS: readonly { way: RegExp; by: readonly string[] }[] = [
  {
    way: /from 'pg(-\w+)?'|import\('pg/,
    by: [
      'core-api/persistence/connection-check.ts', // asks for the server's settings
      'core-api/persistence/database.ts', // where the guard stands
      'core-api/persistence/embedded-postgres.ts', // makes roles and the database, before there are tables
      'core-api/persistence/instance-lock.ts', // holds a lock
      'core-api/persistence/prepared-query.ts', // is sent by the guarded client
    ],
  },
  // The owner's connection, which has no guard: it runs migrations, and reads the newest changes of all companies at once.
  { way: /MikroORM\.init\(/, by: ['core-api/persistence/database.ts', 'core-api/persistence/migrate.ts'] },
  {
    // Texts by hand. Locks name no table.
    way: /(?<!graphql)\.execute\((?!'select pg_advisory)/,
    by: ['core-api/persistence/database.ts', 'core-api/persistence/migrate.ts', 'core-api/persistence/row-security.ts'],
  },
  {
    way: /\b(getConnection|getNativeClient|getDriver|getKysely|executeQuery|createQueryBuilder|requireNativeClient)\(/,
    by: ['core-api/persistence/database.ts'],
  },
];

describe('a statement', () => {
  it.each([
    'select * from app_user where id = $1',
    'select * from "app_user" as "u" where "u"."id" = $1',
    'select 1 from app_user u join team_membership m on m.user_id = u.id where u.company_id = $1',
    'select 1 from company c where exists (select 1 from role r where r.key = $1)',
    'select company_id from app_user where id = $1',
    'select 1 from team t, lateral (select 1) l where xt.company_id = $1',
    'update team set version = 2 where id = $1',
    'delete from role_assignment a using app_user u where a.company_id = $1 and u.id = a.user_id',
    'insert into team_membership (team_id, user_id) values ($1, $2)',
    'with gone as (delete from api_key where id = $1 returning id) select * from gone',
    `insert into "role" ("id", "name") values ('1', 'company_id')`,
    `select * from role where name = ' company_id = '`,
  ])('without its company does not pass: %s', (sql) => {
    expect(() => requireCompany(sql)).toThrow(/without its company/);
  });

  it.each([
    'select * from app_user where company_id = $1 and id = $2',
    'select "d0".* from "directory" as "d0" where "d0"."company_id" = $1',
    'select 1 from app_user u join team_membership m on m.company_id = u.company_id where u.company_id = $1',
    'select 1 from role r where u.company_id = r.company_id',
    'insert into "role" ("company_id", "id") values ($1, $2)',
    'select * from company where slug = $1',
    `select jsonb_build_object('role', key) from operator_key`,
    `insert into "project" ("id", "company_id", "name") values ('1', '2', 'It''s from role x')`,
    `insert into "project" ("id", "company_id", "name") values ('1', '2', E'\\\\'' from role x')`,
  ])('with its company, or of no company, passes: %s', (sql) => {
    expect(() => requireCompany(sql)).not.toThrow();
  });
});

describe('the guard', () => {
  let bed: CompanyBed;
  beforeAll(async () => {
    bed = await CompanyBed.open();
  });
  afterAll(() => bed?.close());

  it('knows every table of the database', async () => {
    const { rows } = await bed.owner.query<{ name: string; tenant: boolean }>(
      `select t.table_name as name, exists (select from information_schema.columns c where c.table_schema = 'public'
         and c.table_name = t.table_name and c.column_name = 'company_id') as tenant
       from information_schema.tables t where t.table_schema = 'public' and t.table_name not like 'mikro_orm%'
         and t.table_name !~ '^request_log_([0-9]{8}|default)$'`,
    );
    const named = (tenant: boolean) => rows.filter((row) => row.tenant === tenant).map(({ name }) => name);
    expect(named(true).sort()).toEqual([...TENANT_TABLES].sort());
    expect(named(false).sort()).toEqual([...GLOBAL_TABLES].sort());
  });

  it('stands before the driver, for typed SQL and for the entity manager', async () => {
    const id = newId();
    const crossing = compileNow((db) => db.selectFrom('app_user').select('id').where('id', '=', id));
    await expect(bed.db.run(crossing)).rejects.toThrow(/without its company/);
    await expect(bed.db.em.find(Role, { id })).rejects.toThrow(/without its company/);
    await expect(bed.db.em.count(Role)).rejects.toThrow(/without its company/);
    await expect(bed.db.em.nativeUpdate(Role, { id }, { name: 'x' })).rejects.toThrow(/without its company/);
    await expect(bed.db.em.execute('delete from role')).rejects.toThrow(/without its company/);
    await expect(bed.db.em.execute('delete from role where id = ?', [id])).rejects.toThrow(/without its company/);
    await expect(bed.db.inTransaction((tx) => tx.run(crossing))).rejects.toThrow(/without its company/);
    await expect(bed.db.em.stream(Role, { where: { id } }).next()).rejects.toThrow(/without its company/);
    expect(await bed.db.em.find(Role, { companyId: bed.companyId, id })).toEqual([]);
  });

  it('stands on the only way to the database: nobody else opens a connection or goes round it', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const files = globSync(['core-api/**/*.ts', 'gateway/**/*.ts', 'cli/**/*.ts', 'schema/**/*.ts', 'start.ts'], {
      cwd: root,
    });
    const sources = files.filter((file) => !/\.test\.ts$|\/testing\//.test(file));
    expect(sources.length).toBeGreaterThan(200);
    const used = (way: RegExp) => sources.filter((file) => way.test(readFileSync(root + file, 'utf8'))).sort();
    expect(Object.fromEntries(WAYS.map(({ way }) => [way.source, used(way)]))).toEqual(
      Object.fromEntries(WAYS.map(({ way, by }) => [way.source, by])),
    );
  });
});
