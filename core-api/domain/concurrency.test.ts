import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind, untilSomeoneWaits } from '#test/support/behind.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { DomainError } from './errors.js';
import { newId } from './new-id.js';
import { ProjectService } from './project/project-service.js';
import { RoleService } from './role/role-service.js';
import { TeamService } from './team/team-service.js';
import { UserService } from './user/user-service.js';

/* What several requests at once come to: some order of them, and a log that tells the same story. */

let bed: CompanyBed;
let users: UserService;
let teams: TeamService;
let roles: RoleService;
let ownerRole: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const program = bed.program();
  users = new UserService(bed.db, program);
  teams = new TeamService(bed.db, program);
  roles = new RoleService(bed.db, program);
  ownerRole = newId();
  await bed.owner.query(
    `insert into role (company_id, id, key, name, permissions, rank, grantable_by_directory) values ($1, $2, 'owner', 'Owner', '{}', 100, false)`,
    [bed.companyId, ownerRole],
  );
});
afterAll(() => bed?.close());

let counted = 0;
const aName = () => `user-${++counted}@acme.example`;
const times = <T>(count: number, work: (i: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => work(i)));
const codesOf = (results: PromiseSettledResult<unknown>[]) =>
  results
    .map((result) => (result.status === 'fulfilled' ? 'OK' : ((result.reason as DomainError).code ?? result.reason)))
    .sort();
const kindsOf = async (id: string) => (await bed.changesOf(id)).map(({ kind }) => kind);

const count = async (sql: string, ...values: string[]) =>
  (await bed.owner.query<{ n: number }>(`select count(*)::int as n from ${sql}`, [bed.companyId, ...values])).rows[0]!
    .n;

describe('one user', () => {
  it.each(['a program', 'a directory'])('is made once when %s creates it 50 times at once (C-01)', async (who) => {
    const service = who === 'a program' ? users : new UserService(bed.db, await bed.directory());
    const userName = aName();

    const results = await times(50, () => service.create({ userName, externalId: userName }));

    expect(codesOf(results)).toEqual(['OK', ...Array(49).fill('UNIQUENESS')]);
    const made = await users.findByUserName(userName);
    expect(await kindsOf(made!.id)).toEqual(['user.created']);
  });

  it('is replaced once by those that expect the same version (C-04)', async () => {
    const { user } = await users.create({ userName: aName() });

    const results = await times(20, (i) =>
      users.replace(user.id, { userName: user.userName, title: `Title ${i}` }, { expectedVersion: 1 }),
    );

    expect(codesOf(results)).toEqual(['OK', ...Array(19).fill('VERSION_MISMATCH')]);
    expect(await kindsOf(user.id)).toEqual(['user.created', 'user.changed']);
  });

  it('does not come back when it is changed and deleted at once (C-05)', async () => {
    for (let round = 0; round < 30; round++) {
      const { user } = await users.create({ userName: aName() });

      const [deleted, ...changed] = await Promise.allSettled([
        users.delete(user.id),
        users.change(user.id, [{ set: { title: 'A' } }]),
        users.deactivate(user.id),
      ]);

      expect(codesOf([deleted])).toEqual(['OK']);
      for (const code of codesOf(changed)) expect(['OK', 'NOT_FOUND']).toContain(code);
      await expect(users.get(user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await kindsOf(user.id)).at(-1)).toBe('user.deleted');
    }
  });
});

describe('one team', () => {
  it('has everyone who was added by 100 requests at once (C-02)', async () => {
    const members = (await bed.users(100)).sort();
    const { id } = (await teams.create({ displayName: newId() })).team;

    const results = await times(100, (i) => teams.change(id, [{ addMembers: [members[i]!] }]));

    expect(codesOf(results)).toEqual(Array(100).fill('OK'));
    expect(await bed.membersOf(id)).toEqual(members);
  });

  it('adds and removes one member 200 times as in some order, and the log tells which (C-03)', async () => {
    const user = await bed.user();
    const { id } = (await teams.create({ displayName: newId() })).team;

    const results = await times(200, (i) =>
      teams.change(id, [i % 2 ? { addMembers: [user] } : { removeMembers: [user] }]),
    );

    expect(codesOf(results)).toEqual(Array(200).fill('OK'));
    const story = (await bed.changesOf(id)).slice(1).map(({ kind }) => kind);
    expect(story).toEqual(story.map((_, i) => (i % 2 ? 'team.member_removed' : 'team.member_added')));
    expect(await bed.membersOf(id)).toHaveLength(story.length % 2);
    expect((await teams.get(id)).version).toBe(1 + story.length);
  });

  it('is patched while its members are deleted, without deadlock or orphan (C-06)', async () => {
    const members = await bed.users(60);
    const joiners = await bed.users(60);
    const made = await Promise.all(
      [1, 2, 3].map(async () => (await teams.create({ displayName: newId(), members })).team.id),
    );

    const results = await times(60, async (i) => {
      await Promise.all([
        users.delete(members[i]!),
        teams.change(made[i % 3]!, [{ addMembers: [joiners[i]!] }, { removeMembers: [members[(i * 7) % 60]!] }]),
        teams.change(made[(i + 1) % 3]!, [{ addMembers: [members[(i * 11) % 60]!, joiners[i]!] }]),
      ]);
    });

    expect(codesOf(results)).toEqual(Array(60).fill('OK'));
    expect(
      await count(
        `team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
         where m.company_id = $1 and u.deleted_at is not null`,
      ),
    ).toBe(0);
  });
});

