import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import type { RotationOverlap } from '../auth/rotation.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, type Permission } from '../permissions.js';
import { DirectoryTokens } from './directory-tokens.js';

const HOUR = 3_600_000;

let bed: CompanyBed;
let tokens: DirectoryTokens;
let directoryId: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  tokens = new DirectoryTokens(bed.db, bed.program());
  directoryId = (await bed.directory()).directory.id;
});

const withCode = (code: string, details?: object) => expect.objectContaining({ code, ...(details && { details }) });
const forbidden = (permission: string) =>
  expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(permission) });
const servedWith = (permissions: Iterable<Permission>, companyId?: string) =>
  new DirectoryTokens(bed.db, bed.program(new Set(permissions), companyId));
const aToken = async (more: object = {}) => (await tokens.create({ directoryId, name: 'X', ...more })).directoryToken;
const inTime = (ms: number) => new Date(Date.now() + ms).toISOString();
const endOf = (id: string, expiresAt: string) =>
  bed.owner.query('update directory_token set expires_at = $2 where id = $1', [id, expiresAt]);
/** Of one directory: those that would be let in. */
const working = async () => {
  const listed = (await tokens.ofDirectories([directoryId])).get(directoryId) ?? [];
  const works = (expiresAt: string | null) => expiresAt === null || Date.parse(expiresAt) > Date.now();
  return listed.filter(({ revokedAt, expiresAt }) => revokedAt === null && works(expiresAt)).map(({ id }) => id);
};

