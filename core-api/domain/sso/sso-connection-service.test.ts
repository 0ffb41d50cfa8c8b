import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SsoWatch } from '#core-api/jobs/sso-watch.js';
import { KeyRing } from '#core-api/persistence/keyring.js';
import { aSigningKey } from '#test/support/certificate.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import type { CompanyActor } from '../actor.js';
import { newId } from '../new-id.js';
import { openSession } from '../sign-in/sessions.js';
import { admit } from './admission.js';
import { GateService } from './gate-service.js';
import { SsoConnectionService } from './sso-connection-service.js';

const CANARY = 'canary-client-secret';
const DAY_MS = 86_400_000;
const VISITOR = { address: null, userAgent: null, requestId: 'request' };
const keyRing = KeyRing.parse(`k1:${randomBytes(32).toString('base64')}`);
const means = { ...MEANS, keyRing };
const idp = new SamlIdp();
const SAML = {
  issuer: 'https://idp.example/saml',
  entryPoint: 'https://idp.example/saml/sign-in',
  certificates: [idp.key.certificate],
};
const OIDC = { issuer: 'https://idp.example', clientId: 'rollcall' };

/** What the identity provider publishes at the moment, and how it answers. */
let answer: RequestListener = (_, response) => response.end(idp.metadata);
const server = createServer((request, response) => answer(request, response));
let metadataUrl: string;
let bed: CompanyBed;
let connections: SsoConnectionService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  connections = new SsoConnectionService(bed.db, bed.program(), means);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  metadataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await bed?.close();
});

let named = 0;
const aName = () => `SSO ${++named}`;
const aConnection = (clientSecret: string | null = CANARY) =>
  connections.create({ name: aName(), kind: 'OIDC', config: { clientId: 'rollcall' }, clientSecret });
const saml = (config: object = SAML, more: object = {}) =>
  connections.create({ name: aName(), kind: 'SAML', config, status: 'ACTIVE', ...more });
const stored = async (id: string): Promise<Buffer | null> =>
  (await bed.owner.query('select client_secret from sso_connection where id = $1', [id])).rows[0].client_secret;
const refused = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field === undefined ? {} : { details: expect.objectContaining({ field }) }) });
const alarmsOf = async (id: string) =>
  (
    await bed.owner.query(
      'select kind, details, resolved_at is null as rings from alarm where subject_id = $1 order by id',
      [id],
    )
  ).rows;
async function aSession(connectionId: string) {
  const userId = await bed.user();
  const session = await bed.db.inTransaction((tx) =>
    openSession(tx, { companyId: bed.companyId, userId, kind: 'COOKIE', method: 'SAML', connectionId }, VISITOR),
  );
  return {
    userId,
    end: async () =>
      (await bed.owner.query('select end_reason from session where id = $1', [session!.sessionId])).rows[0].end_reason,
  };
}

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

    expect(await connections.update(id, { config: OIDC, status: 'ACTIVE', clientSecret: null })).toMatchObject({
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

      await expect(connections.update(id, { config })).rejects.toEqual(refused('INVALID_VALUE'));
    },
  );
});

it('needs sso:write to be changed, directories:read to be seen, and of a person a fresh sign-in', async () => {
  const as = (actor: CompanyActor) => new SsoConnectionService(bed.db, actor, means);
  const reader = as(bed.program(new Set(['directories:read'])));
  const at = new Date().toISOString();
  const session = { id: newId(), authenticatedAt: at, isFresh: false, connectionId: null, slug: 'acme' };
  const stale: CompanyActor = { ...bed.program(), kind: 'USER', session };
  const { id, name } = await aConnection();

  expect(await reader.get(id)).toMatchObject({ name });
  await expect(reader.update(id, { name: 'Mine' })).rejects.toEqual(refused('FORBIDDEN'));
  await expect((async () => as(bed.program(new Set())).list({}))()).rejects.toEqual(refused('FORBIDDEN'));
  const gate = new GateService(bed.db, stale);
  for (const change of [
    () => as(stale).update(id, { name: 'Mine' }),
    () => as(stale).create({ name: 'Mine', kind: 'OIDC' }),
    () => as(stale).delete(id),
    () => as(stale).readMetadata(id),
    () => as(stale).confirmMetadata(id, 1),
    () => gate.exempt(id),
    () => gate.endExemption(id),
    () => gate.unbind(id, id),
  ])
    await expect(change()).rejects.toEqual(refused('STEP_UP_REQUIRED'));
  expect(await reader.get(id)).toMatchObject({ name, version: 1 });
});

