import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { admit } from '#core-api/domain/sso/admission.js';
import { aSigningKey } from '#test/support/certificate.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { SamlIdp } from '#test/support/saml-idp.js';

const CONNECTION =
  'ssoConnection { id status version config proposedConfig lastTest subjectMatch idpInitiated certificates { subject notBefore notAfter fingerprint problem } addresses { entityId metadataUrl acsUrl sloUrl redirectUri signInUrl testSignInUrl } }';
const CREATE = `mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ${CONNECTION} } }`;
const UPDATE = `mutation ($input: UpdateSsoConnectionInput!) { updateSsoConnection(input: $input) { ${CONNECTION} } }`;
const READ = `mutation ($input: IdInput!) { readSsoMetadata(input: $input) { ${CONNECTION} } }`;
const CONFIRM = `mutation ($input: ConfirmSsoMetadataInput!) { confirmSsoMetadata(input: $input) { ${CONNECTION} } }`;
const DELETE = 'mutation ($input: IdInput!) { deleteSsoConnection(input: $input) { id } }';
const SUBJECTS =
  'query ($userId: ID!) { ssoSubjects(userId: $userId) { subject boundAt lastSignInAt ssoConnection { id } } }';
const UNBIND =
  'mutation ($input: UnbindSsoSubjectInput!) { unbindSsoSubject(input: $input) { ssoSubjects { subject } } }';
const EXEMPTIONS = '{ gateExemptions { createdAt user { userName } } }';
const EXEMPT =
  'mutation ($input: GateExemptionInput!) { addGateExemption(input: $input) { gateExemptions { user { id } } } }';
const END_EXEMPTION =
  'mutation ($input: GateExemptionInput!) { removeGateExemption(input: $input) { gateExemptions { user { id } } } }';
const ALARMS = '{ alarms(filter: { isOpen: true }) { nodes { kind subjectId } } }';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

let metadata: string;
const server = createServer((_request, response) => response.end(metadata));
const idp = new SamlIdp();
let metadataUrl: string;
let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  metadataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  rollcall = await startRollcall({ mode: MODES[0]! });
});
afterAll(async () => {
  await rollcall?.stop();
  server.close();
});
beforeEach(async () => {
  metadata = idp.metadata;
  company = await rollcall.newCompany();
});

const send = (source: string, variables = {}) => graphqlClient(company)(source, variables);
const ask = (source: string, variables = {}) => dataOf(send(source, variables));
let named = 0;
const aConnection = async (input: object = { metadataUrl }) =>
  (await ask(CREATE, { input: { name: `SSO ${++named}`, kind: 'SAML', status: 'ACTIVE', ...input } }))
    .createSsoConnection.ssoConnection;
const signIn = (connection: { id: string; config: Record<string, unknown> }, userName: string, subject = userName) =>
  admit(rollcall.db, {
    companyId: company.companyId,
    connection,
    identity: {
      subject,
      userName,
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
    visitor: { address: null, userAgent: null, requestId: 'a-test' },
  });

it('are set up from metadata, say what the identity provider has to be told, and go', async () => {
  const connection = await aConnection();
  const base = `${new URL(company.graphqlUrl).origin}/sso/${company.companyId}/${connection.id}`;

  expect(connection).toMatchObject({
    config: { ...idp.config, metadataUrl },
    proposedConfig: null,
    lastTest: null,
    certificates: [{ fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/), problem: null }],
    addresses: {
      entityId: `${base}/metadata`,
      metadataUrl: `${base}/metadata`,
      acsUrl: `${base}/acs`,
      sloUrl: `${base}/slo`,
      redirectUri: `${base}/callback`,
      signInUrl: `${base}/start`,
      testSignInUrl: `${base}/test`,
    },
  });
  const file = await aConnection({ metadata: idp.metadata, subjectMatch: 'EXTERNAL_ID', idpInitiated: true });
  expect(file).toMatchObject({ config: idp.config, subjectMatch: 'EXTERNAL_ID', idpInitiated: true });
  expect(await ask(DELETE, { input: { id: file.id } })).toEqual({ deleteSsoConnection: { id: file.id } });
  expect(await errorOf(send(DELETE, { input: { id: file.id } }))).toMatchObject({ code: 'NOT_FOUND' });
});

