import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing } from '#core-api/persistence/keyring.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { SsoConnectionService } from './sso-connection-service.js';

const CANARY = 'canary-client-secret';
const keyRing = KeyRing.parse(`k1:${randomBytes(32).toString('base64')}`);
let bed: CompanyBed;
let connections: SsoConnectionService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  connections = new SsoConnectionService(bed.db, bed.program(), keyRing);
});
afterAll(() => bed?.close());

let named = 0;
const aConnection = (clientSecret: string | null = CANARY) =>
  connections.create({ name: `SSO ${++named}`, kind: 'OIDC', config: { clientId: 'rollcall' }, clientSecret });
const stored = async (id: string): Promise<Buffer | null> =>
  (await bed.owner.query('select client_secret from sso_connection where id = $1', [id])).rows[0].client_secret;

describe('the client secret', () => {
  it('is stored encrypted, and neither shown nor logged', async () => {
    const made = await aConnection();
    const changed = await connections.update(made.id, { clientSecret: `${CANARY}-2` });

    const record = (await stored(made.id))!;
    expect(record.includes(CANARY)).toBe(false);
    expect(keyRing.decrypt(record, { companyId: bed.companyId, column: 'sso_connection.client_secret' })).toBe(
      `${CANARY}-2`,
    );
    expect([made.hasSecret, changed.hasSecret, changed.version]).toEqual([true, true, 2]);
    const log = await bed.changesOf(made.id);
    expect(JSON.stringify([made, changed, log])).not.toContain(CANARY);
    expect(log.at(-1)).toEqual({
      kind: 'sso_connection.changed',
      before: { hasSecret: true },
      after: { hasSecret: true, clientSecretReplaced: true },
    });
  });

  it('stays when it is not given, and goes when it is empty', async () => {
    const { id } = await aConnection();

    expect(await connections.update(id, { status: 'ACTIVE', clientSecret: null })).toMatchObject({
      status: 'ACTIVE',
      hasSecret: true,
    });
    expect(await connections.update(id, { clientSecret: '' })).toMatchObject({ hasSecret: false, version: 3 });
    expect(await connections.update(id, { clientSecret: '' })).toMatchObject({ version: 3 });
  });

  it.each([{ clientSecret: 'x' }, { oidc: { privateKey: 'x' } }, { password: 'x' }])(
    'is refused within config: %j',
    async (config) => {
      const { id } = await aConnection(null);

      await expect(connections.update(id, { config })).rejects.toEqual(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    },
  );
});

it('needs sso:write to be changed, and directories:read to be seen', async () => {
  const reader = new SsoConnectionService(bed.db, bed.program(new Set(['directories:read'])), keyRing);
  const { id, name } = await aConnection();

  expect(await reader.get(id)).toMatchObject({ name });
  await expect(reader.update(id, { name: 'Mine' })).rejects.toEqual(expect.objectContaining({ code: 'FORBIDDEN' }));
  await expect(
    (async () => new SsoConnectionService(bed.db, bed.program(new Set()), keyRing).list({}))(),
  ).rejects.toEqual(expect.objectContaining({ code: 'FORBIDDEN' }));
});
