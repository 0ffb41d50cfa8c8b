import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { requirePermission, systemActor } from '../actor.js';
import { type BootstrappedCompany, bootstrapCompany, ensureOperatorKey } from '../bootstrap.js';
import { CompanyService } from '../company/company-service.js';
import { DirectoryService } from '../directory/directory-service.js';
import { DirectoryTokens } from '../directory/directory-tokens.js';
import { PERMISSIONS } from '../permissions.js';
import { ApiKeyService } from './api-key-service.js';
import { Authenticator } from './authenticator.js';
import { mintToken } from './secret-token.js';
import { tokenCacheOf } from './token-cache.js';

let bed: CompanyBed;
let authenticator: Authenticator;
let operatorKey: string;
let company: BootstrappedCompany;

beforeAll(async () => {
  bed = await CompanyBed.open();
  operatorKey = (await ensureOperatorKey(bed.db))!;
});
afterAll(() => bed?.close());
beforeEach(async () => {
  authenticator = new Authenticator(bed.db);
  company = await bootstrapCompany(bed.db, { name: 'Acme', preset: 'rollcall' });
});

const origin = { requestId: 'r-1', clientAddress: '192.0.2.1', userAgent: 'an agent', companyHeader: null };
const gateway = (token: string) => authenticator.byGatewayDoor(`Bearer ${token}`, origin);
const api = (token: string, companyHeader: string | null = null) =>
  authenticator.byApiDoor(`Bearer ${token}`, { ...origin, companyHeader });
const withCode = (code: string) => expect.objectContaining({ code });
const system = () => systemActor(company.companyId, PERMISSIONS);
const directories = () => new DirectoryService(bed.db, system());
const tokens = () => new DirectoryTokens(bed.db, system());
const companies = () => new CompanyService(bed.db, system());
/** As another process would see it. */
const afterASecond = () => tokenCacheOf(bed.db).forget(company.companyId);
const aToken = (scopes: string[] | null = null) =>
  tokens().create({ directoryId: company.directoryId, name: 'A token', scopes });

