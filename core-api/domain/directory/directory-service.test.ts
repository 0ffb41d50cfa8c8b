import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { systemActor } from '../actor.js';
import { ApiKeyService } from '../auth/api-key-service.js';
import { CompanyService } from '../company/company-service.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, type Permission } from '../permissions.js';
import { DirectoryService } from './directory-service.js';

let bed: CompanyBed;
let companyId: string;
let directories: DirectoryService;

beforeAll(async () => {
  bed = await CompanyBed.open();
  companyId = (await new CompanyService(bed.db, systemActor(newId(), PERMISSIONS)).create({ name: 'Acme' })).id;
  directories = servedWith(PERMISSIONS);
});
afterAll(() => bed?.close());

const servedWith = (permissions: readonly Permission[]) =>
  new DirectoryService(bed.db, bed.program(new Set(permissions), companyId));
const withCode = (code: string) => expect.objectContaining({ code });
const forbidden = (permission: string) =>
  expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(permission) });
let named = 0;
const aDirectory = (profile?: unknown) => directories.create({ name: `Okta ${++named}`, idpKind: 'OKTA', profile });
const aConnection = async () => {
  const id = newId();
  await bed.owner.query(
    `insert into sso_connection (company_id, id, name, kind, config) values ($1, $2, $2::uuid::text, 'SAML', '{}')`,
    [companyId, id],
  );
  return id;
};
const changes = async (objectId: string) =>
  (
    await bed.owner.query('select kind, before, after from change where object_id = $1 order by epoch, xid, no', [
      objectId,
    ])
  ).rows;

describe('permissions', () => {
  it.each<[string, Permission, (service: DirectoryService) => unknown]>([
    ['list', 'directories:read', (service) => service.list({})],
    ['ssoConnectionsOf', 'directories:read', (service) => service.ssoConnectionsOf([newId()])],
    ['create', 'directories:write', (service) => service.create({ name: 'X', idpKind: 'OKTA' })],
    ['update', 'directories:write', (service) => service.update(newId(), {})],
  ])('%s needs %s', async (_name, permission, call) => {
    const without = servedWith(PERMISSIONS.filter((each) => each !== permission));

    await expect((async () => call(without))()).rejects.toEqual(forbidden(permission));
  });

  it('makes no mapping that reaches beyond the actor', async () => {
    const few = servedWith(['directories:read', 'directories:write', 'tokens:write', 'company:read', 'users:read']);
    const { id } = await aDirectory();

    await expect(few.update(id, { profile: { defaultRole: 'manager' } })).rejects.toEqual(forbidden('users:write'));
    // A mapping is read by key or name, ignoring case; so is the right to make it.
    for (const named of ['MANAGER', ' manager ', 'Manager'])
      await expect(few.update(id, { profile: { roleValues: { boss: named } } })).rejects.toEqual(
        forbidden('users:write'),
      );
    await expect(directories.update(id, { profile: { roleValues: { boss: 'owner' } } })).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field: 'profile.roleValues.boss' } }),
    );
  });
});

