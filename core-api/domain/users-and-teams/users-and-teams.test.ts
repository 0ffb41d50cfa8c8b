import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALWAYS } from '#core-api/persistence/stores/filter-sql.js';
import { userPage } from '#core-api/persistence/stores/users.js';
import { userOrTeamPage } from '#core-api/persistence/stores/users-and-teams.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { toTeamOrder } from '../team/team-order.js';
import { TeamService } from '../team/team-service.js';
import { scopeOf } from '../user/ownership.js';
import { toUserOrder } from '../user/user-order.js';
import { UserService } from '../user/user-service.js';
import { UsersAndTeamsService } from './users-and-teams-service.js';

let bed: CompanyBed;
let both: UsersAndTeamsService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const actor = bed.program();
  const users = new UserService(bed.db, actor);
  const teams = new TeamService(bed.db, actor);
  const ann = await users.create({ userName: 'ann', displayName: 'M', title: 'x' });
  await teams.create({ displayName: 'b', externalId: '2', members: [ann.user.id] });
  await users.create({ userName: 'bob', displayName: 'a', externalId: '3' });
  await teams.create({ displayName: 'Z' });
  await users.create({ userName: 'cy', externalId: '1', active: false });
  both = new UsersAndTeamsService(bed.db, actor);
});
afterAll(() => bed?.close());

type Nodes = Awaited<ReturnType<UsersAndTeamsService['list']>>['nodes'];
const namesOf = (nodes: Nodes) => nodes.map(({ user, team }) => user?.userName ?? team?.displayName).join(' ');

describe('users and teams in one list', () => {
  it.each([
    ['id', 'ann b bob Z cy'],
    ['createdAt', 'ann b bob Z cy'],
    ['displayName', 'bob b ann Z cy'],
    ['externalId', 'cy b bob ann Z'],
    ['userName', 'ann bob cy b Z'],
    ['active', 'cy ann bob b Z'],
    ['members.display', 'b ann bob Z cy'],
    ['teams.displayName', 'ann b bob Z cy'],
    ['version', 'ann b bob Z cy'],
    ['type', 'b Z ann bob cy'],
  ])('are ordered by %s, and walked both ways by cursors and by offset', async (path, expected) => {
    const actor = { orderBy: { path } };
    const whole = await both.list({ ...actor, wantTotal: true });
    const down = await both.list({ orderBy: { path, direction: 'DESC' } });
    let [forwards, jumped]: [Nodes, Nodes] = [[], []];
    let after: string | null = null;
    for (let more = true; more; ) {
      jumped = [...jumped, ...(await both.list({ ...actor, first: 2, offset: jumped.length })).nodes];
      const page = await both.list({ ...actor, first: 2, after });
      forwards = [...forwards, ...page.nodes];
      after = page.cursors.at(-1)!;
      more = page.hasNextPage;
    }
    const before = await both.list({ ...actor, last: 2, before: after });

    expect([namesOf(whole.nodes), whole.totalCount]).toEqual([expected, 5]);
    expect(namesOf(down.nodes)).toBe(expected.split(' ').reverse().join(' '));
    expect([namesOf(forwards), namesOf(jumped)]).toEqual([expected, expected]);
    expect(namesOf(before.nodes)).toBe(expected.split(' ').slice(2, 4).join(' '));
  });

  it('are filtered each by its own filter, and counted together', async () => {
    const found = await both.list({
      filter: { users: { title: { isSet: true } }, teams: { displayName: { eq: 'z' } } },
      wantTotal: true,
    });
    const teamsAlone = await both.list({ filter: { users: { or: [] } }, wantTotal: true, first: 1 });

    expect([namesOf(found.nodes), found.totalCount]).toEqual(['ann Z', 2]);
    expect([namesOf(teamsAlone.nodes), teamsAlone.totalCount, teamsAlone.hasNextPage]).toEqual(['b', 2, true]);
  });

  it('cost four statements at most, and one to go on without anybody to show', async () => {
    bed.statements.length = 0;
    const { totalCount } = await both.list({ wantTotal: true });
    expect(bed.statements).toHaveLength(3);
    await both.list({ first: totalCount - 1, wantTotal: true });
    expect(bed.statements).toHaveLength(7);
    await both.list({ wantTotal: true, wantRows: false });
    expect(bed.statements).toHaveLength(8);
  });

  it('are refused an order that neither has, and whoever may not read both', async () => {
    await expect(both.list({ orderBy: { path: 'secret' } })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: 'orderBy.path' },
    });
    for (const permission of ['users:read', 'teams:read'] as const) {
      const halfway = new UsersAndTeamsService(bed.db, bed.program(new Set([permission])));
      await expect(halfway.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  it('are shown to a directory as far as it sees them', async () => {
    const blind = new UsersAndTeamsService(bed.db, await bed.directory({ listScope: 'MANAGED' }));

    expect(await blind.list({ wantTotal: true })).toMatchObject({ nodes: [], totalCount: 0 });
  });
});

describe('a page by cursor', () => {
  it('is read off the index of ids from its place on, however far down: these ids, and the rows that they are of', async () => {
    const actor = await bed.directory();
    const { rows: users } = await bed.owner.query<{ id: string }>(
      `insert into app_user (company_id, id, directory_id, user_name, user_name_key)
       select $1, uuidv7(), $2, 'user-' || i, 'user-' || i from generate_series(1, 20000) i returning id`,
      [bed.companyId, actor.directory.id],
    );
    await bed.owner.query('select refresh_statistics()');
    const [scope, orders] = [scopeOf(actor), { users: toUserOrder(null, []), teams: toTeamOrder(null, false) }];
    for (const place of [1, 10_000, 19_800]) {
      const bounds = { limit: 100, backwards: false, offset: 0, from: { id: users[place]!.id, value: null } };
      for (const [{ sql, parameters }, touched] of [
        [userPage(scope, ALWAYS, orders.users, bounds, {}), 202],
        [userOrTeamPage(scope, { users: ALWAYS, teams: ALWAYS }, orders, bounds), 101],
      ] as const) {
        const { rows } = await bed.owner.query(`explain (analyze, format json) ${sql}`, [...parameters]);
        expect(touchedOf('app_user', rows[0]['QUERY PLAN'][0].Plan)).toBeLessThanOrEqual(touched);
      }
    }
  });
});

interface Plan {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Rows of a table that a plan touched. */
function touchedOf(table: string, plan: Plan): number {
  const own = plan['Relation Name'] === table ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) : 0;
  return (plan.Plans ?? []).reduce((sum, each) => sum + touchedOf(table, each), own);
}
