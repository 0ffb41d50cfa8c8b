import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { GATEWAY } from './gateway-actor.js';
import { forgetOldToleranceCounts, type MetBatch, ToleranceCounts } from './tolerance-counts.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const add = (batch: MetBatch) => new ToleranceCounts(bed.db, GATEWAY).add(batch);
const met = (directoryId: string, name: string, count: number, lastAt = '2026-01-31T08:00:00.000Z') => ({
  companyId: bed.companyId,
  directoryId,
  name,
  count,
  lastAt,
});
const shown = async (directoryId: string) =>
  (await new ToleranceCounts(bed.db, bed.program()).ofDirectories([directoryId])).get(directoryId) ?? [];

it('adds up what gateways tell, each batch once, however often it comes', async () => {
  const { directory } = await bed.directory();
  const [gatewayId, other] = [newId(), newId()];
  const first = { gatewayId, batch: 1, met: [met(directory.id, 'TEXT_BOOLEAN', 2), met(directory.id, 'ALIAS', 1)] };
  const second = { gatewayId, batch: 2, met: [met(directory.id, 'TEXT_BOOLEAN', 3, '2026-01-31T09:00:00.000Z')] };
  const others = { gatewayId: other, batch: 1, met: [met(directory.id, 'ALIAS', 9, '2026-01-30T08:00:00.000Z')] };
  for (const batch of [first, first, others, second, first, second, others]) await add(batch);

  expect(await shown(directory.id)).toMatchObject([
    { name: 'ALIAS', count: 10, lastAt: '2026-01-31T08:00:00.000Z' },
    { name: 'TEXT_BOOLEAN', count: 5, lastAt: '2026-01-31T09:00:00.000Z', cure: expect.stringContaining('Entra') },
  ]);
});

it('is one statement a company, and loses nothing when two gateways tell at once', async () => {
  const { directory } = await bed.directory();
  bed.statements.length = 0;
  await add({ gatewayId: newId(), batch: 1, met: Array.from({ length: 50 }, () => met(directory.id, 'ALIAS', 1)) });
  expect(bed.statements).toHaveLength(1);

  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const gatewayId = newId();
      for (const batch of [1, 2, 3]) await add({ gatewayId, batch, met: [met(directory.id, 'ALIAS', 1)] });
    }),
  );
  expect(await shown(directory.id)).toMatchObject([{ count: 74 }]);
});

it('drops what is of no directory of the company, and shows nothing that the catalogue does not have', async () => {
  const { directory } = await bed.directory();
  const elsewhere = await bed.anotherCompany();
  await add({
    gatewayId: newId(),
    batch: 1,
    met: [
      { ...met(directory.id, 'ALIAS', 1), companyId: elsewhere },
      met(newId(), 'ALIAS', 1),
      met(directory.id, 'ALIAS', 0),
      met(directory.id, 'NEVER_HEARD_OF', 1),
      met(directory.id, 'toString', 1),
    ],
  });

  expect(await shown(directory.id)).toEqual([]);
  expect((await bed.owner.query('select 1 from tolerance_count where company_id = $1', [elsewhere])).rows).toEqual([]);
});

it('forgets what is older than 30 days, of that company alone', async () => {
  const { directory } = await bed.directory();
  await add({ gatewayId: newId(), batch: 1, met: [met(directory.id, 'ALIAS', 1)] });
  await bed.owner.query('update tolerance_count set day = day - 31 where directory_id = $1', [directory.id]);

  await forgetOldToleranceCounts(bed.db, await bed.anotherCompany());
  expect(await shown(directory.id)).toHaveLength(1);
  await forgetOldToleranceCounts(bed.db, bed.companyId);
  expect(await shown(directory.id)).toEqual([]);
});

it('is told by the gateway alone, and read with a permission', async () => {
  const directory = await bed.directory();
  const batch = { gatewayId: newId(), batch: 1, met: [] };
  await expect(new ToleranceCounts(bed.db, directory).add(batch)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(add({ ...batch, gatewayId: 'x' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  const nobody = { ...bed.program(), permissions: new Set<never>() };
  await expect(new ToleranceCounts(bed.db, nobody).ofDirectories([directory.directory.id])).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});