describe('the profile', () => {
  it('names only roles and projects that the company has; what a preset says of others grants nothing', async () => {
    const refused = (field: string, there: string) =>
      expect.objectContaining({ code: 'INVALID_VALUE', message: expect.stringContaining(there), details: { field } });
    await bed.owner.query(`insert into project (company_id, id, key, name) values ($1, $2, 'dock', 'Dock')`, [
      companyId,
      newId(),
    ]);

    await expect(aDirectory({ roleValues: { boss: 'captain' } })).rejects.toEqual(
      refused('profile.roleValues.boss', 'manager, '),
    );
    await expect(aDirectory({ defaultRole: 'captain' })).rejects.toEqual(refused('profile.defaultRole', 'qa'));
    await expect(aDirectory({ defaultProjects: ['dock', 'quay'] })).rejects.toEqual(
      refused('profile.defaultProjects.1', 'dock'),
    );

    // This company has no roles member and admin.
    const { id, profile } = await directories.create({ name: 'Mail', idpKind: 'ENTRA', preset: 'testmail' });
    expect(profile.roleValues).toEqual({ member: 'member', admin: 'admin' });
    const changed = await directories.update(id, { profile: { defaultRole: 'read', defaultProjects: ['dock'] } });
    expect(changed.profile).toMatchObject({ defaultRole: 'read', defaultProjects: ['dock'] });
    await expect(
      directories.update(id, { profile: { roleValues: { ...profile.roleValues, guest: 'visitor' } } }),
    ).rejects.toEqual(refused('profile.roleValues.guest', 'read'));
  });

  it('starts as the preset says, with what is given on top', async () => {
    const made = await directories.create({
      name: 'Testomat',
      idpKind: 'ENTRA',
      preset: 'testomat',
      profile: { strict: true, version: 77 },
    });

    expect(made).toMatchObject({ status: 'ENABLED', profileVersion: 1, version: 1 });
    expect(made.profile).toMatchObject({ preset: 'testomat', strict: true, unsupportedFilter: 501, version: 1 });
  });

  it('counts its versions by what changes, not by what is sent', async () => {
    const made = await aDirectory();

    const changed = await directories.update(made.id, { profile: { listScope: 'MANAGED' } });
    const same = await directories.update(made.id, { profile: { ...changed.profile, version: 1 } });
    const renamed = await directories.update(made.id, { name: `${made.name} again` });

    expect(changed).toMatchObject({ profileVersion: 2, version: 2, profile: { listScope: 'MANAGED' } });
    expect(same).toEqual(changed);
    expect(renamed).toMatchObject({ profileVersion: 2, version: 3 });
    expect((await changes(made.id)).map(({ kind }) => kind)).toEqual([
      'directory.created',
      'directory.changed',
      'directory.changed',
    ]);
  });

  it.each([
    ['profile.colour', { colour: 'red' }],
    ['profile', 'testomat'],
  ])('is refused with %s as the field', async (field, profile) => {
    await expect(aDirectory(profile)).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }),
    );
  });
});

describe('a directory', () => {
  it('has its own name, whatever the case', async () => {
    const { name } = await aDirectory();

    await expect(directories.create({ name: name.toUpperCase(), idpKind: 'OKTA' })).rejects.toEqual(
      expect.objectContaining({ code: 'UNIQUENESS', details: { field: 'name' } }),
    );
  });

  it('is joined with the SSO connections that are given, and with no others', async () => {
    const [one, two] = [await aConnection(), await aConnection()];
    const { id } = await directories.create({
      name: 'With SSO',
      idpKind: 'OKTA',
      ssoConnectionIds: [one, one],
    });

    const changed = await directories.update(id, { ssoConnectionIds: [two] });
    const same = await directories.update(id, { ssoConnectionIds: [two] });

    expect([changed.version, same.version]).toEqual([2, 2]);
    expect((await directories.ssoConnectionsOf([id])).get(id)?.map((connection) => connection.id)).toEqual([two]);
    expect((await changes(id)).at(-1)).toEqual({
      kind: 'directory.changed',
      before: { ssoConnectionIds: [one] },
      after: { ssoConnectionIds: [two] },
    });
    await expect(directories.update(id, { ssoConnectionIds: ['nonsense'] })).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('is not there for other companies', async () => {
    const { id } = await aDirectory();
    const elsewhere = new DirectoryService(bed.db, bed.program(new Set(PERMISSIONS), await bed.anotherCompany()));

    await expect(elsewhere.get(id)).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(elsewhere.update(id, { name: 'Mine' })).rejects.toEqual(withCode('NOT_FOUND'));
    expect((await elsewhere.ssoConnectionsOf([id])).get(id)).toEqual([]);
  });
});

describe('API keys', () => {
  it('have no permission that their maker lacks', async () => {
    const keys = new ApiKeyService(bed.db, bed.program(new Set(['tokens:write', 'users:read']), companyId));

    await expect(keys.create({ name: 'Too much', permissions: ['users:read', 'users:write'] })).rejects.toEqual(
      forbidden('users:write'),
    );
    const { apiKey, secret } = await keys.create({ name: 'Just right', permissions: ['users:read'] });
    expect(apiKey).toMatchObject({ permissions: ['users:read'], lastUsedAt: null });
    expect((await keys.list({ filter: { name: { startsWith: 'just' } } })).nodes).toEqual([apiKey]);
    expect(JSON.stringify(await changes(apiKey.id))).not.toContain(secret);
  });
});