it('S-14: the one that a company is made with lets nobody in before it has a certificate', async () => {
  const { ssoConnections } = await ask('{ ssoConnections { nodes { id status config certificates { problem } } } }');
  const [first] = ssoConnections.nodes;
  await scimClient(company).post('/Users', { schemas: [USER], userName: 'ann' });

  expect(first).toMatchObject({ status: 'ACTIVE', certificates: [] });
  expect(await signIn(first, 'ann')).toMatchObject({ reason: 'CONNECTION_INCOMPLETE' });
  const { updateSsoConnection } = await ask(UPDATE, { input: { id: first.id, metadata: idp.metadata } });
  expect(await signIn(updateSsoConnection.ssoConnection, 'ann')).toMatchObject({ kind: 'ADMITTED' });
});

it('S-15: what metadata say when they are read again waits for who has seen it', async () => {
  const { id } = await aConnection();
  metadata = new SamlIdp({ key: aSigningKey() }).metadata;

  const { readSsoMetadata } = await ask(READ, { input: { id } });
  expect(readSsoMetadata.ssoConnection).toMatchObject({ version: 2, config: idp.config });
  expect((await ask(ALARMS)).alarms.nodes).toEqual([{ kind: 'SSO_METADATA_CHANGED', subjectId: id }]);
  const confirm = (expectedVersion: number) => send(CONFIRM, { input: { id, expectedVersion } });
  expect(await errorOf(confirm(1))).toMatchObject({ code: 'VERSION_MISMATCH' });
  expect((await dataOf(confirm(2))).confirmSsoMetadata.ssoConnection).toMatchObject({
    config: readSsoMetadata.ssoConnection.proposedConfig,
    proposedConfig: null,
  });
  expect((await ask(ALARMS)).alarms.nodes).toEqual([]);
});

it('S-23: whose subject changed is let in again when an owner has the connection forget the old one', async () => {
  const connection = await aConnection();
  const { directories } = await ask('{ directories { nodes { id } } }');
  await ask('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }', {
    input: { id: directories.nodes[0].id, ssoConnectionIds: [connection.id] },
  });
  const { id: userId } = (await scimClient(company).post('/Users', { schemas: [USER], userName: 'ann' })).body;
  const first = await signIn(connection, 'ann', 'old');
  expect(first).toMatchObject({ kind: 'ADMITTED', session: { userId } });

  expect(await signIn(connection, 'ann', 'new')).toMatchObject({ reason: 'SUBJECT_CHANGED' });
  expect((await ask(ALARMS)).alarms.nodes).toEqual([{ kind: 'SUBJECT_CHANGED', subjectId: userId }]);
  expect((await ask(SUBJECTS, { userId })).ssoSubjects).toMatchObject([
    { subject: 'old', ssoConnection: { id: connection.id } },
  ]);
  const unbind = () => send(UNBIND, { input: { userId, ssoConnectionId: connection.id } });
  expect(await dataOf(unbind())).toEqual({ unbindSsoSubject: { ssoSubjects: [] } });
  expect(await errorOf(unbind())).toMatchObject({ code: 'NOT_FOUND' });
  expect((await ask(ALARMS)).alarms.nodes).toEqual([]);
  const { rows } = { rows: await rollcall.asOwner(`select end_reason from session where user_id = '${userId}'`) };
  expect(rows).toEqual([{ end_reason: 'CONNECTION_CHANGED' }]);
  expect(await signIn(connection, 'ann', 'new')).toMatchObject({ kind: 'ADMITTED' });
});

it('let in whom an owner exempts, and the preview of provisioning knows it', async () => {
  const connection = await aConnection();
  const { createUser } = await ask('mutation { createUser(input: { userName: "bob" }) { user { id } } }');
  const input = { userId: createUser.user.id };
  const shutOut = async () => (await ask('{ previewProvisioning { shutOutCount } }')).previewProvisioning.shutOutCount;

  expect([await shutOut(), await signIn(connection, 'bob')]).toMatchObject([1, { reason: 'NOT_PROVISIONED' }]);
  for (const _ of [1, 2])
    expect((await ask(EXEMPT, { input })).addGateExemption.gateExemptions).toEqual([{ user: { id: input.userId } }]);
  expect((await ask(EXEMPTIONS)).gateExemptions).toMatchObject([{ user: { userName: 'bob' } }]);
  expect([await shutOut(), await signIn(connection, 'bob')]).toMatchObject([0, { kind: 'ADMITTED' }]);
  for (const _ of [1, 2]) expect((await ask(END_EXEMPTION, { input })).removeGateExemption.gateExemptions).toEqual([]);
  expect([await shutOut(), await signIn(connection, 'bob')]).toMatchObject([1, { reason: 'NOT_PROVISIONED' }]);
  expect(await errorOf(send(EXEMPT, { input: { userId: connection.id } }))).toMatchObject({ code: 'NOT_FOUND' });
});
