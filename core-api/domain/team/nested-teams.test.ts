import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind } from '#test/support/behind.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { ConflictService } from '../conflict/conflict-service.js';
import { UserService } from '../user/user-service.js';
import { DeletedTeamService } from './deleted-team-service.js';
import { TeamService } from './team-service.js';

let bed: CompanyBed;
let program: CompanyActor;
let teams: TeamService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  program = bed.program();
  teams = new TeamService(bed.db, program);
});
afterAll(() => bed?.close());

let named = 0;
const aTeam = async (members: string[] = [], service = teams) =>
  (await service.create({ displayName: `Team ${String(++named).padStart(3, '0')}`, members })).team.id;

const idsOf = (found: Map<string, { id: string }[]>, id: string) => (found.get(id) ?? []).map((team) => team.id);
const inside = async (id: string) => idsOf(await teams.memberTeams([id]), id);
const around = async (id: string) => idsOf(await teams.parentTeams([id]), id);

/** The teams of a user, as everybody is shown them. */
async function teamsOf(userId: string) {
  const user = await new UserService(bed.db, program).get(userId, { teams: true, outerTeams: true });
  return { teams: user.teams!.map(({ id }) => id), outerTeams: user.outerTeams!.map(({ id }) => id) };
}

describe('a team among the members', () => {
  it('becomes one beside the users, whichever way it is named', async () => {
    const ann = await bed.user();
    const [a, b, c] = [await aTeam(), await aTeam(), await aTeam()];
    const outer = await aTeam([ann, a]);

    await teams.change(outer, [{ addMembers: [b, ann] }]);
    expect(await inside(outer)).toEqual([a, b]);
    await teams.update(outer, {}, { addMembers: [c], removeMembers: [a] });
    expect(await inside(outer)).toEqual([b, c]);
    await teams.replace(outer, { displayName: 'Outer', members: [a, ann] });
    expect(await inside(outer)).toEqual([a]);
    await teams.change(outer, [{ unset: ['memberTeams'] }]);
    expect(await inside(outer)).toEqual([]);
    expect(await bed.membersOf(outer)).toEqual([ann]);
    await teams.change(outer, [{ addMembers: [a] }, { unset: ['memberUsers'] }]);
    expect(await inside(outer)).toEqual([a]);
    expect(await bed.membersOf(outer)).toEqual([]);
  });

  it('is logged as what it is, and raises the version once a write', async () => {
    const [a, b] = [await aTeam(), await aTeam()];
    const outer = await aTeam();

    const added = await teams.change(outer, [{ addMembers: [a, b] }]);
    const again = await teams.change(outer, [{ addMembers: [a, b] }]);
    const removed = await teams.change(outer, [{ removeMembers: [a] }]);

    expect([added, again, removed].map(({ team }) => team.version)).toEqual([2, 2, 3]);
    expect((await bed.changesOf(outer)).slice(1)).toEqual([
      ...[a, b].map((memberTeamId) => ({ kind: 'team.nested_added', before: null, after: { memberTeamId } })),
      { kind: 'team.nested_removed', before: { memberTeamId: a }, after: null },
    ]);
  });

  it('brings its members into the teams around it, at any depth, with nothing said twice', async () => {
    const [ann, bob] = [await bed.user(), await bed.user()];
    const inner = await aTeam([ann, bob]);
    const middle = await aTeam([inner]);
    const outer = await aTeam([middle, inner, bob]);

    expect(await teamsOf(ann)).toEqual({ teams: [inner], outerTeams: [middle, outer] });
    expect(await teamsOf(bob)).toEqual({ teams: [inner, outer], outerTeams: [middle] });
    await teams.change(middle, [{ removeMembers: [inner] }]);
    expect(await teamsOf(ann)).toEqual({ teams: [inner], outerTeams: [outer] });
  });

  it('shows at a user whoever asked before, and for what', async () => {
    const users = new UserService(bed.db, program);
    const create = (parts: object) => users.create({ userName: `made-${++named}` }, {}, parts);
    const both = { teams: true, outerTeams: true };
    const asked = [{}, { teams: true }, { outerTeams: true }, both, { ...both, roles: true }, { roles: true }];

    for (const parts of asked) {
      const made = await create(parts);
      const written = await users.update(made.user.id, { title: 'x' }, {}, parts);
      const same = await users.update(made.user.id, { title: 'x' }, {}, parts);
      const read = await users.get(made.user.id, parts);
      for (const user of [made.user, written.user, same.user, read])
        expect(Object.keys(user)).toEqual(expect.arrayContaining(Object.keys(parts)));
    }
  });

  it('may be around the team itself: what a circle holds belongs to all of it', async () => {
    const [ann, bob] = [await bed.user(), await bed.user()];
    const a = await aTeam([ann]);
    const b = await aTeam([bob, a]);
    await teams.change(a, [{ addMembers: [b] }]);

    expect(await teamsOf(ann)).toEqual({ teams: [a], outerTeams: [b] });
    expect(await teamsOf(bob)).toEqual({ teams: [b], outerTeams: [a] });
  });

  it('cannot be the team itself, which is skipped with a warning', async () => {
    const id = await aTeam();

    const { team, warnings } = await teams.change(id, [{ addMembers: [id] }]);

    expect(warnings).toMatchObject([{ code: 'SKIPPED_TEAM', field: 'members' }]);
    expect(team.version).toBe(1);
    expect(await inside(id)).toEqual([]);
  });

  it('ends with the team, both ways, and is back when that is restored', async () => {
    const [inner, outer] = [await aTeam(), await aTeam()];
    const id = await aTeam([inner]);
    await teams.change(outer, [{ addMembers: [id] }]);

    await teams.delete(id);
    expect(await inside(outer)).toEqual([]);
    expect(await around(inner)).toEqual([]);
    expect((await teams.get(outer)).version).toBe(3);

    await new DeletedTeamService(bed.db, program).restore(id);

    expect(await inside(outer)).toEqual([id]);
    expect(await around(inner)).toEqual([id]);
    expect((await bed.changesOf(outer)).at(-1)).toEqual({
      kind: 'team.nested_added',
      before: null,
      after: { memberTeamId: id },
    });
  });
});

