import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyLog } from '#core-api/domain/change/log-verifier.js';
import { newId } from '#core-api/domain/new-id.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { appendSeal } from '#core-api/persistence/stores/change-seals.js';
import { BEFORE_ALL } from '#core-api/persistence/stores/changes.js';
import { readInAnyOrder, readInOrder } from '#core-api/persistence/stores/reading-order.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { LogBatch, LogConsumer } from './log-consumer.js';
import { LogFollower } from './log-follower.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const follower = (...consumers: LogConsumer[]) => new LogFollower({ db: bed.db, log: { warn: vi.fn() }, consumers });

async function change(companyId: string, count = 1): Promise<void> {
  const teams = new TeamService(bed.db, bed.program(undefined, companyId));
  for (let i = 0; i < count; i++) await teams.create({ displayName: `Team ${newId()}` });
}

/** Many rows at once, past the services. */
async function changeMuch(companyId: string, count: number): Promise<void> {
  await bed.owner.query(
    `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id, after)
     select $1, 'SYSTEM', $1, 'test', 'SYSTEM', 'team.changed', 'team', gen_random_uuid(), jsonb_build_object('n', n)
     from generate_series(1, $2::int) n`,
    [companyId, count],
  );
}

const logged = async (companyId: string) =>
  Number((await bed.owner.query('select count(*) from change where company_id = $1', [companyId])).rows[0].count);
const sealed = async (companyId: string) =>
  (
    await bed.owner.query<{ rows: number }>('select rows from change_seal where company_id = $1 order by no', [
      companyId,
    ])
  ).rows.map(({ rows }) => rows);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** Until everything is sealed: what runs beside this test on the same server can hold the log back. */
async function followAll(companyId: string, one = follower()): Promise<void> {
  const isAll = async () => {
    await one.follow();
    return sum(await sealed(companyId)) === (await logged(companyId));
  };
  await expect.poll(isAll, { interval: 20, timeout: 15_000 }).toBe(true);
}