describe('the form of a credential', () => {
  it.each([
    null,
    '',
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNz',
    'Bearer rck_short',
    `Bearer ${'x'.repeat(300)}`,
    `Bearer ${mintToken('operator', null).token}x`,
  ])('%j is refused at both doors without a look into the database', async (authorization) => {
    const before = bed.statements.length;

    await expect(authenticator.byApiDoor(authorization, origin)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(authenticator.byGatewayDoor(authorization, origin)).rejects.toEqual(withCode('UNAUTHENTICATED'));

    expect(bed.statements.length).toBe(before);
  });

  it('does not mind how the scheme is written', async () => {
    await expect(authenticator.byApiDoor(`bearer  ${company.apiKey}`, origin)).resolves.toBeDefined();
  });
});

describe('the doors', () => {
  it('keeps directory tokens out of the API, and everything else out of the gateway', async () => {
    const session = mintToken('session', company.companyId).token;

    await expect(api(company.scimToken)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    for (const token of [company.apiKey, operatorKey, session])
      await expect(gateway(token)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(api(session)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('does not know tokens that nobody made', async () => {
    await expect(gateway(mintToken('directory', company.companyId).token)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(api(mintToken('apiKey', company.companyId).token)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(api(mintToken('operator', null).token)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });
});

describe('a directory token', () => {
  it('tells who asks, through which directory', async () => {
    expect(await gateway(company.scimToken)).toMatchObject({
      kind: 'DIRECTORY_TOKEN',
      source: 'DIRECTORY',
      companyId: company.companyId,
      directory: { id: company.directoryId, profile: { preset: 'rollcall' } },
      requestId: 'r-1',
    });
  });

  it.each([
    [['read'], []],
    [['users'], ['users:write']],
    [['groups'], ['teams:write']],
    [
      ['users', 'groups'],
      ['users:write', 'teams:write'],
    ],
    [null, ['users:write', 'teams:write']],
  ])('of scope %j may read and %j', async (scopes, writes) => {
    const { permissions } = await gateway((await aToken(scopes)).secret);

    expect([...permissions].sort()).toEqual(
      ['company:read', 'roles:read', 'teams:read', 'users:read', ...writes].sort(),
    );
  });

  it('costs one statement a second, and its use is noted once', async () => {
    const { secret, directoryToken } = await aToken();
    const before = bed.statements.length;

    for (let i = 0; i < 5; i++) await gateway(secret);

    await vi.waitFor(async () => {
      const [token] = (await tokens().ofDirectories([company.directoryId]))
        .get(company.directoryId)!
        .filter(({ id }) => id === directoryToken.id);
      expect(token).toMatchObject({ lastUsedAddress: '192.0.2.1', lastUsedAgent: 'an agent' });
      expect(token?.lastUsedAt).not.toBeNull();
    });
    const sent = bed.statements
      .slice(before)
      .filter((sql) => !sql.startsWith('select "id"') && !sql.includes('order by'));
    expect(sent.filter((sql) => sql.startsWith('select')).length).toBe(1);
    expect(sent.filter((sql) => sql.startsWith('update')).length).toBe(1);
  });

  it('is refused at once in the process that revoked it', async () => {
    const { secret, directoryToken } = await aToken();
    await gateway(secret);

    await tokens().revoke(directoryToken.id);

    await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('is refused within a second where it was not revoked', async () => {
    const { secret, directoryToken } = await aToken();
    await gateway(secret);

    await bed.owner.query('update directory_token set revoked_at = now() where id = $1', [directoryToken.id]);

    await vi.waitFor(() => expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED')), {
      timeout: 1_500,
      interval: 100,
    });
  });

  it("expires by the database's clock, whatever the process thinks", async () => {
    const { secret, directoryToken } = await aToken();
    await bed.owner.query(`update directory_token set expires_at = now() - interval '1 second' where id = $1`, [
      directoryToken.id,
    ]);
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    try {
      await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    } finally {
      vi.useRealTimers();
    }
  });

  it('is found in the company that it names, and nowhere else', async () => {
    const other = await bootstrapCompany(bed.db, { name: 'Other', preset: 'rollcall' });
    const { token, hash } = mintToken('directory', other.companyId);
    const { directoryToken } = await aToken();
    await bed.owner.query('update directory_token set hash = $1 where id = $2', [hash, directoryToken.id]);

    await expect(gateway(token)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('is told when its directory or provisioning is off, the plan too small, the company suspended', async () => {
    const { companyId, directoryId, scimToken } = company;
    await directories().update(directoryId, { status: 'DISABLED' });
    await expect(gateway(scimToken)).rejects.toEqual(withCode('DIRECTORY_DISABLED'));
    await directories().update(directoryId, { status: 'ENABLED' });
    await expect(gateway(scimToken)).resolves.toBeDefined();

    await companies().changePlan(companyId, 'TEAM');
    await expect(gateway(scimToken)).rejects.toEqual(withCode('PLAN_REQUIRED'));
    await companies().changePlan(companyId, 'ENTERPRISE');

    await bed.owner.query('update company set provisioning = false where id = $1', [companyId]);
    afterASecond();
    await expect(gateway(scimToken)).rejects.toEqual(withCode('DIRECTORY_DISABLED'));

    await companies().suspend(companyId);
    await expect(gateway(scimToken)).rejects.toEqual(withCode('COMPANY_SUSPENDED'));
  });
});

describe('the addresses of a token', () => {
  const from = (token: string, clientAddress: string | null) =>
    authenticator.byGatewayDoor(`Bearer ${token}`, { ...origin, clientAddress });

  it('are looked at for each request, also while the token is cached, and not counted as a use', async () => {
    const { directoryToken, secret } = await tokens().create({
      directoryId: company.directoryId,
      name: 'From here',
      allowedAddresses: ['198.51.100.0/24'],
    });

    for (const address of ['192.0.2.1', null])
      await expect(from(secret, address)).rejects.toEqual(withCode('ADDRESS_NOT_ALLOWED'));
    expect(await tokens().get(directoryToken.id)).toMatchObject({ lastUsedAt: null });
    await expect(from(secret, '::ffff:198.51.100.9')).resolves.toBeDefined();
    await expect(from(secret, '198.51.101.1')).rejects.toEqual(withCode('ADDRESS_NOT_ALLOWED'));

    await tokens().update(directoryToken.id, { allowedAddresses: [] });
    await expect(from(secret, null)).resolves.toBeDefined();
  });
});

describe('an API key', () => {
  it('is looked up each time, and refused once revoked or expired', async () => {
    const keys = new ApiKeyService(bed.db, system());
    const { apiKey, secret } = await keys.create({ name: 'A key', permissions: ['users:read'] });
    const { permissions } = await api(secret);
    expect([...permissions]).toEqual(['users:read']);

    await bed.owner.query(`update api_key set expires_at = now() where id = $1`, [apiKey.id]);
    await expect(api(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await bed.owner.query(`update api_key set expires_at = null where id = $1`, [apiKey.id]);
    await expect(api(secret)).resolves.toBeDefined();

    await keys.revoke(apiKey.id);
    await expect(api(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('keeps only its reads while the company is suspended', async () => {
    await companies().suspend(company.companyId);

    const actor = await api(company.apiKey);

    expect([...actor.permissions]).toEqual(PERMISSIONS.filter((each) => each.endsWith(':read')));
    expect(() => requirePermission(actor, 'users:write')).toThrow(withCode('COMPANY_SUSPENDED'));
  });

  it('does not act elsewhere than where the header says', async () => {
    await expect(api(company.apiKey, 'elsewhere')).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(api(company.apiKey, company.companySlug)).resolves.toMatchObject({ companyId: company.companyId });
  });
});

describe('an operator key', () => {
  it('acts for the company in the header, by id or slug, and for none without', async () => {
    const { companyId, companySlug } = company;

    expect(await api(operatorKey)).toMatchObject({ kind: 'OPERATOR', companyId: null });
    expect(await api(operatorKey, companyId)).toMatchObject({ companyId });
    expect(await api(operatorKey, companySlug)).toMatchObject({ companyId });
    await expect(api(operatorKey, 'nowhere')).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('is not led to a company whose slug is the id of another one', async () => {
    const { companyId } = company;
    const impostor = await bed.anotherCompany();
    await bed.owner.query('update company set slug = $1 where id = $2', [companyId, impostor]);
    // Whatever order the rows come in.
    await bed.owner.query('update company set version = version + 1 where id = $1', [companyId]);

    expect(await api(operatorKey, companyId)).toMatchObject({ companyId });
    await bed.owner.query('update company set slug = $1 where id = $2', [impostor, impostor]);
  });
});
