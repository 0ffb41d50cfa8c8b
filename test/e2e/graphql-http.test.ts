import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ORIGIN = 'https://app.example.com';

let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_ALLOWED_ORIGINS: ORIGIN } });
  company = await rollcall.newCompany();
});
afterAll(() => rollcall.stop());

const QUERY = '{ viewer { permissions } }';
const JSON_TYPE = { 'content-type': 'application/json' };

async function send(init: RequestInit & { search?: string; key?: string | null } = {}, at = company) {
  const { search = '', key = at.apiKey, headers, ...rest } = init;
  const response = await fetch(at.graphqlUrl + search, {
    ...rest,
    headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...(headers as Record<string, string>) },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  const body = isJson ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, body, code: body?.errors?.[0].extensions.code };
}

const post = (body: unknown, init: Parameters<typeof send>[0] = {}, at = company) =>
  send({ method: 'POST', body: JSON.stringify(body), ...init, headers: { ...JSON_TYPE, ...init?.headers } }, at);

const query = (source: string, headers: Record<string, string> = {}) =>
  send({ search: `?query=${encodeURIComponent(source)}`, headers });

describe('statuses of GraphQL over HTTP', () => {
  it.each<[what: string, status: number, code: string | undefined, init: Parameters<typeof send>[0]]>([
    ['a query', 200, undefined, { method: 'POST', body: JSON.stringify({ query: QUERY }), headers: JSON_TYPE }],
    ['what does not parse', 400, 'GRAPHQL_PARSE_FAILED', { method: 'POST', body: '{"query":"{"}', headers: JSON_TYPE }],
    [
      'what does not fit the schema',
      400,
      'GRAPHQL_VALIDATION_FAILED',
      { method: 'POST', body: '{"query":"{ x }"}', headers: JSON_TYPE },
    ],
    [
      'a subscription, of which there are none',
      400,
      'GRAPHQL_VALIDATION_FAILED',
      { method: 'POST', body: '{"query":"subscription { x }"}', headers: JSON_TYPE },
    ],
    [
      'a variable that is missing',
      400,
      'BAD_USER_INPUT',
      { method: 'POST', body: '{"query":"query ($id: ID!) { user(id: $id) { id } }"}', headers: JSON_TYPE },
    ],
    [
      'a name that no operation has',
      400,
      'BAD_REQUEST',
      { method: 'POST', body: '{"query":"query A { __typename }","operationName":"B"}', headers: JSON_TYPE },
    ],
    [
      'two operations and no name',
      400,
      'BAD_REQUEST',
      { method: 'POST', body: '{"query":"query A { __typename } query B { __typename }"}', headers: JSON_TYPE },
    ],
    ['no query', 400, 'BAD_REQUEST', { method: 'POST', body: '{}', headers: JSON_TYPE }],
    ['no JSON', 400, 'BAD_REQUEST', { method: 'POST', body: '{', headers: JSON_TYPE }],
    ['no UTF-8', 400, 'BAD_REQUEST', { method: 'POST', body: new Uint8Array([0x22, 0xff, 0x22]), headers: JSON_TYPE }],
    [
      'variables that are no object',
      400,
      'BAD_REQUEST',
      { method: 'POST', body: '{"query":"{ __typename }","variables":[1]}', headers: JSON_TYPE },
    ],
    [
      'a larger body than 4 MB',
      413,
      'BAD_REQUEST',
      { method: 'POST', body: ' '.repeat(4_194_305), headers: JSON_TYPE },
    ],
    [
      'a compressed body',
      415,
      'BAD_REQUEST',
      { method: 'POST', body: 'x', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    ],
    [
      'another charset',
      415,
      'BAD_REQUEST',
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } },
    ],
    [
      'an answer in a type that there is not',
      406,
      'BAD_REQUEST',
      { method: 'POST', body: JSON.stringify({ query: QUERY }), headers: { ...JSON_TYPE, accept: 'text/csv' } },
    ],
    ['PUT', 405, 'BAD_REQUEST', { method: 'PUT', body: '{}', headers: JSON_TYPE }],
    ['DELETE', 405, 'BAD_REQUEST', { method: 'DELETE' }],
    ['a credential that is none', 401, 'UNAUTHENTICATED', { method: 'POST', body: '{}', headers: JSON_TYPE, key: 'x' }],
  ])('%s is %i', async (_what, status, code, init) => {
    const answer = await send(init);

    expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, POST');
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    for (const error of answer.body.errors ?? [])
      expect(error.extensions.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('is the newer media type for those who ask for it', async () => {
    const accept = { accept: 'application/graphql-response+json' };

    expect((await post({ query: QUERY }, { headers: accept })).headers.get('content-type')).toMatch(
      /^application\/graphql-response\+json/,
    );
    expect(await post({ query: '{' }, { headers: accept })).toMatchObject({ status: 400 });
  });
});

describe('G-02: a list of operations', () => {
  it('is refused', async () => {
    const before = rollcall.statements.length;

    expect(await post(Array.from({ length: 1_000 }, () => ({ query: QUERY })))).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
    });
    expect(rollcall.statements.length - before).toBe(1);
  });
});