describe('the follower of the change log', () => {
  it('seals each company by itself, and goes on from its last seal', async () => {
    const [a, b] = [await bed.anotherCompany(), await bed.anotherCompany()];
    await change(a, 2);
    await change(b);
    await followAll(a);
    await followAll(b);
    await change(a);
    await followAll(a);

    const verdict = await verifyLog(bed.db, a);
    expect(verdict).toMatchObject({ sealedRows: 3, unsealedRows: 0, broken: null });
    expect(verdict.seals).toBeGreaterThanOrEqual(2);
    expect(await verifyLog(bed.db, b)).toMatchObject({ sealedRows: 1, broken: null });
  });

  it('leaves a company without new changes alone', async () => {
    const companyId = await bed.anotherCompany();
    await change(companyId);
    await followAll(companyId);
    const before = await sealed(companyId);

    await follower().follow();

    expect(await sealed(companyId)).toEqual(before);
  });

  it('seals nothing that an older transaction may still come before', async () => {
    const companyId = await bed.anotherCompany();
    const slow = await bed.owner.connect();
    const insert = `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
      values ('${companyId}', 'SYSTEM', '${newId()}', 'test', 'SYSTEM', 'slow', 'team', '${newId()}')`;
    await slow.query('begin');
    await slow.query(insert);
    await change(companyId);

    await follower().follow();
    expect(await sealed(companyId)).toEqual([]);

    await slow.query('commit');
    slow.release();
    await followAll(companyId);
    expect(await verifyLog(bed.db, companyId)).toMatchObject({ sealedRows: 2, broken: null });
  });

  it('works through 20,000 rows, 5,000 a seal, and shows them to its consumers without a gap', async () => {
    const companyId = await bed.anotherCompany();
    await changeMuch(companyId, 20_000);
    const batches: LogBatch[] = [];
    await followAll(
      companyId,
      follower(async (_, batch) => void (batch.companyId === companyId && batches.push(batch))),
    );

    expect(await sealed(companyId)).toEqual([5000, 5000, 5000, 5000]);
    expect(batches.map(({ after }) => after)).toEqual([null, ...batches.slice(0, -1).map(({ through }) => through)]);
    expect(batches[0]!.kinds).toEqual(new Set(['team.changed']));
    expect(await verifyLog(bed.db, companyId)).toMatchObject({ seals: 4, sealedRows: 20_000, broken: null });
  });

  it('reads no more than it seals, however much waits', async () => {
    const companyId = await bed.anotherCompany();
    await changeMuch(companyId, 20_000);
    bed.statements.length = 0;
    await followAll(companyId);
    const seal = appendSeal.bind({ companyId, ...BEFORE_ALL, sealNo: '1', previousRoot: null });
    const at = bed.statements.indexOf(seal.sql);
    expect(bed.statements.slice(at - 1, at + 2)).toEqual([readInOrder.sql, seal.sql, readInAnyOrder.sql]);

    const client = await bed.owner.connect();
    const planOf = async () =>
      (await client.query<{ 'QUERY PLAN': string }>(`explain ${seal.sql}`, [...seal.parameters])).rows
        .map((row) => row['QUERY PLAN'])
        .filter((line) => line.includes(' on change c'));
    await client.query('begin');
    expect(await planOf()).toEqual([expect.stringContaining('Bitmap Heap Scan')]);
    await client.query(readInOrder.sql);
    expect(await planOf()).toEqual([expect.stringContaining('Index Scan using change_pkey')]);
    await client.query('rollback');
    client.release();
  });

  it('lets no company wait for another one that has much to seal', async () => {
    const [before, much, behind] = [await bed.anotherCompany(), await bed.anotherCompany(), await bed.anotherCompany()];
    await changeMuch(much, 15_000);
    for (const little of [before, behind]) await change(little);
    await bed.settled();
    const order: string[] = [];
    const one = follower(async (_, { companyId }) => void order.push(companyId));
    for (const companyId of [before, much, behind]) await followAll(companyId, one);
    for (const little of [before, behind]) expect(order.indexOf(little)).toBeLessThan(order.lastIndexOf(much));
  });

  it('two at once seal each row once, and each batch reaches one of their consumers', async () => {
    const companyId = await bed.anotherCompany();
    const seen: number[] = [];
    const note: LogConsumer = async (tx, { companyId: of, through }) => {
      if (of !== companyId) return;
      expect(tx.isTransaction).toBe(true);
      seen.push(Number(through.no));
    };
    const [one, two] = [follower(note), follower(note)];
    const write = async () => {
      for (let i = 0; i < 10; i++) await changeMuch(companyId, 300);
    };
    const follow = async (each: LogFollower) => {
      for (let i = 0; i < 20; i++) await each.follow();
    };
    await Promise.all([write(), follow(one), follow(two)]);
    await followAll(companyId, one);

    expect(await verifyLog(bed.db, companyId)).toMatchObject({ sealedRows: 3000, broken: null });
    expect(seen).toHaveLength((await sealed(companyId)).length);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('leaves no seal when a consumer fails, goes on with the other companies, and brings the batch again', async () => {
    const [a, b] = [await bed.anotherCompany(), await bed.anotherCompany()];
    await change(a);
    await change(b);
    let fails = true;
    const batches: string[] = [];
    const warn = vi.fn();
    const one = new LogFollower({
      db: bed.db,
      log: { warn },
      consumers: [
        async (_, { companyId, kinds }) => {
          if (companyId !== a) return;
          batches.push(...kinds);
          if (fails) throw new Error('no');
        },
      ],
    });
    await followAll(b, one);

    expect(await sealed(a)).toEqual([]);
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ companyId: a, err: expect.objectContaining({ message: 'no' }) }),
      expect.any(String),
    );
    fails = false;
    batches.length = 0;
    await followAll(a, one);
    expect(batches).toEqual(['team.created']);
  });

  it('whoever is killed in the middle leaves nothing behind', async () => {
    const companyId = await bed.anotherCompany();
    await change(companyId, 3);
    const killed = follower(async (tx, batch) => {
      if (batch.companyId !== companyId) return;
      const { pid } = (await tx.em.execute('select pg_backend_pid() as pid'))[0] as { pid: number };
      await bed.owner.query('select pg_terminate_backend($1)', [pid]);
      await tx.em.execute('select 1');
    });
    await expect.poll(async () => (await killed.follow()) === false, { interval: 20, timeout: 15_000 }).toBe(true);
    expect(await sealed(companyId)).toEqual([]);

    await followAll(companyId);
    expect(await verifyLog(bed.db, companyId)).toMatchObject({ sealedRows: 3, broken: null });
  });

  it('follows by itself once it was started, until it is stopped', async () => {
    const companyId = await bed.anotherCompany();
    const one = follower();
    one.start();
    await change(companyId);
    await expect.poll(() => sealed(companyId), { interval: 100, timeout: 15_000 }).toEqual([1]);
    await one.stop();
    bed.statements.length = 0;
    await change(companyId);
    expect(await sealed(companyId)).toEqual([1]);
  });
});
