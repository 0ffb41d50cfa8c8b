import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway } from '#gateway/app.js';
import { CoreUnreachable } from '#gateway/core/core-failure.js';
import { aProfile } from '#gateway/translate/testing/a-dialect.js';
import type { Door, DoorRequest, DoorResponse } from '#schema/gateway-door.js';

/** These are about the gateway alone, so a door made by hand stands for the core; with the core, see test/e2e. */
type Answers = Record<string, (request: DoorRequest) => DoorResponse | Promise<DoorResponse>>;

const TEAM = {
  externalId: null,
  displayName: 'Sales',
  version: 3,
  createdAt: '2026-11-22T08:00:00.000Z',
  updatedAt: '2026-11-22T08:00:00.000Z',
};
const FAILURE = (code: string, extensions: object = {}) => ({
  errors: [{ message: 'No.', extensions: { code, ...extensions } }],
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

async function start(
  answers: Answers,
  { scimRate = 0, profileVersions = [7] }: { scimRate?: number; profileVersions?: number[] } = {},
) {
  const asked: DoorRequest[] = [];
  const records: string[] = [];
  const versions = [...profileVersions];
  const door: Door = async (request) => {
    const name = request.operationId.split('.')[0]!;
    if (name === 'AppendRequestLog') return { data: { appendRequestLog: { appended: true } } };
    if (name === 'GrantableRoles') return { data: { roles: { nodes: [], pageInfo: { hasNextPage: false } } } };
    asked.push(request);
    if (name !== 'GatewayProfile') return answers[name]!(request);
    const version = versions.length > 1 ? versions.shift()! : versions[0]!;
    return {
      data: {
        viewer: {
          userId: null,
          actor: { id: 't-1' },
          company: { id: 'c-1', slug: 'acme' },
          directory: {
            id: 'd-1',
            name: 'Okta',
            profile: aProfile(),
            profileVersion: version,
            settings: { loggedSuccesses: 'NONE' },
            recordsBodiesUntil: null,
          },
        },
      },
    };
  };
  const log = pino({ level: 'info' }, { write: (line: string) => void records.push(line) });
  const config = { publicUrl: 'https://id.x.test', isPublicUrlSet: true, scimRate, trustedProxies: [] };
  const app = createGateway({ config, door, gatewayKey: 'key', log }, { isCoreReady: async () => false });
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: string | Buffer | object; headers?: Record<string, string> } = {},
  ) => {
    const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: 'Bearer rcs_a_b_c',
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      body: (isRaw ? body : JSON.stringify(body)) as BodyInit,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text ? JSON.parse(text) : null };
  };
  return { ask, asked, records };
}

