import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { systemActor } from '../actor.js';
import { CompanyService } from '../company/company-service.js';
import { DirectoryService } from '../directory/directory-service.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, type Permission } from '../permissions.js';
import { RoleService } from './role-service.js';

let bed: CompanyBed;
let companyId: string;
let roles: RoleService;
let byKey: Map<string, string>;

beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  const operator = systemActor(newId(), PERMISSIONS);
  const slug = `c-${newId()}`;
  companyId = (await new CompanyService(bed.db, operator).create({ name: 'Acme', slug })).id;
  roles = servedWith(PERMISSIONS);
  byKey = new Map((await roles.list({})).nodes.map(({ key, id }) => [key, id]));
});

const servedWith = (permissions: readonly Permission[]) =>
  new RoleService(bed.db, bed.program(new Set(permissions), companyId));
const idOf = (key: string) => byKey.get(key)!;
const withCode = (code: string) => expect.objectContaining({ code });
const aUser = async (columns = '') => {
  const id = newId();
  await bed.owner.query(
    `insert into app_user (company_id, id, user_name, user_name_key) values ($1, $2, $2::uuid::text, $2::uuid::text)`,
    [companyId, id],
  );
  if (columns) await bed.owner.query(`update app_user set ${columns} where id = $1`, [id]);
  return id;
};
const changes = async (objectId: string) =>
  (
    await bed.owner.query(
      'select kind, object_type as type, before, after from change where object_id = $1 order by epoch, xid, no',
      [objectId],
    )
  ).rows;
const assigned = async (userId: string) =>
  (await bed.owner.query('select role_id, source, denied from role_assignment where user_id = $1', [userId])).rows;

describe('permissions', () => {
  it.each<[string, Permission, (service: RoleService) => unknown]>([
    ['list', 'roles:read', (service) => service.list({})],
    ['get', 'roles:read', (service) => service.get(newId())],
    ['getMany', 'roles:read', (service) => service.getMany([])],
    ['create', 'roles:write', (service) => service.create({ key: 'a', name: 'A', permissions: [], rank: 1 })],
    ['update', 'roles:write', (service) => service.update(newId(), {})],
    ['delete', 'roles:write', (service) => service.delete(newId())],
    ['assign', 'roles:assign', (service) => service.assign(newId(), newId())],
    ['unassign', 'roles:assign', (service) => service.unassign(newId(), newId())],
  ])('%s needs %s', async (_name, permission, call) => {
    const without = servedWith(PERMISSIONS.filter((each) => each !== permission));

    await expect((async () => call(without))()).rejects.toEqual(
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(permission) }),
    );
  });

  it('hands out no permission that the actor lacks, whichever way it is tried', async () => {
    const few = servedWith(['roles:read', 'roles:write', 'roles:assign', 'users:read']);
    const names = (permission: string) =>
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(permission) });
    const ann = await aUser();
    const mine = await few.create({ key: 'mine', name: 'Mine', permissions: ['users:read'], rank: 1 });

    await expect(few.create({ key: 'x', name: 'X', permissions: ['sso:write'], rank: 1 })).rejects.toEqual(
      names('sso:write'),
    );
    await expect(few.update(mine.id, { permissions: ['audit:read'] })).rejects.toEqual(names('audit:read'));
    await expect(few.update(idOf('manager'), { rank: 1 })).rejects.toEqual(names('users:write'));
    await expect(few.delete(idOf('manager'))).rejects.toEqual(names('users:write'));
    await expect(few.assign(ann, idOf('owner'))).rejects.toEqual(names('sso:write'));
    await expect(few.unassign(ann, idOf('owner'))).rejects.toEqual(names('sso:write'));
    await expect(few.assign(ann, mine.id)).resolves.toBeUndefined();
  });
});

