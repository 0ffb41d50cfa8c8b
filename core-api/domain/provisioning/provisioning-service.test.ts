import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { ProvisioningService } from './provisioning-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
  await bed.owner.query('update company set provisioning = true where id = $1', [bed.companyId]);
});
afterAll(() => bed?.close());

it('deactivates more users than one statement may take, each with a change and once', async () => {
  const [{ directory }, other] = [await bed.directory(), await bed.anotherCompany()];
  const managed = await bed.users(4_500, { directoryId: directory.id });
  const local = await bed.user();
  await bed.user({ directoryId: directory.id, deleted: true });

  await new ProvisioningService(bed.db, bed.program()).disable('DEACTIVATE');

  const { rows } = await bed.owner.query<{ id: string; version: number }>(
    'select id, version from app_user where company_id = $1 and not active order by id',
    [bed.companyId],
  );
  expect(rows).toEqual(managed.sort().map((id) => ({ id, version: 2 })));
  const { rows: changes } = await bed.owner.query<{ object_id: string }>(
    `select object_id from change where company_id = any($1) and kind = 'user.deactivated' order by object_id`,
    [[bed.companyId, other]],
  );
  expect(changes.map((change) => change.object_id)).toEqual(managed);
  expect(managed).not.toContain(local);
  const statements = bed.statements.filter((sql) => sql.includes('user.deactivated')).length;
  expect(statements).toBeGreaterThan(2);
});