describe('the gateway', () => {
  it.each([
    ['no credentials', {}],
    ['Basic', { authorization: 'Basic YTpi' }],
    ['the word Bearer alone', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: 'Bearer a, Bearer b' }],
    ['10 kB', { authorization: `Bearer ${'a'.repeat(10_000)}` }],
  ])('refuses %s before the core is asked', async (_, headers) => {
    const { ask, asked } = await start({});

    const answer = await ask('GET', '/scim/v2/Users', { headers: { authorization: '', ...headers } });

    expect(answer).toMatchObject({
      status: 401,
      body: { status: '401', schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] },
    });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="Rollcall"');
    expect(asked).toEqual([]);
  });

  it('forwards the token untouched, with an id for the request that the answer carries too', async () => {
    const { ask, asked } = await start({ ListUsers: () => ({ data: { users: { totalCount: 0, nodes: [] } } }) });

    const answer = await ask('GET', '/scim/v2/Users/?filter=userName+eq+%22lea%22&', {
      headers: { authorization: 'raw-token', 'user-agent': 'Okta' },
    });

    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    expect(asked.at(-1)).toMatchObject({
      authorization: 'Bearer raw-token',
      gatewayKey: 'key',
      clientAddress: '127.0.0.1',
      userAgent: 'Okta',
      requestId: answer.headers.get('x-request-id'),
      variables: { filter: { userName: { eq: 'lea' } }, first: 100, offset: 0, withTeams: true },
    });
  });

  it.each([
    ['GET', '/scim/v2/Nothing', 404],
    ['GET', '/scim/v2/Users/a/b', 404],
    ['GET', '/scim/v2//Users', 404],
    ['GET', '/scim/v2/Users/%00', 404],
    ['GET', '/scim/v2/Users/%zz', 404],
    ['GET', '/SCIM/V2/Users', 404],
    ['GET', '/elsewhere', 404],
    ['GET', '/scim/v2/companies/other/Users', 404],
    ['POST', '/scim/v2/Bulk', 400],
    ['GET', '/scim/v2/Me', 501],
    ['POST', '/scim/v2/Users/u-1/.search', 404],
    ['POST', '/scim/v2/Schemas/.search', 404],
    ['GET', '/scim/v2/.search', 405],
    ['GET', '/scim/v2/Users?filter=shoeSize+eq+3', 400],
    ['GET', '/scim/v2/Users?count=many', 400],
  ])('answers %s %s with %i, as a SCIM error', async (method, path, status) => {
    const { ask } = await start({});

    const answer = await ask(method, path);

    expect(answer).toMatchObject({ status, body: { status: String(status), detail: expect.any(String) } });
    expect(answer.headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
  });

  it('names the methods that are possible', async () => {
    const { ask } = await start({});

    const answer = await ask('POST', '/scim/v2/Users/u-1', { body: {} });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
  });

  it('answers for the company that the token belongs to', async () => {
    const { ask } = await start({ ListUsers: () => ({ data: { users: { totalCount: 0, nodes: [] } } }) });

    expect(await ask('GET', '/scim/v2/companies/acme/Users')).toMatchObject({ status: 200 });
  });

  it('shows its configuration to anybody, and its schemas to who has a token', async () => {
    const { ask } = await start({});

    expect(await ask('GET', '/.well-known/scim-configuration', { headers: { authorization: '' } })).toMatchObject({
      status: 200,
      body: { patch: { supported: true }, meta: { location: 'https://id.x.test/scim/v2/ServiceProviderConfig' } },
    });
    expect(await ask('GET', '/scim/v2/Schemas', { headers: { authorization: '' } })).toMatchObject({ status: 401 });
    expect(await ask('GET', '/scim/v2/Schemas')).toMatchObject({ status: 200, body: { totalResults: 4 } });
    expect(await ask('GET', '/scim/v2/ResourceTypes/User')).toMatchObject({
      status: 200,
      body: { endpoint: '/Users' },
    });
    expect(await ask('GET', '/scim/v2/ResourceTypes/Device')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/health/ready')).toMatchObject({ status: 503 });
  });

  it('reads the profile again and tries once more when it changed', async () => {
    let tries = 0;
    const { ask, asked } = await start(
      {
        DeleteUser: () => ({ data: {} }),
        ChangeTeam: () =>
          tries++ === 0 ? FAILURE('PROFILE_CHANGED') : { data: { changeTeam: { team: { id: 't-1', ...TEAM } } } },
      },
      { profileVersions: [7, 8] },
    );

    const answer = await ask('PATCH', '/scim/v2/Groups/t-1', {
      body: { Operations: [{ op: 'add', path: 'members', value: [{ value: 'u-1' }] }] },
    });

    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(
      asked.map(({ operationId, variables }) => [
        operationId.split('.')[0],
        (variables.input as { profileVersion?: number })?.profileVersion,
      ]),
    ).toEqual([
      ['GatewayProfile', undefined],
      ['ChangeTeam', 7],
      ['GatewayProfile', undefined],
      ['ChangeTeam', 8],
    ]);
  });

  it('gives up with 503 when the profile changes again', async () => {
    const { ask } = await start({ ChangeTeam: () => FAILURE('PROFILE_CHANGED') });

    const answer = await ask('PATCH', '/scim/v2/Groups/t-1', { body: { Operations: [] } });

    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('sends the version of If-Match, and refuses one that is none', async () => {
    const { ask, asked } = await start({ DeleteUser: () => FAILURE('VERSION_MISMATCH') });

    expect(await ask('DELETE', '/scim/v2/Users/u-1', { headers: { 'if-match': 'W/"3"' } })).toMatchObject({
      status: 412,
    });
    expect(asked.at(-1)?.variables).toEqual({ input: { id: 'u-1', expectedVersion: 3 } });
    expect(await ask('DELETE', '/scim/v2/Users/u-1', { headers: { 'if-match': 'three' } })).toMatchObject({
      status: 412,
    });
  });

  it('answers 503 while the core is away, and logs it', async () => {
    const { ask, records } = await start({
      GetUser: () => Promise.reject(new CoreUnreachable(new Error('connect ECONNREFUSED'))),
    });

    const answer = await ask('GET', '/scim/v2/Users/u-1');

    expect(answer).toMatchObject({ status: 503, body: { status: '503' } });
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(records).toHaveLength(1);
  });

  it('masks what nobody foresaw, and logs it once under the request id', async () => {
    const { ask, records } = await start({
      GetUser: () => {
        throw new Error('secret of the house');
      },
    });

    const answer = await ask('GET', '/scim/v2/Users/u-1');

    const requestId = answer.headers.get('x-request-id')!;
    expect(answer).toMatchObject({ status: 500, body: { detail: expect.stringContaining(requestId) } });
    expect(answer.text).not.toContain('secret');
    expect(records).toHaveLength(1);
    expect(records[0]).toContain(requestId);
  });

  it.each([
    ['text', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, undefined],
    ['a compressed body', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 415, undefined],
    ['broken JSON', { body: '{"userName":' }, 400, 'invalidSyntax'],
    ['bytes that are not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'invalidSyntax'],
    ['a prototype', { body: '{"__proto__":{"a":1},"userName":"a"}' }, 400, 'invalidSyntax'],
    ['no userName', { body: '{}' }, 400, 'invalidValue'],
    ['more than 1 MB', { body: `{"userName":"${'a'.repeat(1_100_000)}"}` }, 413, undefined],
  ])('refuses %s', async (_, request, status, scimType) => {
    const { ask } = await start({});

    const { body } = await ask('POST', '/scim/v2/Users', request);

    expect([body.status, body.scimType]).toEqual([String(status), scimType]);
  });

  it('takes six large groups at once, four at a time', async () => {
    let now = 0;
    let most = 0;
    const { ask } = await start({
      ReplaceTeam: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 50));
        now--;
        return { data: { replaceTeam: { team: { id: 't-1', ...TEAM } } } };
      },
      TeamMembers: () => ({ data: { teamMembers: { members: [], endCursor: null, hasNextPage: false } } }),
    });
    const members = Array.from({ length: 40_000 }, (_, index) => ({ value: `00000000-0000-7000-8000-${index}` }));

    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask('PUT', '/scim/v2/Groups/t-1', { body: { displayName: 'Sales', members } })),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('limits the rate of a directory', async () => {
    const { ask } = await start({ DeleteUser: () => ({ data: { deleteUser: { id: 'u-1' } } }) }, { scimRate: 1 });

    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn++) statuses.push((await ask('DELETE', '/scim/v2/Users/u-1')).status);
    const refused = await ask('DELETE', '/scim/v2/Users/u-1');

    expect(statuses).toEqual([204, 204, 204, 204, 429]);
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  describe('members of groups', () => {
    const members = (teamId: string, count: number, from = 0) =>
      Array.from({ length: count }, (_, index) => ({
        teamId,
        type: 'USER',
        memberId: `u-${from + index}`,
        display: `User ${from + index}`,
      }));

    it('are written in pages, each under its own group', async () => {
      const pages = [
        { members: [...members('t-1', 3), ...members('t-3', 4_000)], endCursor: 'c', hasNextPage: true },
        { members: members('t-3', 2, 4_000), endCursor: null, hasNextPage: false },
      ];
      const { ask, asked } = await start({
        ListTeams: () => ({
          data: { teams: { totalCount: 9, nodes: ['t-1', 't-2', 't-3'].map((id) => ({ id, ...TEAM })) } },
        }),
        TeamMembers: () => ({ data: { teamMembers: pages.shift() } }),
      });

      const { body } = await ask('GET', '/scim/v2/Groups?count=3');

      expect(body).toMatchObject({ totalResults: 9, startIndex: 1, itemsPerPage: 3 });
      expect(body.Resources.map((group: { members: object[] }) => group.members.length)).toEqual([3, 0, 4_002]);
      expect(body.Resources[2].members[4_001]).toEqual({
        value: 'u-4001',
        display: 'User 4001',
        $ref: 'https://id.x.test/scim/v2/Users/u-4001',
        type: 'User',
      });
      expect(asked.at(-1)?.variables).toEqual({ teamIds: ['t-1', 't-2', 't-3'], first: 10_000, after: 'c' });
    });

    it('are not read when nobody wants them', async () => {
      const { ask } = await start({ GetTeam: () => ({ data: { team: { id: 't-1', ...TEAM } } }) });

      const answer = await ask('GET', '/scim/v2/Groups/t-1?excludedAttributes=Members');

      expect(answer.body).toEqual({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        id: 't-1',
        displayName: 'Sales',
        meta: expect.objectContaining({ location: 'https://id.x.test/scim/v2/Groups/t-1', version: 'W/"3"' }),
      });
      expect(answer.headers.get('etag')).toBe('W/"3"');
    });

    it('are cut to the parts that are asked for', async () => {
      const { ask } = await start({
        GetTeam: () => ({ data: { team: { id: 't-1', ...TEAM } } }),
        TeamMembers: () => ({
          data: { teamMembers: { members: members('t-1', 1), endCursor: null, hasNextPage: false } },
        }),
      });

      const { body } = await ask('GET', '/scim/v2/Groups/t-1?attributes=members.value');

      expect(body.members).toEqual([{ value: 'u-0' }]);
    });

    it('break the answer off when they fail halfway, so that it cannot pass for a whole one', async () => {
      let page = 0;
      const { ask, records } = await start({
        GetTeam: () => ({ data: { team: { id: 't-1', ...TEAM } } }),
        TeamMembers: () =>
          page++ === 0
            ? { data: { teamMembers: { members: members('t-1', 5_000), endCursor: 'c', hasNextPage: true } } }
            : FAILURE('DATABASE_UNAVAILABLE'),
      });

      await expect(ask('GET', '/scim/v2/Groups/t-1')).rejects.toThrow();
      expect(records).toHaveLength(1);
    });
  });
});
