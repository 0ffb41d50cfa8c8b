import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import type { BatchOperation } from '../batch/batch-operation.js';
import { newId } from '../new-id.js';
import { type Services, servicesFor } from '../services.js';

/* Whatever somebody could come in by ends in the statement that takes access away. */

let bed: CompanyBed;
let directory: Awaited<ReturnType<CompanyBed['directory']>>;
let connectionId: string;
let owner: Services;
let idp: Services;
let user: string;

const services = (actor: Parameters<typeof servicesFor>[2]) => servicesFor(bed.db, MEANS, actor);

beforeAll(async () => {
  bed = await CompanyBed.open();
  directory = await bed.directory();
  owner = services(bed.program());
  idp = services(directory);
  connectionId = newId();
  await bed.owner.query(
    `insert into sso_connection (company_id, id, name, kind, config) values ($1, $2, 'IdP', 'SAML', '{}')`,
    [bed.companyId, connectionId],
  );
});
afterAll(() => bed?.close());
beforeEach(async () => {
  user = await bed.user({ directoryId: directory.directory.id });
});

const digest = () => createHash('sha256').update(newId()).digest();
const COMMON = 'company_id, id, user_id, expires_at';
const VALUES = `$1, $2, $3, now() + interval '1 hour'`;

/** Something of each kind by which the user could come in, past the product. @returns their ids, by table. */
async function everythingOf(userId: string) {
  const ids = {
    session: newId(),
    api_key: newId(),
    directory_token: newId(),
    one_time_token: newId(),
    sso_request: newId(),
  };
  const insert = (table: keyof typeof ids, columns: string, values: string, ...more: unknown[]) =>
    bed.owner.query(`insert into ${table} (${COMMON}, ${columns}) values (${VALUES}, ${values})`, [
      bed.companyId,
      ids[table],
      userId,
      ...more,
    ]);
  await insert('session', 'hash, hint, kind, method', `$4, 'rcu_…', 'COOKIE', 'SAML'`, digest());
  await insert('api_key', 'hash, hint, name, permissions', `$4, 'rck_…', 'My script', '{users:read}'`, digest());
  await insert(
    'directory_token',
    'hash, hint, name, scopes, kind, directory_id',
    `$4, 'rcs_…', 'Me', '{all}', 'BEARER', $5`,
    digest(),
    directory.directory.id,
  );
  await insert('one_time_token', 'hash, kind', `$4, 'MAGIC_LINK'`, digest());
  await insert(
    'sso_request',
    'connection_id, purpose, state_hash, browser_hash',
    `$5, 'STEP_UP', $4, $4`,
    digest(),
    connectionId,
  );
  return ids;
}

const END_OF: Record<keyof Awaited<ReturnType<typeof everythingOf>>, string> = {
  session: 'ended_at',
  api_key: 'revoked_at',
  directory_token: 'revoked_at',
  one_time_token: 'ended_at',
  sso_request: 'ended_at',
};

/** The tables in which something of the user still works. */
async function open(userId: string): Promise<string[]> {
  const { rows } = await bed.owner.query<{ name: string }>(
    Object.entries(END_OF)
      .map(([table, end]) => `select '${table}' as name from ${table} where user_id = $1 and ${end} is null`)
      .join(' union all '),
    [userId],
  );
  return rows.map(({ name }) => name).sort();
}

const ALL = Object.keys(END_OF).sort();
const replaceActive = (active: boolean) => [{ set: { active } }];