describe('the price', () => {
  it('is one statement for users, and one more for teams', async () => {
    const [ann, bob] = await bed.users(2);
    const outer = await aTeam([ann!]);
    const inner = await aTeam();
    bed.statements.length = 0;

    await teams.change(outer, [{ addMembers: [bob!] }]);
    await teams.change(outer, [{ removeMembers: [ann!] }]);
    expect(bed.statements).toHaveLength(2);
    await teams.change(outer, [{ addMembers: [inner] }]);
    expect(bed.statements).toHaveLength(4);
  });
});

describe('a directory', () => {
  it('puts its own teams and local ones into its teams; those of another are unknown members', async () => {
    const [okta, entra] = [await bed.directory(), await bed.directory()];
    const [own, others] = [new TeamService(bed.db, okta), new TeamService(bed.db, entra)];
    const [mine, local, foreign] = [await aTeam([], own), await aTeam(), await aTeam([], others)];

    const { team, warnings } = await own.create({ displayName: 'Mine', members: [mine, local, foreign] });

    expect(await inside(team.id)).toEqual([mine, local]);
    expect(warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER' }]);
    const conflicts = await new ConflictService(bed.db, program).list({ first: 1 });
    expect(conflicts.nodes).toMatchObject([
      { kind: 'OTHER_DIRECTORY', objectId: team.id, details: { directoryId: entra.directory.id, members: [foreign] } },
    ]);
  });

  it('is refused with its unknown members, but not with teams', async () => {
    const okta = new TeamService(bed.db, await bed.directory({ unknownMembers: 'REFUSE', nestedGroups: 'SKIP' }));
    const inner = await aTeam([], okta);
    const outer = await aTeam([], okta);

    const { warnings } = await okta.change(outer, [{ addMembers: [inner] }]);
    await expect(okta.change(outer, [{ addMembers: [inner, await unknown()] }])).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });

    expect(warnings).toMatchObject([{ code: 'SKIPPED_TEAM' }]);
  });

  const unknown = async () => {
    const other = new TeamService(bed.db, await bed.directory());
    return aTeam([], other);
  };

  it.each([
    ['NEST', (inner: string, outer: string) => [[`TEAM ${inner}`, 'USER ann'], [outer]]],
    ['FLATTEN', (_: string, outer: string) => [['USER ann', 'USER bob'], [outer]]],
    ['SKIP', () => [['USER ann'], []]],
  ] as const)('sees members and is given what its profile says: %s', async (nestedGroups, expected) => {
    const okta = await bed.directory({ nestedGroups });
    const own = new TeamService(bed.db, okta);
    const ann = await bed.user({ displayName: 'ann' });
    const bob = await bed.user({ displayName: 'bob' });
    const inner = await aTeam([bob], own);
    const outer = await aTeam([ann, inner], own);
    const [members, outerTeams] = expected(inner, outer);

    const page = await own.memberPage([outer]);
    const shown = page.members.map(({ type, memberId, display }) => `${type} ${type === 'TEAM' ? memberId : display}`);

    expect(shown.toSorted()).toEqual(members);
    expect((await teamsOf(bob)).outerTeams).toEqual(outerTeams);
    // Found by what they show.
    const filtered = await own.list({ filter: { members: { some: { id: { eq: bob } } } } });
    expect(filtered.nodes.map(({ id }) => id)).toEqual(nestedGroups === 'FLATTEN' ? [inner, outer] : [inner]);
  });

  it('leaves an entry about the teams that it skips', async () => {
    const okta = await bed.directory({ nestedGroups: 'SKIP' });
    const own = new TeamService(bed.db, okta);
    const inner = await aTeam([], own);
    const outer = await aTeam([inner], own);

    expect(await inside(outer)).toEqual([]);
    const conflicts = await new ConflictService(bed.db, program).list({ first: 1 });
    expect(conflicts.nodes).toMatchObject([
      { kind: 'SKIPPED_TEAM', objectId: outer, details: { count: 1, teams: [inner] } },
    ]);
  });

  it('keeps what it nested through another setting, where it does not count', async () => {
    const okta = await bed.directory();
    const ann = await bed.user();
    const own = new TeamService(bed.db, okta);
    const inner = await aTeam([ann], own);
    const outer = await aTeam([inner], own);
    const set = (mode: string) =>
      bed.owner.query(
        `update directory set profile = profile || jsonb_build_object('nestedGroups', $2::text) where company_id = $1 and id = $3`,
        [bed.companyId, mode, okta.directory.id],
      );

    await set('SKIP');
    expect((await teamsOf(ann)).outerTeams).toEqual([]);
    await set('NEST');
    expect((await teamsOf(ann)).outerTeams).toEqual([outer]);
  });

  it('reads flattened members page by page, each once', async () => {
    const own = new TeamService(bed.db, await bed.directory({ nestedGroups: 'FLATTEN' }));
    const users = (await bed.users(7)).toSorted();
    const inner = await aTeam(users.slice(2), own);
    const other = await aTeam(users.slice(4), own);
    const outer = await aTeam([...users.slice(0, 3), inner, other], own);

    const read: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = await own.memberPage([outer], 2, after);
      read.push(...page.members.map(({ memberId }) => memberId));
      after = page.endCursor;
      more = page.hasNextPage;
    }

    expect(read).toEqual(users);
  });
});

