import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';
import type { BatchOperation } from './batch-operation.js';
import { BatchService } from './batch-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const batchesOf = (actor: CompanyActor) =>
  new BatchService(bed.db, actor, { users: new UserService(bed.db, actor), teams: new TeamService(bed.db, actor) });

let counted = 0;
const names = (count: number) => Array.from({ length: count }, () => `user-${++counted}@acme.example`);
const creating = (userNames: readonly string[]): BatchOperation[] =>
  userNames.map((userName) => ({ createUser: { userName, emails: [{ value: userName }] } }));
const deleting = (ids: readonly string[]): BatchOperation[] => ids.map((id) => ({ deleteUser: { id } }));
const told = (results: readonly { ok: boolean; code: string | null }[]) =>
  results.map(({ ok, code }) => (ok ? 'ok' : code));

async function statementsOf<T>(work: () => Promise<T>): Promise<{ result: T; statements: number }> {
  bed.statements.length = 0;
  const result = await work();
  return { result, statements: bed.statements.length };
}

const versionsOf = async (table: 'app_user' | 'team', ids: readonly string[]) =>
  (await bed.owner.query(`select version from ${table} where id = any($1) order by id`, [ids])).rows.map(
    (r) => r.version,
  );

describe('a batch', () => {
  it('does each operation in order, and tells id and version', async () => {
    const [ann, bob] = names(2);
    const batches = batchesOf(bed.program());
    const [made] = await batches.apply(creating([ann!]));
    const id = made!.id!;

    const results = await batches.apply([
      { changeUser: { id, changes: [{ set: { title: 'A' } }] } },
      { replaceUser: { id, userName: ann!, title: 'B', expectedVersion: 2 } },
      { createTeam: { displayName: `Team of ${ann}`, members: [id] } },
      { createUser: { userName: bob! } },
      { changeUser: { id, changes: [{ set: { title: 'C' } }], expectedVersion: 1 } },
      { deleteUser: { id } },
      { deleteUser: { id } },
    ]);

    expect(made).toEqual({ index: 0, ok: true, id, version: 1, code: null, field: null, message: null });
    expect(results.map(({ index, ok, version, code }) => [index, ok ? version : code])).toEqual([
      [0, 2],
      [1, 3],
      [2, 1],
      [3, 1],
      [4, 'VERSION_MISMATCH'],
      [5, null],
      [6, 'NOT_FOUND'],
    ]);
    const team = results[2]!.id!;
    expect(await bed.changesOf(team)).toMatchObject([
      { kind: 'team.created' },
      { kind: 'team.member_added', after: { userId: id } },
      { kind: 'team.member_removed', before: { userId: id } },
    ]);
  });

  it.each([
    [1, 2],
    [2, 4],
    [3, 6],
    [4, 6],
  ])('stops after %i refusals, and what was not tried was not done', async (failOnErrors, tried) => {
    const [taken, other] = names(2);
    const batches = batchesOf(bed.program());
    await batches.apply(creating([taken!, other!]));
    const [a, b, c] = names(3);

    const results = await batches.apply(creating([a!, taken!, b!, other!, c!, taken!]), failOnErrors);

    expect(told(results)).toEqual(['ok', 'UNIQUENESS', 'ok', 'UNIQUENESS', 'ok', 'UNIQUENESS'].slice(0, tried));
    const { rows } = await bed.owner.query('select user_name from app_user where user_name = any($1) order by id', [
      [a, b, c],
    ]);
    expect(rows.map(({ user_name }) => user_name)).toEqual([a, b, c].slice(0, Math.ceil(tried / 2)));
  });

  it('does nothing at all when it was translated by another profile, also not what does not say by which', async () => {
    const directory = await bed.directory();
    const [id] = await bed.users(1, { directoryId: directory.directory.id });
    const [name] = names(1);

    const batch = batchesOf(directory).apply([
      ...deleting([id!]),
      { createUser: { userName: name!, profileVersion: 7 } },
    ]);

    await expect(batch).rejects.toMatchObject({ code: 'PROFILE_CHANGED' });
    expect(await versionsOf('app_user', [id!])).toEqual([1]);
  });

  it('tells each operation that it may not', async () => {
    const [id] = await bed.users(1);
    const program = batchesOf(bed.program(new Set(['users:read', 'users:write', 'teams:read'])));

    const results = await program.apply([
      { createTeam: { displayName: 'Mine' } },
      { createTeam: { displayName: 'Too' } },
      ...deleting([id!]),
    ]);

    expect(told(results)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'ok']);
  });

  it('refuses more than 1,000 operations and a failOnErrors below 1, before doing anything', async () => {
    const batches = batchesOf(bed.program());
    const [id] = await bed.users(1);

    await expect(batches.apply(deleting(new Array<string>(1001).fill(id!)))).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: 'operations' },
    });
    await expect(batches.apply(deleting([id!]), 0)).rejects.toMatchObject({ details: { field: 'failOnErrors' } });
    expect(await versionsOf('app_user', [id!])).toEqual([1]);
  });

  it('never takes the last owner, also not when an owner comes back in the same batch', async () => {
    const companyId = await bed.anotherCompany();
    const roleId = newId();
    await bed.owner.query(
      `insert into role (company_id, id, key, name, permissions, rank, grantable_by_directory) values ($1, $2, 'owner', 'Owner', '{}', 100, false)`,
      [companyId, roleId],
    );
    const batches = batchesOf(bed.program(undefined, companyId));
    const made = await batches.apply([
      ...creating(names(2)),
      { createUser: { userName: names(1)[0]!, active: false } },
    ]);
    const [ann, bob, cid] = made.map(({ id }) => id!);
    for (const userId of [ann, bob, cid])
      await bed.owner.query(
        `insert into role_assignment (company_id, user_id, role_id, source) values ($1, $2, $3, 'DIRECT')`,
        [companyId, userId, roleId],
      );
    const active = (id: string, value: boolean): BatchOperation => ({
      changeUser: { id, changes: [{ set: { active: value } }] },
    });

    expect(told(await batches.apply([active(ann!, false), active(bob!, false), active(cid!, true)]))).toEqual([
      'ok',
      'LAST_OWNER',
      'ok',
    ]);
    expect(told(await batches.apply(deleting([bob!, cid!])))).toEqual(['ok', 'LAST_OWNER']);
  });
});

