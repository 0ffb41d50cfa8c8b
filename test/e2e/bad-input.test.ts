import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { type TcpProxy, tcpProxy } from '#test/support/tcp-proxy.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

describe.each(MODES)('bad input, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let graphql: ReturnType<typeof graphqlClient>;
  let user: { id: string };
  let group: { id: string };
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    graphql = graphqlClient(company);
    user = (await scim.post('/Users', { userName: 'zoe', displayName: 'Zoë' })).body;
    group = (await scim.post('/Groups', { displayName: 'Ops', members: [{ value: user.id }] })).body;
  });
  afterAll(() => rollcall.stop());

  const unchanged = async () => {
    expect((await scim.get(`/Users/${user.id}`)).body).toEqual(await current());
  };
  let seen: unknown;
  const current = async () => {
    seen ??= (await scim.get(`/Users/${user.id}`)).body;
    return seen;
  };

  it.each([
    ['malformed JSON', '{"userName": ', 400, 'invalidSyntax'],
    ['an array for an object', '[]', 400, 'invalidSyntax'],
    ['a number for a body', '7', 400, 'invalidSyntax'],
    ['nothing at all', '', 400, 'invalidSyntax'],
    ['10,000 levels of nesting', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400, 'invalidSyntax'],
    ['a prototype key', '{"userName":"x","__proto__":{"a":1}}', 400, 'invalidSyntax'],
    ['a NUL character', '{"userName":"a\\u0000b"}', 400, 'invalidValue'],
    ['a lone surrogate', '{"userName":"a\\ud800b"}', 400, 'invalidValue'],
    ['a number for a string', '{"userName":5}', 400, 'invalidValue'],
    ['an object for a string', '{"userName":{"$ne":null}}', 400, 'invalidValue'],
    ['a string for a boolean', '{"userName":"x1","active":"perhaps"}', 400, 'invalidValue'],
    ['a string for a list', '{"userName":"x2","addresses":"home"}', 400, 'invalidValue'],
    ['no userName', '{"displayName":"x"}', 400, 'invalidValue'],
    ['an empty userName', '{"userName":""}', 400, 'invalidValue'],
    ['an over-long userName', `{"userName":"${'x'.repeat(300)}"}`, 400, 'invalidValue'],
    ['an over-long title', `{"userName":"x3","title":"${'x'.repeat(2000)}"}`, 400, 'invalidValue'],
    [
      '101 e-mails',
      `{"userName":"x4","emails":${JSON.stringify(Array.from({ length: 101 }, (_, i) => ({ value: `e${i}@x` })))}}`,
      400,
      'invalidValue',
    ],
  ])('POST /Users with %s is %#: a SCIM error, and nobody is made', async (_name, raw, status, scimType) => {
    const before = (await scim.get('/Users?count=0')).body.totalResults;
    const answer = await scim.post('/Users', undefined, { raw });
    expect(answer).toMatchObject({ status, body: { schemas: [ERROR], status: String(status), scimType } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect((await scim.get('/Users?count=0')).body.totalResults).toBe(before);
  });

  it.each([
    ['not an object', 'x', 'invalidSyntax'],
    ['an unknown op', [{ op: 'move', path: 'title', value: 'x' }], 'invalidSyntax'],
    ['a path that does not parse', [{ op: 'replace', path: 'emails[type eq "work"', value: 'x' }], 'invalidPath'],
    ['a prototype path', [{ op: 'replace', path: '__proto__[x eq "y"].z', value: 'x' }], 'invalidPath'],
    ['500 brackets', [{ op: 'replace', path: '['.repeat(500), value: 'x' }], 'invalidPath'],
    ['a remove without a path', [{ op: 'remove' }], 'noTarget'],
    ['a write to id', [{ op: 'replace', path: 'id', value: 'x' }], 'mutability'],
    ['a write to meta', [{ op: 'replace', path: 'meta.created', value: 'x' }], 'mutability'],
    [
      'a filter that matches nothing and is no equality',
      [{ op: 'replace', path: 'emails[type ne "work"].value', value: 'x' }],
      'noTarget',
    ],
    ['a wrong type', [{ op: 'replace', path: 'active', value: 'perhaps' }], 'invalidValue'],
    [
      'a good operation before a bad one',
      [
        { op: 'replace', path: 'displayName', value: 'Changed' },
        { op: 'replace', path: 'userName', value: '' },
      ],
      'invalidValue',
    ],
  ])('PATCH /Users with %s is 400 and changes nothing', async (_name, operations, scimType) => {
    await current();
    const answer = await scim.patch(`/Users/${user.id}`, operations);
    expect(answer).toMatchObject({ status: 400, body: { schemas: [ERROR], scimType } });
    await unchanged();
  });

  it.each([
    'userName',
    'userName eq',
    'userName xx "a"',
    'userName eq "a',
    'shoeSize eq 4',
    'password eq "x"',
    'active gt true',
    'userName eq "a" and',
    '('.repeat(1000),
    'userName eq "\\u0000"',
    `${'userName eq "a" or '.repeat(201)}userName eq "a"`,
    'urn:x:y:z eq "a"',
    'userName\'; drop table app_user; -- eq "a"',
    'meta.created gt "yesterday"',
  ])('GET /Users?filter=%s is 400 invalidFilter, never a list', async (filter) => {
    expect(await scim.get(`/Users?filter=${encodeURIComponent(filter)}`)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidFilter' },
    });
  });

  it.each([
    ['no credentials', null],
    ['an empty token', ''],
    ['a token of no form', 'x'],
    [
      'a token of the right form that was never issued',
      'rcs_0000000000000000000000_0000000000000000000000000000000000000000000_000000',
    ],
    ['10 kB of token', 'x'.repeat(10_000)],
  ])('%s is 401 with a SCIM body (A-01, A-02)', async (_name, token) => {
    const answer = await scim.get('/Users', { token });
    expect(answer).toMatchObject({ status: 401, body: { schemas: [ERROR], status: '401' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('takes each credential at its own door only (A-04)', async () => {
    expect(await scim.get('/Users', { token: company.apiKey })).toMatchObject({ status: 401 });
    const answer = await graphqlClient({ ...company, apiKey: company.scimToken })('{ viewer { permissions } }');
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(await scim.get(`/Users?access_token=${company.scimToken}`, { token: null })).toMatchObject({ status: 401 });
  });

  it('does not tell another company’s objects from missing ones (T-01, T-02)', async () => {
    const other = await rollcall.newCompany();
    const theirs = scimClient(other);
    const missing = '0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee';
    const calls: [string, string, unknown?][] = [
      ['GET', ''],
      ['PUT', '', { userName: 'taken-over', displayName: 'taken-over' }],
      ['PATCH', '', { Operations: [{ op: 'replace', path: 'displayName', value: 'taken-over' }] }],
      ['DELETE', ''],
    ];
    for (const [kind, id] of [
      ['Users', user.id],
      ['Groups', group.id],
    ] as const)
      for (const [method, suffix, body] of calls) {
        const mine = await theirs.call(method, `/${kind}/${id}${suffix}`, body);
        const none = await theirs.call(method, `/${kind}/${missing}${suffix}`, body);
        expect(mine.status, `${method} ${kind}`).toBe(404);
        expect(JSON.stringify(mine.body).replaceAll(id, missing)).toBe(JSON.stringify(none.body));
      }
    const ask = graphqlClient(other);
    for (const query of ['user(id: $id) { id }', 'team(id: $id) { id }'])
      expect((await ask(`query ($id: ID!) { ${query} }`, { id: user.id })).body.errors[0].extensions.code).toBe(
        'NOT_FOUND',
      );
    expect((await ask('query ($id: ID!) { node(id: $id) { id } }', { id: user.id })).body.data.node).toBeNull();
    for (const mutation of [
      'deleteUser(input: { id: $id }) { id }',
      'deactivateUser(input: { id: $id }) { user { id } }',
      'changeUser(input: { id: $id, changes: [{ unset: ["title"] }] }) { user { id } }',
    ])
      expect((await ask(`mutation ($id: ID!) { ${mutation} }`, { id: user.id })).body.errors[0].extensions.code).toBe(
        'NOT_FOUND',
      );
    // T-03: a member of another company is skipped like any unknown id.
    const mine = (await theirs.post('/Groups', { displayName: 'Spies', members: [{ value: user.id }] })).body;
    expect(mine.members).toEqual([]);
    await unchanged();
  });

  it.each([
    '010101001010101011001010101011',
    '00919288221112222',
    'x'.repeat(2000),
    '%F0%9F%92%A9',
    "'; drop table app_user; --",
  ])('GET /Users/%s is 404', async (id) => {
    expect(await scim.get(`/Users/${encodeURIComponent(id)}`)).toMatchObject({
      status: 404,
      body: { schemas: [ERROR], status: '404' },
    });
  });

  it('I-04: bounds bodies: users at 1 MB, groups at 16 MB', async () => {
    const answer = await scim.post('/Users', undefined, {
      raw: `{"userName":"big","title":"${'x'.repeat(1024 * 1024)}"}`,
    });
    expect(answer).toMatchObject({ status: 413, body: { schemas: [ERROR] } });
    expect(
      await scim.post('/Groups', undefined, {
        raw: `{"displayName":"big","externalId":"${'x'.repeat(16 * 1024 * 1024)}"}`,
      }),
    ).toMatchObject({ status: 413 });
  });

  it.each([
    ['text/plain', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/json; charset=utf-8', 201],
    ['application/scim+json', 201],
  ])('Content-Type %s is %i', async (type, status) => {
    const answer = await scim.post('/Users', { userName: `typed-${type}` }, { headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
  });

  it('answers wrong methods with Allow, and unknown routes with a SCIM 404', async () => {
    const answer = await scim.call('DELETE', '/Users');
    expect(answer).toMatchObject({ status: 405, body: { schemas: [ERROR] } });
    expect(answer.headers.get('allow')).toContain('GET');
    expect(await scim.get('/Unicorns')).toMatchObject({ status: 404, body: { schemas: [ERROR] } });
  });

  it('I-05: finds nobody by the prototype of an object', async () => {
    expect(
      await scim.patch(`/Users/${user.id}`, [{ op: 'add', value: { constructor: { prototype: { polluted: 1 } } } }]),
    ).toMatchObject({ status: 400 });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    ['a document that is none', '{', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ shoes }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong type', '{ user(id: {a: 1}) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown member of an input (I-02)',
      'mutation { createUser(input: { userName: "x", isAdmin: true }) { user { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'an object like a piece of SQL (I-07)',
      'mutation { createUser(input: { userName: { __raw: true, sql: "1=1" } }) { user { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'an order of its own (I-09)',
      '{ users(orderBy: { field: "id; drop table" }) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a page that is too large', '{ users(first: 1000) { nodes { id } } }', 'INVALID_VALUE'],
    ['a negative page', '{ users(first: -1) { nodes { id } } }', 'INVALID_VALUE'],
    ['a cursor of nobody', '{ users(first: 1, after: "zzz") { nodes { id } } }', 'INVALID_VALUE'],
    [
      'two changes in one',
      'mutation { changeUser(input: { id: "x", changes: [{ unset: ["title"], set: { title: "x" } }] }) { user { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a NUL character', 'mutation { createUser(input: { userName: "a\\u0000" }) { user { id } } }', 'INVALID_VALUE'],
    [
      'an over-long value',
      `mutation { createTeam(input: { displayName: "${'x'.repeat(300)}" }) { team { id } } }`,
      'INVALID_VALUE',
    ],
    [
      'depth',
      `{ users { nodes ${'{ teams { members { nodes '.repeat(6)} { id } ${'} } }'.repeat(6)} } }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'cost',
      '{ users(first: 100) { nodes { teams { members(first: 100) { nodes { teams { members(first: 100) { nodes { id } } } } } } } } }',
      'LIMIT_EXCEEDED',
    ],
    [
      'aliases',
      `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: viewer { permissions }`).join(' ')} }`,
      'LIMIT_EXCEEDED',
    ],
  ])('I-01: GraphQL with %s is refused with a documented code', async (_name, query, code) => {
    const { body } = await graphql(query);
    expect(body.errors[0].extensions.code).toBe(code);
  });

  it('enforces @oneOf in variables as in documents', async () => {
    const { body } = await graphql(
      'mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { id } } }',
      {
        input: { id: user.id, changes: [{ unset: ['title'], set: { title: 'x' } }] },
      },
    );
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  it('refuses batches, and requests that a browser could be made to send (G-02, G-10)', async () => {
    const post = (body: string, type: string) =>
      fetch(company.graphqlUrl, {
        method: 'POST',
        headers: { authorization: `Bearer ${company.apiKey}`, 'content-type': type },
        body,
      });
    expect((await post('[{"query":"{ viewer { permissions } }"}]', 'application/json')).status).toBe(400);
    expect((await post('{"query":"{ viewer { permissions } }"}', 'text/plain')).status).toBeGreaterThanOrEqual(400);
    const get = await fetch(`${company.graphqlUrl}?query=${encodeURIComponent('{ viewer { permissions } }')}`, {
      headers: { authorization: `Bearer ${company.apiKey}` },
    });
    expect(get.status).toBe(400);
  });
});

describe.each(MODES)('a database that is away, %s', (mode) => {
  let rollcall: TestRollcall;
  let proxy: TcpProxy;
  beforeAll(async () => {
    rollcall = await startRollcall({
      mode,
      through: async (target) => {
        proxy = await tcpProxy(target);
        return proxy.port;
      },
    });
  });
  afterAll(async () => {
    await rollcall.stop();
    await proxy.close();
  });

  it('is 503 with Retry-After at both doors, never 404 and never an empty list, and recovers by itself', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const graphql = graphqlClient(company);
    const { body: user } = await scim.post('/Users', { userName: 'kim' });

    await proxy.cut();
    const away = [
      await scim.get(`/Users/${user.id}`),
      await scim.get('/Users?filter=userName%20eq%20%22kim%22'),
      await scim.post('/Users', { userName: 'new' }),
      await graphql('{ users { totalCount } }'),
      await fetch(`${new URL(company.graphqlUrl).origin}/health/ready`),
    ];
    await proxy.restore();

    for (const answer of away) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await scim.get(`/Users/${user.id}`)).toMatchObject({ status: 200 });
  });
});

describe('an unforeseen failure', () => {
  it('is a masked 500 with a request id at both doors', async () => {
    const rollcall = await startRollcall({ mode: 'one-process' });
    try {
      const company = await rollcall.newCompany();
      await rollcall.asOwner('alter table app_user rename column title to no_title');
      const scim = await scimClient(company).get('/Users');
      expect(scim).toMatchObject({ status: 500, body: { schemas: [ERROR], status: '500' } });
      expect(scim.body.detail).toContain(scim.headers.get('x-request-id'));
      expect(JSON.stringify(scim.body)).not.toMatch(/column|title|select/);
      const graphql = await graphqlClient(company)(
        '{ users { nodes { title } } }',
        {},
        { 'x-request-id': 'find-me-too' },
      );
      expect(graphql.body.errors[0]).toMatchObject({
        message: 'Internal error.',
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'find-me-too' },
      });
    } finally {
      await rollcall.stop();
    }
  });
});
