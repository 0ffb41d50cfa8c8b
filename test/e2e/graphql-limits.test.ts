import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany();
  // What is compiled at its first use is not part of what is timed.
  await graphqlClient(company)('{ users { nodes { id } nonsense } }');
});
afterAll(() => rollcall.stop());

const repeat = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** `levels` fields below each other, through types that hold each other. */
const deep = (levels: number) => `${'teams { members(first: 1) { nodes { '.repeat(levels)}id${' } } }'.repeat(levels)}`;

/** Each fragment spreads the next one twice: 2^levels selections. */
const doubling = (levels: number, leaf: string, name = 'F') =>
  `${repeat(levels, (i) => `fragment ${name}${i} on User { ...${name}${i + 1} ...${name}${i + 1} }`)} fragment ${name}${levels} on User { ${leaf} }`;

describe('a document that asks for too much', () => {
  it.each<[row: string, what: string, document: string, code: string]>([
    ['G-04', 'depth 100', `{ users(first: 1) { nodes { ${deep(33)} } } }`, 'LIMIT_EXCEEDED'],
    ['G-05', '10,000 times the same field', `{ viewer { ${'permissions '.repeat(10_000)} } }`, 'LIMIT_EXCEEDED'],
    [
      'G-05',
      '2,000 fragments on one field',
      `{ users { nodes { ${repeat(2_000, (i) => `...F${i}`)} } } } ${repeat(2_000, (i) => `fragment F${i} on User { id }`)}`,
      'LIMIT_EXCEEDED',
    ],
    ['G-05', '100,000 tokens', `{ viewer { permissions } ${' a'.repeat(100_000)} }`, 'LIMIT_EXCEEDED'],
    ['G-05', '31 aliases', `{ viewer { ${repeat(31, (i) => `a${i}: permissions`)} } }`, 'LIMIT_EXCEEDED'],
    ['G-05', '21 root fields', `{ ${repeat(21, () => 'viewer { permissions }')} }`, 'LIMIT_EXCEEDED'],
    [
      'G-06',
      'a fragment cycle',
      '{ users { nodes { ...A } } } fragment A on User { id ...B } fragment B on User { id ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['G-06', '30 doubling fragments', `{ users { nodes { ...F0 } } } ${doubling(30, 'id')}`, 'LIMIT_EXCEEDED'],
    [
      'G-06',
      '30 doubling fragments with rows below',
      `{ users { nodes { ...F0 } } } ${doubling(30, 'teams { id }')}`,
      'LIMIT_EXCEEDED',
    ],
    [
      'G-07',
      'depth 100 in an operation called __schema',
      `query __schema { users(first: 1) { nodes { ${deep(33)} } } }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'G-07',
      'aliases in a fragment called __schema',
      `{ viewer { ...__schema } } fragment __schema on Viewer { ${repeat(31, (i) => `a${i}: permissions`)} }`,
      'LIMIT_EXCEEDED',
    ],
    ['G-07', 'aliases of __typename', `{ ${repeat(31, (i) => `a${i}: __typename`)} }`, 'LIMIT_EXCEEDED'],
    [
      'G-07',
      'depth in inline fragments',
      `{ users(first: 1) { nodes { ${'... on User { teams { ... { members(first: 1) { nodes { '.repeat(20)}id${' } } } } }'.repeat(20)} } } }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'G-07',
      'root fields in a fragment',
      `{ ...R } fragment R on Query { ${repeat(21, () => 'viewer { permissions }')} }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'G-07',
      'introspection that nests',
      `{ __schema { types { ${'fields { type { '.repeat(20)}name${' } }'.repeat(20)} } } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['G-08', '5,000 directives', `{ viewer { permissions ${'@skip(if: false) '.repeat(5_000)} } }`, 'LIMIT_EXCEEDED'],
    ['G-08', '10,000 unknown directives', `{ viewer { permissions ${'@x '.repeat(10_000)} } }`, 'LIMIT_EXCEEDED'],
    [
      'G-08',
      '500 directives on one field',
      `{ viewer { permissions ${'@skip(if: false) '.repeat(500)} } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'G-08',
      '51 directives on as many fields',
      `{ viewer { ${'permissions @skip(if: false) '.repeat(51)} } }`,
      'LIMIT_EXCEEDED',
    ],
    ['G-09', 'a page of 10^9', '{ users(first: 1000000000) { nodes { teams { id } } } }', 'LIMIT_EXCEEDED'],
    [
      'G-09',
      'pages of pages of pages',
      '{ teams(first: 100) { nodes { members(first: 100) { nodes { teams { members(first: 100) { nodes { id } } } } } } } }',
      'LIMIT_EXCEEDED',
    ],
    [
      'G-09',
      'pages of pages of pages whose rows are named in fragments',
      `{ teams { ...T } } fragment T on TeamConnection { nodes { members { ...M } } }
        fragment M on TeamMemberConnection { ... { nodes { teams { members { ...L } } } } } fragment L on TeamMemberConnection { nodes { id } }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'G-09',
      'pages of members of teams of all who were transferred',
      'mutation { releaseUsers(input: { ids: [] }) { users { teams { members { nodes { id } } } } } }',
      'LIMIT_EXCEEDED',
    ],
    [
      'G-09',
      'a page whose size is in a variable',
      'query ($n: Int = 1) { teams(first: $n) { nodes { members(first: $n) { nodes { teams { members(first: $n) { nodes { id } } } } } } } }',
      'LIMIT_EXCEEDED',
    ],
  ])('%s: %s is refused before it runs', async (_row, _what, document, code) => {
    const before = rollcall.statements.length;
    const { status, body } = await graphqlClient(company)(document);

    expect(status).toBe(400);
    expect(body.errors.map((error: { extensions: { code: string } }) => error.extensions.code)).toContain(code);
    // The API key was looked up, and nothing else.
    expect(rollcall.statements.slice(before).filter((sql) => !/api_key/.test(sql))).toEqual([]);
    expect(JSON.stringify(body).length).toBeLessThan(20_000);
  });

  it('G-09: no page is larger than 100, also when its size is a variable', async () => {
    const { body } = await graphqlClient(company)('query ($n: Int) { users(first: $n) { nodes { id } } }', {
      n: 10 ** 9,
    });

    expect(body.errors[0].extensions).toMatchObject({ code: 'INVALID_VALUE', field: 'first' });
  });

  it('is refused, too, for variables that are nested deeper than anything can be read', async () => {
    const levels = 100_000;
    const filter = `${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`;
    const response = await fetch(company.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${company.apiKey}` },
      body: `{"query":"query ($f: UserFilter) { users(filter: $f) { totalCount } }","variables":{"f":${filter}}}`,
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });

  it('is not repeated at length', async () => {
    const name = 'x'.repeat(1_000_000);

    for (const { status, body } of [
      await graphqlClient(company)(`{ ${name} }`),
      await graphqlClient(company)('query ($n: Int) { users(first: $n) { totalCount } }', { n: name }),
    ]) {
      expect(status).toBe(400);
      expect(JSON.stringify(body).length).toBeLessThan(5_000);
    }
  });

  it('says what it is over, and by how much', async () => {
    const { body } = await graphqlClient(company)(
      '{ users(first: 100) { nodes { teams { members(first: 100) { nodes { id } } } } } }',
    );

    expect(body.errors[0].message).toMatch(/^The document's cost is \d+; at most \d+ is allowed\.$/);
  });
});

describe('what a front end asks for', () => {
  it.each([
    ['introspection as GraphiQL sends it', 13],
    ['a page of users with all that hangs on them', 0],
  ])('is within the limits: %s', async (_, ofType) => {
    const type = 'kind name '.concat('ofType { kind name '.repeat(ofType), ' }'.repeat(ofType));
    const document = ofType
      ? `{ __schema { types { kind name description fields(includeDeprecated: true) { name args { name type { ${type} } } type { ${type} } } inputFields { name type { ${type} } } enumValues { name } possibleTypes { name } } directives { name locations args { name } } } }`
      : '{ users(first: 100) { totalCount nodes { id userName emails { value } teams { id displayName } roles { key } projects { key } managedBy { name } lockedFields } } }';

    const { status, body } = await graphqlClient(company)(document);

    expect(body.errors).toBeUndefined();
    expect(status).toBe(200);
  });
});

describe('G-15: statements', () => {
  const counted = async (document: string, variables = {}) => {
    const before = rollcall.statements.length;
    const { body } = await graphqlClient(company)(document, variables);
    expect(body.errors).toBeUndefined();
    // Without the look-up of the API key, which every request has.
    return { data: body.data, statements: rollcall.statements.slice(before).filter((sql) => !/api_key/.test(sql)) };
  };
  const members: string[] = [];
  beforeAll(async () => {
    const graphql = graphqlClient(company);
    const users = Array.from({ length: 110 }, (_, i) => ({ createUser: { userName: `n1-${i}` } }));
    const batch = 'mutation ($input: ApplyBatchInput!) { applyBatch(input: $input) { results { id } } }';
    const made = await graphql(batch, { input: { operations: users } });
    members.push(...made.body.data.applyBatch.results.map(({ id }: { id: string }) => id));
    const teams = Array.from({ length: 30 }, (_, i) => ({
      createTeam: { displayName: `n1-${i}`, members: members.slice(i, i + 25) },
    }));
    await graphql(batch, { input: { operations: teams } });
  });

  it('at most 5 for 100 users with teams, roles, projects, directory and locked fields', async () => {
    const { data, statements } = await counted(
      '{ users(first: 100) { totalCount nodes { userName teams { displayName } roles { key } projects { key } managedBy { name } lockedFields } } }',
    );

    expect(data.users.nodes).toHaveLength(100);
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(5);
  });

  it('the same for 30 teams with their first members as for one', async () => {
    const document = `query ($first: Int) { teams(first: $first) { nodes {
      memberCount projects { key } managedBy { name } lockedFields
      members(first: 20) { totalCount pageInfo { hasNextPage } edges { since } nodes { userName teams { displayName } } }
      last: members(last: 2) { nodes { userName } }
    } } }`;

    const one = await counted(document, { first: 1 });
    const thirty = await counted(document, { first: 30 });

    expect(thirty.data.teams.nodes).toHaveLength(30);
    for (const team of thirty.data.teams.nodes) {
      const at = Number(team.members.nodes[0].userName.slice(3));
      expect(team.members).toMatchObject({ totalCount: 25, pageInfo: { hasNextPage: true } });
      expect(team.members.nodes.map((user: { userName: string }) => user.userName)).toEqual(
        Array.from({ length: 20 }, (_, i) => `n1-${at + i}`),
      );
      expect(team.last.nodes).toEqual([{ userName: `n1-${at + 23}` }, { userName: `n1-${at + 24}` }]);
    }
    expect(thirty.statements.length, thirty.statements.join('\n')).toBe(one.statements.length);
    expect(thirty.statements.length).toBeLessThanOrEqual(8);
  });
});