describe('1,000 operations of one kind', () => {
  const COUNT = 1_000;
  const directoryUsers = async () => {
    const directory = await bed.directory({ roleAttribute: 'userType', unknownRoles: 'IGNORE', roleSource: 'BOTH' });
    const results = await batchesOf(directory).apply(creating(names(COUNT)));
    return { directory, ids: results.map(({ id }) => id!) };
  };

  it.each([
    ['a directory', () => bed.directory(), 1],
    ['a directory whose attribute grants roles', () => bed.directory({ roleAttribute: 'userType' }), 2],
    ['a program', async () => bed.program(), 1],
  ])('users that %s creates', async (_, actor, budget) => {
    const batches = batchesOf(await actor());

    const { result, statements } = await statementsOf(() => batches.apply(creating(names(COUNT))));

    expect(result.every(({ ok, version }) => ok && version === 1)).toBe(true);
    expect(statements).toBe(budget);
  });

  it('users that change or are replaced', async () => {
    const { directory, ids } = await directoryUsers();
    const { rows } = await bed.owner.query('select user_name from app_user where id = any($1) order by id', [ids]);
    const operations = ids.map(
      (id, place): BatchOperation =>
        place % 2 === 0
          ? { changeUser: { id, changes: [{ addValues: { attribute: 'emails', values: [{ value: 'b@c' }] } }] } }
          : { replaceUser: { id, userName: rows[place].user_name, title: 'Dr.' } },
    );

    const { result, statements } = await statementsOf(() => batchesOf(directory).apply(operations));

    expect(result.every(({ ok, version }) => ok && version === 2)).toBe(true);
    expect(statements).toBe(3);
  });

  it('users that are deactivated, then deleted, with the teams that they are in', async () => {
    const { directory, ids } = await directoryUsers();
    const batches = batchesOf(directory);
    const [team] = await batches.apply([{ createTeam: { displayName: newId(), members: ids } }]);
    const off = ids.map((id): BatchOperation => ({ changeUser: { id, changes: [{ set: { active: false } }] } }));

    expect((await statementsOf(() => batches.apply(off))).statements).toBe(3);
    expect((await statementsOf(() => batches.apply(deleting(ids)))).statements).toBe(3);
    expect(await bed.membersOf(team!.id!)).toEqual([]);
    expect((await bed.changesOf(ids[0]!)).map(({ kind }) => kind)).toEqual([
      'user.created',
      'user.deactivated',
      'user.deleted',
    ]);
  });

  it('teams that are created with members', async () => {
    const { directory, ids } = await directoryUsers();
    const operations = ids.map((id): BatchOperation => ({ createTeam: { displayName: newId(), members: [id] } }));

    const { result, statements } = await statementsOf(() => batchesOf(directory).apply(operations));

    expect(result.every(({ ok }) => ok)).toBe(true);
    expect(statements).toBe(1);
  });

  it('members of one team that come and go, whose version rises once', async () => {
    const { directory, ids } = await directoryUsers();
    const batches = batchesOf(directory);
    const [team] = await batches.apply([{ createTeam: { displayName: newId(), members: ids.slice(0, 500) } }]);
    const operations = ids.map(
      (userId, place): BatchOperation => ({
        changeTeam: { id: team!.id!, changes: [place < 500 ? { removeMembers: [userId] } : { addMembers: [userId] }] },
      }),
    );

    const { result, statements } = await statementsOf(() => batches.apply(operations));

    expect(result.every(({ ok, version }) => ok && version === 2)).toBe(true);
    expect(statements).toBe(3);
    expect(await bed.membersOf(team!.id!)).toEqual(ids.slice(500).sort());
    expect(await bed.changesOf(team!.id!)).toHaveLength(1 + 500 + 1_000);
  });

  it('users of which one is refused, after which the batch stops', async () => {
    const directory = await bed.directory();
    const all = names(COUNT);
    await batchesOf(directory).apply(creating([all[400]!]));

    const { result, statements } = await statementsOf(() => batchesOf(directory).apply(creating(all), 1));

    expect(result).toHaveLength(401);
    expect(result.at(-1)).toMatchObject({ ok: false, code: 'UNIQUENESS', field: 'userName' });
    // The set that is undone, the set up to there, and the one: its insert, and who has its name.
    expect(statements).toBe(4);
  });
});
