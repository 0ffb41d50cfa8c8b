import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { SamlIdp } from '#test/support/saml-idp.js';

/** The log shows only what is final. */
const SOON = { timeout: 10_000 };
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const STATUS = '{ company { provisioning provisioningStatus { state since reason } } }';
const PREVIEW = '{ previewProvisioning { policy shutOutCount shutOutUsers { id userName } shutOutAt hash } }';
const ENABLE =
  'mutation ($input: EnableProvisioningInput!) { enableProvisioning(input: $input) { company { version provisioningStatus { state since } } } }';
const DISABLE =
  'mutation ($input: DisableProvisioningInput!) { disableProvisioning(input: $input) { company { provisioningStatus { state since reason } } } }';
const ALARMS =
  'query ($filter: AlarmFilter) { alarms(filter: $filter) { totalCount nodes { id kind details directory { id } acknowledgedBy resolvedAt } } }';
const PLAN = 'mutation ($input: ChangePlanInput!) { changePlan(input: $input) { company { plan } } }';
const SSO =
  'mutation ($input: UpdateSsoConnectionInput!) { updateSsoConnection(input: $input) { ssoConnection { id } } }';

const IDP = new SamlIdp();

describe.each(MODES)('provisioning, %s', (mode) => {
  let rollcall: TestRollcall;
  let operatorKey: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    operatorKey = (await ensureOperatorKey(rollcall.db))!;
  });
  afterAll(() => rollcall.stop());

  const bench = async (made?: TestCompany) => {
    const company = made ?? (await rollcall.newCompany());
    const send = graphqlClient(company);
    const ask = (source: string, variables = {}) => dataOf(send(source, variables));
    const operator = (source: string, variables = {}) =>
      dataOf(graphqlClient({ ...company, apiKey: operatorKey })(source, variables));
    return {
      company,
      scim: scimClient(company),
      ask,
      refused: (source: string, variables = {}) => errorOf(send(source, variables)),
      changePlan: (plan: string) => operator(PLAN, { input: { id: company.companyId, plan } }),
      operator,
      status: async () => (await ask(STATUS)).company.provisioningStatus,
      preview: async () => (await ask(PREVIEW)).previewProvisioning,
      connection: async () => (await ask('{ ssoConnections { nodes { id } } }')).ssoConnections.nodes[0].id as string,
      setSso: (id: string, status: string) => ask(SSO, { input: { id, status, config: IDP.config } }),
      openAlarms: async () => (await ask(ALARMS, { filter: { isOpen: true } })).alarms.nodes,
      switchOff: (users = 'KEEP_ACTIVE') => ask(DISABLE, { input: { users } }),
      newUser: async (userName: string) =>
        (
          await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
            input: { userName },
          })
        ).createUser.user.id as string,
    };
  };
  type Bench = Awaited<ReturnType<typeof bench>>;
  const programOf = async ({ company, ask }: Bench, permissions: string[]) => {
    const { createApiKey } = await ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      {
        input: { name: `Key ${permissions.length}`, permissions },
      },
    );
    const send = graphqlClient({ ...company, apiKey: createApiKey.secret });
    return (source: string, variables = {}) => errorOf(send(source, variables));
  };

  it('is shown before it is switched on: whom it shuts out, when, and by which policy', async () => {
    const it = await bench();
    await it.switchOff();
    const ann = await it.newUser('ann');
    await it.newUser('bob');
    const inactive = await it.newUser('cay');
    await it.ask('mutation ($input: UserIdInput!) { deactivateUser(input: $input) { user { id } } }', {
      input: { id: inactive },
    });

    const grace = await it.preview();
    // Neither the owner of last resort nor whom a directory manages nor whoever cannot sign in anyway.
    expect(grace).toMatchObject({
      policy: 'GRACE',
      shutOutCount: 2,
      shutOutUsers: [{ userName: 'ann' }, { userName: 'bob' }],
    });
    expect(grace.shutOutUsers[0].id).toBe(ann);
    const days = (Date.parse(grace.shutOutAt) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(14);
    const policy = (unprovisionedSignIn: string) =>
      it.ask('mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }', {
        input: { policies: { unprovisionedSignIn } },
      });
    await policy('BLOCK');
    const block = await it.preview();
    expect(block).toMatchObject({ policy: 'BLOCK', shutOutCount: 2 });
    expect(Date.parse(block.shutOutAt)).toBeLessThan(Date.parse(grace.shutOutAt));
    await policy('ALLOW');
    expect(await it.preview()).toMatchObject({ shutOutCount: 0, shutOutUsers: [], shutOutAt: null });
    expect(new Set([grace.hash, block.hash, (await it.preview()).hash]).size).toBe(3);
  });

  it('is switched on by an owner who has seen what is in force, once', async () => {
    const it = await bench();
    await it.switchOff();
    expect(await it.status()).toEqual({ state: 'OFF', since: null, reason: null });
    expect((await it.scim.get('/Users')).status).toBe(403);
    const old = await it.preview();
    await it.newUser('ann');

    for (const previewHash of [undefined, null, '', old.hash])
      expect(await it.refused(ENABLE, { input: { previewHash } })).toMatchObject({ code: 'PREVIEW_CHANGED' });
    const { hash } = await it.preview();
    const both = await Promise.all([1, 2].map(() => it.ask(ENABLE, { input: { previewHash: hash } })));
    expect(both[0]).toEqual(both[1]);
    expect(await it.status()).toEqual({ state: 'ON', since: expect.any(String), reason: null });
    expect((await it.scim.get('/Users')).status).toBe(200);
    await expect
      .poll(async () => {
        const { changes } = await it.ask(
          '{ changes(filter: { kind: { eq: "company.provisioning_enabled" } }) { nodes { after } } }',
        );
        return changes.nodes.length;
      }, SOON)
      // The first one is the bootstrap's.
      .toBe(2);
  });

  it('is nothing for who is no owner, another plan, or a company without an active sign-in connection', async () => {
    const it = await bench();
    await it.switchOff();
    const { hash } = await it.preview();
    const input = { previewHash: hash };
    const { viewer } = await it.ask('{ viewer { permissions } }');
    const almost = await programOf(
      it,
      viewer.permissions.filter((each: string) => each !== 'billing:write'),
    );

    expect(await almost(ENABLE, { input })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await almost(DISABLE, { input: { users: 'DEACTIVATE' } })).toMatchObject({ code: 'FORBIDDEN' });
    await it.setSso(await it.connection(), 'DRAFT');
    expect(await it.refused(ENABLE, { input })).toMatchObject({ code: 'SSO_REQUIRED' });
    await it.changePlan('TEAM');
    expect(await it.refused(ENABLE, { input })).toMatchObject({ code: 'PLAN_REQUIRED' });
    await it.changePlan('ENTERPRISE');
    await it.setSso(await it.connection(), 'ACTIVE');
    expect((await it.ask(ENABLE, { input })).enableProvisioning.company.provisioningStatus.state).toBe('ON');
    expect(await it.openAlarms()).toEqual([]);
  });

  it.each([
    ['KEEP_ACTIVE', true],
    ['DEACTIVATE', false],
  ])('is switched off with %s, and of its users nothing else changes', async (users, active) => {
    const it = await bench();
    const [ann, gone] = await Promise.all(
      ['ann', 'gone'].map(async (userName) => (await it.scim.post('/Users', { schemas: [USER], userName })).body.id),
    );
    await it.scim.delete(`/Users/${gone}`);
    const local = await it.newUser('local');
    const team = await it.scim.post('/Groups', { displayName: 'Crew', members: [{ value: ann }] });

    await it.switchOff(users);
    expect((await it.scim.get(`/Users/${ann}`)).body).toMatchObject({
      status: '403',
      detail: expect.stringMatching(/switched off/),
    });
    const {
      user,
      other,
      team: crew,
    } = await it.ask(
      `{ user(id: "${ann}") { active version managedBy { id } } other: user(id: "${local}") { active }
        team(id: "${team.body.id}") { members { nodes { id } } } }`,
    );
    expect(user).toEqual({ active, version: active ? 1 : 2, managedBy: { id: it.company.directoryId } });
    expect(other.active).toBe(true);
    expect(crew.members.nodes).toEqual([{ id: ann }]);
    const deactivations = async () =>
      (await it.ask('{ changes(filter: { kind: { eq: "user.deactivated" } }) { nodes { objectId before after } } }'))
        .changes.nodes;
    await expect
      .poll(deactivations, SOON)
      .toEqual(active ? [] : [{ objectId: ann, before: { active: true }, after: { active: false } }]);
  });

  it('is suspended while the plan or the last active sign-in connection is gone, and rings once', async () => {
    const it = await bench();
    const { scim } = it;
    const since = (await it.status()).since;
    const first = await it.connection();

    await it.setSso(first, 'DRAFT');
    const refusal = await scim.post('/Users', { schemas: [USER], userName: 'ann' });
    expect(refusal).toMatchObject({
      status: 403,
      body: { status: '403', detail: expect.stringMatching(/single sign-on/) },
    });
    expect(await it.status()).toEqual({ state: 'SUSPENDED', since, reason: 'SSO_REQUIRED' });
    const [alarm, ...more] = await it.openAlarms();
    expect(alarm).toMatchObject({
      kind: 'PROVISIONING_SUSPENDED',
      details: { reason: 'SSO_REQUIRED' },
      directory: null,
    });
    expect(more).toEqual([]);

    await it.changePlan('FREE');
    expect((await scim.get('/Users')).body.detail).toMatch(/ENTERPRISE/);
    expect(await it.status()).toMatchObject({ state: 'SUSPENDED', reason: 'PLAN_REQUIRED' });
    expect(await it.openAlarms()).toMatchObject([{ details: { reason: 'PLAN_REQUIRED' } }]);
    await it.setSso(first, 'ACTIVE');
    expect(await it.status()).toMatchObject({ state: 'SUSPENDED', reason: 'PLAN_REQUIRED' });
    await it.changePlan('ENTERPRISE');
    expect(await it.status()).toEqual({ state: 'ON', since, reason: null });
    expect((await scim.get('/Users')).status).toBe(200);
    expect(await it.openAlarms()).toEqual([]);
    const over = (await it.ask(ALARMS, { filter: { isOpen: false, kind: { eq: 'PROVISIONING_SUSPENDED' } } })).alarms;
    expect(over).toMatchObject({ totalCount: 2, nodes: [{}, { id: alarm.id, resolvedAt: expect.any(String) }] });
  });

  it('says what is missing now: when that becomes something else, the alarm rings anew', async () => {
    const it = await bench();
    await it.changePlan('TEAM');
    await it.setSso(await it.connection(), 'DRAFT');
    expect(await it.openAlarms()).toMatchObject([{ details: { reason: 'PLAN_REQUIRED' } }]);

    await it.changePlan('ENTERPRISE');

    expect(await it.status()).toMatchObject({ state: 'SUSPENDED', reason: 'SSO_REQUIRED' });
    expect(await it.openAlarms()).toMatchObject([{ details: { reason: 'SSO_REQUIRED' } }]);
  });

  it('is suspended when two sign-in connections go at once, each of which could have been the last', async () => {
    const it = await bench();
    const first = await it.connection();
    const { createSsoConnection } = await it.ask(
      'mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id } } }',
      { input: { name: 'Second', kind: 'SAML', config: IDP.config, status: 'ACTIVE' } },
    );

    await Promise.all([first, createSsoConnection.ssoConnection.id].map((id) => it.setSso(id, 'DRAFT')));
    expect(await it.status()).toMatchObject({ state: 'SUSPENDED', reason: 'SSO_REQUIRED' });
    expect(await it.openAlarms()).toHaveLength(1);
  });

  it('takes writes that are under way when the plan is lost whole or not at all', async () => {
    const it = await bench();
    const names = Array.from({ length: 20 }, (_, i) => `user-${i}`);
    const writes = names.map((userName) => it.scim.post('/Users', { schemas: [USER], userName }));
    await it.changePlan('TEAM');
    const answers = await Promise.all(writes);

    expect((await it.scim.get('/Users')).status).toBe(403);
    const { users } = await it.ask('{ users(filter: { userName: { startsWith: "user-" } }) { totalCount } }');
    expect(users.totalCount).toBe(answers.filter(({ status }) => status === 201).length);
    expect(answers.every(({ status }) => status === 201 || status === 403)).toBe(true);
  });

  it('L-06: a suspended company and a disabled directory shut tokens out, keep all data, and come back', async () => {
    const it = await bench();
    const { body: ann } = await it.scim.post('/Users', { schemas: [USER], userName: 'ann' });
    const setDirectory = (status: string) =>
      it.ask('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { status } } }', {
        input: { id: it.company.directoryId, status },
      });
    const whileOut = async (reason: RegExp) => {
      const answer = await it.scim.get(`/Users/${ann.id}`);
      expect([answer.status, answer.body.detail]).toEqual([403, expect.stringMatching(reason)]);
      const { user } = await it.ask(`{ user(id: "${ann.id}") { userName active managedBy { id } } }`);
      expect(user).toEqual({ userName: 'ann', active: true, managedBy: { id: it.company.directoryId } });
    };
    const company = { input: { id: it.company.companyId } };

    await it.operator('mutation ($input: IdInput!) { suspendCompany(input: $input) { company { id } } }', company);
    await whileOut(/suspended/);
    expect(await it.status()).toMatchObject({ state: 'SUSPENDED', reason: 'COMPANY_SUSPENDED' });
    await it.operator('mutation ($input: IdInput!) { resumeCompany(input: $input) { company { id } } }', company);
    expect((await it.scim.get(`/Users/${ann.id}`)).status).toBe(200);
    await setDirectory('DISABLED');
    await whileOut(/directory is switched off/);
    await setDirectory('ENABLED');
    expect((await it.scim.get(`/Users/${ann.id}`)).body).toEqual(ann);
  });

  it('A-14: alarms, directories, tokens and sign-in connections of another company are not found', async () => {
    const [mine, theirs] = [await bench(), await bench()];
    await theirs.setSso(await theirs.connection(), 'DRAFT');
    const [alarm] = await theirs.openAlarms();
    const { directories } = await theirs.ask('{ directories { nodes { tokens { id } } } }');
    const token = directories.nodes[0].tokens[0].id;
    const byId = (id: string) => ({ input: { id } });

    expect(await mine.openAlarms()).toEqual([]);
    const attempts: [string, object][] = [
      ['mutation ($input: IdInput!) { acknowledgeAlarm(input: $input) { alarm { id } } }', byId(alarm.id)],
      ['mutation ($input: IdInput!) { revokeDirectoryToken(input: $input) { directoryToken { id } } }', byId(token)],
      [SSO, { input: { id: await theirs.connection(), status: 'ACTIVE' } }],
      [
        'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
        { input: { id: theirs.company.directoryId, status: 'DISABLED' } },
      ],
    ];
    for (const [source, variables] of attempts)
      expect([source, await mine.refused(source, variables)]).toMatchObject([source, { code: 'NOT_FOUND' }]);
    expect((await theirs.openAlarms())[0]).toMatchObject({ id: alarm.id, acknowledgedBy: null });
  });

  it('an alarm that was acknowledged says by whom, and rings on', async () => {
    const it = await bench();
    await it.changePlan('TEAM');
    const [{ id }] = await it.openAlarms();
    const acknowledge = () =>
      it.ask(
        'mutation ($input: IdInput!) { acknowledgeAlarm(input: $input) { alarm { acknowledgedAt acknowledgedBy resolvedAt } } }',
        { input: { id } },
      );

    const seen = await acknowledge();
    expect(seen.acknowledgeAlarm.alarm).toEqual({
      acknowledgedAt: expect.any(String),
      acknowledgedBy: 'First key',
      resolvedAt: null,
    });
    expect(await acknowledge()).toEqual(seen);
    expect(await it.openAlarms()).toHaveLength(1);
    expect((await it.ask(`{ node(id: "${id}") { __typename id } }`)).node).toEqual({ __typename: 'Alarm', id });
  });
});