it('a configuration is stored in one form', async () => {
  const certificate = `some text\n${idp.key.certificate}`;
  const { id } = await saml({ ...SAML, certificates: [certificate, idp.key.certificate], logoutUrl: null });

  expect(await connections.get(id)).toMatchObject({ config: SAML, subjectMatch: 'USER_NAME', idpInitiated: false });
  expect(await connections.update(id, { subjectMatch: 'EXTERNAL_ID', idpInitiated: true })).toMatchObject({
    subjectMatch: 'EXTERNAL_ID',
    idpInitiated: true,
  });
  const oidc = await aConnection();
  await expect(connections.update(oidc.id, { idpInitiated: true })).rejects.toEqual(
    refused('INVALID_VALUE', 'idpInitiated'),
  );
});

describe('S-14: a connection by which nothing can be verified', () => {
  const expired = aSigningKey({
    notBefore: new Date(Date.now() - 9 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  });
  const early = aSigningKey({ notBefore: new Date(Date.now() + DAY_MS) });
  const elliptic = aSigningKey({ type: 'ec' });
  it.each<[string, object, string]>([
    ['without certificate', { ...SAML, certificates: undefined }, 'config.certificates'],
    ['with no certificate in its list', { ...SAML, certificates: [] }, 'config.certificates'],
    ['with an expired certificate', { ...SAML, certificates: [expired.certificate] }, 'config.certificates'],
    ['with a certificate that is not valid yet', { ...SAML, certificates: [early.certificate] }, 'config.certificates'],
    ['with a certificate of the wrong type', { ...SAML, certificates: [elliptic.certificate] }, 'config.certificates'],
    ['without issuer', { ...SAML, issuer: undefined }, 'config.issuer'],
    ['without entry point', { ...SAML, entryPoint: undefined }, 'config.entryPoint'],
  ])('%s cannot be enabled, and lets nobody in', async (_, config, field) => {
    await expect(saml(config)).rejects.toEqual(refused('INVALID_VALUE', field));
    const draft = await saml(config, { status: 'DRAFT' });
    await expect(connections.update(draft.id, { status: 'ACTIVE' })).rejects.toEqual(refused('INVALID_VALUE', field));
    const active = await saml();
    await expect(connections.update(active.id, { config })).rejects.toEqual(refused('INVALID_VALUE', field));

    // As one that was enabled before its certificate expired, or was laid as configuration.
    await bed.owner.query(`update sso_connection set status = 'ACTIVE' where id = $1`, [draft.id]);
    const admission = await admit(bed.db, {
      companyId: bed.companyId,
      connection: { id: draft.id, config: draft.config },
      identity: {
        subject: 'ann',
        userName: 'ann',
        externalId: null,
        email: null,
        emailVerified: true,
        givenName: null,
        familyName: null,
        displayName: null,
        groups: [],
        idpSession: null,
      },
      session: { kind: 'COOKIE' },
      visitor: VISITOR,
    });
    expect(admission).toEqual({ kind: 'REFUSED', reason: 'CONNECTION_INCOMPLETE' });
  });

  it('is so for OpenID Connect without issuer or client', async () => {
    for (const [config, field] of [
      [{ ...OIDC, issuer: undefined }, 'config.issuer'],
      [{ ...OIDC, clientId: undefined }, 'config.clientId'],
    ] as const)
      await expect(connections.create({ name: aName(), kind: 'OIDC', config, status: 'ACTIVE' })).rejects.toEqual(
        refused('INVALID_VALUE', field),
      );
  });

  it('may have an expired certificate beside a good one', async () => {
    const both = [expired.certificate, idp.key.certificate];
    expect(await saml({ ...SAML, certificates: both })).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('S-15: metadata', () => {
  const said = { issuer: idp.entityId, certificates: [idp.key.certificate] };
  const other = aSigningKey();
  const withOtherKey = new SamlIdp({ key: other }).metadata;

  it('set a connection up, from their address or from a file', async () => {
    answer = (_, response) => response.end(idp.metadata);
    const byUrl = await saml({ claims: { email: 'mail' } }, { metadataUrl });
    const byFile = await connections.create({ name: aName(), kind: 'SAML', metadata: idp.metadata, status: 'ACTIVE' });

    expect(byUrl).toMatchObject({ status: 'ACTIVE', config: { ...said, metadataUrl, claims: { email: 'mail' } } });
    expect(byFile).toMatchObject({ status: 'ACTIVE', config: said });
    expect(byFile.config).not.toHaveProperty('metadataUrl');
    await expect(connections.create({ name: aName(), kind: 'OIDC', metadata: idp.metadata })).rejects.toEqual(
      refused('INVALID_VALUE', 'metadata'),
    );
  });

  it.each<[string, RequestListener]>([
    ['are not there', (_, response) => response.writeHead(404).end()],
    ['lead elsewhere', (_, response) => response.writeHead(302, { location: 'https://elsewhere.example' }).end()],
    [
      'have 50 MB',
      (_, response) => {
        response.writeHead(200, { 'content-length': String(50 * 1024 * 1024) });
        response.on('error', () => undefined).write(Buffer.alloc(2 * 1024 * 1024));
      },
    ],
    [
      'have no key for signing',
      (_, response) => response.end(idp.metadata.replace(/<md:KeyDescriptor.*<\/md:KeyDescriptor>/s, '')),
    ],
  ])('that %s are refused, and change nothing', async (_, broken) => {
    answer = (_request, response) => response.end(idp.metadata);
    const { id, version } = await saml({}, { metadataUrl });
    answer = broken;

    await expect(connections.readMetadata(id)).rejects.toEqual(refused('INVALID_VALUE'));
    await expect(saml({}, { metadataUrl })).rejects.toEqual(refused('INVALID_VALUE'));
    expect(await connections.get(id)).toMatchObject({ version, proposedConfig: null, config: said });
  });

  it.each<[string, () => string]>([
    ['another key', () => withOtherKey],
    ['another entity id', () => idp.metadata.replaceAll(idp.entityId, 'https://stranger.example')],
  ])('that name %s wait for an admin, and are logged', async (_, changed) => {
    answer = (_request, response) => response.end(idp.metadata);
    const { id, config } = await saml({}, { metadataUrl });
    const session = await aSession(id);
    expect(await connections.readMetadata(id)).toMatchObject({ version: 1, proposedConfig: null });

    answer = (_request, response) => response.end(changed());
    const read = await connections.readMetadata(id);
    expect(read).toMatchObject({ version: 2, config });
    expect(read.proposedConfig).not.toEqual(config);
    expect(await connections.readMetadata(id)).toMatchObject({ version: 2 });
    expect(await alarmsOf(id)).toMatchObject([{ kind: 'SSO_METADATA_CHANGED', rings: true }]);
    expect(await session.end()).toBeNull();

    await expect(connections.confirmMetadata(id, 1)).rejects.toEqual(refused('VERSION_MISMATCH'));
    const confirmed = await connections.confirmMetadata(id, 2);
    expect(confirmed).toMatchObject({ version: 3, config: read.proposedConfig, proposedConfig: null });
    expect(await alarmsOf(id)).toMatchObject([{ rings: false }]);
    expect(await session.end()).toBe('CONNECTION_CHANGED');
    expect((await bed.changesOf(id)).slice(-2)).toMatchObject([
      {
        kind: 'sso_connection.metadata_read',
        before: { proposedConfig: null },
        after: { proposedConfig: read.proposedConfig },
      },
      { kind: 'sso_connection.changed', before: { config }, after: { config: read.proposedConfig } },
    ]);
    await expect(connections.confirmMetadata(id, 3)).rejects.toEqual(refused('INVALID_VALUE', 'id'));
  });

  it('are read again once a day by one of the servers, and what fails keeps nothing else from being read', async () => {
    await bed.owner.query(`update sso_connection set metadata_read_at = now() where company_id = $1`, [bed.companyId]);
    answer = (_, response) => response.end(idp.metadata);
    const [first, second] = [await saml({}, { metadataUrl }), await saml({}, { metadataUrl: `${metadataUrl}/gone` })];
    let reads = 0;
    answer = (request, response) => {
      reads++;
      if (request.url?.endsWith('gone')) return response.writeHead(404).end();
      return response.end(withOtherKey);
    };
    const warned: unknown[] = [];
    const watches = [1, 2].map(
      () => new SsoWatch({ db: bed.db, log: { warn: (details: unknown) => warned.push(details) } as never, means }),
    );

    await Promise.all(watches.map((watch) => watch.work()));
    await watches[0]!.work();

    expect(reads).toBe(2);
    expect((await connections.get(first.id)).proposedConfig).toMatchObject({ certificates: [other.certificate] });
    expect(await connections.get(second.id)).toMatchObject({ version: 1, proposedConfig: null });
    expect(warned).toEqual([expect.objectContaining({ companyId: bed.companyId, job: 'sso watch' })]);
  });
});

describe('A-12: whom a connection let in', () => {
  it.each<[string, object, string | null]>([
    ['is named anew', { name: 'SSO anew' }, null],
    [
      'gets a certificate more',
      { config: { ...SAML, certificates: [idp.key.certificate, aSigningKey().certificate] } },
      null,
    ],
    [
      'gets another certificate',
      { config: { ...SAML, certificates: [aSigningKey().certificate] } },
      'CONNECTION_CHANGED',
    ],
    ['gets another issuer', { config: { ...SAML, issuer: 'https://other.example' } }, 'CONNECTION_CHANGED'],
    ['is a draft again', { status: 'DRAFT' }, 'CONNECTION_CHANGED'],
  ])('is out when it trusts somebody else: one that %s', async (_, change, reason) => {
    const { id } = await saml();
    const session = await aSession(id);
    await bed.owner.query(
      `insert into sso_request (company_id, id, connection_id, purpose, state_hash, browser_hash, expires_at)
       values ($1, $2::uuid, $3, 'SIGN_IN', uuid_send($2::uuid), 'x', now() + interval '1 hour')`,
      [bed.companyId, newId(), id],
    );

    await connections.update(id, change);

    expect(await session.end()).toBe(reason);
    const { rows } = await bed.owner.query(
      'select ended_at is null as open from sso_request where connection_id = $1',
      [id],
    );
    expect(rows).toEqual([{ open: reason === null }]);
  });

  it('is out when it is deleted, which no directory may need', async () => {
    const { id } = await saml();
    const session = await aSession(id);
    await bed.owner.query(
      `insert into sso_subject (company_id, connection_id, subject, user_id) values ($1, $2, 'ann', $3)`,
      [bed.companyId, id, session.userId],
    );
    const { directory } = await bed.directory();
    await bed.owner.query('insert into directory_sso_connection values ($1, $2, $3)', [
      bed.companyId,
      directory.id,
      id,
    ]);

    await expect(connections.delete(id)).rejects.toEqual(refused('IN_USE'));
    expect(await session.end()).toBeNull();
    await bed.owner.query('delete from directory_sso_connection where sso_connection_id = $1', [id]);
    await connections.delete(id);

    expect(await session.end()).toBe('CONNECTION_CHANGED');
    await expect(connections.get(id)).rejects.toEqual(refused('NOT_FOUND'));
    expect((await bed.changesOf(id)).at(-1)).toMatchObject({ kind: 'sso_connection.deleted', after: null });
    expect((await bed.changesOf(session.userId)).at(-1)).toMatchObject({ kind: 'sso_subject.unbound' });
  });
});
