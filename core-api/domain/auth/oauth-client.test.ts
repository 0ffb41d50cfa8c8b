import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '#core-api/persistence/database.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { systemActor } from '../actor.js';
import { type BootstrappedCompany, bootstrapCompany } from '../bootstrap.js';
import { CompanyService } from '../company/company-service.js';
import { toDomainError } from '../database-error.js';
import { DirectoryService } from '../directory/directory-service.js';
import { DirectoryTokens } from '../directory/directory-tokens.js';
import { newId } from '../new-id.js';
import { PERMISSIONS } from '../permissions.js';
import { Authenticator } from './authenticator.js';
import { tokenCacheOf } from './token-cache.js';

let bed: CompanyBed;
let authenticator: Authenticator;
let company: BootstrappedCompany;

beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());
beforeEach(async () => {
  authenticator = new Authenticator(bed.db);
  company = await bootstrapCompany(bed.db, { name: 'Acme', preset: 'rollcall' });
});

const origin = { requestId: 'r-1', clientAddress: '192.0.2.1', userAgent: 'an agent', companyHeader: null };
const gateway = (token: string) => authenticator.byGatewayDoor(`Bearer ${token}`, origin);
const api = (token: string) => authenticator.byApiDoor(`Bearer ${token}`, origin);
const withCode = (code: string) => expect.objectContaining({ code });
const system = () => systemActor(company.companyId, PERMISSIONS);
const directories = () => new DirectoryService(bed.db, system());
const tokens = () => new DirectoryTokens(bed.db, system());
const companies = () => new CompanyService(bed.db, system());
/** As another process would see it. */
const afterASecond = () => tokenCacheOf(bed.db).forget(company.companyId);

