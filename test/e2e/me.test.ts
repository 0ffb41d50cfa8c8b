import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '#gateway/routes/route-table.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const CREATE = `mutation ($input: CreateDirectoryTokenInput!) {
  createDirectoryToken(input: $input) { secret directoryToken { id userId } } }`;

describe.each(MODES)('/Me (RFC 7644 §3.11), %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
  });
  afterAll(() => rollcall.stop());

  let people = 0;
  let userId: string;
  let tokenId: string;
  let me: ReturnType<typeof scimClient>;
  beforeEach(async () => {
    userId = (await scim.post('/Users', { userName: `me-${++people}`, title: 'Self' })).body.id;
    ({ tokenId, me } = await bound(userId));
  });

  const create = (input: object) =>
    graphqlClient(company)(CREATE, { input: { directoryId: company.directoryId, name: 'Mine', ...input } });
  const bound = async (to: string, more: object = {}) => {
    const { body } = await create({ userId: to, ...more });
    expect(body.errors).toBeUndefined();
    const { secret, directoryToken } = body.data.createDirectoryToken;
    expect(directoryToken.userId).toBe(to);
    return { tokenId: directoryToken.id, me: scimClient({ ...company, scimToken: secret }) };
  };
  const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];

  it('is the user that the token is bound to, at that user’s address', async () => {
    const location = `${company.scimBaseUrl}/Users/${userId}`;
    const answer = await me.get('/Me');
    expect(answer).toMatchObject({ status: 200, body: { id: userId, title: 'Self', meta: { location } } });
    expect(answer.body).toEqual((await scim.get(`/Users/${userId}`)).body);
    expect(answer.headers.get('location')).toBe(location);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(await me.get('/Me?attributes=title')).toMatchObject({ body: { title: 'Self' } });
    expect(await me.call('HEAD', '/Me')).toMatchObject({ status: 200, body: null });
    expect(await me.get(`/companies/${company.companySlug}/Me`)).toMatchObject({ status: 200, body: { id: userId } });
    expect(await me.get('/companies/other/Me')).toMatchObject({ status: 404 });
  });

  it('is written by the rules of a user: PATCH, PUT, If-Match, refusals', async () => {
    expect(await me.patch('/Me', replace('title', 'Dr'))).toMatchObject({
      status: 200,
      body: { id: userId, title: 'Dr', meta: { version: 'W/"2"' } },
    });
    expect(await me.patch('/Me', replace('title', 'X'), { headers: { 'if-match': 'W/"1"' } })).toMatchObject({
      status: 412,
    });
    expect(await me.put('/Me', { userName: `me-${people}`, nickName: 'Put' })).toMatchObject({
      status: 200,
      body: { id: userId, nickName: 'Put', meta: { version: 'W/"3"' } },
    });
    expect(await me.put('/Me', {})).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect((await scim.get(`/Users/${userId}`)).body).toMatchObject({ nickName: 'Put', meta: { version: 'W/"3"' } });
    const rows = await rollcall.asOwner(
      `select credential_id from change where object_id = '${userId}' and kind = 'user.changed'`,
    );
    expect(rows).toEqual([{ credential_id: tokenId }, { credential_id: tokenId }]);
  });

  it.each<[string, object, number]>([
    ['GET', {}, 501],
    ['PUT', { userName: 'x' }, 501],
    ['PATCH', { Operations: [] }, 501],
    ['DELETE', {}, 501],
    ['POST', {}, 405],
  ])('%s with the directory’s own token is refused', async (method, body, status) => {
    const answer = await scim.call(method, '/Me', method === 'GET' ? undefined : body);
    expect(answer).toMatchObject({ status, body: { schemas: [ERROR] } });
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
    expect(await scim.call(method, '/Me', method === 'GET' ? undefined : body, { token: null })).toMatchObject({
      status: status === 405 ? 405 : 401,
    });
  });

  it('is all that the token reaches beside discovery, its own address under Users included', async () => {
    const other = (await scim.post('/Users', { userName: `other-${people}` })).body;
    const group = (await scim.post('/Groups', { displayName: `Group ${people}`, members: [{ value: userId }] })).body;
    const bodies: Record<string, object> = {
      POST: { userName: 'intruder', displayName: 'Intruder' },
      PUT: { userName: 'intruder', displayName: 'Intruder' },
      PATCH: { Operations: replace('displayName', 'Intruder') },
    };
    for (const [name, { tokens, collection, item }] of ENDPOINTS) {
      for (const method of tokens === 'DIRECTORY' ? Object.keys(collection) : [])
        expect([name, method, (await me.call(method, `/${name}`, bodies[method])).status]).toEqual([name, method, 403]);
      for (const method of tokens === 'DIRECTORY' ? Object.keys(item) : [])
        for (const id of [userId, other.id, group.id, 'none']) {
          const answer = await me.call(method, `/${name}/${id}`, bodies[method]);
          expect([name, method, answer.status]).toEqual([name, method, 403]);
          expect(answer.body).toMatchObject({ schemas: [ERROR], status: '403' });
        }
      if (tokens === 'BOTH') expect(await me.get(`/${name}`)).toMatchObject({ status: 200 });
    }
    expect((await scim.get(`/Users/${other.id}`)).body).toEqual(other);
    expect((await scim.get(`/Groups/${group.id}`)).body).toEqual(group);
  });

  it('is read by a token for reading, and not written', async () => {
    const { me: reader } = await bound(userId, { scopes: ['read'] });
    expect(await reader.get('/Me')).toMatchObject({ status: 200, body: { id: userId } });
    expect(await reader.patch('/Me', replace('title', 'No'))).toMatchObject({ status: 403 });
    expect(await reader.delete('/Me')).toMatchObject({ status: 403 });
  });

  it.each<[string, (id: string) => Promise<{ status: number }>]>([
    ['deactivated', (id) => scim.patch(`/Users/${id}`, replace('active', false))],
    ['deactivated by itself', () => me.patch('/Me', replace('active', false))],
    ['replaced as inactive', (id) => scim.put(`/Users/${id}`, { userName: `me-${people}`, active: false })],
    ['deleted', (id) => scim.delete(`/Users/${id}`)],
    ['deleted by itself', () => me.delete('/Me')],
  ])('ends for good with a user who is %s', async (_how, end) => {
    const statuses = async () => [
      (await me.get('/Me')).status,
      (await me.get('/Users')).status,
      (await me.get('/Schemas')).status,
    ];
    expect(await statuses()).toEqual([200, 403, 200]);

    expect((await end(userId)).status).toBeLessThan(300);

    expect(await statuses()).toEqual([401, 401, 401]);
    await scim.patch(`/Users/${userId}`, replace('active', true));
    expect(await statuses()).toEqual([401, 401, 401]);
    const rows = await rollcall.asOwner<{ at: string; same: boolean }>(
      `select c.after ->> 'revokedAt' as at, c.xid = u.xid as same from change c join change u
         on u.object_id = '${userId}' and u.kind in ('user.deactivated', 'user.deleted')
        where c.object_id = '${tokenId}' and c.kind = 'directory_token.revoked'`,
    );
    expect(rows).toEqual([{ at: expect.stringMatching(/^\d{4}-.*Z$/), same: true }]);
  });

  it('ends with the hold of the directory on the user, too', async () => {
    await rollcall.asOwner(`update app_user set directory_id = null where id = '${userId}'`);
    expect(await me.get('/Me')).toMatchObject({ status: 401 });
  });

  it('is for an active user of that directory: others get no token', async () => {
    const theirs = await rollcall.newCompany();
    const stranger = (await scimClient(theirs).post('/Users', { userName: 'stranger' })).body.id;
    const inactive = (await scim.post('/Users', { userName: `gone-${people}`, active: false })).body.id;
    const [owner] = await rollcall.asOwner<{ id: string }>(
      `select id from app_user where company_id = '${company.companyId}' and directory_id is null`,
    );
    const codeOf = async (to: string) => (await create({ userId: to })).body.errors[0].extensions.code;

    expect(await codeOf(stranger)).toBe('NOT_FOUND');
    expect(await codeOf('none')).toBe('NOT_FOUND');
    expect(await codeOf(inactive)).toBe('INVALID_VALUE');
    expect(await codeOf(owner!.id)).toBe('INVALID_VALUE');
  });

  it('stays bound when the token is rotated', async () => {
    const { body } = await graphqlClient(company)(
      `mutation ($input: RotateDirectoryTokenInput!) { rotateDirectoryToken(input: $input) { secret directoryToken { userId } } }`,
      { input: { id: tokenId, overlap: 'NONE' } },
    );
    const { secret, directoryToken } = body.data.rotateDirectoryToken;
    expect(directoryToken.userId).toBe(userId);
    expect(await scimClient({ ...company, scimToken: secret }).get('/Me')).toMatchObject({ body: { id: userId } });
    expect(await me.get('/Me')).toMatchObject({ status: 401 });
  });
});