describe('deleting a user', () => {
  it.each(['team_membership', 'role_assignment', 'project_access'])(
    'ends the %s that was given while it waited',
    async (table) => {
      const user = await bed.user();
      const { id: team } = (await teams.create({ displayName: newId() })).team;
      const role = await roles.create({ key: `r-${newId()}`, name: 'R', permissions: [], rank: 1 });
      const project = await new ProjectService(bed.db, bed.program()).create({ key: `p-${newId()}`, name: 'P' });
      const [columns, values] = {
        team_membership: ['team_id', [team]],
        role_assignment: ['role_id, source', [role.id, 'DIRECT']],
        project_access: ['project_id, id', [project.id, newId()]],
      }[table] as [string, string[]];
      const places = values.map((_, i) => `$${i + 3}`);

      await behind(
        bed,
        [
          ['select 1 from app_user where company_id = $1 and id = $2 for share', [bed.companyId, user]],
          [
            `insert into ${table} (company_id, user_id, ${columns}) values ($1, $2, ${places})`,
            [bed.companyId, user, ...values],
          ],
        ],
        () => users.delete(user),
      );

      expect(await count(`${table} where company_id = $1 and user_id = $2`, user)).toBe(0);
    },
  );

  it('keeps a role from being given to whom it deletes', async () => {
    const user = await bed.user();
    const role = await roles.create({ key: `r-${newId()}`, name: 'R', permissions: [], rank: 1 });

    const late = behind(
      bed,
      [['update app_user set deleted_at = now() where company_id = $1 and id = $2', [bed.companyId, user]]],
      () => roles.assign(user, role.id),
    );

    await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await count('role_assignment where company_id = $1 and user_id = $2', user)).toBe(0);
  });
});

describe('deleting a team', () => {
  it('keeps access to a project from being given to it', async () => {
    const projects = new ProjectService(bed.db, bed.program());
    for (let round = 0; round < 10; round++) {
      const { id: teamId } = (await teams.create({ displayName: newId() })).team;
      const { id: projectId } = await projects.create({ key: `p-${newId()}`, name: 'P' });
      const results = await Promise.allSettled([teams.delete(teamId), projects.grant({ projectId, teamId })]);

      expect(['OK', 'NOT_FOUND']).toContain(codesOf(results.slice(1))[0]);
      expect(await count('project_access where company_id = $1 and team_id = $2', teamId)).toBe(0);
    }
  });
});

describe('the last two owners', () => {
  it.each<[string, (id: string) => Promise<unknown>, (id: string) => Promise<unknown>]>([
    ['unassigned', (id) => roles.unassign(id, ownerRole), (id) => roles.unassign(id, ownerRole)],
    ['deleted', (id) => users.delete(id), (id) => users.delete(id)],
    ['deactivated', (id) => users.deactivate(id), (id) => users.deactivate(id)],
    ['deleted and unassigned', (id) => users.delete(id), (id) => roles.unassign(id, ownerRole)],
    ['deactivated and deleted', (id) => users.deactivate(id), (id) => users.delete(id)],
  ])('are not both %s at once (C-07)', async (_, one, other) => {
    await bed.owner.query('delete from role_assignment where company_id = $1 and role_id = $2', [
      bed.companyId,
      ownerRole,
    ]);
    const [first, second] = (await bed.users(2)) as [string, string];
    await roles.assign(first, ownerRole);
    await roles.assign(second, ownerRole);

    expect(codesOf(await Promise.allSettled([one(first), other(second)]))).toEqual(['LAST_OWNER', 'OK']);
  });
});

describe('an owner who is made while it is on its way out', () => {
  it.each<[string, string, (id: string) => Promise<unknown>]>([
    // What is locked holds the write up after everything was read that is read before it.
    [
      'deactivated',
      'user_value',
      (id) => users.change(id, [{ set: { active: false, emails: [{ value: 'late@acme.example' }] } }]),
    ],
    ['deleted', 'team_membership', (id) => users.delete(id)],
  ])('is not %s when the other one was taken away meanwhile', async (_, table, leave) => {
    await bed.owner.query('delete from role_assignment where company_id = $1 and role_id = $2', [
      bed.companyId,
      ownerRole,
    ]);
    const [former, late] = (await bed.users(2)) as [string, string];
    await roles.assign(former, ownerRole);
    const client = await bed.owner.connect();
    await client.query('begin');
    await client.query(`lock table ${table} in access exclusive mode`);
    const leaving = Promise.allSettled([leave(late)]);
    await untilSomeoneWaits(bed);
    await roles.assign(late, ownerRole);
    await roles.unassign(former, ownerRole);
    await client.query('commit');
    client.release();

    expect(codesOf(await leaving)).toEqual(['LAST_OWNER']);
    expect(await users.get(late)).toMatchObject({ active: true });
  });
});

it('a deadlock is begun again, and the caller never hears of it', async () => {
  const user = await bed.user();
  const { id } = (await teams.create({ displayName: newId(), members: [user] })).team;
  const client = await bed.owner.connect();
  const lock = (table: string, row: string) =>
    client.query(`select 1 from ${table} where company_id = $1 and id = $2 for update`, [bed.companyId, row]);
  await client.query('begin');
  await lock('app_user', user);
  const deleting = users.delete(user);
  await untilSomeoneWaits(bed);
  // The database ends the one that has waited for longer; on a slow machine that may be this one, and then nothing has to begin again.
  await lock('team', id)
    .then(() => client.query('commit'))
    .catch(() => client.query('rollback'))
    .finally(() => client.release());

  await expect(deleting).resolves.toBeUndefined();
  expect(await bed.membersOf(id)).toEqual([]);
  expect(await kindsOf(user)).toEqual(['user.deleted']);
});