describe('G-10: what a foreign page can send without a preflight', () => {
  it('gets no answer by GET', async () => {
    expect(await query(QUERY)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await query(QUERY, { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 400 });
    expect(await query(QUERY, { 'apollo-require-preflight': '1' })).toMatchObject({ status: 200 });
  });

  it('changes nothing by GET, even with a preflight', async () => {
    const answer = await query('mutation { createTeam(input: { displayName: "csrf" }) { team { id } } }', {
      'apollo-require-preflight': '1',
    });

    expect(answer).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
    expect(answer.headers.get('allow')).toBe('POST');
    const listed = await post({ query: '{ teams(filter: { displayName: { eq: "csrf" } }) { totalCount } }' });
    expect(listed.body.data.teams.totalCount).toBe(0);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
    'is not read as %s',
    async (type) => {
      const answer = await post({ query: QUERY }, { headers: { 'content-type': type } });

      expect(answer).toMatchObject({ status: 415, code: 'BAD_REQUEST' });
    },
  );
});

describe('G-11: persisted queries', () => {
  it('are refused, in the words by which clients fall back to the text', async () => {
    const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) };

    const { body, code } = await post({ extensions: { persistedQuery } });

    expect(code).toBe('BAD_REQUEST');
    expect(body.errors[0].message).toBe('PersistedQueryNotSupported');
  });
});

describe('browsers of other origins', () => {
  const preflight = (origin: string) =>
    send({ method: 'OPTIONS', key: null, headers: { origin, 'access-control-request-method': 'POST' } });

  it('may call from exactly the origins that are allowed', async () => {
    const answer = await preflight(ORIGIN);

    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const { headers } = await post({ query: QUERY }, { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('vary')).toContain('Origin');
  });

  it.each([`${ORIGIN}.evil.example`, 'http://app.example.com', 'https://APP.example.com', `${ORIGIN}:8443`, 'null'])(
    'are told nothing from %s',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
      const { headers } = await post({ query: QUERY }, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

const INTROSPECTION = '{ __schema { queryType { name fields { name } } } }';

describe('the schema, in development', () => {
  it('is told without a credential, and nothing else is', async () => {
    const { body } = await post({ query: INTROSPECTION }, { key: null });
    expect(body.data.__schema.queryType.name).toBe('Query');

    for (const source of [
      QUERY,
      '{ __typename viewer { permissions } }',
      '{ ...A } fragment A on Query { viewer { permissions } }',
      '{ ... { viewer { permissions } } }',
      `query A ${INTROSPECTION} query B ${QUERY}`,
      'mutation { __typename createTeam(input: { displayName: "x" }) { team { id } } }',
    ])
      expect(
        await post({ query: source, operationName: source.startsWith('query A') ? 'A' : null }, { key: null }),
      ).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', body: { errors: [{}] } });
  });

  it('is told to no wrong credential', async () => {
    expect(await post({ query: INTROSPECTION }, { key: 'wrong' })).toMatchObject({ status: 401 });
  });

  it('has an explorer, which loads nothing from anywhere', async () => {
    const { status, headers, text } = await send({ key: null, headers: { accept: 'text/html' } });

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.* connect-src 'self';/);
    expect(text).toContain('Rollcall GraphQL');
    expect(text.match(/<(script|link|iframe)[^>]*(src|href)="(?!data:)[^"]*"/g)).toBeNull();
    // A browser refuses to send a header with other characters, and so the whole request for the schema.
    expect(/"headers":"([^}]*)/.exec(text)?.[1]).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe.each([
  ['NODE_ENV=production', { NODE_ENV: 'production' }],
  ['ROLLCALL_INTROSPECTION=off', { ROLLCALL_INTROSPECTION: 'off' }],
])('G-03: with %s', (_, env) => {
  let closed: TestRollcall;
  let ours: TestCompany;
  beforeAll(async () => {
    closed = await startRollcall({ mode: 'one-process', env });
    ours = await closed.newCompany();
  });
  afterAll(() => closed.stop());

  it('the schema is told to nobody, and no name is suggested', async () => {
    for (const source of [
      INTROSPECTION,
      '{ __type(name: "User") { name } }',
      '{ ...A } fragment A on Query { __schema { __typename } }',
    ])
      expect(await post({ query: source }, {}, ours)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(await post({ query: INTROSPECTION }, { key: null }, ours)).toMatchObject({ status: 401 });
    for (const source of [
      '{ viewr { permissions } }',
      '{ user(ident: "x") { id } }',
      '{ users(orderBy: { field: USERNAME }) { totalCount } }',
      '{ users(filter: { usrName: { eq: "x" } }) { totalCount } }',
      'query ($x: UserFiltr) { users(filter: $x) { totalCount } }',
    ]) {
      const { status, body } = await post({ query: source }, {}, ours);
      expect(status).toBe(400);
      expect(body.errors[0].message).not.toMatch(/Did you mean/);
    }
    const { body } = await post(
      {
        query: 'query ($f: UserFilter) { users(filter: $f) { totalCount } }',
        variables: { f: { usrName: { eq: 'x' } } },
      },
      {},
      ours,
    );
    expect(body.errors[0].message).toMatch(/"usrName" is not defined by type "UserFilter"\.$/);
  });

  it('there is no explorer', async () => {
    expect((await send({ headers: { accept: 'text/html' } }, ours)).text).not.toContain('<html');
  });
});

describe('G-13: a failure that nobody foresaw', () => {
  it('shows a request id, and neither its message nor a path nor SQL', async () => {
    await rollcall.asOwner('alter table sso_connection rename column config to no_config');

    const { body } = await post({ query: '{ ssoConnections { nodes { config } } }' });

    await rollcall.asOwner('alter table sso_connection rename column no_config to config');
    expect(body.errors[0]).toMatchObject({
      message: 'Internal error.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
    });
    expect(JSON.stringify(body)).not.toMatch(/select|no_config|relation|\.ts|node_modules/);
  });
});
