import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** Starts `work` while another transaction has written `other`, lets it run into that one's lock, and commits the other then. */
async function behind<T>(other: [sql: string, values: unknown[]][], work: () => Promise<T>): Promise<T> {
  const client = await bed.owner.connect();
  try {
    await client.query('begin');
    for (const [sql, values] of other) await client.query(sql, values);
    const working = work();
    working.catch(() => undefined); // the caller hears of it, after the commit
    await expect.poll(waiters, { interval: 5 }).toBe(1);
    await client.query('commit');
    return await working;
  } finally {
    client.release();
  }
}

async function waiters(): Promise<number> {
  const { rows } = await bed.owner.query<{ n: number }>(
    `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
  );
  return rows[0]!.n;
}

const joins = (team: string, user: string): [string, unknown[]][] => [
  ['update team set version = version + 1 where company_id = $1 and id = $2', [bed.companyId, team]],
  ['insert into team_membership (company_id, team_id, user_id) values ($1, $2, $3)', [bed.companyId, team, user]],
];

describe('writers of one team', () => {
  it('lose no member when 16 of them add at once', async () => {
    const users = await bed.users(48);
    const { id } = await aTeam();

    await Promise.all(users.map((user) => teams.change(id, [{ addMembers: [user] }])));

    expect(await bed.membersOf(id)).toEqual(users);
    expect((await teams.get(id)).version).toBe(49);
    expect(await bed.changesOf(id)).toHaveLength(49);
  });

  it('add and remove one member as if one after the other, and the log tells the same story', async () => {
    const user = await bed.user();
    const { id } = await aTeam();

    const rounds = Array.from({ length: 40 }, (_, i) => [i % 2 ? { addMembers: [user] } : { removeMembers: [user] }]);
    await Promise.all(rounds.map((changes) => teams.change(id, changes)));

    const { rows } = await bed.owner.query<{ kind: string }>(
      `select kind from change where object_id = $1 and kind <> 'team.created' order by no`,
      [id],
    );
    rows.forEach(({ kind }, i) => {
      expect(kind).toBe(i % 2 ? 'team.member_removed' : 'team.member_added');
    });
    expect(await bed.membersOf(id)).toHaveLength(rows.length % 2);
    expect((await teams.get(id)).version).toBe(1 + rows.length);
  });

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

    await behind(joins(id, user), () => write(id, user));

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

    const late = behind(joins(id, user), () => teams.update(id, { displayName: 'late' }, { expectedVersion: 1 }));

    await expect(late).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
  });

  it('adds nobody to a team that was deleted while it waited', async () => {
    const user = await bed.user();
    const { id } = await aTeam();

    const late = behind(
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
    await expect.poll(waiters, { interval: 5 }).toBe(1);
    await run('update team set version = version + 1 where company_id = $1 and id = $2', id);
    await client.query('commit');
    client.release();

    await expect(removing).resolves.toMatchObject({ team: { version: 2 }, warnings: [] });
    expect(await bed.membersOf(id)).toEqual([]);
  });
});
