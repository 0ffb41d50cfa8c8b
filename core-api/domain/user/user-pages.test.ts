import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { UserService } from './user-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

it('has the same rows at each position, counted from whichever end', async () => {
  const companyId = await bed.anotherCompany();
  const okta = await bed.directory({}, companyId);
  const entra = await bed.directory({ listScope: 'MANAGED' }, companyId);
  const writers = [new UserService(bed.db, bed.program(undefined, companyId)), new UserService(bed.db, okta)];
  for (let i = 0; i < 9; i++) for (const writer of writers) await writer.create({ userName: newId() });
  await writers[1]!.delete((await writers[1]!.create({ userName: newId() })).user.id);
  for (let i = 0; i < 4; i++) await new UserService(bed.db, entra).create({ userName: newId() });

  for (const [reader, count] of [
    [writers[0]!, 22],
    [writers[1]!, 18],
    [new UserService(bed.db, entra), 4],
  ] as const)
    for (const direction of ['ASC', 'DESC'] as const) {
      const orderBy = { field: 'ID', direction } as const;
      const all = (await reader.list({ first: 50, orderBy })).nodes;
      expect(all).toHaveLength(count);
      for (const offset of [...Array(count + 3).keys(), 2 ** 31 - 1])
        for (const first of [1, 4, 30]) {
          const page = await reader.list({ first, offset, orderBy });
          expect(page.nodes).toEqual(all.slice(offset, offset + first));
          expect(page.hasNextPage).toBe(offset + first < count);
        }
    }
});