describe('an OAuth client', () => {
  const aClient = async (more: object = {}) => {
    const input = { directoryId: company.directoryId, name: 'Client', ...more };
    const { directoryToken, secret } = await tokens().createClient(input);
    return { id: directoryToken.id, secret };
  };
  const byBasic = (id: string, secret: string, clientAddress = origin.clientAddress) =>
    authenticator.byGatewayDoor(`Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`, {
      ...origin,
      clientAddress,
    });
  const accessOf = async ({ id, secret }: { id: string; secret: string }, scopes: string[] | null = null) =>
    new DirectoryTokens(bed.db, await byBasic(id, secret)).issueAccess(scopes);

  it('may get an access token, and do nothing else', async () => {
    const { id, secret } = await aClient({ scopes: ['users'] });

    const actor = await byBasic(id, secret);

    expect(actor).toMatchObject({ id, companyId: company.companyId, directory: null, client: { scopes: ['users'] } });
    expect(actor.permissions.size + actor.withheld.size).toBe(0);
    await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(api(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(byBasic(newId(), secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(byBasic(id, company.scimToken)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('acts by its access token as itself, with the scopes that were asked for', async () => {
    const client = await aClient();
    const access = await accessOf(client, ['read']);

    expect(access).toMatchObject({ expiresIn: 3_600, scopes: ['read'] });
    const actor = await gateway(access.secret);
    expect(actor).toMatchObject({ kind: 'DIRECTORY_TOKEN', id: client.id, name: 'Client' });
    expect(actor).toMatchObject({ directory: { id: company.directoryId } });
    expect(actor.client).toBeUndefined();
    expect([...actor.permissions].filter((each) => each.endsWith(':write'))).toEqual([]);
    await expect(api(access.secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(byBasic(client.id, access.secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(new DirectoryTokens(bed.db, actor).issueAccess(null)).rejects.toEqual(withCode('FORBIDDEN'));
  });

  it('gets no scopes beyond its own, and none that are unknown', async () => {
    const client = await aClient({ scopes: ['users', 'groups'] });

    expect((await accessOf(client)).scopes).toEqual(['users', 'groups']);
    expect((await accessOf(client, ['all'])).scopes).toEqual(['all']);
    const few = await aClient({ scopes: ['users'] });
    for (const scopes of [['groups'], ['all'], ['users', 'groups'], ['admin']])
      await expect(accessOf(few, scopes)).rejects.toEqual(withCode('INVALID_VALUE'));
  });

  it('has access tokens that end no later than itself, for an hour at most, and that no list shows', async () => {
    const client = await aClient({ expiresAt: new Date(Date.now() + 600_000) });
    const access = await accessOf(client);

    expect(access.expiresIn).toBeGreaterThan(590);
    expect(access.expiresIn).toBeLessThanOrEqual(600);
    const { rows } = await bed.owner.query(`select id from directory_token where parent_id = $1`, [client.id]);
    const listed = (await tokens().ofDirectories([company.directoryId])).get(company.directoryId)!;
    expect(listed.map(({ id }) => id)).toContain(client.id);
    expect(listed.map(({ id }) => id)).not.toContain(rows[0].id);
    const calls = [tokens().get(rows[0].id), tokens().rotate(rows[0].id), tokens().revoke(rows[0].id)];
    await Promise.all(calls.map((call) => expect(call).rejects.toEqual(withCode('NOT_FOUND'))));
    await expect(gateway(access.secret)).resolves.toBeDefined();
    await bed.owner.query(`update directory_token set expires_at = now() where parent_id = $1`, [client.id]);
    afterASecond();
    await expect(gateway(access.secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
  });

  it('takes its access tokens with it: revoked, expired, its addresses, its directory, its company', async () => {
    const client = await aClient();
    const { secret } = await accessOf(client);

    await tokens().update(client.id, { allowedAddresses: ['198.51.100.7'] });
    await expect(gateway(secret)).rejects.toEqual(withCode('ADDRESS_NOT_ALLOWED'));
    await expect(byBasic(client.id, client.secret)).rejects.toEqual(withCode('ADDRESS_NOT_ALLOWED'));
    await tokens().update(client.id, { allowedAddresses: [] });
    await directories().update(company.directoryId, { status: 'DISABLED' });
    await expect(gateway(secret)).rejects.toEqual(withCode('DIRECTORY_DISABLED'));
    await expect(byBasic(client.id, client.secret)).rejects.toEqual(withCode('DIRECTORY_DISABLED'));
    await directories().update(company.directoryId, { status: 'ENABLED' });
    await expect(gateway(secret)).resolves.toBeDefined();
    await bed.owner.query(`update directory_token set expires_at = now() where id = $1`, [client.id]);
    afterASecond();
    await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await bed.owner.query(`update directory_token set expires_at = null where id = $1`, [client.id]);
    afterASecond();
    await expect(gateway(secret)).resolves.toBeDefined();
    await tokens().revoke(client.id);
    await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(byBasic(client.id, client.secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    const other = await accessOf(await aClient());
    await companies().suspend(company.companyId);
    await expect(gateway(other.secret)).rejects.toEqual(withCode('COMPANY_SUSPENDED'));
  });

  it('keeps what it had while it is replaced, and hands nothing to the new one', async () => {
    const client = await aClient();
    const { secret } = await accessOf(client);

    const { directoryToken, secret: newSecret } = await tokens().rotate(client.id, 'ONE_HOUR');

    await expect(gateway(secret)).resolves.toMatchObject({ id: client.id });
    const fresh = await accessOf({ id: directoryToken.id, secret: newSecret });
    await expect(gateway(fresh.secret)).resolves.toMatchObject({ id: directoryToken.id });
    await tokens().revoke(client.id);
    await expect(gateway(secret)).rejects.toEqual(withCode('UNAUTHENTICATED'));
    await expect(gateway(fresh.secret)).resolves.toBeDefined();
  });
});

describe('two cores on one database', () => {
  it('A-03: what one revokes, the other refuses within a second: a token, a client with its access tokens', async () => {
    const there = await Database.open({ url: bed.appUrl, poolSize: 2, translateError: toDomainError });
    try {
      const elsewhere = new Authenticator(there);
      const token = await tokens().create({ directoryId: company.directoryId, name: 'Token' });
      const client = await tokens().createClient({ directoryId: company.directoryId, name: 'Client' });
      const basic = `Basic ${Buffer.from(`${client.directoryToken.id}:${client.secret}`).toString('base64')}`;
      const actor = await elsewhere.byGatewayDoor(basic, origin);
      const access = await new DirectoryTokens(there, actor).issueAccess(null);
      const all = [`Bearer ${token.secret}`, basic, `Bearer ${access.secret}`];
      const ask = () => Promise.allSettled(all.map((each) => elsewhere.byGatewayDoor(each, origin)));
      expect((await ask()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);

      await tokens().revoke(token.directoryToken.id);
      await tokens().revoke(client.directoryToken.id);

      await vi.waitFor(
        async () => expect((await ask()).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']),
        { timeout: 1_500, interval: 50 },
      );
    } finally {
      await there.close();
    }
  });
});
