import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLE_PRESETS } from '#core-api/domain/permissions.js';
import { coreSchema } from '#core-api/graphql/schema.js';
import { ENDPOINTS } from '#gateway/routes/route-table.js';
import { DOOR_HEADERS, DOOR_PATH } from '#schema/gateway-door.js';
import { ChangeUser, GatewayProfile, GetUser, IssueAccessToken, ListUsers } from '#schema/generated/gateway.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { leastOperation } from '#test/support/least-operation.js';
import { GATEWAY_KEY, MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const schema = await coreSchema();
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Every method of every SCIM route, with an id where it has one. */
const routes = [...ENDPOINTS].flatMap(([name, { tokens, collection, item }]) =>
  // What is for tokens of one user is tried in me.test.ts.
  tokens === 'USER'
    ? []
    : [
        ...Object.keys(collection).map((method) => [method, `/${name}`] as const),
        ...Object.keys(item).map((method) => [method, `/${name}/none`] as const),
      ],
);

describe.each(MODES)('credentials, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
  });
  afterAll(() => rollcall.stop());

  const ask = async (query: string, input?: object, of = company) => {
    const { body } = await graphqlClient(of)(query, { input });
    expect(body.errors).toBeUndefined();
    return body.data;
  };
  const aToken = async (more: object = {}, of = company) => {
    const { createDirectoryToken } = await ask(
      'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret directoryToken { id } } }',
      { directoryId: of.directoryId, name: 'A token', ...more },
      of,
    );
    return { id: createDirectoryToken.directoryToken.id as string, secret: createDirectoryToken.secret as string };
  };
  const ROTATE = `mutation ($input: RotateDirectoryTokenInput!) { rotateDirectoryToken(input: $input) {
    secret directoryToken { id replacesId } replaced { id expiresAt revokedAt } } }`;
  const rotate = async (id: string, overlap?: string) => (await ask(ROTATE, { id, overlap })).rotateDirectoryToken;
  const statusWith = async (token: string) => (await scim.get('/Users', { token })).status;
  const settles = (token: string, status: number) =>
    expect.poll(() => statusWith(token), { timeout: 2_000, interval: 50 }).toBe(status);
  const aKey = async (permissions: readonly string[]) => {
    const { createApiKey } = await ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { name: 'A key', permissions },
    );
    return createApiKey.secret as string;
  };

  it('A-02: a token that is wrong in its last character and one that was never issued are answered like none', async () => {
    const last = company.scimToken.at(-1) === 'a' ? 'b' : 'a';
    const seen = async (token: string | null) => {
      const { status, body, headers } = await scim.get('/Users', { token });
      const names = [...headers.keys()].filter((name) => name !== 'date' && name !== 'x-request-id').sort();
      return { status, body, names, challenge: headers.get('www-authenticate') };
    };
    const gone = await aToken();
    await ask('mutation ($input: IdInput!) { revokeDirectoryToken(input: $input) { __typename } }', { id: gone.id });
    await settles(gone.secret, 401);

    const none = await seen(null);

    expect(none).toMatchObject({ status: 401, challenge: expect.stringMatching(/^Bearer/) });
    expect(await seen(company.scimToken.slice(0, -1) + last)).toEqual(none);
    expect(await seen(gone.secret)).toEqual(none);
  });

  it('A-04: each credential opens its own door', async () => {
    expect(await statusWith(company.apiKey)).toBe(401);
    expect(await graphqlClient({ ...company, apiKey: company.scimToken })('{ viewer { actor { id } } }')).toMatchObject(
      {
        status: 401,
        body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
      },
    );
    const headers = { cookie: `session=${company.scimToken}` };
    expect(await scim.get('/Users', { token: null, headers })).toMatchObject({ status: 401 });
  });

  it('A-07: a rotated token works beside the new one until the overlap ends, and each is named for what it wrote', async () => {
    const old = await aToken();

    const { secret, directoryToken, replaced } = await rotate(old.id, 'ONE_HOUR');

    expect([directoryToken.replacesId, replaced.id, replaced.revokedAt]).toEqual([old.id, old.id, null]);
    const written = new Map<string, string>();
    for (const [id, token] of [
      [old.id, old.secret],
      [directoryToken.id, secret],
    ]) {
      const answer = await scim.post('/Users', { userName: `by-${id}` }, { token: token! });
      expect(answer.status).toBe(201);
      written.set(answer.body.id, id!);
    }
    const rows = await rollcall.asOwner<{ object_id: string; credential_id: string }>(
      `select object_id, credential_id from change where object_id in ('${[...written.keys()].join("','")}')`,
    );
    expect(new Map(rows.map((row) => [row.object_id, row.credential_id]))).toEqual(written);

    await rollcall.asOwner(`update directory_token set expires_at = now() where id = '${old.id}'`);
    await settles(old.secret, 401);
    expect(await statusWith(secret)).toBe(200);
  });

  it('A-07: without an overlap the old token is refused within a second', async () => {
    const old = await aToken();
    expect(await statusWith(old.secret)).toBe(200);

    const { secret } = await rotate(old.id, 'NONE');

    await settles(old.secret, 401);
    expect(await statusWith(secret)).toBe(200);
  });

  it('C-08: of two rotations at once one is done, and the old token and one new one work', async () => {
    const old = await aToken();

    const answers = await Promise.all([1, 2].map(() => graphqlClient(company)(ROTATE, { input: { id: old.id } })));

    const secrets = answers.flatMap(({ body }) => body.data?.rotateDirectoryToken?.secret ?? []);
    const codes = answers.flatMap(({ body }) => body.errors?.[0].extensions.code ?? []);
    expect([secrets.length, codes]).toEqual([1, ['ROTATION_UNDER_WAY']]);
    expect([await statusWith(old.secret), await statusWith(secrets[0])]).toEqual([200, 200]);
  });

  it('a token with addresses is refused from elsewhere, and X-Forwarded-For of a stranger changes nothing', async () => {
    const { secret } = await aToken({ allowedAddresses: ['198.51.100.7'] });
    const mine = await aToken({ allowedAddresses: ['127.0.0.0/8', '::1'] });

    for (const headers of [{}, { 'x-forwarded-for': '198.51.100.7' }] as Record<string, string>[])
      expect(await scim.get('/Users', { token: secret, headers })).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('address') },
      });
    expect(await statusWith(mine.secret)).toBe(200);
  });

  it('a token is changed while it works: its addresses and its end hold within a second', async () => {
    const { id, secret } = await aToken({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    const update = async (changes: object) => {
      const { updateDirectoryToken } = await ask(
        `mutation ($input: UpdateDirectoryTokenInput!) {
          updateDirectoryToken(input: $input) { directoryToken { name allowedAddresses expiresAt } } }`,
        { id, ...changes },
      );
      return updateDirectoryToken.directoryToken;
    };
    expect(await statusWith(secret)).toBe(200);

    expect(await update({ allowedAddresses: ['198.51.100.0/24'] })).toMatchObject({
      name: 'A token',
      allowedAddresses: ['198.51.100.0/24'],
      expiresAt: expect.any(String),
    });
    await settles(secret, 403);
    expect(await update({ allowedAddresses: [], expiresAt: null })).toMatchObject({ expiresAt: null });
    await settles(secret, 200);
    expect(await update({ name: 'Other' })).toEqual({ name: 'Other', allowedAddresses: [], expiresAt: null });
  });

  it('an owner’s key gets no access token: that is for OAuth clients, at the other door', async () => {
    const { body } = await graphqlClient(company)('mutation { issueAccessToken(input: {}) { secret } }');

    expect(body.errors[0].extensions.code).toBe('FORBIDDEN');
  });

  it('A-13: an ordinary member’s key can do no mutation, and no credential but a directory’s opens a SCIM route', async () => {
    const member = ROLE_PRESETS.seniority.find(({ isDefault }) => isDefault)!;
    const key = await aKey(member.permissions);
    const graphql = graphqlClient({ ...company, apiKey: key });
    const mutations = Object.values(schema.getMutationType()!.getFields()).filter(({ name }) => name !== 'applyBatch');

    const got: [string, string | undefined][] = [];
    for (const field of mutations) {
      const { text, variables } = leastOperation('mutation', field);
      const { body } = await graphql(text, variables);
      got.push([field.name, body.errors?.[0].extensions.code]);
    }

    expect(mutations.length).toBeGreaterThan(25);
    expect(got.filter(([, code]) => code !== 'FORBIDDEN')).toEqual([]);
    const batch = await graphql(
      'mutation ($input: ApplyBatchInput!) { applyBatch(input: $input) { results { code } } }',
      { input: { operations: [{ deleteUser: { id: company.companyId } }] } },
    );
    expect(batch.body.data.applyBatch.results).toEqual([{ code: 'FORBIDDEN' }]);

    expect(routes.length).toBeGreaterThan(15);
    for (const [method, path] of routes) {
      const answer = await scim.call(method, path, WRITES.has(method) ? {} : undefined, { token: key });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
  });

  it('A-13: a token that may only read changes nothing by any SCIM route', async () => {
    const { secret: token } = await aToken({ scopes: ['read'] });
    const { body: user } = await scim.post('/Users', { userName: 'still-here' });
    const bodies: Record<string, object> = {
      POST: { userName: 'intruder', displayName: 'Intruders' },
      PUT: { userName: 'intruder', displayName: 'Intruders' },
      PATCH: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value: { displayName: 'Intruder' } }],
      },
    };

    for (const [method, path] of routes.filter(([each, path]) => WRITES.has(each) && path !== '/Bulk')) {
      const answer = await scim.call(method, path.replace('none', user.id), bodies[method], { token });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
    // A Bulk says of each operation what its own request would hear.
    const bulk = await scim.post(
      '/Bulk',
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          { method: 'POST', path: '/Groups', bulkId: 'a', data: bodies.POST },
          ...['PUT', 'PATCH'].map((method) => ({ method, path: `/Users/${user.id}`, data: bodies[method] })),
          { method: 'DELETE', path: `/Users/${user.id}` },
        ],
      },
      { token },
    );
    expect(bulk.body.Operations.map(({ status }: { status: string }) => status)).toEqual(Array(4).fill('403'));
    expect((await scim.get(`/Users/${user.id}`)).body).toEqual(user);
    expect((await scim.get('/Groups')).body.totalResults).toBe(0);
  });

  describe('A-17: the gateway’s identity at the core’s door', () => {
    let theirs: TestCompany;
    let theirUser: string;
    beforeAll(async () => {
      theirs = await rollcall.newCompany();
      theirUser = (await scimClient(theirs).post('/Users', { userName: 'their-secret-user' })).body.id;
    });
    const knock = async (
      operationId: string,
      variables: object,
      { authorization, key = GATEWAY_KEY, ...more }: Record<string, string> = {},
    ) => {
      const answer = await fetch(new URL(DOOR_PATH, company.graphqlUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [DOOR_HEADERS.gatewayKey]: key,
          ...(authorization && { authorization }),
          ...more,
        },
        body: JSON.stringify({ operationId, variables, companyId: theirs.companyId, authorization: theirs.scimToken }),
      });
      return answer.text();
    };
    const mine = () => ({ authorization: `Bearer ${company.scimToken}` });

    it('reaches nothing of another company with a token of its own', async () => {
      const named = { companyId: theirs.companyId, company: theirs.companySlug };
      const input = { id: theirUser, changes: [{ set: { displayName: 'Mine' } }] };

      const answers = [
        await knock(GetUser.id, { id: theirUser, withTeams: false, ...named }, mine()),
        await knock(ChangeUser.id, { input, withTeams: false, withWarnings: false }, mine()),
        await knock(
          ListUsers.id,
          { first: 100, withTotal: true, withCursors: true, withTeams: false, ...named },
          mine(),
        ),
      ];

      for (const answer of answers) expect(answer).not.toContain('their-secret-user');
      expect(answers[1]).toContain('"NOT_FOUND"');
      expect(JSON.parse(answers[2]!).data.users.nodes).not.toEqual([]);
      expect((await scimClient(theirs).get(`/Users/${theirUser}`)).body).not.toHaveProperty('displayName');
    });

    it('is told by the token, and by no header beside it', async () => {
      const answer = await knock(
        GatewayProfile.id,
        {},
        {
          ...mine(),
          'rollcall-company': theirs.companySlug,
          'x-tenant-id': theirs.companyId,
          'x-user-id': theirUser,
          'x-forwarded-user': theirUser,
        },
      );

      expect(JSON.parse(answer).data.viewer.company.id).toBe(company.companyId);
    });

    it('grants nothing by itself, and without it no token does', async () => {
      const unauthenticated = expect.stringContaining('"UNAUTHENTICATED"');

      for (const credential of [
        {},
        { authorization: `Bearer ${GATEWAY_KEY}` },
        { authorization: `Bearer ${company.apiKey}` },
        { authorization: `Basic ${Buffer.from(`${company.directoryId}:${company.scimToken}`).toString('base64')}` },
        { ...mine(), key: '' },
        { ...mine(), key: `${GATEWAY_KEY}x` },
        { ...mine(), key: company.scimToken },
      ] as Record<string, string>[])
        expect(await knock(GatewayProfile.id, {}, credential)).toEqual(unauthenticated);
    });

    it('lets an OAuth client’s secret get an access token, and do nothing else', async () => {
      const { createOAuthClient } = await ask(
        'mutation ($input: CreateOAuthClientInput!) { createOAuthClient(input: $input) { secret directoryToken { id } } }',
        { directoryId: company.directoryId, name: 'Client' },
      );
      const { secret, directoryToken } = createOAuthClient;
      const basic = `Basic ${Buffer.from(`${directoryToken.id}:${secret}`).toString('base64')}`;
      const forbidden = expect.stringContaining('"FORBIDDEN"');

      for (const [id, variables] of [
        [GatewayProfile.id, {}],
        [ListUsers.id, { first: 1, withTotal: true, withCursors: true, withTeams: false }],
        [ChangeUser.id, { input: { id: theirUser, changes: [] }, withTeams: false, withWarnings: false }],
      ] as const)
        expect(await knock(id, variables, { authorization: basic })).toEqual(forbidden);
      expect(await knock(IssueAccessToken.id, { input: {} }, mine())).toEqual(forbidden);
      expect(await knock(IssueAccessToken.id, { input: {} }, { authorization: basic })).toContain('"expiresIn":3600');
    });
  });

  it('T-10: a directory or connection named like a built-in provider or another company’s is a name and nothing more', async () => {
    const theirs = await rollcall.newCompany();
    const make = (name: string, of: TestCompany) =>
      ask(
        'mutation ($input: CreateDirectoryInput!) { createDirectory(input: $input) { directory { id } } }',
        { name, idpKind: 'OTHER' },
        of,
      );
    const connect = (name: string, of: TestCompany) =>
      ask(
        'mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id } } }',
        { name, kind: 'SAML', config: {} },
        of,
      );
    const names = ['credential', 'google', 'rollcall', theirs.directoryId, theirs.companySlug];

    for (const name of names) {
      const made = [
        (await make(name, company)).createDirectory.directory.id,
        (await connect(name, company)).createSsoConnection.ssoConnection.id,
      ];
      expect(made).not.toContain(theirs.directoryId);
      expect((await ask('query ($input: ID!) { node(id: $input) { id } }', name as never)).node).toBeNull();
      const path = await fetch(`${company.scimBaseUrl}/companies/${name}/Users`, {
        headers: { authorization: `Bearer ${company.scimToken}` },
      });
      expect([name, path.status]).toEqual([name, 404]);
    }
    const input = { directoryId: theirs.directoryId, name: 'X' };
    const { body } = await graphqlClient(company)(
      'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }',
      { input },
    );
    expect(body.errors[0].extensions.code).toBe('NOT_FOUND');
    // The same names are free for the other company: they live apart.
    await make('google', theirs);
    await connect('google', theirs);
    expect(await scimClient(theirs).get('/Users')).toMatchObject({ status: 200 });
  });
});
