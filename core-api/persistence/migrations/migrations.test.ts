import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';
import { GLOBAL_TABLES } from '../company-guard.js';
import { ENTITIES } from '../entities/index.js';
import { migrate } from '../migrate.js';

describe('the migrated database', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  it('has the columns that the entities say, no more and no fewer', async () => {
    const orm = await MikroORM.init({ entities: [...ENTITIES], clientUrl: database.ownerUrl });
    const wanted = await orm.schema.getUpdateSchemaSQL();
    await orm.close();
    // Collations, identities, and what else stands in the migrations only, show as changes of the same type.
    const lines = wanted.split('\n').map((line) => line.trim());
    expect(
      lines.filter((line) => /\b(add|drop) column\b|create table|drop table|set not null|drop not null/.test(line)),
    ).toEqual([]);
    expect(lines.filter((line) => / type /.test(line) && !/ type text using /.test(line))).toEqual([]);
  });

  it('runs nothing twice', async () => {
    const again = await migrate({ ownerUrl: database.ownerUrl, appRole: new URL(database.appUrl).username });
    expect(again.migrations).toEqual([]);
  });

  it('cascades nothing, has the company first in every key of a tenant table, and in every foreign key between two', async () => {
    const { rows: cascading } = await owner.query(
      `select conname from pg_constraint where contype = 'f' and confdeltype <> 'r'`,
    );
    expect(cascading).toEqual([]);
    const { rows: keys } = await owner.query<{ index: string; first: string }>(
      `select i.indexrelid::regclass::text as index, a.attname as first
         from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_am m on m.oid = (select relam from pg_class where oid = i.indexrelid)
         left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where n.nspname = 'public' and m.amname = 'btree' and c.relname <> all($1)`,
      [[...GLOBAL_TABLES, 'mikro_orm_migrations']],
    );
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter(({ first }) => first !== 'company_id')).toEqual([]);
    const { rows: references } = await owner.query<{ name: string; columns: string[] }>(
      `select conname as name, array(select attname::text from pg_attribute where attrelid = conrelid and attnum = any(conkey)) as columns
         from pg_constraint where contype = 'f' and conrelid::regclass::text <> all($1)`,
      [GLOBAL_TABLES],
    );
    expect(references.filter(({ columns }) => !columns.includes('company_id'))).toEqual([]);
  });

  it('tells the planner nothing about companies, which stand first in every index', async () => {
    const { rows } = await owner.query(
      `select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind = 'r' and a.attname = 'company_id' and a.attstattarget is distinct from 0`,
    );
    expect(rows).toEqual([]);
  });

  it('lets the application read and append the change log, and nothing else', async () => {
    const { rows } = await owner.query(
      `select privilege_type from information_schema.role_table_grants where table_name = 'change' and grantee = $1 order by 1`,
      [new URL(database.appUrl).username],
    );
    expect(rows.map((row) => row.privilege_type)).toEqual(['INSERT', 'SELECT']);
  });

  it('begins a new epoch of positions when the transaction ids have gone back, as after a restore', async () => {
    await owner.query(
      `insert into company (id, name, slug, policies) values ('0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee', 'x', 'x', '{}')`,
    );
    await owner.query(
      `insert into change (company_id, xid, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       values ('0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee', '9000000000', 'SYSTEM', '0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee', 'x', 'SYSTEM', 'x', 'x', '0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee')`,
    );
    await migrate({ ownerUrl: database.ownerUrl, appRole: new URL(database.appUrl).username });
    const { rows } = await owner.query('select current_change_epoch() as epoch');
    expect(rows).toEqual([{ epoch: 2 }]);
  });

  it('finds the newest changes without reading the whole log', async () => {
    await owner.query(
      `with c as (insert into company (id, name, slug, policies) values (gen_random_uuid(), 'long', 'long', '{}') returning id)
       insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       select c.id, 'SYSTEM', c.id, 'x', 'SYSTEM', 'x', 'x', c.id from c, generate_series(1, 20000)`,
    );
    await owner.query('vacuum analyze change');
    const { rows } = await owner.query<{ 'QUERY PLAN': string }>(
      'explain select 1 from change c where c.no > (select last_value - 100 from change_no_seq)',
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('change_newest');
  });
});
