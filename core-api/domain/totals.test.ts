import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumUp } from '#core-api/persistence/stores/totals.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { wrongTotals } from '#test/support/totals.js';
import { newId } from './new-id.js';
import { TeamService } from './team/team-service.js';
import { UserService } from './user/user-service.js';
import { UsersAndTeamsService } from './users-and-teams/users-and-teams-service.js';

/* Totals are kept, not counted; `CompanyBed` compares them with what counting comes to wherever it is closed. */

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const sums = async () =>
  Number(
    (await bed.owner.query('select count(*) from resource_count where company_id = $1', [bed.companyId])).rows[0].count,
  );
const wrong = () => wrongTotals(async (sql) => (await bed.owner.query(sql)).rows);
const summedUp = () => bed.db.run(sumUp.bind({ companyId: bed.companyId }));

describe('the total of a list without a filter', () => {
  it('is what each reader sees: a directory its own and local rows, and no admin of last resort', async () => {
    const [one, other] = [await bed.directory(), await bed.directory({ listScope: 'MANAGED' })];
    for (const [count, traits] of [
      [3, { directoryId: one.directory.id }],
      [5, { directoryId: other.directory.id }],
      [7, {}],
      [2, { breakGlass: true }],
      [11, { deleted: true }],
    ] as const)
      await bed.users(count, traits);
    await new TeamService(bed.db, one).create({ displayName: 'One' });
    await new TeamService(bed.db, bed.program()).create({ displayName: 'Local' });

    const totals = async (actor: ReturnType<CompanyBed['program']>) => {
      const page = { first: 1, offset: 1, wantTotal: true };
      const lists = [
        new UserService(bed.db, actor).list({ ...page, wantRows: false }),
        new TeamService(bed.db, actor).list({ ...page, wantRows: false }),
        new UsersAndTeamsService(bed.db, actor).list(page),
      ];
      return (await Promise.all(lists)).map(({ totalCount }) => totalCount);
    };

    expect(await totals(one)).toEqual([10, 2, 12]);
    expect(await totals(other)).toEqual([5, 0, 5]);
    expect(await totals(bed.program())).toEqual([17, 2, 19]);
  });

  it('is exact in the statement after a write, and in the transaction of one that is undone', async () => {
    const users = new UserService(bed.db, bed.program());
    const total = async (by = users) => (await by.list({ first: 1, wantTotal: true })).totalCount;
    const before = await total();

    const undone = bed.db.inTransaction(async (tx) => {
      const inside = new UserService(tx, bed.program());
      await inside.create({ userName: newId() });
      throw new Error(String(await total(inside)));
    });

    await expect(undone).rejects.toThrow(String(before + 1));
    expect(await total()).toBe(before);
    const { user } = await users.create({ userName: newId() });
    expect(await total()).toBe(before + 1);
    await users.delete(user.id);
    expect(await total()).toBe(before);
  });

  it('stays exact while many come and go and others sum up', async () => {
    const [users, teams] = [new UserService(bed.db, await bed.directory()), new TeamService(bed.db, bed.program())];
    let isOver = false;
    const summing = Array.from({ length: 2 }, async () => {
      while (!isOver) await summedUp();
    });

    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 20; i++) {
          const { user } = await users.create({ userName: newId() });
          const { team } = await teams.create({ displayName: newId(), members: [user.id] });
          if (i % 3 === 0) await users.delete(user.id);
          if (i % 4 === 0) await teams.delete(team.id);
        }
      }),
    );
    isOver = true;
    await Promise.all(summing);

    expect(await wrong()).toEqual([]);
  });

  it('consists of few rows again once it was summed up, and of no more than before when nobody came or went', async () => {
    await bed.users(100);
    await summedUp();
    const few = await sums();
    expect(few).toBeLessThan(20);
    const users = new UserService(bed.db, bed.program());
    const { user } = await users.create({ userName: newId() });

    await users.change(user.id, [{ set: { active: false } }]);
    await users.change(user.id, [{ set: { title: 'T' } }]);

    expect(await sums()).toBe(few + 1);
    expect(await wrong()).toEqual([]);
  });
});

describe('a page', () => {
  it('is one statement, and its total another one only where the list goes on', async () => {
    await bed.users(5);
    const users = new UserService(bed.db, bed.program());
    const teams = new TeamService(bed.db, bed.program(undefined, await bed.anotherCompany()));
    await teams.create({ displayName: 'The only' });
    const statements = async (read: () => Promise<unknown>) => {
      bed.statements.length = 0;
      await read();
      return bed.statements.length;
    };
    const first = await users.list({ first: 2 });

    expect(await statements(() => users.list({ first: 2, wantTotal: true }))).toBe(2);
    expect(await statements(() => users.list({ first: 2, offset: 2, wantTotal: true }))).toBe(2);
    expect(await statements(() => users.list({ first: 2, after: first.cursors[1], wantTotal: true }))).toBe(2);
    expect(await statements(() => users.list({ first: 2, after: first.cursors[1] }))).toBe(1);
    expect(await statements(() => users.list({ first: 2, filter: { active: { eq: true } }, wantTotal: true }))).toBe(2);
    const byName = { filter: { displayName: { eq: 'the only' } }, wantTotal: true };
    expect(await statements(() => teams.list(byName))).toBe(1);
    expect(await statements(() => teams.list({ first: 100, wantTotal: true }))).toBe(1);
  });
});
