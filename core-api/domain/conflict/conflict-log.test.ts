import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { forgetOldConflicts, noteConflicts } from './conflict-log.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const stored = async () =>
  (await bed.owner.query('select kind, object_id, directory_id, credential_id, details from conflict order by id'))
    .rows;

it('notes all entries by one statement, with the directory and its token', async () => {
  const actor = await bed.directory();
  const objectId = newId();
  bed.statements.length = 0;

  await noteConflicts(bed.db, actor, [
    { kind: 'ADOPTED', objectType: 'user', objectId, details: { overwritten: { displayName: 'Ann' } } },
    { kind: 'UNKNOWN_MEMBER', objectType: 'team', objectId: 'no id at all' },
  ]);
  expect(bed.statements).toHaveLength(1);
  const by = { directory_id: actor.directory.id, credential_id: actor.id };
  expect(await stored()).toEqual([
    { kind: 'ADOPTED', object_id: objectId, details: { overwritten: { displayName: 'Ann' } }, ...by },
    { kind: 'UNKNOWN_MEMBER', object_id: null, details: {}, ...by },
  ]);
});

it('notes nothing of who is no directory', async () => {
  bed.statements.length = 0;
  await noteConflicts(bed.db, bed.program(), [{ kind: 'ADOPTED', objectType: 'user', objectId: newId() }]);
  expect(bed.statements).toEqual([]);
});

it('forgets what is older than 90 days, of that company alone', async () => {
  const actor = await bed.directory();
  await bed.owner.query('delete from conflict');
  const entry = { kind: 'REVIVED', objectType: 'user', objectId: newId() } as const;
  await noteConflicts(bed.db, actor, [entry, entry]);
  await bed.owner.query(
    `update conflict set at = now() - interval '91 days' where id = (select min(id::text)::uuid from conflict)`,
  );

  expect(await forgetOldConflicts(bed.db, await bed.anotherCompany())).toBe(0);
  expect(await forgetOldConflicts(bed.db, bed.companyId)).toBe(1);
  expect(await stored()).toHaveLength(1);
});
