import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ENTRY = `id at directory { id } credentialId requestId method path status durationMs clientAddress userAgent error requestBody responseBody
  tolerances { name count } operations { id code durationMs } changeIds`;
const LIST = `query ($filter: RequestLogFilter, $first: Int, $after: String) {
  requestLog(filter: $filter, first: $first, after: $after) { nodes { ${ENTRY} } edges { cursor } pageInfo { hasNextPage endCursor } } }`;
const UPDATE = `mutation ($input: UpdateDirectoryInput!) {
  updateDirectory(input: $input) { directory { settings { loggedSuccesses breaker { percent least most } } recordsBodiesUntil } } }`;

describe.concurrent.each(MODES)('the request log, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  async function aCompany() {
    const company = await rollcall.newCompany();
    const ask = graphqlClient(company);
    const list = async (filter: object = {}, page: object = {}) => {
      const { body } = await ask(LIST, { filter, ...page });
      expect(body.errors).toBeUndefined();
      return body.data.requestLog;
    };
    /** The entry of an answer, once it is there: entries come in batches. */
    const entryOf = (answer: { headers: Headers }) =>
      vi.waitFor(
        async () => {
          const { nodes } = await list({ requestId: answer.headers.get('x-request-id') });
          expect(nodes).toHaveLength(1);
          return nodes[0];
        },
        { timeout: 5_000, interval: 100 },
      );
    return { company, ask, list, entryOf, scim: scimClient(company) };
  }

  /** As if its token had been made long ago. */
  const age = ({ companyId }: TestCompany) =>
    rollcall.asOwner(
      `update directory_token set created_at = now() - interval '2 hours' where company_id = '${companyId}'`,
    );

  it('tells what was sent, answered, asked of the core, and changed', async () => {
    const { company, scim, entryOf, ask } = await aCompany();
    const body = { userName: 'ann', active: 'True', shoeSize: 7 };
    const answer = await scim.post('/Users?attributes=userName', body, { headers: { 'user-agent': 'Okta 1.0' } });

    const entry = await entryOf(answer);

    expect(entry).toMatchObject({
      directory: { id: company.directoryId },
      method: 'POST',
      path: '/scim/v2/Users?attributes=userName',
      status: 201,
      clientAddress: expect.stringContaining('127.0.0.1'),
      userAgent: 'Okta 1.0',
      error: null,
      tolerances: expect.arrayContaining([
        { name: 'TEXT_BOOLEAN', count: 1 },
        { name: 'UNKNOWN_ATTRIBUTE', count: 1 },
      ]),
      operations: [
        { id: expect.stringMatching(/^GatewayProfile\./), code: null },
        { id: expect.stringMatching(/^CreateUser\./), code: null },
      ],
    });
    expect(JSON.parse(entry.requestBody)).toEqual(body);
    expect(JSON.parse(entry.responseBody)).toEqual(answer.body);
    expect(Math.abs(Date.parse(entry.at) - Date.now())).toBeLessThan(60_000);
    expect(entry.changeIds).not.toEqual([]);
    // A change is found once it is final.
    await vi.waitFor(async () => {
      const { body: found } = await ask(`query ($id: ID!) { node(id: $id) { ... on Change { kind requestId } } }`, {
        id: entry.changeIds[0],
      });
      expect(found.data.node).toEqual({ kind: 'user.created', requestId: entry.requestId });
    }, 10_000);
  });

  it('keeps refusals with their bodies, and says why', async () => {
    const { company, scim, entryOf } = await aCompany();
    await age(company);
    await scim.post('/Users', { userName: 'bob' });
    const taken = await scim.post('/Users', { userName: 'bob' });
    const broken = await scim.post('/Users', undefined, { raw: '{"userName": "b' });
    const nowhere = await scim.get('/Elsewhere');

    expect(await entryOf(taken)).toMatchObject({
      status: 409,
      error: expect.stringContaining('in use'),
      requestBody: '{"userName":"bob"}',
      responseBody: expect.stringContaining('uniqueness'),
      operations: [{ id: expect.stringMatching(/^CreateUser\./), code: 'UNIQUENESS' }],
      changeIds: [],
    });
    expect(await entryOf(broken)).toMatchObject({ status: 400, requestBody: '{"userName": "b', operations: [] });
    expect(await entryOf(nowhere)).toMatchObject({
      status: 404,
      directory: { id: company.directoryId },
      operations: [],
    });
  });

  it('keeps refused credentials under the directory whose token it was', async () => {
    const { company, scim, entryOf, ask, list } = await aCompany();
    const [{ id }] = (await rollcall.asOwner<{ id: string }>(
      `select id from directory_token where company_id = '${company.companyId}'`,
    )) as [{ id: string }];
    await ask(`mutation ($id: ID!) { revokeDirectoryToken(input: { id: $id }) { directoryToken { id } } }`, { id });
    const revoked = await scim.get('/Users');
    const other = await scim.get('/Users', { token: `${company.scimToken.slice(0, 27)}${'a'.repeat(43)}_000000` });
    const nonsense = await scim.get('/Users', { token: 'nonsense' });

    expect(await entryOf(revoked)).toMatchObject({
      status: 401,
      directory: { id: company.directoryId },
      credentialId: id,
    });
    expect(await entryOf(other)).toMatchObject({ status: 401, directory: null, credentialId: null });
    expect((await list({ requestId: nonsense.headers.get('x-request-id') })).nodes).toEqual([]);
  });

  it('keeps successes as the directory says, an hour after a token was made', async () => {
    const { company, scim, entryOf, ask, list } = await aCompany();
    const set = async (settings: object) => {
      const { body } = await ask(UPDATE, { input: { id: company.directoryId, settings } });
      // Asked anew by whoever wants to know what is discovered.
      await scim.get('/ServiceProviderConfig');
      return body.data?.updateDirectory.directory ?? body.errors[0].extensions;
    };
    await age(company);
    expect((await set({ loggedSuccesses: 'WITHOUT_BODIES' })).recordsBodiesUntil).toMatch(/Z$/);
    // The credential is known for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await scim.get('/ServiceProviderConfig');
    const without = await scim.post('/Users', { userName: 'cat' });
    expect(await entryOf(without)).toMatchObject({ status: 201, requestBody: null, responseBody: null });

    await set({ loggedSuccesses: 'WITH_BODIES' });
    const withBodies = await scim.post('/Users', { userName: 'dan' });
    expect(await entryOf(withBodies)).toMatchObject({ requestBody: '{"userName":"dan"}' });

    await set({ loggedSuccesses: 'NONE' });
    const none = await scim.post('/Users', { userName: 'eve' });
    const after = await scim.get('/Users/nobody');
    await entryOf(after);
    expect((await list({ requestId: none.headers.get('x-request-id') })).nodes).toEqual([]);
  });

  it('counts the habits of a provider for its directory, also in requests that leave no entry', async () => {
    const { company, scim, ask, entryOf } = await aCompany();
    await age(company);
    await ask(UPDATE, { input: { id: company.directoryId, settings: { loggedSuccesses: 'NONE' } } });
    await scim.get('/ServiceProviderConfig');
    // The credential is known for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await scim.get('/ServiceProviderConfig');
    const before = new Date().toISOString();

    for (const userName of ['ian', 'joy', 'kim'])
      expect(await scim.post('/Users', { userName, active: 'True' })).toMatchObject({ status: 201 });
    const refused = await scim.post('/Users', { userName: 'kim', active: 'True', role: 1 });

    expect(await entryOf(refused)).toMatchObject({ status: 409 });
    const counted = async () => {
      const { body } = await ask(
        `{ directories { nodes { id tolerances { name description providers cure count lastAt } } } }`,
      );
      return body.data.directories.nodes.find(({ id }: { id: string }) => id === company.directoryId).tolerances;
    };
    await vi.waitFor(
      async () =>
        expect(await counted()).toEqual(
          expect.arrayContaining([
            {
              name: 'TEXT_BOOLEAN',
              description: expect.stringContaining('True'),
              providers: expect.arrayContaining(['Entra']),
              cure: expect.stringContaining('aadOptscim062020'),
              count: 4,
              lastAt: expect.any(String),
            },
            expect.objectContaining({ name: 'UNKNOWN_ATTRIBUTE', count: 1 }),
          ]),
        ),
      { timeout: 5_000, interval: 100 },
    );
    const { lastAt } = (await counted()).find(({ name }: { name: string }) => name === 'TEXT_BOOLEAN');
    expect(lastAt >= before && lastAt <= new Date().toISOString()).toBe(true);
  });

  it('tells how OAuth clients got their access tokens, and why not, without the secrets', async () => {
    const { company, ask, list, entryOf } = await aCompany();
    const { body } = await ask(
      `mutation ($input: CreateOAuthClientInput!) { createOAuthClient(input: $input) { secret directoryToken { id } } }`,
      { input: { directoryId: company.directoryId, name: 'Entra', scopes: ['users'] } },
    );
    const { secret, directoryToken: client } = body.data.createOAuthClient;
    const basic = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
    const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(new URL('/oauth/token', company.scimBaseUrl), {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
        headers,
      });
    const inBody = { client_id: client.id, client_secret: secret };

    const issued = await post({ scope: 'read' }, { authorization: basic });
    const access = (await issued.json()) as { access_token: string };
    const entries = [
      await entryOf(issued),
      await entryOf(await post(inBody)),
      await entryOf(await post({ ...inBody, scope: 'groups' })),
      await entryOf(await post({ grant_type: 'password' }, { authorization: basic })),
    ];
    await ask(`mutation ($id: ID!) { revokeDirectoryToken(input: { id: $id }) { directoryToken { id } } }`, client);
    entries.push(await entryOf(await post(inBody)));

    for (const entry of entries)
      expect(entry).toMatchObject({
        directory: { id: company.directoryId },
        credentialId: client.id,
        method: 'POST',
        path: '/oauth/token',
      });
    expect(entries.map(({ status, error }) => [status, error])).toEqual([
      [200, null],
      [200, null],
      [400, expect.stringContaining('scope')],
      [400, expect.stringContaining('grant_type')],
      [401, expect.stringContaining('revoked')],
    ]);
    expect(entries[0].operations).toMatchObject([{ id: expect.stringMatching(/^IssueAccessToken\./), code: null }]);
    expect(JSON.parse(entries[0].requestBody)).toEqual({ grant_type: 'client_credentials', scope: 'read' });
    expect(JSON.parse(entries[0].responseBody)).toMatchObject({ access_token: '***', expires_in: 3600 });
    expect(JSON.parse(entries[1].requestBody)).toMatchObject({ client_id: client.id, client_secret: '***' });
    expect(entries[4].responseBody).toContain('invalid_client');
    for (const hidden of [secret, basic.slice(6), access.access_token])
      expect(JSON.stringify(entries)).not.toContain(hidden);

    const nonsense = await post({ client_id: client.id, client_secret: 'nonsense' });
    await entryOf(await post(inBody));
    expect((await list({ requestId: nonsense.headers.get('x-request-id') })).nodes).toEqual([]);
  });

  it('keeps successes of OAuth clients as the directory says, too', async () => {
    const { company, ask, list, entryOf } = await aCompany();
    const { body } = await ask(
      `mutation ($input: CreateOAuthClientInput!) { createOAuthClient(input: $input) { secret directoryToken { id } } }`,
      { input: { directoryId: company.directoryId, name: 'Entra' } },
    );
    const { secret, directoryToken: client } = body.data.createOAuthClient;
    const post = (form = {}) =>
      fetch(new URL('/oauth/token', company.scimBaseUrl), {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: client.id,
          client_secret: secret,
          ...form,
        }),
      });
    await age(company);

    expect(await entryOf(await post())).toMatchObject({ status: 200, requestBody: null, responseBody: null });
    await ask(UPDATE, { input: { id: company.directoryId, settings: { loggedSuccesses: 'NONE' } } });
    // The credential is known for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const none = await post();
    expect(none.status).toBe(200);
    expect(await entryOf(await post({ scope: 'x' }))).toMatchObject({ status: 400 });
    expect((await list({ requestId: none.headers.get('x-request-id') })).nodes).toEqual([]);
  });

  it('is searched by what stands in an entry, and read page by page', async () => {
    const { company, scim, list, entryOf } = await aCompany();
    for (const name of ['fay', 'gus', 'hal']) await scim.post('/Users', { userName: name });
    await scim.get('/Groups?filter=displayName%20eq%20%22x%22');
    await entryOf(await scim.get('/Users/nobody'));

    const methods = async (filter: object) =>
      (await list(filter)).nodes.map(({ method, status }: { method: string; status: number }) => `${method} ${status}`);
    expect(await methods({ isFailure: true })).toEqual(['GET 404']);
    expect(await methods({ status: { ge: 400 } })).toEqual(['GET 404']);
    expect(await methods({ method: 'post' })).toEqual(['POST 201', 'POST 201', 'POST 201']);
    expect(await methods({ path: { contains: '/Groups?' } })).toEqual(['GET 200']);
    expect(await methods({ text: 'GUS' })).toEqual(['POST 201']);
    expect(await methods({ directoryId: company.companyId })).toEqual([]);
    expect(await methods({ to: '2020-01-01T00:00:00Z' })).toEqual([]);

    const all = (await list()).nodes.map(({ id }: { id: string }) => id);
    const first = await list({}, { first: 2 });
    const second = await list({}, { first: 50, after: first.pageInfo.endCursor });
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(all);
  });

  it('T-05: shows nothing of another company, by id, text or directory', async () => {
    const ours = await aCompany();
    const theirs = await aCompany();
    const answer = await theirs.scim.post('/Users', { userName: 'ivy' });
    await theirs.entryOf(answer);

    for (const filter of [
      {},
      { requestId: answer.headers.get('x-request-id') },
      { text: 'ivy' },
      { directoryId: theirs.company.directoryId },
    ])
      expect((await ours.list(filter)).nodes).toEqual([]);
  });

  it('keeps 64 kB of a long body, and says that it was cut', async () => {
    const { scim, entryOf } = await aCompany();
    const members = Array.from({ length: 3_000 }, (_, i) => ({
      value: `0190c7a0-0000-7000-8000-${String(i).padStart(12, '0')}`,
    }));
    const entry = await entryOf(await scim.post('/Groups', { displayName: 'Long', members }));

    expect(Buffer.byteLength(entry.requestBody)).toBeLessThan(64 * 1024 + 20);
    expect(entry.requestBody).toMatch(/\(cut\)$/);
    expect(entry.requestBody).toContain('"displayName":"Long"');
  });

  it('settings that make no sense are refused by name', async () => {
    const { company, ask } = await aCompany();
    const change = async (settings: object) =>
      (await ask(UPDATE, { input: { id: company.directoryId, settings } })).body;
    expect((await change({ breaker: { percent: 30 } })).data.updateDirectory.directory.settings).toEqual({
      loggedSuccesses: 'WITHOUT_BODIES',
      breaker: { percent: 30, least: 20, most: 100 },
    });
    for (const [breaker, field] of [
      [{ percent: 0 }, 'settings.breaker.percent'],
      [{ least: 0 }, 'settings.breaker.least'],
      [{ most: 19 }, 'settings.breaker.most'],
    ])
      expect((await change({ breaker: breaker as object })).errors[0].extensions).toMatchObject({
        code: 'INVALID_VALUE',
        field,
      });
    expect((await change({ breaker: null })).data.updateDirectory.directory.settings.breaker.percent).toBe(20);
  });
});

describe.each(MODES)('of a directory over its rate, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_SCIM_RATE: '1' } });
  });
  afterAll(() => rollcall.stop());

  it('the request log keeps what was refused, too', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    let refused: string | null = null;
    while (refused === null) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => scim.get('/ServiceProviderConfig')));
      refused = answers.find(({ status }) => status === 429)?.headers.get('x-request-id') ?? null;
    }

    await vi.waitFor(
      async () => {
        const { body } = await graphqlClient(company)(LIST, { filter: { requestId: refused } });
        expect(body.data.requestLog.nodes).toMatchObject([{ status: 429, directory: { id: company.directoryId } }]);
      },
      { timeout: 5_000, interval: 100 },
    );
  });
});
