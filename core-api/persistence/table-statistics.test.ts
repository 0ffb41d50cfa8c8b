import { expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { TableStatistics } from './table-statistics.js';

it('has the server look after fifty writes, and once a second at most', () => {
  let now = 0;
  const asked: number[] = [];
  const statistics = new TableStatistics(
    async () => void asked.push(now),
    () => now,
  );
  const write = (times: number) => {
    for (let i = 0; i < times; i++) statistics.wrote();
  };

  write(49);
  expect(asked).toEqual([]);
  write(1);
  now = 999;
  write(500);
  expect(asked).toEqual([0]);
  now = 1_000;
  write(1);
  expect(asked).toEqual([0, 1_000]);
});

it('waits for what is under way when it stops, and begins nothing after', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  const statistics = new TableStatistics(
    () => {
      asked++;
      return promise;
    },
    () => 1_000 * asked,
  );
  for (let i = 0; i < 50; i++) statistics.wrote();
  let isStopped = false;
  const stopped = statistics.stop().then(() => {
    isStopped = true;
  });
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  resolve();
  await stopped;

  for (let i = 0; i < 50; i++) statistics.wrote();
  expect(asked).toBe(1);
});

it('analyses a table that grew by half, and no other', async () => {
  const bed = await CompanyBed.open();
  try {
    const analysed = async () => {
      await bed.owner.query('select refresh_statistics()');
      const { rows } = await bed.owner.query<{ known: number }>(
        `select reltuples::int as known from pg_class where oid = 'app_user'::regclass`,
      );
      return rows[0]!.known;
    };
    const add = (users: number) =>
      bed.owner.query(
        `insert into app_user (company_id, id, user_name, user_name_key) select $1, uuidv7(), n, n from (select gen_random_uuid()::text as n from generate_series(1, $2::int)) n`,
        [bed.companyId, users],
      );

    await add(1_000);
    const many = await analysed();
    expect(many).toBeGreaterThanOrEqual(1_000);
    await add(200);
    expect(await analysed()).toBe(many);
    await add(600);
    expect(await analysed()).toBeGreaterThanOrEqual(1_800);
  } finally {
    await bed.close();
  }
});