/** Two of a kind, which are written as a set. */
const together = async (operation: (id: string) => BatchOperation, id: string) => {
  const other = await bed.user({ directoryId: directory.directory.id });
  const results = await idp.batches.apply([operation(other), operation(id)]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
};

const WAYS: [string, (id: string) => Promise<unknown>][] = [
  ['a directory’s change', (id) => idp.users.change(id, replaceActive(false))],
  ['a replacement', (id) => idp.users.replace(id, { userName: `user-${id}`, active: false })],
  ['a deletion', (id) => idp.users.delete(id)],
  ['a batch', (id) => together((each) => ({ changeUser: { id: each, changes: replaceActive(false) } }), id)],
  ['a batch that deletes', (id) => together((each) => ({ deleteUser: { id: each } }), id)],
];

describe('losing access by', () => {
  it.each(WAYS)('%s ends all that the user could come in by, in the same transaction (L-03)', async (_how, lose) => {
    const ids = await everythingOf(user);
    const bystander = await bed.user({ directoryId: directory.directory.id });
    await everythingOf(bystander);
    expect(await open(user)).toEqual(ALL);

    await lose(user);

    expect(await open(user)).toEqual([]);
    expect(await open(bystander)).toEqual(ALL);
    const { rows } = await bed.owner.query<{ kind: string; object_id: string; user_id: string }>(
      `select e.kind, e.object_id, e.after ->> 'userId' as user_id from change e join change l on l.xid = e.xid and l.epoch = e.epoch
       where l.object_id = $1 and l.kind in ('user.deactivated', 'user.deleted') and e.object_type <> 'user' and e.object_type <> 'project'
       order by e.object_type`,
      [user],
    );
    expect(rows).toEqual([
      { kind: 'api_key.revoked', object_id: ids.api_key, user_id: user },
      { kind: 'directory_token.revoked', object_id: ids.directory_token, user_id: user },
      { kind: 'one_time_token.ended', object_id: ids.one_time_token, user_id: user },
      { kind: 'session.ended', object_id: ids.session, user_id: user },
      { kind: 'sso_request.ended', object_id: ids.sso_request, user_id: user },
    ]);
  });

  it('an admin’s deactivation of a local user does the same', async () => {
    const local = await bed.user();
    await everythingOf(local);

    await owner.users.deactivate(local);

    expect(await open(local)).toEqual([]);
  });

  it('the end of provisioning does the same for all that directories manage', async () => {
    await everythingOf(user);
    await bed.owner.query('update company set provisioning = true where id = $1', [bed.companyId]);

    await owner.provisioning.disable('DEACTIVATE');

    expect(await open(user)).toEqual([]);
    const ends = await bed.owner.query(`select 1 from change where after ->> 'userId' = $1 and before is not null`, [
      user,
    ]);
    expect(ends.rowCount).toBe(ALL.length);
  });
});

it('a change that takes no access away ends nothing', async () => {
  await everythingOf(user);

  await idp.users.change(user, [{ set: { title: 'T' } }]);

  expect(await open(user)).toEqual(ALL);
});

it('coming back brings none of it back (L-07)', async () => {
  await everythingOf(user);
  await idp.users.change(user, replaceActive(false));

  await idp.users.change(user, replaceActive(true));

  expect(await open(user)).toEqual([]);
});

it.each(WAYS)('a sign-in that %s has to wait for is ended by it', async (_how, lose) => {
  const client = await bed.owner.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from app_user where company_id = $1 and id = $2 for share', [bed.companyId, user]);
    await client.query(
      `insert into session (company_id, id, user_id, hash, hint, kind, method, expires_at)
       values ($1, $2, $3, $4, 'rcu_…', 'COOKIE', 'PASSWORD', now() + interval '1 hour')`,
      [bed.companyId, newId(), user, digest()],
    );
    const losing = lose(user);
    await expect
      .poll(
        async () =>
          (await bed.owner.query(`select 1 from pg_locks where not granted and locktype <> 'relation'`)).rowCount,
      )
      .toBeGreaterThan(0);
    await client.query('commit');
    await losing;
  } finally {
    await client.query('rollback');
    client.release();
  }

  expect(await open(user)).toEqual([]);
});

describe('the receipt', () => {
  const receipt = async (id = user) => {
    await bed.settled();
    return owner.offboardings.receipt(id);
  };

  it('lists what ended, when, and by which change', async () => {
    const ids = await everythingOf(user);
    await idp.users.change(user, replaceActive(false));

    const got = await receipt();

    expect(got).toMatchObject({
      userId: user,
      change: { kind: 'user.deactivated', actorKind: 'DIRECTORY_TOKEN', directoryId: null, objectId: user },
    });
    const { lostAt, ended } = got!;
    expect(ended.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'API_KEY', id: ids.api_key, what: 'My script', endedAt: lostAt },
      { kind: 'DIRECTORY_TOKEN', id: ids.directory_token, what: 'Me', endedAt: lostAt },
      { kind: 'ONE_TIME_TOKEN', id: ids.one_time_token, what: 'MAGIC_LINK', endedAt: lostAt },
      { kind: 'SESSION', id: ids.session, what: 'SAML', endedAt: lostAt },
      { kind: 'SIGN_IN', id: ids.sso_request, what: 'STEP_UP', endedAt: lostAt },
    ]);
  });

  it('of who is deleted afterwards tells of the deactivation, and of who came back of the last loss', async () => {
    expect(await receipt()).toBeNull();
    await everythingOf(user);
    await idp.users.change(user, replaceActive(false));
    await idp.users.change(user, replaceActive(true));
    const { session } = await everythingOf(user);
    await idp.users.change(user, replaceActive(false));
    const atLeave = await receipt();
    await idp.users.delete(user);

    const got = await receipt();

    expect(got).toEqual(atLeave);
    expect(got!.ended.filter(({ kind }) => kind === 'SESSION').map(({ id }) => id)).toEqual([session]);
  });

  it('is for who may read users and the log, and of the own company’s users', async () => {
    for (const permission of ['users:read', 'audit:read'] as const)
      await expect(services(bed.program(new Set([permission]))).offboardings.receipt(user)).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    const elsewhere = services(bed.program(undefined, await bed.anotherCompany()));
    for (const id of [user, newId(), 'none'])
      await expect(elsewhere.offboardings.receipt(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('what an erased person signed in with is gone', async () => {
  const { session } = await everythingOf(user);
  await bed.owner.query(
    `insert into sso_subject (company_id, connection_id, subject, user_id) values ($1, $2, 'ann@example.com', $3)`,
    [bed.companyId, connectionId, user],
  );
  await bed.owner.query(`update session set address = '198.51.100.7', user_agent = 'Ann’s phone' where user_id = $1`, [
    user,
  ]);
  await idp.users.delete(user);

  await owner.erasures.eraseUser(user);

  const { rows } = await bed.owner.query('select id, address, user_agent from session where user_id = $1', [user]);
  expect(rows).toEqual([{ id: session, address: null, user_agent: null }]);
  for (const table of ['sso_subject', 'one_time_token'])
    expect((await bed.owner.query(`select 1 from ${table} where user_id = $1`, [user])).rows).toEqual([]);
});
