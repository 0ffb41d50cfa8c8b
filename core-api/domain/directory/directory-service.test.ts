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
    ['tokensOf', 'directories:read', (service) => service.tokensOf([newId()])],
    ['getToken', 'directories:read', (service) => service.getToken(newId())],
    ['ssoConnectionsOf', 'directories:read', (service) => service.ssoConnectionsOf([newId()])],
    ['create', 'directories:write', (service) => service.create({ name: 'X', idpKind: 'OKTA' })],
    ['update', 'directories:write', (service) => service.update(newId(), {})],
    ['createToken', 'tokens:write', (service) => service.createToken({ directoryId: newId(), name: 'X' })],
    ['revokeToken', 'tokens:write', (service) => service.revokeToken(newId())],
  ])('%s needs %s', async (_name, permission, call) => {
    const without = servedWith(PERMISSIONS.filter((each) => each !== permission));

    await expect((async () => call(without))()).rejects.toEqual(forbidden(permission));
  });

  it('makes no token and no mapping that reaches beyond the actor', async () => {
    const few = servedWith(['directories:read', 'directories:write', 'tokens:write', 'company:read', 'users:read']);
    const { id } = await aDirectory();

    await expect(few.createToken({ directoryId: id, name: 'X', scopes: ['users'] })).rejects.toEqual(
      forbidden('users:write'),
    );
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
    await expect(elsewhere.createToken({ directoryId: id, name: 'X' })).rejects.toEqual(withCode('NOT_FOUND'));
    expect(await elsewhere.tokensOf([id])).toEqual(new Map());
    expect((await elsewhere.ssoConnectionsOf([id])).get(id)).toEqual([]);
    const { directoryToken } = await directories.createToken({ directoryId: id, name: 'X' });
    await expect(elsewhere.getToken(directoryToken.id)).rejects.toEqual(withCode('NOT_FOUND'));
  });
});

describe('tokens', () => {
  it('are shown once, listed by hint, and revoked once', async () => {
    const { id } = await aDirectory();
    const { directoryToken, secret } = await directories.createToken({
      directoryId: id,
      name: 'Connector',
      scopes: ['groups', 'users'],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });

    const revoked = await directories.revokeToken(directoryToken.id);
    const again = await directories.revokeToken(directoryToken.id);

    expect(directoryToken).toMatchObject({ directoryId: id, scopes: ['users', 'groups'], revokedAt: null });
    expect(secret.endsWith(directoryToken.hint.slice(-4))).toBe(true);
    expect(again).toEqual(revoked);
    expect(await directories.tokensOf([id])).toEqual(new Map([[id, [revoked]]]));
    expect(await directories.getToken(directoryToken.id)).toEqual(revoked);
    const log = await changes(directoryToken.id);
    expect(log.map(({ kind }) => kind)).toEqual(['directory_token.created', 'directory_token.revoked']);
    expect(JSON.stringify(log)).not.toContain(secret);
    expect(JSON.stringify(log)).not.toContain('hash');
  });

  it.each([
    [{ scopes: ['everything'] }, 'scopes'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ expiresAt: '+123456-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: '' }, 'name'],
  ])('are refused with %j', async (fault, field) => {
    const { id } = await aDirectory();

    await expect(directories.createToken({ directoryId: id, name: 'X', ...fault })).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }),
    );
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
