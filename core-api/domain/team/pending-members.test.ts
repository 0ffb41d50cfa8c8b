import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinPending, lockPendingTeams } from '#core-api/persistence/stores/pending-members.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { behind } from '#test/support/behind.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { authorOf } from '../actor.js';
import { DirectoryService } from '../directory/directory-service.js';
import { newId } from '../new-id.js';
import { HandoverService } from '../provisioning/handover-service.js';
import { RoleMappingService } from '../role/role-mapping-service.js';
import { UserService } from '../user/user-service.js';
import { TeamService } from './team-service.js';

/* Members that a directory names and does not see: they join when they appear to it. */

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

async function aDirectory(profile: Partial<DirectoryProfile> = {}) {
  const actor = await bed.directory(profile);
  const users = new UserService(bed.db, actor);
  const names = () => ({ userName: newId(), externalId: newId() });
  return {
    actor,
    users,
    teams: new TeamService(bed.db, actor),
    /** Somebody who left, and comes back by what is returned. */
    async aLeaver() {
      const fields = names();
      const { user } = await users.create(fields);
      await users.delete(user.id);
      return { id: user.id, comeBack: () => users.create(fields, {}, { teams: true, roles: true }) };
    },
  };
}
type Bench = Awaited<ReturnType<typeof aDirectory>>;

async function pendingOf(teamId: string): Promise<string[]> {
  const { rows } = await bed.owner.query<{ user_id: string }>(
    'select user_id from pending_membership where company_id = $1 and team_id = $2',
    [bed.companyId, teamId],
  );
  return rows.map((row) => row.user_id);
}

const PUSHES: [string, (bench: Bench, id: string) => Promise<{ team: { id: string; version: number } }>][] = [
  ['creates', ({ teams }, id) => teams.create({ displayName: newId(), members: [id] })],
  [
    'adds to',
    async ({ teams }, id) => {
      const { team } = await teams.create({ displayName: newId() });
      return teams.change(team.id, [{ addMembers: [id] }]);
    },
  ],
  [
    'replaces the members of',
    async ({ teams }, id) => {
      const { team } = await teams.create({ displayName: newId() });
      return teams.replace(team.id, { displayName: newId(), members: [id] });
    },
  ],
];

describe.each(PUSHES)('who is deleted when the directory %s a team', (_, push) => {
  it('joins when the directory brings that user back', async () => {
    const bench = await aDirectory();
    const { id, comeBack } = await bench.aLeaver();
    const { team } = await push(bench, id);
    expect(await bed.membersOf(team.id)).toEqual([]);

    const { user, outcome } = await comeBack();

    expect([outcome, user.id]).toEqual(['REVIVED', id]);
    expect(user.teams?.map((each) => [each.id, each.version])).toEqual([[team.id, team.version + 1]]);
    expect(await bed.membersOf(team.id)).toEqual([id]);
    expect((await bed.changesOf(team.id)).at(-1)).toEqual({
      kind: 'team.member_added',
      before: null,
      after: { userId: id },
    });
    expect(await pendingOf(team.id)).toEqual([]);
  });
});

it('is answered with the roles of the team that is joined by the very write', async () => {
  const { rows } = await bed.owner.query<{ id: string }>(
    `insert into role (company_id, id, key, name, permissions, rank) values ($1, $2, 'tester', 'Tester', '{}', 1) returning id`,
    [bed.companyId, newId()],
  );
  const bench = await aDirectory({ roleSource: 'TEAMS' });
  const { id, comeBack } = await bench.aLeaver();
  const { team } = await bench.teams.create({ displayName: newId(), members: [id] });
  const mappings = new RoleMappingService(bed.db, bed.program());
  const change = { create: [{ kind: 'TEAM' as const, teamId: team.id, roleId: rows[0]!.id }] };
  await mappings.change(change, (await mappings.preview(change)).hash);

  const { user } = await comeBack();

  expect(user.roles?.map(({ key }) => key)).toEqual(['tester']);
});

