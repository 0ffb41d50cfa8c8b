import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { verifyLog } from '../change/log-verifier.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';
import { ErasureService } from './erasure-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const sealed = async () => {
  await new LogFollower({ db: bed.db, log: { warn: () => undefined }, consumers: [] }).follow();
  return (await verifyLog(bed.db, bed.companyId)).unsealedRows;
};

/** Somebody whose name is nowhere else, with a life behind them. */
async function leaver(actor: CompanyActor) {
  const users = new UserService(bed.db, actor);
  const canary = `canary-${newId()}`;
  const { user } = await users.create({
    userName: canary,
    displayName: `${canary} display`,
    name: { givenName: canary, familyName: canary },
    externalId: canary,
    emails: [{ value: `${canary}@example.com`, type: 'work' }],
    extensions: [{ urn: 'urn:example:a', values: { badge: canary } }],
  });
  await users.change(user.id, [{ set: { title: `${canary} title` } }]);
  await new TeamService(bed.db, actor).create({ displayName: `Team ${newId()}`, members: [user.id] });
  return { id: user.id, canary, users };
}

/** Tables in which a text is found, whatever the column. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows: tables } = await bed.owner.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await bed.owner.query(`select from ${name} t where strpos(t::text, $1) > 0 limit 1`, [text]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe('E-07: erasing a person', () => {
  it('leaves nothing of it in any table, and a log that still verifies', async () => {
    const actor = { ...(await bed.directory()), requestId: `request-${newId()}` };
    const { id, canary, users } = await leaver(actor);
    await users.delete(id);
    await bed.owner.query(
      `insert into request_log (company_id, at, id, request_id, method, path, status, duration_ms, request_body, response_body, error)
       values ($1, now(), gen_random_uuid(), $2, 'POST', '/Users', 201, 1, $3, $3, null),
              ($1, now(), gen_random_uuid(), 'other', 'GET', $4, 200, 1, null, $3, $3),
              ($1, now(), gen_random_uuid(), 'third', 'GET', '/Users/x?count=1', 200, 1, null, 'untouched', null)`,
      [bed.companyId, actor.requestId, `{"userName":"${canary}"}`, `/Users/${id}?filter=userName eq "${canary}"`],
    );
    await bed.owner.query(
      `insert into conflict (company_id, id, directory_id, kind, object_type, object_id, details)
       values ($1, gen_random_uuid(), $2, 'ADOPTED', 'user', $3, $4)`,
      [bed.companyId, actor.directory.id, id, { overwritten: { displayName: canary } }],
    );
    await expect.poll(sealed, { interval: 20, timeout: 15_000 }).toBe(0);
    expect(await tablesWith(canary)).toEqual(expect.arrayContaining(['app_user', 'change', 'conflict', 'request_log']));
    const before = await bed.changesOf(id);

    const erasure = await new ErasureService(bed.db, bed.program()).eraseUser(id);

    expect(await tablesWith(canary)).toEqual([]);
    expect(erasure).toEqual({ id, emptiedChanges: before.length, emptiedConflicts: 1, emptiedRequests: 2 });
    const after = await bed.changesOf(id);
    expect(after.map(({ kind }) => kind)).toEqual([...before.map(({ kind }) => kind), 'user.erased']);
    for (const change of after.slice(0, -1)) expect(change).toMatchObject({ before: null, after: null });
    await expect.poll(sealed, { interval: 20, timeout: 15_000 }).toBe(0);
    expect((await verifyLog(bed.db, bed.companyId)).broken).toBeNull();
    const { rows } = await bed.owner.query(`select response_body from request_log where request_id = 'third'`);
    expect(rows).toEqual([{ response_body: 'untouched' }]);
  });

  it('finds it where only its names are told: in what was refused, looked for, or sent for a team; also former names', async () => {
    const actor = await bed.directory();
    const { id, canary, users } = await leaver(actor);
    const former = `Former-${newId()}@Example.com`;
    await users.change(id, [{ set: { userName: former } }]);
    await users.change(id, [{ set: { userName: `now-${canary}` } }]);
    await users.delete(id);
    const log = async (
      requestId: string,
      path: string,
      body: string | null,
      daysAgo = 0,
      answer: string | null = null,
    ) =>
      bed.owner.query(
        `insert into request_log (company_id, at, id, request_id, method, path, status, duration_ms, request_body, response_body)
         values ($1, now() - make_interval(days => $5), gen_random_uuid(), $2, 'POST', $3, 409, 1, $4, $6)`,
        [bed.companyId, requestId, path, body, daysAgo, answer],
      );
    const json = (name: string) => JSON.stringify({ userName: name.toUpperCase() });
    await log('refused', '/Users', json(canary));
    await log('older', '/Users', json(former), 20);
    await log('team', '/Groups/1', `{"members":[{"value":"${id.toUpperCase()}"}]}`);
    await log('list', '/Users', `{"emails": ["${canary}@example.com"]}`);
    await log('told', '/Users', null, 0, JSON.stringify({ detail: `The userName "${canary}" is taken.` }));
    await log('search', `/Users?filter=userName%20eq%20%22${encodeURIComponent(former)}%22`, null);
    await log('plus', `/Users?filter=userName+eq+"${canary}"`, null);
    await log('address', `/Users/${encodeURIComponent(former)}`, null);
    await log('namesake', '/Users', JSON.stringify({ userName: `other-${canary}x`, op: 'add' }));
    await bed.owner.query(
      `insert into conflict (company_id, id, directory_id, kind, object_type, object_id, details)
       values ($1, gen_random_uuid(), $2, 'UNKNOWN_MEMBER', 'team', gen_random_uuid(), $3)`,
      [bed.companyId, actor.directory.id, { members: [`${canary}@example.com`] }],
    );
    const kept = { object: 'user', id, name: canary, userId: null, reason: 'CHANGED_LATER' };
    const untouched = { ...kept, id: newId(), name: 'Somebody else' };
    await bed.owner.query(
      `insert into sync_run (company_id, id, directory_id, status, started_at, last_at, from_epoch, from_xid, from_no,
         through_epoch, through_xid, through_no, report)
       values ($1, gen_random_uuid(), $2, 'REVERTED', now(), now(), 0, '1', 1, 0, '1', 1, $3)`,
      [bed.companyId, actor.directory.id, { restored: {}, kept: [untouched, kept], keptCount: 2 }],
    );

    expect(await new ErasureService(bed.db, bed.program()).eraseUser(id)).toMatchObject({
      emptiedConflicts: 1,
      emptiedRequests: 8,
    });

    const kin = await bed.owner.query(
      `delete from request_log where request_id = 'namesake' returning request_body as body`,
    );
    expect(kin.rows).toEqual([{ body: expect.stringContaining(canary) }]);
    expect(await tablesWith(canary)).toEqual([]);
    expect(await tablesWith(former)).toEqual([]);
    const { rows } = await bed.owner.query('select path from request_log where request_id = any($1) order by path', [
      ['search', 'address'],
    ]);
    expect(rows).toEqual([{ path: '/Users' }, { path: '/Users/***' }]);
    const { rows: runs } = await bed.owner.query('select report from sync_run');
    expect(runs).toEqual([{ report: { restored: {}, kept: [untouched, { ...kept, name: '' }], keptCount: 2 } }]);
  });

  it('what an erased row still says cannot be rewritten', async () => {
    const companyId = await bed.anotherCompany();
    const actor = bed.program(undefined, companyId);
    const users = new UserService(bed.db, actor);
    const { user } = await users.create({ userName: newId() });
    await users.delete(user.id);
    const unsealed = async () => {
      await new LogFollower({ db: bed.db, log: { warn: () => undefined }, consumers: [] }).follow();
      return (await verifyLog(bed.db, companyId)).unsealedRows;
    };
    await expect.poll(unsealed, { interval: 20, timeout: 15_000 }).toBe(0);
    await new ErasureService(bed.db, actor).eraseUser(user.id);
    expect((await verifyLog(bed.db, companyId)).broken).toBeNull();

    await bed.owner.query(`update change set kind = 'user.changed' where object_id = $1 and kind = 'user.created'`, [
      user.id,
    ]);

    expect((await verifyLog(bed.db, companyId)).broken).toMatchObject({ kind: 'OTHER_ROWS' });
  });

  it('a second time changes nothing and leaves no entry', async () => {
    const { id, users } = await leaver(bed.program());
    await users.delete(id);
    const erasures = new ErasureService(bed.db, bed.program());
    await erasures.eraseUser(id);
    const before = await bed.changesOf(id);

    expect(await erasures.eraseUser(id)).toEqual({ id, emptiedChanges: 0, emptiedConflicts: 0, emptiedRequests: 0 });
    expect(await bed.changesOf(id)).toEqual(before);
  });

  it('nobody comes back as an erased user', async () => {
    const directory = await bed.directory({ reviveBy: 'USER_NAME' });
    const { id, users } = await leaver(directory);
    await users.delete(id);
    await new ErasureService(bed.db, bed.program()).eraseUser(id);

    for (const userName of ['erased', 'ERASED']) {
      const made = await users.create({ userName });
      expect(made.user.id).not.toBe(id);
      await users.delete(made.user.id);
      await new ErasureService(bed.db, bed.program()).eraseUser(made.user.id);
    }
  });

  it('is refused for a user that was not deleted, for one of another company, and to whoever is no owner', async () => {
    const { id, users } = await leaver(bed.program());
    const by = (actor: CompanyActor) => new ErasureService(bed.db, actor).eraseUser(id);
    await expect(by(bed.program())).rejects.toMatchObject({ code: 'INVALID_VALUE', details: { field: 'id' } });
    await users.delete(id);
    const stranger = bed.program(undefined, await bed.anotherCompany());
    await expect(by(stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(by(bed.program(new Set(['users:write', 'audit:read'] as const)))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await bed.changesOf(id)).map(({ kind }) => kind)).not.toContain('user.erased');
  });
});
