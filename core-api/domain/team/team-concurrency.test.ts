import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind, untilSomeoneWaits } from '#test/support/behind.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { TeamService } from './team-service.js';

let bed: CompanyBed;
let teams: TeamService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  teams = new TeamService(bed.db, bed.program());
});
afterAll(() => bed?.close());

let named = 0;
const aTeam = async (members: string[] = []) => (await teams.create({ displayName: `Team ${++named}`, members })).team;

const joins = (team: string, user: string): [string, unknown[]][] => [
  ['update team set version = version + 1 where company_id = $1 and id = $2', [bed.companyId, team]],
  ['insert into team_membership (company_id, team_id, user_id) values ($1, $2, $3)', [bed.companyId, team, user]],
];

describe('writers of one team', () => {
  it('replace the members one after the other', async () => {
    const sets = await Promise.all([1, 2, 3, 4].map(() => bed.users(3)));
    const { id } = await aTeam();

    await Promise.all(sets.map((members) => teams.change(id, [{ replaceMembers: members }])));

    const sorted = sets.map((members) => members.toSorted());
    expect(sorted).toContainEqual(await bed.membersOf(id));
  });

  it.each<[string, (id: string, user: string) => Promise<unknown>]>([
    ['replacing the members', (id: string) => teams.change(id, [{ replaceMembers: [] }])],
    ['removing that member', (id: string, user: string) => teams.change(id, [{ removeMembers: [user] }])],
    ['deleting the team', (id: string) => teams.delete(id)],
  ])('%s reaches a member who joined while it waited', async (_, write) => {
    const user = await bed.user();
    const { id } = await aTeam();

    await behind(bed, joins(id, user), () => write(id, user));

    expect(await bed.membersOf(id)).toEqual([]);
    expect(await bed.changesOf(id)).toContainEqual({
      kind: 'team.member_removed',
      before: { userId: user },
      after: null,
    });
  });

  it('sees a version that rose while it waited', async () => {
    const user = await bed.user();
    const { id } = await aTeam();

    const late = behind(bed, joins(id, user), () => teams.update(id, { displayName: 'late' }, { expectedVersion: 1 }));

    await expect(late).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
  });

  it('adds nobody to a team that was deleted while it waited', async () => {
    const user = await bed.user();
    const { id } = await aTeam();

    const late = behind(
      bed,
      [['update team set deleted_at = now(), version = 2 where company_id = $1 and id = $2', [bed.companyId, id]]],
      () => teams.change(id, [{ addMembers: [user] }]),
    );

    await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await bed.membersOf(id)).toEqual([]);
  });

  it('adds no user who was deleted while it waited', async () => {
    const user = await bed.user();
    const { id } = await aTeam();

    const { warnings } = await behind(
      bed,
      [['update app_user set deleted_at = now() where company_id = $1 and id = $2', [bed.companyId, user]]],
      () => teams.change(id, [{ addMembers: [user] }]),
    );

    expect(warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER' }]);
    expect(await bed.membersOf(id)).toEqual([]);
  });

  it('begin again when they and a deletion of a user wait for each other', async () => {
    const user = await bed.user();
    const { id } = await aTeam([user]);
    const client = await bed.owner.connect();
    const run = (sql: string, ...values: string[]) => client.query(sql, [bed.companyId, ...values]);

    await client.query('begin');
    await run('delete from team_membership where company_id = $1 and user_id = $2', user);
    const removing = teams.change(id, [{ removeMembers: [user] }]);
    await untilSomeoneWaits(bed);
    // The database ends the one that has waited for longer; on a slow machine that may be this one, and then nothing has to begin again.
    await run('update team set version = version + 1 where company_id = $1 and id = $2', id)
      .then(() => client.query('commit'))
      .catch(() => client.query('rollback'))
      .finally(() => client.release());

    await expect(removing).resolves.toMatchObject({ team: { version: 2 }, warnings: [] });
    expect(await bed.membersOf(id)).toEqual([]);
  });
});