describe('permissions', () => {
  it.each<[string, Permission, (service: DirectoryTokens) => unknown]>([
    ['ofDirectories', 'directories:read', (service) => service.ofDirectories([newId()])],
    ['get', 'directories:read', (service) => service.get(newId())],
    ['create', 'tokens:write', (service) => service.create({ directoryId: newId(), name: 'X' })],
    ['createClient', 'tokens:write', (service) => service.createClient({ directoryId: newId(), name: 'X' })],
    ['update', 'tokens:write', (service) => service.update(newId(), {})],
    ['rotate', 'tokens:write', (service) => service.rotate(newId())],
    ['revoke', 'tokens:write', (service) => service.revoke(newId())],
  ])('%s needs %s', async (_name, permission, call) => {
    const without = servedWith(PERMISSIONS.filter((each) => each !== permission));

    await expect((async () => call(without))()).rejects.toEqual(forbidden(permission));
  });

  it('hands out nothing that the actor lacks, by a new token, a client, a rotation or a wider list', async () => {
    const few = servedWith([
      'directories:read',
      'tokens:write',
      'company:read',
      'users:read',
      'teams:read',
      'roles:read',
    ]);
    const { id } = await aToken();

    for (const call of [
      () => few.create({ directoryId, name: 'X', scopes: ['users'] }),
      () => few.createClient({ directoryId, name: 'X', scopes: ['users'] }),
      () => few.rotate(id),
      () => few.update(id, { allowedAddresses: [] }),
    ])
      await expect(call()).rejects.toEqual(forbidden('users:write'));
    expect((await few.create({ directoryId, name: 'X', scopes: ['read'] })).directoryToken.scopes).toEqual(['read']);
  });

  it('are one company’s: nothing of another is found', async () => {
    const elsewhere = servedWith(PERMISSIONS, await bed.anotherCompany());
    const { id } = await aToken();

    expect(await elsewhere.ofDirectories([directoryId])).toEqual(new Map());
    for (const call of [
      () => elsewhere.get(id),
      () => elsewhere.create({ directoryId, name: 'X' }),
      () => elsewhere.update(id, { name: 'Mine' }),
      () => elsewhere.rotate(id),
      () => elsewhere.revoke(id),
    ])
      await expect(call()).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('issues access tokens to OAuth clients and to nobody else', async () => {
    await expect(tokens.issueAccess(null)).rejects.toEqual(forbidden('OAuth client'));
  });
});

describe('a token', () => {
  it('is shown once, listed by hint, and revoked once', async () => {
    const { directoryToken, secret } = await tokens.create({
      directoryId,
      name: 'Connector',
      scopes: ['groups', 'users'],
      expiresAt: inTime(HOUR),
      allowedAddresses: ['192.0.2.0/24'],
    });

    const revoked = await tokens.revoke(directoryToken.id);
    const again = await tokens.revoke(directoryToken.id);

    expect(directoryToken).toMatchObject({
      directoryId,
      kind: 'BEARER',
      scopes: ['users', 'groups'],
      allowedAddresses: ['192.0.2.0/24'],
      revokedAt: null,
    });
    expect(secret.endsWith(directoryToken.hint.slice(-4))).toBe(true);
    expect(again).toEqual(revoked);
    expect(await tokens.ofDirectories([directoryId])).toEqual(new Map([[directoryId, [revoked]]]));
    expect(await tokens.get(directoryToken.id)).toEqual(revoked);
    const log = await bed.changesOf(directoryToken.id);
    expect(log.map(({ kind }) => kind)).toEqual(['directory_token.created', 'directory_token.revoked']);
    expect(log[0]?.after).toMatchObject({ allowedAddresses: ['192.0.2.0/24'] });
    expect(JSON.stringify(log)).not.toContain(secret);
    expect(JSON.stringify(log)).not.toContain('hash');
  });

  it.each([
    [{ scopes: ['everything'] }, 'scopes'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ expiresAt: '+123456-01-01T00:00:00Z' }, 'expiresAt'],
    [{ allowedAddresses: ['everywhere'] }, 'allowedAddresses'],
    [{ name: '' }, 'name'],
  ])('is refused with %j', async (fault, field) => {
    const input = { directoryId, name: 'X', ...fault };

    await expect(tokens.create(input)).rejects.toEqual(withCode('INVALID_VALUE', { field }));
    await expect(tokens.createClient(input)).rejects.toEqual(withCode('INVALID_VALUE', { field }));
  });

  it('is changed in what is given, and only while it works', async () => {
    const { id } = await aToken({ expiresAt: inTime(HOUR), allowedAddresses: ['192.0.2.7'] });

    expect(await tokens.update(id, { name: 'Y' })).toMatchObject({ name: 'Y', allowedAddresses: ['192.0.2.7'] });
    expect(await tokens.update(id, { allowedAddresses: [] })).toMatchObject({ name: 'Y', allowedAddresses: [] });
    expect((await tokens.update(id, {})).expiresAt).not.toBeNull();
    expect(await tokens.update(id, { expiresAt: null })).toMatchObject({ expiresAt: null });

    await tokens.revoke(id);
    await expect(tokens.update(id, { name: 'Z' })).rejects.toEqual(withCode('INVALID_VALUE', { field: 'id' }));
    const ended = await aToken();
    await endOf(ended.id, inTime(-HOUR));
    await expect(tokens.update(ended.id, { expiresAt: null })).rejects.toEqual(withCode('INVALID_VALUE'));
  });
});

describe('rotation', () => {
  it.each<[RotationOverlap | undefined, number]>([
    ['ONE_HOUR', HOUR],
    [undefined, 24 * HOUR],
    ['ONE_DAY', 24 * HOUR],
    ['SEVEN_DAYS', 7 * 24 * HOUR],
    ['THIRTY_DAYS', 30 * 24 * HOUR],
  ])('with the overlap %s ends the old token then, and the new one has all else of it', async (overlap, length) => {
    const old = await aToken({ scopes: ['users'], allowedAddresses: ['192.0.2.7'] });

    const { directoryToken, secret, replaced } = await tokens.rotate(old.id, overlap);

    const { name, scopes, allowedAddresses, kind } = old;
    expect(directoryToken).toMatchObject({ name, scopes, allowedAddresses, kind, expiresAt: null, replacesId: old.id });
    expect(secret.endsWith(directoryToken.hint.slice(-4))).toBe(true);
    expect(replaced).toMatchObject({ id: old.id, revokedAt: null });
    expect(Date.parse(replaced.expiresAt!) - Date.parse(directoryToken.createdAt)).toBe(length);
    expect((await bed.changesOf(old.id)).at(-1)).toMatchObject({
      kind: 'directory_token.replaced',
      before: { expiresAt: null },
      after: { expiresAt: replaced.expiresAt },
    });
    expect((await bed.changesOf(directoryToken.id))[0]?.after).toMatchObject({ replacesId: old.id });
  });

  it('without an overlap revokes the old token', async () => {
    const old = await aToken();

    const { directoryToken, replaced } = await tokens.rotate(old.id, 'NONE');

    expect(replaced.revokedAt).not.toBeNull();
    expect(await working()).toEqual([directoryToken.id]);
  });

  it('gives the new token the lifetime of the old one, which never ends later for it', async () => {
    const old = await aToken({ expiresAt: inTime(2 * HOUR) });

    const { directoryToken, replaced } = await tokens.rotate(old.id, 'THIRTY_DAYS');

    expect(replaced.expiresAt).toBe(old.expiresAt);
    const lifetime = ({ expiresAt, createdAt }: typeof old) => Date.parse(expiresAt!) - Date.parse(createdAt);
    expect(lifetime(directoryToken)).toBe(lifetime(old));
  });

  it('opens one overlap at a time, from either end of it', async () => {
    const old = await aToken();
    const { directoryToken } = await tokens.rotate(old.id, 'ONE_HOUR');

    await expect(tokens.rotate(old.id)).rejects.toEqual(withCode('ROTATION_UNDER_WAY'));
    await expect(tokens.rotate(directoryToken.id, 'NONE')).rejects.toEqual(withCode('ROTATION_UNDER_WAY'));
    await expect(tokens.update(old.id, { expiresAt: null })).rejects.toEqual(withCode('ROTATION_UNDER_WAY'));
    await tokens.update(old.id, { name: 'Old' });

    await endOf(old.id, inTime(-1_000));
    const next = await tokens.rotate(directoryToken.id, 'ONE_HOUR');
    expect(next.directoryToken.replacesId).toBe(directoryToken.id);
    expect(await working()).toEqual([directoryToken.id, next.directoryToken.id]);
  });

  it('begins again when the new token was revoked: the old one is freed, and the next has its first lifetime', async () => {
    const old = await aToken();
    const leaked = (await tokens.rotate(old.id, 'ONE_HOUR')).directoryToken;
    await tokens.revoke(leaked.id);

    const next = await tokens.rotate(old.id, 'ONE_HOUR');
    expect(next.directoryToken).toMatchObject({ expiresAt: null, replacesId: old.id });
    await expect(tokens.rotate(old.id)).rejects.toEqual(withCode('ROTATION_UNDER_WAY'));

    await tokens.revoke(next.directoryToken.id);
    expect(await tokens.update(old.id, { expiresAt: null })).toMatchObject({ expiresAt: null });
    expect(await working()).toEqual([old.id]);
  });

  it('of a token that ends with the calendar ends no later', async () => {
    const old = await aToken({ expiresAt: '9999-12-31T23:59:59.000Z' });

    expect((await tokens.rotate(old.id)).directoryToken.expiresAt).toBe(old.expiresAt);
  });

  it('is refused to what has ended', async () => {
    const { id } = await aToken();
    await tokens.revoke(id);

    await expect(tokens.rotate(id)).rejects.toEqual(withCode('INVALID_VALUE', { field: 'id' }));
  });

  it.each<RotationOverlap>(['NONE', 'ONE_DAY'])(
    'C-08: many at once (%s) make one new token, never none and never three',
    async (overlap) => {
      const { id } = await aToken();

      const done = await Promise.allSettled(Array.from({ length: 8 }, () => tokens.rotate(id, overlap)));

      const won = done.flatMap((each) => (each.status === 'fulfilled' ? [each.value.directoryToken.id] : []));
      const lost = done.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
      expect(won).toHaveLength(1);
      expect(lost).toEqual(Array(7).fill('ROTATION_UNDER_WAY'));
      expect(await working()).toEqual(overlap === 'NONE' ? won : [id, ...won]);
    },
  );
});
