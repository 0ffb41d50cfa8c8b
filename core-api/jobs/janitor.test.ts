import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { Janitor } from './janitor.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

async function token(directoryId: string, kind: string, expired: string, parentId: string | null = null) {
  const id = newId();
  await bed.owner.query(
    `insert into directory_token (company_id, id, directory_id, name, hash, hint, scopes, kind, parent_id, expires_at)
     values ($1, $2::uuid, $3, 'token', uuid_send($2::uuid), 'hint', '{}', $4, $5, now() - $6::interval)`,
    [bed.companyId, id, directoryId, kind, parentId, expired],
  );
  return id;
}

it('throws away what is over, and nothing else', async () => {
  const { directory } = await bed.directory();
  const client = await token(directory.id, 'CLIENT', '90 days');
  const bearer = await token(directory.id, 'BEARER', '90 days');
  const fresh = await token(directory.id, 'ACCESS', '23 hours', client);
  await token(directory.id, 'ACCESS', '25 hours', client);
  await bed.owner.query(
    `insert into conflict (company_id, id, directory_id, kind, object_type, at)
     select $1, gen_random_uuid(), $2, 'ADOPTED', 'user', now() - n * interval '1 day' from unnest(array[89, 91]) n`,
    [bed.companyId, directory.id],
  );
  await bed.owner.query(
    `insert into tolerance_count (company_id, directory_id, name, day, gateway_id, batch, count, last_at)
     select $1, $2, 'ALIAS', current_date - n, gen_random_uuid(), 1, 1, now() from unnest(array[29, 32]) n`,
    [bed.companyId, directory.id],
  );
  const connection = newId();
  await bed.owner.query(
    `insert into sso_connection (company_id, id, name, kind, status, config) values ($1, $2, 'sso', 'SAML', 'DRAFT', '{}')`,
    [bed.companyId, connection],
  );
  await bed.owner.query(
    `insert into sso_request (company_id, id, connection_id, purpose, state_hash, browser_hash, expires_at)
     select $1, gen_random_uuid(), $2, 'SIGN_IN', int4send(n), '', now() - n * interval '1 hour' from unnest(array[23, 25]) n`,
    [bed.companyId, connection],
  );
  await bed.owner.query(
    `insert into seen_assertion (company_id, connection_id, assertion_hash, expires_at)
     select $1, $2, int4send(n), now() + n * interval '1 minute' from unnest(array[-1, 1]) n`,
    [bed.companyId, connection],
  );
  await bed.owner.query(`create table request_log_20200101 partition of request_log
    for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00')`);
  const user = await bed.user({ deleted: true });
  const warn = vi.fn();

  await new Janitor({ db: bed.db, log: { warn } }).work();

  expect(warn).not.toHaveBeenCalled();
  const query = async (sql: string) => (await bed.owner.query(sql)).rows;
  const tokens = await query('select id from directory_token');
  expect(tokens.map(({ id }) => id).sort()).toEqual([client, bearer, fresh].sort());
  expect(await query('select 1 from conflict')).toHaveLength(1);
  expect(await query('select 1 from tolerance_count')).toHaveLength(1);
  expect(await query(`select expires_at > now() - interval '1 day' as kept from sso_request`)).toEqual([
    { kept: true },
  ]);
  expect(await query(`select expires_at > now() as kept from seen_assertion`)).toEqual([{ kept: true }]);
  expect(await query(`select to_regclass('request_log_20200101') as gone`)).toEqual([{ gone: null }]);
  expect(await query(`select id from app_user where id = '${user}'`)).toHaveLength(1);
});

it('makes the days that are missing of the request log, with what came before they were there', async () => {
  const query = async (sql: string) => (await bed.owner.query(sql)).rows;
  const days = `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'request_log'::regclass order by 1`;
  await query('select maintain_request_log()');
  const all = await query(days);
  const today = `request_log_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  await query(`drop table ${all.map(({ name }) => name).filter((name) => name !== 'request_log_default')}`);
  const write = (at: string) =>
    bed.owner.query(
      `insert into request_log (company_id, at, id, request_id, method, path, status, duration_ms, request_body)
       values ($1, ${at}, gen_random_uuid(), 'r', 'GET', '/', 200, 1, 'kept')`,
      [bed.companyId],
    );
  await write('now()');
  await write(`now() - interval '1 day'`);
  await write(`now() - interval '20 days'`);
  await write(`now() - interval '40 days'`);
  await write(`now() + interval '9 days'`);

  const warn = vi.fn();
  await Promise.all([1, 2].map(() => new Janitor({ db: bed.db, log: { warn } }).work()));

  expect(warn).not.toHaveBeenCalled();
  expect(await query(days)).toEqual(all);
  expect(await query(`select count(*)::int as n from only ${today} where request_body = 'kept'`)).toEqual([{ n: 1 }]);
  expect(await query('select count(*)::int as n from only request_log_default')).toEqual([{ n: 2 }]);
  expect(await query('select count(*)::int as n from request_log')).toEqual([{ n: 4 }]);
  const indexes = `select count(*)::int as n from pg_index i where i.indrelid = '${today}'::regclass`;
  expect(await query(indexes)).toEqual([{ n: 3 }]);
});

it('goes on when something fails, and says what', async () => {
  await bed.owner.query(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
    create trigger refuse before delete on conflict for each statement execute function refuse()`);
  const { directory } = await bed.directory();
  const client = await token(directory.id, 'CLIENT', '90 days');
  const old = await token(directory.id, 'ACCESS', '25 hours', client);
  const warn = vi.fn();

  await new Janitor({ db: bed.db, log: { warn } }).work();

  expect(warn).toHaveBeenCalledWith(
    expect.objectContaining({ companyId: bed.companyId, job: 'janitor' }),
    expect.any(String),
  );
  expect((await bed.owner.query('select 1 from directory_token where id = $1', [old])).rows).toEqual([]);
  await bed.owner.query('drop trigger refuse on conflict; drop function refuse()');
});

it('cleans up when it starts, and stops in order', async () => {
  bed.statements.length = 0;
  const janitor = new Janitor({ db: bed.db, log: { warn: vi.fn() } });
  janitor.start();
  await expect.poll(() => bed.statements.some((sql) => sql.includes('maintain_request_log'))).toBe(true);
  await janitor.stop();
  const count = bed.statements.length;
  await bed.owner.query('select 1');
  expect(bed.statements).toHaveLength(count);
});
