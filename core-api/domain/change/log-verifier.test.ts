import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import { verifyLog } from './log-verifier.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

let companyId: string;
let positions: string[];
const asOwner = (sql: string, values: unknown[] = []) => bed.owner.query(sql, values);
const verify = (noted: Parameters<typeof verifyLog>[2] = null) => verifyLog(bed.db, companyId, noted);

async function change(count: number): Promise<void> {
  const teams = new TeamService(bed.db, bed.program(undefined, companyId));
  for (let i = 0; i < count; i++) await teams.create({ displayName: `Team ${newId()}` });
}

async function sealAll(): Promise<void> {
  const follower = new LogFollower({ db: bed.db, log: { warn: () => undefined }, consumers: [] });
  const unsealed = async () => {
    await follower.follow();
    return (await verify()).unsealedRows;
  };
  await expect.poll(unsealed, { interval: 20, timeout: 15_000 }).toBe(0);
}

/** Two seals over four rows, and one row that no seal covers. */
beforeEach(async () => {
  companyId = await bed.anotherCompany();
  await change(2);
  await sealAll();
  await change(2);
  await sealAll();
  await change(1);
  const { rows } = await asOwner(
    `select epoch || '.' || xid || '.' || no as position from change where company_id = $1 order by epoch, xid, no`,
    [companyId],
  );
  positions = rows.map(({ position }) => position);
});

/** The row at that place, as a condition. */
const at = (index: number) => {
  const [epoch, xid, no] = positions[index]!.split('.');
  return `company_id = '${companyId}' and epoch = ${epoch} and xid = '${xid}' and no = ${no}`;
};

describe('E-03: a log that nobody touched', () => {
  it('verifies, and says how much of it is not sealed yet', async () => {
    const { newest, ...verdict } = await verify();
    expect(verdict).toMatchObject({ sealedRows: 4, unsealedRows: 1, broken: null });
    expect(verdict.seals).toBeGreaterThanOrEqual(2);
    expect(newest).toEqual({ sealNo: String(verdict.seals), root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await verify(newest)).toMatchObject({ broken: null });
  });

  it('of another company is not looked at', async () => {
    await asOwner(`update change set kind = 'x' where ${at(0)}`);
    companyId = await bed.anotherCompany();
    expect(await verify()).toEqual({ seals: 0, sealedRows: 0, unsealedRows: 0, newest: null, broken: null });
  });
});

describe('E-03: tampering is found, also by who owns the database', () => {
  it.each([
    ['what it says', `after = '{"displayName": "X"}'`],
    ['who did it', `actor_name = 'somebody else'`],
    ['by which way', `source = 'API', credential_id = null`],
    ['its digest', `digest = sha256('x')`],
  ])('a row that was changed: %s', async (_, values) => {
    await asOwner(`update change set ${values} where ${at(2)}`);
    expect((await verify()).broken).toMatchObject({ kind: 'CHANGED_ROW', after: positions[2], through: positions[2] });
  });

  it('the first of two', async () => {
    await asOwner(`update change set kind = 'x' where ${at(3)} or ${at(1)}`);
    expect((await verify()).broken).toMatchObject({ through: positions[1] });
  });

  it('a row that no seal covers yet', async () => {
    await asOwner(`update change set kind = 'x' where ${at(4)}`);
    expect((await verify()).broken).toMatchObject({ kind: 'CHANGED_ROW', through: positions[4] });
  });

  it('a row that was changed together with its digest', async () => {
    await asOwner(`update change c set after = '{}' where ${at(1)}`);
    await asOwner(`update change c set digest = change_digest(c) where ${at(1)}`);
    expect((await verify()).broken).toMatchObject({ kind: 'OTHER_ROWS', after: null });
  });

  it('the time of a row', async () => {
    await asOwner(`update change set at = at - interval '1 day' where ${at(1)}`);
    expect((await verify()).broken).toMatchObject({ kind: 'OTHER_ROWS' });
  });

  it.each([
    ['the first', 0, null],
    ['one in the middle', 2, 1],
  ])('a row that was deleted: %s', async (_, index, last) => {
    await asOwner(`delete from change where ${at(index)}`);
    expect((await verify()).broken).toMatchObject({
      kind: 'MISSING_ROWS',
      after: last === null ? null : positions[last],
    });
  });

  it.each([
    ['among others', (index: number) => positions[index]!],
    ['before all others', () => '0.1.1'],
  ])('a row that was inserted into the past: %s', async (_, place) => {
    const [epoch, xid, no] = place(0).split('.');
    await asOwner(
      `insert into change (company_id, epoch, xid, no, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
       values ($1, $2, $3, $4::bigint + 500000000, 'SYSTEM', $1, 'test', 'SYSTEM', 'x', 'team', $1)`,
      [companyId, epoch, xid, no],
    );
    expect((await verify()).broken).toMatchObject({ kind: 'ADDED_ROWS', after: null });
  });

  it('a row that was emptied without an erasure', async () => {
    await asOwner(`update change set before = null, after = null, salt = null where ${at(1)}`);
    expect((await verify()).broken).toMatchObject({ kind: 'UNTOLD_ERASURE', through: positions[1] });
  });

  it.each([
    ['the first', 1],
    ['one of the others', 2],
  ])('a seal that was deleted: %s', async (_, sealNo) => {
    await change(1);
    await sealAll();
    await asOwner('delete from change_seal where company_id = $1 and no = $2', [companyId, sealNo]);
    expect((await verify()).broken).toMatchObject({ kind: 'MISSING_SEAL' });
  });

  it('a seal that was made anew over other rows', async () => {
    await asOwner(`update change_seal set root = sha256('x') where company_id = $1 and no = 1`, [companyId]);
    expect((await verify()).broken).toMatchObject({ kind: 'OTHER_ROWS', after: null });
    await asOwner(`update change_seal set previous_root = sha256('x') where company_id = $1 and no = 1`, [companyId]);
    expect((await verify()).broken).toMatchObject({ kind: 'BROKEN_CHAIN', after: null });
  });

  it('a log that was cut off with its seals, only by who noted the last one', async () => {
    const { newest } = await verify();
    await asOwner('delete from change_seal where company_id = $1 and no = $2', [companyId, newest!.sealNo]);
    await asOwner(
      `delete from change where company_id = $1 and (epoch, xid, no) > (select through_epoch, through_xid, through_no
         from change_seal where company_id = $1 order by no desc limit 1)`,
      [companyId],
    );
    expect((await verify()).broken).toBeNull();
    expect((await verify(newest)).broken).toMatchObject({ kind: 'MISSING_SEAL', through: null });

    await change(1);
    await sealAll();
    expect((await verify()).broken).toBeNull();
    expect((await verify(newest)).broken).toMatchObject({ kind: 'OTHER_SEAL' });
  });
});

it('rows that came late are verified in their order, however many pages they are', async () => {
  await asOwner(
    `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id)
     select $1, 'SYSTEM', $1, 'test', 'SYSTEM', 'x', 'team', gen_random_uuid() from generate_series(1, 7000)`,
    [companyId],
  );
  expect(await verify()).toMatchObject({ unsealedRows: 7001, broken: null });
  await sealAll();
  expect(await verify()).toMatchObject({ sealedRows: 7005, unsealedRows: 0, broken: null });
});
