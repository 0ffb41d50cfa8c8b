import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { newId } from '../new-id.js';
import { pagesOfMembers } from './members-of-teams.js';
import { TeamService } from './team-service.js';
import type { TeamFilter, TeamOrderField, TeamRow } from './team-types.js';

let bed: CompanyBed;
let teams: TeamService;
let alpha: TeamRow;
let beta: TeamRow;
let gamma: TeamRow;
let ann: string;
let bob: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
  teams = new TeamService(bed.db, bed.program());
  ann = await bed.user({ displayName: 'Ann Bee' });
  bob = await bed.user();
  alpha = (await teams.create({ displayName: 'Alpha', externalId: 'x', members: [ann, bob] })).team;
  gamma = (await teams.create({ displayName: 'gamma', externalId: 'X' })).team;
  beta = (await teams.create({ displayName: 'Béta', members: [bob] })).team;
});
afterAll(() => bed?.close());

const namesOf = (nodes: TeamRow[]) => nodes.map(({ displayName }) => displayName);

describe('listing teams', () => {
  it.each<[string, () => TeamFilter, string[]]>([
    ['nothing', () => ({}), ['Alpha', 'gamma', 'Béta']],
    ['displayName, whatever its case', () => ({ displayName: { eq: 'BÉTA' } }), ['Béta']],
    ['externalId in its exact case', () => ({ externalId: { eq: 'X' } }), ['gamma']],
    ['no externalId', () => ({ not: { externalId: { eq: 'x' } } }), ['gamma', 'Béta']],
    ['an id', () => ({ id: { in: [beta.id, 'nonsense', newId()] } }), ['Béta']],
    ['a member', () => ({ members: { some: { id: { eq: ann } } } }), ['Alpha']],
    ['a member by display', () => ({ members: { some: { display: { startsWith: 'ann' } } } }), ['Alpha']],
    ['one member who is both', () => ({ members: { some: { id: { eq: bob }, display: { eq: 'Ann Bee' } } } }), []],
    ['a member who is not somebody', () => ({ members: { some: { not: { id: { eq: ann } } } } }), ['Alpha', 'Béta']],
    ['any member', () => ({ members: { isSet: true } }), ['Alpha', 'Béta']],
    ['no member', () => ({ members: { isSet: false, some: null } }), ['gamma']],
    ['either', () => ({ or: [{ externalId: { eq: 'x' } }, { displayName: { eq: 'gamma' } }] }), ['Alpha', 'gamma']],
    ['both', () => ({ and: [{ members: { isSet: true } }, { externalId: { isSet: false } }] }), ['Béta']],
    ['no directory', () => ({ managedBy: { isSet: false }, version: { le: 1 } }), ['Alpha', 'gamma', 'Béta']],
    ['a time', () => ({ createdAt: { gt: '2999-01-01T00:00:00Z' } }), []],
  ])('filters by %s', async (_, filter, names) => {
    const page = await teams.list({ filter: filter(), wantTotal: true });

    expect([namesOf(page.nodes), page.totalCount]).toEqual([names, names.length]);
  });

  it.each<[TeamOrderField, 'ASC' | 'DESC', string[]]>([
    ['ID', 'DESC', ['Béta', 'gamma', 'Alpha']],
    ['DISPLAY_NAME', 'ASC', ['Alpha', 'Béta', 'gamma']],
    ['EXTERNAL_ID', 'ASC', ['gamma', 'Alpha', 'Béta']],
    ['EXTERNAL_ID', 'DESC', ['Béta', 'Alpha', 'gamma']],
    ['CREATED_AT', 'ASC', ['Alpha', 'gamma', 'Béta']],
  ])('walks in the order of %s %s, one by one', async (field, direction, names) => {
    const walked: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page = await teams.list({ orderBy: { field, direction }, first: 1, after });
      walked.push(...namesOf(page.nodes));
      after = page.cursors[0]!;
      more = page.hasNextPage;
    }

    expect(walked).toEqual(names);
  });

  it.each<[string, 'ASC' | 'DESC', string[]]>([
    ['displayName', 'DESC', ['gamma', 'Béta', 'Alpha']],
    ['EXTERNALID', 'ASC', ['gamma', 'Alpha', 'Béta']],
    ['version', 'DESC', ['Béta', 'gamma', 'Alpha']],
    ['members.id', 'ASC', ['Alpha', 'Béta', 'gamma']],
    ['members.display', 'DESC', ['gamma', 'Béta', 'Alpha']],
  ])('walks by the path %s %s', async (path, direction, names) => {
    const orderBy = { path, direction };
    const first = await teams.list({ orderBy, first: 2 });
    const rest = await teams.list({ orderBy, first: 2, after: first.cursors[1]! });

    expect(namesOf([...first.nodes, ...rest.nodes])).toEqual(names);
  });

  it.each([{ path: 'secret' }, { path: 'members' }, { path: "id'--" }, { path: 'id', field: 'ID' as const }])(
    'refuses the order %j',
    async (orderBy) => {
      await expect(teams.list({ orderBy })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    },
  );

  it('counts without reading rows', async () => {
    bed.statements.length = 0;

    expect(await teams.list({ wantTotal: true, wantRows: false })).toMatchObject({ nodes: [], totalCount: 3 });
    expect(bed.statements).toHaveLength(1);
  });
});

