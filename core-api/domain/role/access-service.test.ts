import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { inRecordTransaction } from '../admin-record.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, ROLE_PRESETS } from '../permissions.js';
import { AccessService } from './access-service.js';
import { createPresetRoles } from './role-records.js';
import { RoleService } from './role-service.js';

let bed: CompanyBed;
let access: AccessService;
let roles: RoleService;
const idOf = async (key: string) => (await roles.list({ filter: { key: { eq: key } } })).nodes[0]!.id;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const admin = bed.program();
  await inRecordTransaction(bed.db, (tx) => createPresetRoles(tx, admin, ROLE_PRESETS.functions));
  access = new AccessService(bed.db, admin);
  roles = new RoleService(bed.db, admin);
});
afterAll(() => bed?.close());

it('names the change and the key that gave or denied a role directly', async () => {
  const ann = await bed.user();
  await roles.assign(ann, await idOf('billing'));
  await roles.deny(ann, await idOf('qa'));

  expect(await access.explain(ann, 'billing:read')).toMatchObject({
    isGranted: true,
    roles: [{ key: 'billing' }],
    chain: [
      {
        role: { key: 'billing' },
        allows: true,
        source: 'DIRECT',
        effect: 'GRANTS',
        credentialName: 'a program',
        change: { kind: 'role.assigned', id: expect.stringMatching(/^\d+\.\d+\.\d+$/), objectId: ann },
      },
      { role: { key: 'qa' }, allows: false, effect: 'DENIES', isDenial: true, change: { kind: 'role.denied' } },
    ],
  });
});

it('says OUTRANKED of what a directory gives beside the one role that it keeps', async () => {
  const { directory } = await bed.directory({ roleAttribute: 'roles', keptRoles: 'HIGHEST' });
  const ann = await bed.user({ directoryId: directory.id });
  for (const key of ['manager', 'read'])
    await bed.owner.query(
      `insert into role_assignment (company_id, user_id, role_id, source) values ($1, $2, $3, 'ATTRIBUTE')`,
      [bed.companyId, ann, await idOf(key)],
    );

  const { chain } = await access.explain(ann, 'users:read');
  expect(chain.map(({ role, effect }) => [role.key, effect])).toEqual([
    ['manager', 'GRANTS'],
    ['read', 'OUTRANKED'],
  ]);
});

it('knows only users of the company, and permissions that there are', async () => {
  const ann = await bed.user();
  const elsewhere = new AccessService(bed.db, bed.program(new Set(PERMISSIONS), await bed.anotherCompany()));

  for (const id of [newId(), 'nonsense', await bed.user({ deleted: true })])
    await expect(access.explain(id, 'users:read')).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
  await expect(elsewhere.explain(ann, 'users:read')).rejects.toEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
  await expect(access.explain(ann, 'users:fly')).rejects.toEqual(
    expect.objectContaining({ code: 'INVALID_VALUE', details: { field: 'permission' } }),
  );
});

it.each(['users:read', 'roles:read', 'audit:read'] as const)('needs %s', async (permission) => {
  const without = bed.program(new Set(PERMISSIONS.filter((each) => each !== permission)));

  await expect(new AccessService(bed.db, without).explain(newId(), 'users:read')).rejects.toEqual(
    expect.objectContaining({ code: 'FORBIDDEN' }),
  );
});
