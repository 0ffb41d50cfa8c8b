import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { raiseAlarm, resolveAlarm } from './alarms.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

it('rings once until it is resolved, and then again', async () => {
  const actor = bed.program();
  const about = { kind: 'MASS_DEPROVISION', directoryId: null, subjectId: newId() };

  const ids = await Promise.all([1, 2, 3].map(() => raiseAlarm(bed.db, actor, { ...about, details: { users: 3 } })));
  const [id] = ids.filter((each) => each !== null);
  expect(ids.filter((each) => each !== null)).toHaveLength(1);
  expect(await raiseAlarm(bed.db, actor, { ...about, subjectId: newId() })).not.toBeNull();
  expect(await resolveAlarm(bed.db, actor, about)).toBe(id);
  expect(await resolveAlarm(bed.db, actor, about)).toBeNull();
  expect(await raiseAlarm(bed.db, actor, about)).not.toBeNull();

  expect(await bed.changesOf(id!)).toEqual([
    { kind: 'alarm.raised', before: null, after: { ...about, details: { users: 3 } } },
    {
      kind: 'alarm.resolved',
      before: { resolvedAt: null },
      after: { ...about, resolvedAt: expect.any(String) },
    },
  ]);
});

it('rings of a company, of its directories and of objects apart', async () => {
  const { directory, ...actor } = await bed.directory();
  const program = { ...actor, directory: null };
  const kind = 'PROVISIONING_SUSPENDED';

  expect(await raiseAlarm(bed.db, program, { kind })).not.toBeNull();
  expect(await raiseAlarm(bed.db, program, { kind })).toBeNull();
  expect(await raiseAlarm(bed.db, program, { kind, directoryId: directory.id })).not.toBeNull();
  expect(await resolveAlarm(bed.db, program, { kind, subjectId: newId() })).toBeNull();
});
