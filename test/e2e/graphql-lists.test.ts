import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

let rollcall: TestRollcall;
let company: TestCompany;
let operatorKey: string;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany();
  operatorKey = (await ensureOperatorKey(rollcall.db))!;
});
afterAll(() => rollcall.stop());

type Variables = Record<string, unknown>;

const send = (source: string, variables: Variables = {}, apiKey = company.apiKey) =>
  graphqlClient({ ...company, apiKey })(source, variables);
const ask = (...request: Parameters<typeof send>) => dataOf(send(...request));
const refused = (...request: Parameters<typeof send>) => errorOf(send(...request));

/** Every list: how five rows of it are made, the type of its order, and a field to order by. */
const LISTS: [list: string, type: string, field: string, by: string, make: (i: number) => string][] = [
  ['users', 'User', 'userName', 'USER_NAME', (i) => `createUser(input: { userName: "l-${i}" }) { user { id } }`],
  [
    'assignableUsers',
    'User',
    'userName',
    'USER_NAME',
    (i) => `createUser(input: { userName: "m-${i}" }) { user { id } }`,
  ],
  [
    'teams',
    'Team',
    'displayName',
    'DISPLAY_NAME',
    (i) => `createTeam(input: { displayName: "l-${i}" }) { team { id } }`,
  ],
  [
    'roles',
    'Role',
    'key',
    'KEY',
    (i) => `createRole(input: { key: "l-${i}", name: "l", permissions: [], rank: 1 }) { role { id } }`,
  ],
  ['projects', 'Project', 'key', 'KEY', (i) => `createProject(input: { key: "l-${i}", name: "l" }) { project { id } }`],
  [
    'directories',
    'Directory',
    'name',
    'NAME',
    (i) => `createDirectory(input: { name: "l-${i}", idpKind: OTHER }) { directory { id } }`,
  ],
  [
    'apiKeys',
    'ApiKey',
    'name',
    'NAME',
    (i) => `createApiKey(input: { name: "l-${i}", permissions: ["users:read"] }) { secret }`,
  ],
  [
    'ssoConnections',
    'SsoConnection',
    'name',
    'NAME',
    (i) => `createSsoConnection(input: { name: "l-${i}", kind: SAML, config: {} }) { ssoConnection { id } }`,
  ],
  [
    'domainClaims',
    'DomainClaim',
    'domain',
    'DOMAIN',
    (i) => `claimDomain(input: { domain: "l-${i}.example" }) { domainClaim { id } }`,
  ],
  [
    'companies',
    'Company',
    'slug',
    'SLUG',
    (i) => `createCompany(input: { name: "l", slug: "l-${i}" }) { company { id } }`,
  ],
];