describe('filters', () => {
  it('find users by the teams around them, and teams by those inside', async () => {
    const users = new UserService(bed.db, program);
    const [ann, bob] = [await bed.user(), await bed.user()];
    const inner = await aTeam([ann, bob]);
    const outer = await aTeam([inner, bob]);
    const found = async (filter: object) => (await users.list({ filter })).nodes.map(({ id }) => id);

    expect(await found({ outerTeams: { some: { id: { eq: outer } } } })).toEqual([ann]);
    expect(
      await found({ and: [{ outerTeams: { isSet: false } }, { teams: { some: { id: { eq: outer } } } }] }),
    ).toEqual([bob]);
    const list = await teams.list({ filter: { memberTeams: { some: { id: { eq: inner } } } } });
    expect(list.nodes.map(({ id }) => id)).toEqual([outer]);
  });
});

describe('writers at once', () => {
  it('put two teams into each other without waiting for each other', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [await aTeam(), await aTeam()];
      await Promise.all([
        teams.change(a, [{ addMembers: [b] }]),
        teams.change(b, [{ addMembers: [a] }]),
        teams.change(a, [{ addMembers: [b] }]),
      ]);
      expect([await inside(a), await inside(b)]).toEqual([[b], [a]]);
    }
  });

  it('put no team into another that was deleted while they waited', async () => {
    const [inner, outer] = [await aTeam(), await aTeam()];

    const { warnings } = await behind(
      bed,
      [
        ['select from team where company_id = $1 and id = $2 for update', [bed.companyId, inner]],
        ['update team set deleted_at = now(), version = 2 where company_id = $1 and id = $2', [bed.companyId, inner]],
      ],
      () => teams.change(outer, [{ addMembers: [inner] }]),
    );

    expect(warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER' }]);
    expect(await inside(outer)).toEqual([]);
  });

  it('nest and delete a circle of teams at once, and nothing is left of it in between', async () => {
    for (let round = 0; round < 10; round++) {
      const circle = [await aTeam(), await aTeam(), await aTeam()];
      const next = (i: number) => circle[(i + 1) % circle.length]!;
      const all = await Promise.allSettled([
        ...circle.map((id, i) => teams.change(id, [{ addMembers: [next(i)] }])),
        ...circle.map((id) => teams.delete(id)),
      ]);

      const codes = all.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
      expect(codes.filter((code) => code !== 'NOT_FOUND')).toEqual([]);
      const { rows } = await bed.owner.query('select from team_nesting where company_id = $1 and team_id = any($2)', [
        bed.companyId,
        circle,
      ]);
      expect(rows).toEqual([]);
    }
  });
});
