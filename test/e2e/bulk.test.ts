import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

type Operation = Record<string, unknown>;
interface Told {
  status: string;
  bulkId?: string;
  location: string;
  response?: { status: string; scimType?: string };
}

const newUser = (bulkId: string, userName = bulkId, more: object = {}): Operation => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, ...more },
});
const newGroup = (bulkId: string, members: string[] = []): Operation => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: bulkId,
    members: members.map((value) => ({ value })),
  },
});
const patch = (path: string, ...operations: object[]): Operation => ({
  method: 'PATCH',
  path,
  data: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
});

describe.each(MODES)('Bulk, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());
  beforeEach(async () => {
    company = await rollcall.newCompany();
    scim = scimClient(company);
  });

  const bulk = (operations: unknown, more: object = {}) =>
    scim.post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: operations,
      ...more,
    });
  const statuses = async (operations: unknown, more: object = {}) =>
    (await bulk(operations, more)).body.Operations.map(({ status }: { status: string }) => status);
  const idIn = ({ location }: { location: string }) => location.split('/').at(-1)!;
  const membersOf = async (id: string) =>
    ((await scim.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: { value: string }) => value).sort();

  it('answers each operation in its place as RFC 7644 §3.7.3 shows it', async () => {
    const { id } = (await scim.post('/Users', { userName: 'ann' })).body;
    const { status, body } = await bulk([
      newUser('bob'),
      { method: 'PUT', path: `/Users/${id}`, data: { userName: 'ann', title: 'A' }, version: 'W/"1"' },
      patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'B' }),
      { method: 'PUT', path: `/Users/${id}`, data: { userName: 'ann' }, version: 'W/"1"' },
      { method: 'DELETE', path: `/Users/${id}`, version: 'W/"3"', bulkId: 'gone' },
      newUser('second', 'BOB'),
    ]);

    const location = `${company.scimBaseUrl}/Users/${id}`;
    const error = (of: string, more: object = {}) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: of,
      detail: expect.any(String),
      ...more,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: [
        {
          method: 'POST',
          bulkId: 'bob',
          version: 'W/"1"',
          location: expect.stringMatching(/\/Users\/[\w-]{36}$/),
          status: '201',
        },
        { method: 'PUT', version: 'W/"2"', location, status: '200' },
        { method: 'PATCH', version: 'W/"3"', location, status: '200' },
        { method: 'PUT', location, status: '412', response: error('412') },
        { method: 'DELETE', bulkId: 'gone', location, status: '204' },
        { method: 'POST', bulkId: 'second', status: '409', response: error('409', { scimType: 'uniqueness' }) },
      ],
    });
    expect((await scim.get(`/Users/${idIn(body.Operations[0])}`)).body.userName).toBe('bob');
  });

  it('is the same under the address of the company, and no other company gets there', async () => {
    const other = await rollcall.newCompany();
    const body = { Operations: [newUser('ann')] };

    expect((await scim.post(`/companies/${company.companySlug}/Bulk`, body)).body.Operations).toMatchObject([
      { status: '201' },
    ]);
    expect((await scim.post(`/companies/${other.companySlug}/Bulk`, body)).status).toBe(404);
    expect((await scim.get('/Bulk')).headers.get('allow')).toBe('POST, OPTIONS');
  });

  it.each<[string, Operation | null, string, string | undefined]>([
    ['no object', null, '400', 'invalidSyntax'],
    ['no method', { path: '/Users', bulkId: 'x', data: {} }, '400', 'invalidSyntax'],
    ['an unknown method', { method: 'GET', path: '/Users' }, '400', 'invalidSyntax'],
    ['no path', { method: 'POST', bulkId: 'x', data: {} }, '400', 'invalidSyntax'],
    ['a path to nowhere', { method: 'POST', path: '/Schemas', bulkId: 'x', data: {} }, '404', undefined],
    ['POST to an item', { method: 'POST', path: '/Users/1', bulkId: 'x', data: {} }, '405', undefined],
    ['DELETE of a collection', { method: 'DELETE', path: '/Users' }, '405', undefined],
    ['POST without bulkId', { method: 'POST', path: '/Users', data: { userName: 'x' } }, '400', 'invalidSyntax'],
    ['no data', { method: 'PATCH', path: '/Users/1' }, '400', 'invalidSyntax'],
    ['an unknown user', { method: 'DELETE', path: '/Users/nobody' }, '404', undefined],
    ['a user without a name', newUser('x', ''), '400', 'invalidValue'],
    ['a version that is none', { method: 'DELETE', path: '/Users/1', version: 'x' }, '412', undefined],
    ['a PATCH that cannot be read', patch('/Users/1', { op: 'replace', path: '[', value: 1 }), '400', 'invalidPath'],
  ])('refuses an operation with %s, and does the others', async (_, operation, status, scimType) => {
    const { body } = await bulk([newUser('before'), operation, newUser('after')]);

    expect(body.Operations).toMatchObject([
      { bulkId: 'before', status: '201' },
      { status, response: scimType ? { status, scimType } : { status } },
      { bulkId: 'after', status: '201' },
    ]);
  });

  it.each<[string, unknown, number, string | undefined]>([
    ['no object', [], 400, 'invalidSyntax'],
    ['no Operations', {}, 400, 'invalidSyntax'],
    ['empty Operations', { Operations: [] }, 400, 'invalidSyntax'],
    ['a failOnErrors of 0', { Operations: [newUser('x')], failOnErrors: 0 }, 400, 'invalidValue'],
    ['a failOnErrors that is no number', { Operations: [newUser('x')], failOnErrors: '1' }, 400, 'invalidValue'],
    ['1,001 operations', { Operations: Array.from({ length: 1001 }, (_, i) => newUser(`x${i}`)) }, 413, undefined],
    ['more than 4 MB', { Operations: [newUser('x', 'x', { title: 'x'.repeat(4_194_304) })] }, 413, undefined],
  ])('refuses a body with %s as a whole', async (_, body, status, scimType) => {
    const answer = await scim.post('/Bulk', body);

    expect([answer.status, answer.body.scimType]).toEqual([status, scimType]);
    expect((await scim.get('/Users')).body.totalResults).toBe(0);
  });

  it('advertises what it enforces', async () => {
    expect((await scim.get('/ServiceProviderConfig')).body.bulk).toEqual({
      supported: true,
      maxOperations: 1000,
      maxPayloadSize: 4_194_304,
    });
  });

  it('reads a body of exactly 4 MB', async () => {
    const text = JSON.stringify({ Operations: [newUser('x')] });
    const answer = await scim.post('/Bulk', undefined, { raw: text + ' '.repeat(4_194_304 - text.length) });
    expect(answer.body.Operations).toMatchObject([{ status: '201' }]);
  });

  it.each([
    [1, ['201', '409']],
    [2, ['201', '409', '201', '400']],
    [3, ['201', '409', '201', '400', '201', '404']],
    [4, ['201', '409', '201', '400', '201', '404', '201']],
  ])('stops after %i failures, whoever finds them', async (failOnErrors, expected) => {
    const operations = [
      newUser('a'),
      newUser('a2', 'a'),
      newUser('b'),
      newUser('none', ''),
      newUser('c'),
      { method: 'DELETE', path: '/Users/nobody' },
      newUser('d'),
    ];

    expect(await statuses(operations, { failOnErrors })).toEqual(expected);
    const there = expected.filter((status) => status === '201').length;
    expect((await scim.get('/Users')).body.totalResults).toBe(there);
  });

  describe('references', () => {
    it('are resolved backward and forward: in members, managers, paths, filters and addresses', async () => {
      const { body } = await bulk([
        newGroup('early', ['bulkId:ann', 'bulkId:bob']),
        newUser('ann', 'ann', { [ENTERPRISE]: { manager: { value: 'bulkId:bob', $ref: '../Users/bulkId:bob' } } }),
        newUser('bob'),
        newGroup('late', ['bulkId:ann']),
        patch('/Groups/bulkId:late', { op: 'add', path: 'members', value: [{ value: 'bulkId:bob' }] }),
        patch('/Groups/bulkId:early', { op: 'remove', path: 'members[value eq "bulkId:ann"]' }),
        { method: 'PUT', path: '/Users/bulkId:bob', data: { userName: 'robert' } },
      ]);

      expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual([
        '201',
        '201',
        '201',
        '201',
        '204',
        '204',
        '200',
      ]);
      const [early, ann, bob, late] = body.Operations.map(idIn);
      expect(await membersOf(early)).toEqual([bob]);
      expect(await membersOf(late)).toEqual([ann, bob].sort());
      const { body: user } = await scim.get(`/Users/${ann}`);
      expect(user[ENTERPRISE].manager).toMatchObject({ value: bob });
      expect((await scim.get(`/Users/${bob}`)).body.userName).toBe('robert');
      expect(body.Operations[4].location).toBe(`${company.scimBaseUrl}/Groups/${late}`);
    });

    it('may be circular: everybody is created first, and refers to the others then (RFC 7644 §3.7.1)', async () => {
      const managed = (bulkId: string, by: string) =>
        newUser(bulkId, bulkId, {
          title: bulkId,
          [ENTERPRISE]: { department: 'D', manager: { value: `bulkId:${by}` } },
        });

      for (const failOnErrors of [undefined, 1]) {
        const more = { failOnErrors };
        const name = `of ${failOnErrors}`;
        const { body } = await bulk(
          [
            managed(`a ${name}`, `b ${name}`),
            managed(`b ${name}`, `c ${name}`),
            managed(`c ${name}`, `a ${name}`),
            newUser(`d ${name}`),
          ],
          more,
        );
        expect(body.Operations).toMatchObject(new Array(4).fill({ status: '201' }));
        const ids = body.Operations.map(idIn);
        for (const [place, manager] of [ids[1], ids[2], ids[0]].entries()) {
          const { body: user, headers } = await scim.get(`/Users/${ids[place]}`);
          expect(user[ENTERPRISE]).toMatchObject({ department: 'D', manager: { value: manager } });
          expect(headers.get('etag')).toBe(body.Operations[place].version);
        }
      }
    });

    it('may be circular among groups, too: each becomes a member of the other', async () => {
      const changed = await graphqlClient(company)(
        'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
        { input: { id: company.directoryId, profile: { nestedGroups: 'NEST' } } },
      );
      expect(changed.body.errors).toBeUndefined();

      const { body } = await bulk([
        newUser('ann'),
        newGroup('a', ['bulkId:ann', 'bulkId:b']),
        newGroup('b', ['bulkId:a']),
      ]);

      expect(body.Operations.map(({ status }: Told) => status)).toEqual(['201', '201', '201']);
      const [ann, a, b] = body.Operations.map(idIn);
      expect(await membersOf(a)).toEqual([ann, b].sort());
      expect(await membersOf(b)).toEqual([a]);
    });

    it('fail with the operation that they refer to: 400 invalidValue, and 409 in a circle', async () => {
      const managed = (bulkId: string, userName: string, by: string) =>
        newUser(bulkId, userName, { [ENTERPRISE]: { manager: { value: `bulkId:${by}` } } });
      const { body } = await bulk([
        newGroup('g1', ['bulkId:nobody']),
        newUser('none', ''),
        newGroup('g2', ['bulkId:none']),
        patch('/Users/bulkId:none', { op: 'replace', path: 'title', value: 'x' }),
        managed('a', '', 'b'),
        managed('b', 'ann', 'a'),
        newUser('twice', 'one'),
        newUser('twice', 'two'),
        newGroup('g3', ['bulkId:twice']),
      ]);

      expect(body.Operations.map((each: Told) => [each.status, each.response?.scimType])).toEqual([
        ['400', 'invalidValue'],
        ['400', 'invalidValue'],
        ['400', 'invalidValue'],
        ['400', 'invalidValue'],
        ['400', 'invalidValue'],
        ['409', undefined],
        ['201', undefined],
        ['400', 'invalidValue'],
        ['201', undefined],
      ]);
      expect((await scim.get(`/Users/${idIn(body.Operations[5])}`)).body.userName).toBe('ann');
      expect(await membersOf(idIn(body.Operations[8]))).toEqual([idIn(body.Operations[6])]);
    });

    it('of a thousand operations that take turns become two batches', async () => {
      const { id } = (await scim.post('/Groups', { displayName: 'All' })).body;
      const operations = Array.from({ length: 500 }, (_, i) => [
        newUser(`u${i}`),
        patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: `bulkId:u${i}` }] }),
      ]).flat();
      rollcall.statements.length = 0;

      const { body } = await bulk(operations);

      expect(new Set(body.Operations.map(({ status }: { status: string }) => status))).toEqual(new Set(['201', '204']));
      const writes = rollcall.statements.filter((sql) =>
        /insert into (app_user|team_membership)|for share|for no key update/.test(sql),
      );
      expect(writes).toHaveLength(4);
      expect(await membersOf(id)).toEqual(
        body.Operations.filter(({ bulkId }: Told) => bulkId)
          .map(idIn)
          .sort(),
      );
    });
  });

  it('lets each operation do what the token may', async () => {
    const graphql = graphqlClient(company);
    const made = await graphql(
      'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }',
      { input: { directoryId: company.directoryId, name: 'users only', scopes: ['users'] } },
    );
    scim = scimClient({ ...company, scimToken: made.body.data.createDirectoryToken.secret });

    expect(await statuses([newUser('a'), newGroup('g', ['bulkId:a']), newUser('b')])).toEqual(['201', '403', '201']);
    scim = scimClient({ ...company, scimToken: 'rcs_nobody' });
    expect((await bulk([newUser('c')])).status).toBe(401);
  });

  it('passes over, or refuses in a strict directory, what the same requests by themselves would', async () => {
    const graphql = graphqlClient(company);
    const operations = [newUser('a', 'a', { active: 'True' }), newUser('b', 'b', { nonsense: 1 }), newUser('c')];

    expect(await statuses(operations)).toEqual(['201', '201', '201']);
    // The gateway has not read this profile yet: all is translated anew, and nothing was done before.
    const changed = await graphql(
      'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
      {
        input: { id: company.directoryId, profile: { strict: true } },
      },
    );
    expect(changed.body.errors).toBeUndefined();
    const again = operations.map((each, i) =>
      newUser(`again${i}`, `again${i}`, { ...(each.data as object), userName: `again${i}` }),
    );
    const { body } = await bulk([...again, newGroup('g', ['bulkId:again2'])]);
    expect(body.Operations.map((each: Told) => each.response?.status ?? each.status)).toEqual([
      '400',
      '400',
      '201',
      '201',
    ]);
  });

  it('is one request in the log, with its bodies masked, and a failure there when something of it failed', async () => {
    const { headers } = await bulk([newUser('a', 'a', { password: 'hunter2-secret' }), newUser('none', '')]);
    const graphql = graphqlClient(company);
    const QUERY = `query ($filter: RequestLogFilter) { requestLog(filter: $filter) { nodes { method path status error requestBody } } }`;
    const filter = { requestId: headers.get('x-request-id') };
    const nodes = await vi.waitFor(
      async () => {
        const { body } = await graphql(QUERY, { filter });
        expect(body.data?.requestLog.nodes).toHaveLength(1);
        return body.data.requestLog.nodes;
      },
      { timeout: 5_000, interval: 100 },
    );

    expect(nodes).toMatchObject([
      { method: 'POST', path: '/scim/v2/Bulk', status: 200, error: expect.stringContaining('1 of 2') },
    ]);
    expect(nodes[0].requestBody).toContain('***');
    expect(nodes[0].requestBody).not.toContain('hunter2');
  });
});