describe.each(LISTS)('%s', (list, type, field, by, make) => {
  const key = () => (list === 'companies' ? operatorKey : company.apiKey);
  const prefix = list === 'assignableUsers' ? 'm-' : 'l-';
  const value = (i: number) => prefix + i + (list === 'domainClaims' ? '.example' : '');
  beforeAll(async () => {
    for (const i of [3, 1, 5, 2, 4]) await ask(`mutation { ${make(i)} }`, {}, key());
  });

  const SOURCE = `query ($first: Int, $after: String, $last: Int, $before: String, $offset: Int, $orderBy: ${type}Order, $filter: ${type}Filter) {
    page: ${list}(first: $first, after: $after, last: $last, before: $before, offset: $offset, orderBy: $orderBy, filter: $filter) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { ${field} } } nodes { ${field} }
    }
  }`;
  const filter = { [field]: { startsWith: prefix } };
  const page = async (variables: Variables) => {
    const { page: found } = await ask(SOURCE, { orderBy: { field: by }, filter, ...variables }, key());
    const rows = found.nodes.map((node: Record<string, string>) => Number.parseInt(node[field]!.slice(2), 10));
    expect(found.edges.map(({ node }: { node: unknown }) => node)).toEqual(found.nodes);
    expect(found.pageInfo.startCursor).toBe(found.edges[0]?.cursor ?? null);
    expect(found.totalCount).toBe(5);
    return { rows, more: [found.pageInfo.hasPreviousPage, found.pageInfo.hasNextPage], info: found.pageInfo };
  };

  it('is paged forwards, backwards and by offset, in either direction', async () => {
    const one = await page({ first: 2 });
    expect(one).toMatchObject({ rows: [1, 2], more: [false, true] });
    const two = await page({ first: 2, after: one.info.endCursor });
    expect(two).toMatchObject({ rows: [3, 4], more: [true, true] });
    expect(await page({ first: 2, after: two.info.endCursor })).toMatchObject({ rows: [5], more: [true, false] });
    expect(await page({ last: 2 })).toMatchObject({ rows: [4, 5], more: [true, false] });
    expect(await page({ last: 2, before: two.info.startCursor })).toMatchObject({ rows: [1, 2], more: [false, true] });
    expect(await page({ first: 2, offset: 3 })).toMatchObject({ rows: [4, 5], more: [true, false] });
    expect(await page({ orderBy: { field: by, direction: 'DESC' }, first: 3 })).toMatchObject({ rows: [5, 4, 3] });
    expect((await page({ orderBy: null })).rows).toEqual([3, 1, 5, 2, 4]);
    expect(await page({ first: 0 })).toMatchObject({ rows: [] });
  });

  it('is filtered by and, or and not', async () => {
    const is = (value: string) => ({ [field]: { eq: value } });
    const count = async (given: object) =>
      (
        await ask(
          `query ($filter: ${type}Filter) { page: ${list}(filter: $filter) { totalCount } }`,
          { filter: given },
          key(),
        )
      ).page.totalCount;

    expect(await count({ or: [is(value(1)), is(value(2))] })).toBe(2);
    expect(await count({ and: [filter, { not: is(value(1)) }] })).toBe(4);
    expect(await count({ [field]: { in: [value(4), 'nothing'] } })).toBe(1);
    expect(await count({ or: [] })).toBe(0);
  });

  it.each([
    [{ first: 101 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ last: 101 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
    [{ first: 1, before: 'x' }, 'before'],
    [{ after: 'nonsense' }, 'after'],
    [{ last: 1, offset: 1 }, 'offset'],
  ])('refuses %j and names %s', async (variables, at) => {
    expect(await refused(SOURCE, variables, key())).toMatchObject({ code: 'INVALID_VALUE', field: at });
  });
});

describe('changes', () => {
  it('are followed from cursor to cursor, filtered, and read backwards', async () => {
    const graphql = graphqlClient(company);
    const { body } = await graphql(
      'mutation { createProject(input: { key: "c-0", name: "C" }) { project { id } } }',
      {},
      { 'x-request-id': 'the-first-one' },
    );
    const { id } = body.data.createProject.project;
    for (const name of ['C1', 'C2', 'C3'])
      await ask('mutation ($i: UpdateProjectInput!) { updateProject(input: $i) { project { id } } }', {
        i: { id, name },
      });
    const SOURCE = `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: ChangeOrder, $filter: ChangeFilter) {
      changes(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: $filter) {
        pageInfo { hasNextPage endCursor } edges { cursor }
        nodes { id at kind actorKind actorName source credentialId requestId objectType objectId before after digest }
      }
    }`;
    const filter = { objectId: { eq: id } };
    const read = async (variables: Variables) => (await ask(SOURCE, { filter, ...variables })).changes;
    await expect.poll(async () => (await read({})).nodes.length, { timeout: 10_000 }).toBe(4);

    const one = await read({ first: 2 });
    expect(one.nodes[0]).toMatchObject({
      kind: 'project.created',
      actorKind: 'API_KEY',
      actorName: 'First key',
      source: 'API',
      requestId: 'the-first-one',
      objectType: 'project',
      before: null,
      after: { key: 'c-0', name: 'C' },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(one.pageInfo.hasNextPage).toBe(true);
    const two = await read({ first: 2, after: one.pageInfo.endCursor });
    expect(two.nodes.map((each: { after: unknown }) => each.after)).toMatchObject([{ name: 'C2' }, { name: 'C3' }]);
    expect(two.pageInfo.hasNextPage).toBe(false);
    const newest = await read({ first: 1, orderBy: 'NEWEST_FIRST' });
    expect(newest.nodes[0]).toMatchObject({ before: { name: 'C2' }, after: { name: 'C3' } });
    expect((await read({ last: 1 })).nodes).toEqual(newest.nodes);
    const since = { ...filter, at: { ge: one.nodes[0].at }, kind: { eq: 'project.changed' }, source: { eq: 'API' } };
    expect((await read({ filter: since })).nodes).toHaveLength(3);
    expect((await read({ filter: { requestId: { eq: 'the-first-one' } } })).nodes).toHaveLength(1);
    expect(await refused(SOURCE, { after: 'x' })).toMatchObject({ code: 'INVALID_VALUE', field: 'after' });
    expect(await refused(SOURCE, { first: 101 })).toMatchObject({ code: 'INVALID_VALUE', field: 'first' });
  });
});

describe('node', () => {
  it('finds what the lists list, by id alone', async () => {
    for (const [list, type] of LISTS.filter(([name]) => name !== 'companies')) {
      const { page } = await ask(`{ page: ${list}(first: 1) { nodes { id } } }`);
      const { id } = page.nodes[0];
      expect((await ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).node).toEqual({
        __typename: type,
        id,
      });
    }
    const other = await rollcall.newCompany();
    const { node } = await ask('query ($id: ID!) { node(id: $id) { id } }', { id: other.companyId });
    expect(node).toBeNull();
  });

  it('finds a token of a directory and an entry of the change log, which it once did not', async () => {
    const { directories } = await ask('{ directories { nodes { tokens { id name } } } }');
    const [token] = directories.nodes[0].tokens;
    const source =
      'query ($id: ID!) { node(id: $id) { __typename id ... on DirectoryToken { name } ... on Change { kind digest } } }';
    expect((await ask(source, token)).node).toEqual({ __typename: 'DirectoryToken', ...token });
    const changes = async () => (await ask('{ changes(first: 1) { nodes { id kind digest } } }')).changes.nodes;
    await expect.poll(async () => (await changes()).length, { timeout: 10_000 }).toBe(1);
    const [change] = await changes();
    expect((await ask(source, change)).node).toEqual({ __typename: 'Change', ...change });

    const other = await rollcall.newCompany();
    for (const { id } of [token, change]) expect((await ask(source, { id }, other.apiKey)).node).toBeNull();
    for (const id of ['1.1.1', '1.99999999999999999999.1', `${change.id}000000`])
      expect((await ask(source, { id })).node).toBeNull();
  });
});

describe('users and teams in one list', () => {
  const source = `query ($users: UserFilter, $teams: TeamFilter, $first: Int, $after: String, $last: Int, $before: String, $orderBy: UserOrTeamOrder) {
    usersAndTeams(users: $users, teams: $teams, first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { user { userName } team { displayName } }
    }
  }`;
  const named = { contains: 'both-' };
  const filters = { users: { userName: named }, teams: { displayName: named } };
  const list = async (variables: Variables, apiKey = company.apiKey) =>
    (await ask(source, { ...filters, ...variables }, apiKey)).usersAndTeams;
  type Row = { user: { userName: string } | null; team: { displayName: string } | null };
  const names = ({ nodes }: { nodes: Row[] }) => nodes.map(({ user, team }) => user?.userName ?? team?.displayName);

  beforeAll(async () => {
    for (const i of [1, 2]) {
      await ask(`mutation { createUser(input: { userName: "both-${i}" }) { user { id } } }`);
      await ask(`mutation { createTeam(input: { displayName: "both-team-${i}" }) { team { id } } }`);
    }
  });

  it('come by id, in pages of both, forwards and backwards', async () => {
    const first = await list({ first: 3 });
    const second = await list({ first: 3, after: first.pageInfo.endCursor });

    expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect([...names(first), ...names(second)]).toEqual(['both-1', 'both-team-1', 'both-2', 'both-team-2']);
    expect(names(await list({ last: 3, before: second.pageInfo.startCursor }))).toEqual(names(first));
  });

  it('have a filter each, and an order for both', async () => {
    expect(names(await list({ users: { or: [] } }))).toEqual(['both-team-1', 'both-team-2']);
    expect(names(await list({ orderBy: { path: 'displayName', direction: 'DESC' } })).slice(-2)).toEqual([
      'both-team-2',
      'both-team-1',
    ]);
    expect(names(await list({ orderBy: { path: 'type' } })).slice(0, 2)).toEqual(['both-team-1', 'both-team-2']);
    expect(await refused(source, { ...filters, orderBy: { path: 'shoeSize' } })).toMatchObject({
      code: 'INVALID_VALUE',
    });
  });

  it('show nothing to another company', async () => {
    const other = await rollcall.newCompany();
    expect(await list({}, other.apiKey)).toMatchObject({ totalCount: 0, nodes: [] });
  });
});

describe('filters', () => {
  it('are found wanting by name', async () => {
    const users = (filter: object) =>
      refused('query ($filter: UserFilter) { users(filter: $filter) { totalCount } }', { filter });

    const deep = Array.from({ length: 60 }).reduce<object>((inner) => ({ not: inner }), { active: { eq: true } });
    expect(await users(deep)).toMatchObject({ code: 'UNSUPPORTED_FILTER' });
    expect(await users({ title: { contains: 'a\0' } })).toMatchObject({ code: 'UNSUPPORTED_FILTER' });
    expect(await users({ userName: { like: 'x' } })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await users({ createdAt: { gt: 'yesterday' } })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('may be written into the document, with variables inside', async () => {
    const { users } = await ask(
      'query ($name: String!, $by: UserOrderField!) { users(first: 1, filter: { or: [{ userName: { eq: $name } }] }, orderBy: { field: $by, direction: DESC }) { nodes { userName } } }',
      { name: 'L-3', by: 'CREATED_AT' },
    );

    expect(users.nodes).toEqual([{ userName: 'l-3' }]);
  });
});