describe('who is waited for', () => {
  const joined = async (bench: Bench, then: (teamId: string, userId: string) => Promise<unknown>) => {
    const { id, comeBack } = await bench.aLeaver();
    const { team } = await bench.teams.create({ displayName: newId(), members: [id] });
    await then(team.id, id);
    await comeBack();
    return (await bed.membersOf(team.id)).includes(id);
  };

  it('is not any more once the directory takes that member out, or says who all the members are', async () => {
    const bench = await aDirectory();
    const { teams } = bench;
    const another = await bed.user();

    expect(await joined(bench, async () => undefined)).toBe(true);
    expect(await joined(bench, (team, id) => teams.change(team, [{ removeMembers: [id] }]))).toBe(false);
    expect(await joined(bench, (team) => teams.change(team, [{ replaceMembers: [another] }]))).toBe(false);
    expect(await joined(bench, (team) => teams.change(team, [{ unset: ['members'] }]))).toBe(false);
    expect(await joined(bench, (team, id) => teams.change(team, [{ replaceMembers: [another, id] }]))).toBe(true);
    expect(await joined(bench, (team) => teams.change(team, [{ addMembers: [another] }]))).toBe(true);
  });

  it('is not any more once the team is deleted', async () => {
    const bench = await aDirectory();
    expect(await joined(bench, (team) => bench.teams.delete(team))).toBe(false);
  });

  it('joins no team that the directory lost meanwhile', async () => {
    const bench = await aDirectory();
    const lose = (team: string) =>
      bed.owner.query('update team set directory_id = null where company_id = $1 and id = $2', [bed.companyId, team]);
    expect(await joined(bench, lose)).toBe(false);
  });

  it('is nobody whose id was never given out, nobody of last resort, and nobody at all for a program or a strict directory', async () => {
    const bench = await aDirectory();
    const strict = await aDirectory({ unknownMembers: 'REFUSE' });
    const program = new TeamService(bed.db, bed.program());
    const { id } = await bench.aLeaver();
    const lastResort = await bed.user({ breakGlass: true });

    const { team } = await bench.teams.create({ displayName: newId(), members: [newId(), lastResort, 'nonsense'] });
    expect(await pendingOf(team.id)).toEqual([]);
    const local = await program.create({ displayName: newId(), members: [id] });
    expect(await pendingOf(local.team.id)).toEqual([]);
    await expect(strict.teams.create({ displayName: newId(), members: [id] })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    const { rows } = await bed.owner.query('select 1 from pending_membership where user_id = $1', [id]);
    expect(rows).toEqual([]);
  });

  it('is found by id alone, never by the external id that another directory may know (T-07)', async () => {
    const bench = await aDirectory();
    const externalId = newId();
    const { team } = await bench.teams.create({ displayName: newId(), members: [externalId] });

    const mine = await bench.users.create({ userName: newId(), externalId });
    const other = await aDirectory();
    await other.users.create({ userName: newId(), externalId });

    expect(await bed.membersOf(team.id)).toEqual([]);
    expect(mine.user.externalId).toBe(externalId);
  });

  it("is no member as long as that user is another directory's, and joins when the user comes over", async () => {
    const bench = await aDirectory();
    const other = await aDirectory();
    const { user } = await other.users.create({ userName: newId(), externalId: newId() });
    const { team } = await bench.teams.create({ displayName: newId(), members: [user.id] });
    await other.users.deactivate(user.id);
    await other.users.reactivate(user.id);
    const appearing = { ...authorOf(bed.program()), userIds: [user.id] };
    expect(await bed.db.run(joinPending.bind(appearing))).toEqual([]);

    await bed.db.inTransaction(async (tx) => {
      await tx.run(lockPendingTeams.bind(appearing));
      await bed.owner.query('update app_user set directory_id = $3 where company_id = $1 and id = $2', [
        bed.companyId,
        user.id,
        bench.actor.directory.id,
      ]);
      expect(await tx.run(joinPending.bind(appearing))).toEqual([{ teamId: team.id, userId: user.id }]);
    });
    expect(await bed.membersOf(team.id)).toEqual([user.id]);
  });

  it('joins when the directory begins to see local users, and only then', async () => {
    const bench = await aDirectory({ listScope: 'MANAGED', roleSource: 'TEAMS', keptRoles: 'ALL' });
    const [local, gone, lastResort] = [await bed.user(), await bed.user(), await bed.user({ breakGlass: true })];
    const theirs = (await (await aDirectory()).users.create({ userName: newId() })).user.id;
    const { team } = await bench.teams.create({ displayName: newId(), members: [local, gone, lastResort, theirs] });
    await new UserService(bed.db, bed.program()).delete(gone);
    const directories = new DirectoryService(bed.db, bed.program());
    const { id } = bench.actor.directory;

    await directories.update(id, { profile: { reviveBy: 'USER_NAME' } });
    expect(await bed.membersOf(team.id)).toEqual([]);
    await directories.update(id, { profile: { listScope: 'ALL' } });

    expect(await bed.membersOf(team.id)).toEqual([local]);
    expect((await bed.changesOf(team.id)).at(-1)).toEqual({
      kind: 'team.member_added',
      before: null,
      after: { userId: local },
    });
    expect((await pendingOf(team.id)).sort()).toEqual([gone, theirs].sort());
  });

  it('joins when another directory lets go of that user, whom this one sees from then on', async () => {
    const [bench, narrow, other] = [await aDirectory(), await aDirectory({ listScope: 'MANAGED' }), await aDirectory()];
    const { id } = (await other.users.create({ userName: newId() })).user;
    const { team } = await bench.teams.create({ displayName: newId(), members: [id] });
    const { team: unseen } = await narrow.teams.create({ displayName: newId(), members: [id] });

    await new HandoverService(bed.db, bed.program()).releaseUsers([id]);

    expect(await bed.membersOf(team.id)).toEqual([id]);
    expect(await bed.membersOf(unseen.id)).toEqual([]);
  });

  it('joins when a directory that lists only its own rows takes a local one over', async () => {
    const bench = await aDirectory({ listScope: 'MANAGED' });
    const userName = newId();
    const { user } = await new UserService(bed.db, bed.program()).create({ userName });
    const { team } = await bench.teams.create({ displayName: newId(), members: [user.id] });
    expect(await bed.membersOf(team.id)).toEqual([]);

    expect((await bench.users.create({ userName })).outcome).toBe('ADOPTED');

    expect(await bed.membersOf(team.id)).toEqual([user.id]);
  });

  it('appears in no list of members, and raises no version', async () => {
    const bench = await aDirectory();
    const { id } = await bench.aLeaver();
    const { team } = await bench.teams.create({ displayName: newId() });
    const before = (await bed.changesOf(team.id)).length;

    const pushed = await bench.teams.change(team.id, [{ addMembers: [id] }]);

    expect(pushed.warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER' }]);
    expect(pushed.team.version).toBe(team.version);
    expect((await bench.teams.memberPage([team.id])).members).toEqual([]);
    expect(await bed.changesOf(team.id)).toHaveLength(before);
  });
});

it('costs a statement for its conflict, one for a write of members that did not simply go through, and none of a user who was never away', async () => {
  const bench = await aDirectory();
  const { id } = await bench.aLeaver();
  const count = async (work: () => Promise<unknown>) => {
    bed.statements.length = 0;
    await work();
    return bed.statements.length;
  };
  let team = '';
  const create = async () => {
    team = (await bench.teams.create({ displayName: newId(), members: [id] })).team.id;
  };

  expect(await count(create)).toBe(2);
  expect(await count(() => bench.teams.change(team, [{ addMembers: [id] }]))).toBe(3);
  expect(await count(() => bench.teams.change(team, [{ replaceMembers: [id] }]))).toBe(2);
  expect(await count(() => bench.teams.change(team, [{ removeMembers: [id] }]))).toBe(2);
  expect(await count(() => bench.users.create({ userName: newId(), externalId: newId() }))).toBe(1);
});

describe('at the same time', () => {
  it('who comes back while the team waits becomes a member at once', async () => {
    const bench = await aDirectory();
    const { id } = await bench.aLeaver();
    const { team } = await bench.teams.create({ displayName: newId() });

    await behind(
      bed,
      [['update app_user set deleted_at = null where company_id = $1 and id = $2', [bed.companyId, id]]],
      () => bench.teams.change(team.id, [{ addMembers: [id] }]),
    );

    expect(await bed.membersOf(team.id)).toEqual([id]);
    expect(await pendingOf(team.id)).toEqual([]);
  });

  it('who is named while coming back becomes a member', async () => {
    const bench = await aDirectory();
    const { id, comeBack } = await bench.aLeaver();
    const { team } = await bench.teams.create({ displayName: newId() });

    await behind(
      bed,
      [
        ['select 1 from app_user where company_id = $1 and id = $2 for share', [bed.companyId, id]],
        [
          'insert into pending_membership (company_id, team_id, user_id, directory_id) values ($1, $2, $3, $4)',
          [bed.companyId, team.id, id, bench.actor.directory.id],
        ],
      ],
      comeBack,
    );

    expect(await bed.membersOf(team.id)).toEqual([id]);
  });
});
