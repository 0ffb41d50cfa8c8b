import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { rawClient, statusOf } from './scim-raw.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

describe.each(MODES)('who may come in, and where, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let userId: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    userId = (await scim.post('/Users', { userName: 'zoe', displayName: 'Zoë' })).body.id;
  });
  afterAll(() => rollcall.stop());

  const request = (...parts: Parameters<ReturnType<typeof rawClient>['request']>) =>
    rawClient(company).request(...parts);

  const variants = [
    '/scim/v2/%55sers',
    '//scim/v2/Users',
    '/scim/v2//Users',
    '/scim/v2/Users/',
    '/scim/v2/Users//',
    '/SCIM/V2/users',
    '/scim/v2/users',
    '/scim/v2/./Users',
    '/scim/v2/x/../Users',
    '/scim/v2/%2e%2e/v2/Users',
    '/scim/v2/Users;x=1',
    '/scim/v2/Users%00',
    '/scim/v2/Users%2F',
    '/scim/v2\\Users',
    '/scim%2Fv2/Users',
    '/scim/v2/companies/x/Users',
    'http://x/scim/v2/Users',
    '/scim/v2/Users?access_token=',
    '/scim/v2/Schemas',
    '/scim/v2/ResourceTypes/User',
    '/scim/v2/ServiceProviderConfig',
    '/scim/v2/Groups',
  ];
  it.each(variants)('GET %s without credentials is no data (A-05)', async (path) => {
    const answer = await request(`GET ${path}${path.endsWith('=') ? company.scimToken : ''} HTTP/1.1`, { token: null });
    expect([400, 401, 404]).toContain(statusOf(answer));
    expect(answer).not.toContain('zoe');
  });
  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'POST'])(
    '%s of a user without credentials does nothing (A-05)',
    async (method) => {
      const answer = await request(`${method} /scim/v2/Users/${userId} HTTP/1.1`, { token: null });
      expect(statusOf(answer)).toBe({ OPTIONS: 204, TRACE: 405, POST: 405 }[method] ?? 401);
      expect(await scim.get(`/Users/${userId}`)).toMatchObject({ status: 200 });
    },
  );

  it.each<[string, number]>([
    ['/scim/v2/%55sers', 200],
    ['/scim/v2/Users/', 200],
    ['/scim/v2/Users?', 200],
    ['/scim/v2/Users?&', 200],
    ['/scim/v2//Users', 404],
    ['/scim/v2/Users//', 404],
    ['/scim/v2/Users/%2e', 404],
    ['/scim/v2/Users;x=1', 404],
    ['/scim/v2/Users%00', 404],
    ['/scim/v2/Users/%00', 404],
    ['/scim/v2/Users/%zz', 404],
    ['/scim/v2/Users/a/b', 404],
    ['/scim/v2/__proto__', 404],
    ['/scim/v2/constructor/x', 404],
    ['/scim/v2/companies', 404],
    ['/scim/v2/companies/other/Users', 404],
    ['/scim/v2', 200],
    ['/scim/v2/', 200],
    ['/scim/v1/Users', 404],
    ['/scim/v2x/Users', 404],
    ['/scim/', 404],
    ['/.well-known/scim-configuration/x', 404],
    ['/.well-known/openid-configuration', 404],
    ['/scim/v2/Me', 501],
    ['/scim/v2/Bulk', 405],
    ['/scim/v2/Users/.search', 405],
    [`/scim/v2/Users/${'-'.repeat(8_000)}`, 404],
    ['/scim/v2/Users?%zz=1', 400],
    ['/scim/v2/Users?filter=%ff', 400],
    [`/scim/v2/Users?${'a=1&'.repeat(2_000)}`, 400],
  ])('GET %s with credentials is %i, in SCIM', async (path, status) => {
    const answer = await request(`GET ${path} HTTP/1.1`);
    expect(statusOf(answer)).toBe(status);
    if (status !== 200) expect(answer).toContain(ERROR);
    expect(answer).toMatch(/x-request-id/i);
  });

  it('names the company in the path only to its own token (T-06)', async () => {
    const origin = new URL(company.scimBaseUrl).origin;
    const mine = scimClient({ ...company, scimBaseUrl: `${origin}/scim/v2/companies/${company.companySlug}` });
    expect(await mine.get(`/Users/${userId}`)).toMatchObject({ status: 200 });
    const other = await rollcall.newCompany();
    const theirs = scimClient({ ...other, scimBaseUrl: `${origin}/scim/v2/companies/${company.companySlug}` });
    expect(await theirs.get('/Users')).toMatchObject({ status: 404, body: { schemas: [ERROR] } });
  });

  const COLLECTION = 'GET, HEAD, POST, OPTIONS';
  const ITEM = 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS';
  const READ_ONLY = 'GET, HEAD, OPTIONS';
  it.each<[string, string, string]>([
    ['TRACE', '/scim/v2/Users', COLLECTION],
    ['PUT', '/scim/v2/Users', COLLECTION],
    ['PATCH', '/scim/v2/Users', COLLECTION],
    ['PROPFIND', '/scim/v2/Users', COLLECTION],
    ['DELETE', '/scim/v2/Groups', COLLECTION],
    ['POST', '/scim/v2/Users/none', ITEM],
    ['QUERY', '/scim/v2/Groups/none', ITEM],
    ['PATCH', '/scim/v2/Schemas', READ_ONLY],
    ['DELETE', '/scim/v2/ResourceTypes/User', READ_ONLY],
    ['POST', '/scim/v2/ServiceProviderConfig', READ_ONLY],
    ['POST', '/.well-known/scim-configuration', READ_ONLY],
  ])('I-15: %s %s is 405, and Allow says %s', async (method, path, allow) => {
    for (const token of [company.scimToken, null]) {
      const answer = await request(`${method} ${path} HTTP/1.1`, { token });
      expect(statusOf(answer)).toBe(405);
      expect(answer).toContain(`\r\nAllow: ${allow}\r\n`);
      expect(answer).toContain(ERROR);
    }
  });

  it.each([
    ['/scim/v2/Users', COLLECTION],
    ['/scim/v2/Groups/none', ITEM],
    ['/scim/v2/companies/none/Users', COLLECTION],
    ['/scim/v2/Schemas', READ_ONLY],
    ['/.well-known/scim-configuration', READ_ONLY],
  ])('I-15: OPTIONS %s says %s without a credential, and asks nobody', async (path, allow) => {
    const before = rollcall.statements.length;
    const answer = await request(`OPTIONS ${path} HTTP/1.1`, { token: null });
    expect(statusOf(answer)).toBe(204);
    expect(answer).toContain(`\r\nAllow: ${allow}\r\n`);
    expect(rollcall.statements.length).toBe(before);
  });

  it('I-15: CONNECT is 501, and OPTIONS of nothing 404', async () => {
    expect(statusOf(await request('CONNECT id.example.com:443 HTTP/1.1'))).toBe(501);
    expect(statusOf(await request('OPTIONS /scim/v2/Nothing HTTP/1.1'))).toBe(404);
    expect(statusOf(await request('OPTIONS /.well-known/nothing HTTP/1.1'))).toBe(404);
  });

  it.each(['/Users', '/Users/<user>', '/Users/none', '/Groups', '/Groups/<group>', '/Schemas', '/ResourceTypes/User'])(
    'HEAD %s has the headers of GET and no body (RFC 9110 §9.3.2)',
    async (pattern) => {
      const group = await scim.post('/Groups', { displayName: `Heads ${pattern}`, members: [{ value: userId }] });
      const path = pattern.replace('<user>', userId).replace('<group>', group.body.id);
      const got = await scim.get(path);
      const answer = await request(`HEAD /scim/v2${path} HTTP/1.1`);

      const [head = '', body] = answer.split('\r\n\r\n');
      const headers = new Headers(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(': ', 2) as [string, string]),
      );
      expect([statusOf(answer), body]).toEqual([got.status, '']);
      for (const name of ['content-type', 'etag']) expect(headers.get(name)).toBe(got.headers.get(name));
      // Members are a stream: how long it would be, nobody counts.
      expect(headers.get('content-length')).toBe(
        pattern.startsWith('/Groups') ? null : got.headers.get('content-length'),
      );
    },
  );

  it('I-15: takes no other method from a header', async () => {
    const answer = await request(`GET /scim/v2/Users/${userId} HTTP/1.1`, {
      headers: ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE'],
    });
    expect(statusOf(answer)).toBe(200);
    expect(await scim.get(`/Users/${userId}`)).toMatchObject({ status: 200 });
  });

  it.each<[string, string[]]>([
    ['none', []],
    ['an empty one', ['Authorization:']],
    ['the word alone', ['Authorization: Bearer']],
    ['Basic', ['Authorization: Basic dXNlcjpwYXNz']],
    ['two of them', ['Authorization: Bearer <token>', 'Authorization: Bearer <token>']],
    ['two in one', ['Authorization: Bearer <token>, Bearer <token>']],
    ['another scheme', ['Authorization: Digest <token>']],
    ['a cookie', ['Cookie: session=<token>']],
  ])('credentials: %s is the same 401, and the database is not asked (A-01)', async (_name, headers) => {
    const before = rollcall.statements.length;
    const answer = await request('GET /scim/v2/Users HTTP/1.1', {
      token: null,
      headers: headers.map((header) => header.replaceAll('<token>', company.scimToken)),
    });
    expect(statusOf(answer)).toBe(401);
    expect(answer).toMatch(/www-authenticate: Bearer/i);
    expect(answer).toContain('"detail":"The token is missing, malformed, unknown, revoked or expired."');
    expect(rollcall.statements.length).toBe(before);
  });

  it('takes a token without the word Bearer, and with it in any case; one letter more or less is 401 (A-02)', async () => {
    for (const authorization of [company.scimToken, `bearer ${company.scimToken}`, `BEARER   ${company.scimToken}`])
      expect(await scim.get('/Users', { headers: { authorization } })).toMatchObject({ status: 200 });
    const last = company.scimToken.at(-1) === 'a' ? 'b' : 'a';
    expect(await scim.get('/Users', { token: company.scimToken.slice(0, -1) + last })).toMatchObject({ status: 401 });
  });

  it('shuts out a token within a second of its revocation, and a directory that is disabled (A-03)', async () => {
    const other = await rollcall.newCompany();
    const theirs = scimClient(other);
    const graphql = graphqlClient(other);
    const change = async (mutation: string, inputType: string, input: object) => {
      const { body } = await graphql(`mutation ($input: ${inputType}!) { ${mutation}(input: $input) { __typename } }`, {
        input,
      });
      expect(body.errors).toBeUndefined();
    };
    const settles = async (status: number) => {
      const until = performance.now() + 1_500;
      for (;;) {
        const answers = [await theirs.get('/Users'), await theirs.post('/Users', {}), await theirs.get('/Schemas')];
        if (answers.every((answer) => answer.status === status)) return answers;
        if (performance.now() > until)
          throw new Error(`Still ${answers.map((answer) => answer.status)}, not ${status}.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    expect(await theirs.get('/Users')).toMatchObject({ status: 200 });
    await change('updateDirectory', 'UpdateDirectoryInput', { id: other.directoryId, status: 'DISABLED' });
    for (const answer of await settles(403)) expect(answer.body).toMatchObject({ schemas: [ERROR], status: '403' });
    await change('updateDirectory', 'UpdateDirectoryInput', { id: other.directoryId, status: 'ENABLED' });
    const { body } = await graphql('{ directories { nodes { tokens { id } } } }');
    await change('revokeDirectoryToken', 'IdInput', { id: body.data.directories.nodes[0].tokens[0].id });
    for (const answer of await settles(401)) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});