describe('creating and changing', () => {
  it('logs what differs, and writes nothing when nothing does', async () => {
    const made = await roles.create({
      key: 'lead',
      name: ' Lead ',
      permissions: ['users:write', 'users:read', 'users:read'],
      rank: 70,
    });
    const changed = await roles.update(made.id, { name: 'Team lead', rank: 70, permissions: null });
    const same = await roles.update(made.id, { name: 'Team lead', permissions: ['users:write', 'users:read'] });

    expect(made).toMatchObject({ name: 'Lead', permissions: ['users:read', 'users:write'], version: 1 });
    expect(changed).toMatchObject({ name: 'Team lead', version: 2 });
    expect(same).toEqual(changed);
    const after = { key: 'lead', name: 'Lead', permissions: ['users:read', 'users:write'], rank: 70 };
    expect(await changes(made.id)).toEqual([
      {
        kind: 'role.created',
        type: 'role',
        before: null,
        after: { ...after, grantableByDirectory: true, isDefault: false },
      },
      { kind: 'role.changed', type: 'role', before: { name: 'Lead' }, after: { name: 'Team lead' } },
    ]);
  });

  it.each([
    [{ key: 'Lead' }, 'key'],
    [{ name: ' ' }, 'name'],
    [{ permissions: ['users:fly'] }, 'permissions'],
    [{ rank: 1.5 }, 'rank'],
  ])('refuses %j', async (fault, field) => {
    const input = { key: 'lead', name: 'Lead', permissions: [], rank: 1, ...fault };

    await expect(roles.create(input)).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }),
    );
  });

  it('refuses a key that is taken, and a version that has passed', async () => {
    await expect(roles.create({ key: 'qa', name: 'Q', permissions: [], rank: 1 })).rejects.toEqual(
      expect.objectContaining({ code: 'UNIQUENESS', details: { field: 'key' } }),
    );
    await roles.update(idOf('read'), { name: 'Reader' });
    await expect(roles.update(idOf('read'), { name: 'R', expectedVersion: 1 })).rejects.toEqual(
      withCode('VERSION_MISMATCH'),
    );
  });

  it('knows no role of another company', async () => {
    const elsewhere = new RoleService(bed.db, bed.program(new Set(PERMISSIONS), await bed.anotherCompany()));

    for (const id of [idOf('qa'), 'nonsense']) {
      await expect(elsewhere.get(id)).rejects.toEqual(withCode('NOT_FOUND'));
      await expect(elsewhere.update(id, { name: 'Mine' })).rejects.toEqual(withCode('NOT_FOUND'));
      await expect(elsewhere.delete(id)).rejects.toEqual(withCode('NOT_FOUND'));
    }
    expect(await elsewhere.getMany([idOf('qa')])).toEqual([]);
  });

  it('keeps the owner as it is', async () => {
    await expect(roles.update(idOf('owner'), { name: 'Boss' })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(roles.update(idOf('owner'), { grantableByDirectory: true })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(roles.update(idOf('owner'), { isDefault: true })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(roles.delete(idOf('owner'))).rejects.toEqual(withCode('FORBIDDEN'));
  });

  it('has one default role, also when two are made the default at once', async () => {
    await Promise.all(['read', 'billing'].map((key) => roles.update(idOf(key), { isDefault: true })));

    const defaults = (await roles.list({ filter: { isDefault: { eq: true } } })).nodes;
    expect(defaults).toHaveLength(1);
    await expect(roles.update(defaults[0]!.id, { isDefault: false })).rejects.toEqual(withCode('INVALID_VALUE'));
  });
});

describe('deleting', () => {
  it('refuses what is the default, assigned, or named by a profile', async () => {
    await roles.assign(await aUser(), idOf('read'));
    await new DirectoryService(bed.db, systemActor(companyId, PERMISSIONS)).create({
      name: 'Okta',
      idpKind: 'OKTA',
      profile: { roleValues: { boss: 'Manager' } },
    });

    for (const key of ['qa', 'read', 'manager'])
      await expect(roles.delete(idOf(key)), key).rejects.toEqual(withCode('IN_USE'));

    await roles.delete(idOf('billing'));
    expect((await changes(idOf('billing'))).at(-1)).toMatchObject({ kind: 'role.deleted', after: null });
  });
});

describe('assigning', () => {
  it('happens once, and is logged with the user', async () => {
    const ann = await aUser();

    await roles.assign(ann, idOf('manager'));
    await roles.assign(ann, idOf('manager'));
    await roles.unassign(ann, idOf('manager'));
    await roles.unassign(ann, idOf('manager'));

    const logged = { roleId: idOf('manager'), role: 'manager', source: 'DIRECT' };
    expect(await changes(ann)).toEqual([
      { kind: 'role.assigned', type: 'user', before: null, after: logged },
      { kind: 'role.unassigned', type: 'user', before: logged, after: null },
    ]);
    expect(await assigned(ann)).toEqual([]);
  });

  it('ends a direct denial, and leaves what a directory grants', async () => {
    const ann = await aUser();
    await bed.owner.query(
      `insert into role_assignment (company_id, user_id, role_id, source, denied) values ($1, $2, $3, 'DIRECT', true), ($1, $2, $3, 'ATTRIBUTE', false)`,
      [companyId, ann, idOf('read')],
    );

    await roles.assign(ann, idOf('read'));
    expect(await assigned(ann)).toContainEqual({ role_id: idOf('read'), source: 'DIRECT', denied: false });
    await roles.unassign(ann, idOf('read'));
    expect(await assigned(ann)).toEqual([{ role_id: idOf('read'), source: 'ATTRIBUTE', denied: false }]);
  });

  it('knows no user that is deleted, elsewhere or nonsense', async () => {
    const elsewhere = await bed.user();

    for (const id of [await aUser('deleted_at = now()'), elsewhere, newId(), 'nonsense'])
      await expect(roles.assign(id, idOf('read'))).rejects.toEqual(
        expect.objectContaining({ code: 'NOT_FOUND', details: { id } }),
      );
  });
});

describe('the last owner', () => {
  it('stays when two requests take the last two at once', async () => {
    for (let round = 0; round < 5; round++) {
      const owners = [await aUser(), await aUser()];
      for (const id of owners) await roles.assign(id, idOf('owner'));

      const results = await Promise.allSettled(owners.map((id) => roles.unassign(id, idOf('owner'))));

      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(['LAST_OWNER']);
      const [left] = (await Promise.all(owners.map(assigned))).flat();
      expect(left).toBeDefined();
      await bed.owner.query('delete from role_assignment where company_id = $1', [companyId]);
    }
  });

  it('is not made good for by owners that are inactive or managed by a directory', async () => {
    const { directory } = await bed.directory();
    await bed.owner.query('update directory set company_id = $1 where id = $2', [companyId, directory.id]);
    const [owner, inactive, managed] = [
      await aUser(),
      await aUser('active = false'),
      await aUser(`directory_id = '${directory.id}'`),
    ];
    for (const id of [owner, inactive, managed]) await roles.assign(id, idOf('owner'));

    await expect(roles.unassign(owner, idOf('owner'))).rejects.toEqual(withCode('LAST_OWNER'));
    await expect(roles.unassign(managed, idOf('owner'))).resolves.toBeUndefined();
    await expect(roles.unassign(inactive, idOf('owner'))).resolves.toBeUndefined();
  });
});

describe('listing', () => {
  it('filters, orders and pages', async () => {
    const { nodes, totalCount, hasNextPage, cursors } = await roles.list({
      orderBy: { field: 'RANK', direction: 'DESC' },
      first: 2,
      wantTotal: true,
    });
    const next = await roles.list({
      orderBy: { field: 'RANK', direction: 'DESC' },
      first: 2,
      after: cursors[1],
    });
    const found = await roles.list({
      filter: { or: [{ name: { contains: 'ONLY' } }, { key: { eq: 'qa' } }], not: { rank: { gt: 50 } } },
      orderBy: { field: 'NAME' },
    });

    expect([nodes.map(({ key }) => key), totalCount, hasNextPage]).toEqual([['owner', 'manager'], 5, true]);
    expect(next.nodes.map(({ key }) => key)).toEqual(['billing', 'qa']);
    expect(found.nodes.map(({ key }) => key)).toEqual(['qa', 'read']);
  });
});