describe('members', () => {
  it('come in the order of the teams that were asked for and by user, page after page, under the name that is shown', async () => {
    const ids = [gamma.id, beta.id, alpha.id, 'nonsense', newId(), beta.id];

    const first = await teams.memberPage(ids, 2);
    const second = await teams.memberPage(ids, 2, first.endCursor);

    const user = { [ann]: 'Ann Bee', [bob]: `user-${bob}` };
    expect(first).toEqual({
      members: [
        { teamId: beta.id, type: 'USER', memberId: bob, display: user[bob] },
        { teamId: alpha.id, type: 'USER', memberId: ann, display: user[ann] },
      ],
      endCursor: `${alpha.id}.${ann}`,
      hasNextPage: true,
    });
    expect(second).toMatchObject({ members: [{ teamId: alpha.id, memberId: bob }], hasNextPage: false });
    expect(await teams.memberPage([gamma.id])).toEqual({ members: [], endCursor: null, hasNextPage: false });
  });

  it.each(['', 'x', '.', `${newId()}`, `${newId()}.${newId()}`])('refuse the cursor "%s"', async (after) => {
    await expect(teams.memberPage([alpha.id], 10, after)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: 'after' },
    });
  });

  it('are counted', async () => {
    expect(await teams.memberCounts([alpha.id, gamma.id, 'nonsense'])).toEqual(
      new Map([
        [alpha.id, 2],
        [gamma.id, 0],
        ['nonsense', 0],
      ]),
    );
  });

  it('leave out deleted users, and break-glass accounts where a directory asks', async () => {
    const [gone, owner] = [await bed.user({ deleted: true }), await bed.user({ breakGlass: true })];
    const { team } = await teams.create({ displayName: 'Odd' });
    await bed.owner.query(
      'insert into team_membership (company_id, team_id, user_id) select $1, $2, unnest($3::uuid[])',
      [bed.companyId, team.id, [gone, owner]],
    );
    const directory = await bed.directory();
    const okta = new TeamService(bed.db, directory);

    const seen = async (service: TeamService, actor: CompanyActor) => [
      (await service.memberPage([team.id])).members.map(({ memberId }) => memberId),
      (await pagesOfMembers(bed.db, actor, [team.id], {})).get(team.id)!.nodes.map(({ userId }) => userId),
      (await service.memberCounts([team.id])).get(team.id),
      (await service.list({ filter: { id: { eq: team.id }, members: { isSet: true } } })).nodes.length,
    ];
    expect(await seen(teams, bed.program())).toEqual([[owner], [owner], 1, 1]);
    expect(await seen(okta, directory)).toEqual([[], [], 0, 0]);
  });

  it('are hidden with their team', async () => {
    const blind = new TeamService(bed.db, await bed.directory({ listScope: 'MANAGED' }));

    expect(await blind.memberPage([alpha.id])).toMatchObject({ members: [] });
    expect(await blind.memberCounts([alpha.id])).toEqual(new Map([[alpha.id, 0]]));
    expect(await blind.list({ wantTotal: true })).toMatchObject({ nodes: [], totalCount: 0 });
  });
});
