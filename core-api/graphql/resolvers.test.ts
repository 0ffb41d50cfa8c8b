import { type ExecutionResult, parse, validate } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Actor } from '#core-api/domain/actor.js';
import { PERMISSIONS, type Permission } from '#core-api/domain/permissions.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { contextMaker, type MakeContext } from './context.js';
import { makePlan } from './plans.js';
import { coreSchema } from './schema.js';

const schema = await coreSchema();
let bed: CompanyBed;
let makeContext: MakeContext;
beforeAll(async () => {
  bed = await CompanyBed.open();
  makeContext = contextMaker({ db: bed.db, ...MEANS });
});
afterAll(() => bed?.close());
beforeEach(() => {
  bed.statements.length = 0;
});

/** Runs a document as the server does, by a compiled plan. */
async function run(source: string, variables: Record<string, unknown> = {}, actor: Actor = bed.program()) {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const door = actor.kind === 'DIRECTORY_TOKEN' ? 'gateway' : 'api';
  const { data, errors } = (await makePlan(schema, document)(
    makeContext(actor, 'r1', door),
    variables,
  )) as ExecutionResult;
  const codes = errors?.map(
    ({ originalError }) => (originalError as { code?: string } | undefined)?.code ?? originalError,
  );
  return { data: JSON.parse(JSON.stringify(data ?? null)), codes, errors };
}

/** The answer's data; any error fails the test. */
async function ask(source: string, variables?: Record<string, unknown>, actor?: Actor) {
  const { data, errors } = await run(source, variables, actor);
  expect(errors).toBeUndefined();
  return data;
}

describe('a page of users', () => {
  it('costs at most 5 statements for 100 users with teams, roles, directory and projects', async () => {
    const directory = await bed.directory();
    const ids = [...(await bed.users(60, { directoryId: directory.directory.id })), ...(await bed.users(60))];
    const { createTeam } = await ask(
      'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }',
      {
        input: { displayName: 'Everybody', members: ids.slice(60) },
      },
    );
    const { createProject } = await ask(
      'mutation { createProject(input: { key: "apollo", name: "Apollo" }) { project { id } } }',
    );
    await ask('mutation ($input: ProjectAccessInput!) { grantProjectAccess(input: $input) { project { id } } }', {
      input: { projectId: createProject.project.id, teamId: createTeam.team.id },
    });
    bed.statements.length = 0;

    const { users } = await ask(`{
      users(first: 100) {
        totalCount
        pageInfo { hasNextPage }
        edges { cursor node { id } }
        nodes {
          id userName name { givenName } emails { value } enterprise { department } extensions { urn }
          teams { id displayName } roles { key } managedBy { name } projects { key } lockedFields
        }
      }
    }`);

    expect(bed.statements.length).toBeLessThanOrEqual(5);
    expect(users.nodes).toHaveLength(100);
    expect(users.totalCount).toBeGreaterThanOrEqual(120);
    const byId = new Map<string, (typeof users.nodes)[number]>(
      users.nodes.map((user: { id: string }) => [user.id, user]),
    );
    expect(byId.get(ids[0]!)).toMatchObject({
      name: null,
      enterprise: null,
      extensions: [],
      teams: [],
      projects: [],
      managedBy: { name: directory.directory.name },
      lockedFields: expect.arrayContaining(['userName']),
    });
    expect(byId.get(ids[60]!)).toMatchObject({
      teams: [{ displayName: 'Everybody' }],
      projects: [{ key: 'apollo' }],
      managedBy: null,
      lockedFields: [],
    });
  });

  it('reads only what is selected: no total, or no rows', async () => {
    await ask('{ users(first: 1) { nodes { id } } }');
    expect(bed.statements).toHaveLength(1);
    bed.statements.length = 0;

    const { users } = await ask('{ users(filter: { id: { isSet: true } }) { totalCount } }');

    expect(bed.statements).toHaveLength(1);
    expect(users.totalCount).toBeGreaterThan(0);
  });

  it('refuses more than 100 rows', async () => {
    expect((await run('{ users(first: 101) { nodes { id } } }')).codes).toEqual(['INVALID_VALUE']);
  });

  it('shows locked fields also to those who may not read directories', async () => {
    const directory = await bed.directory();
    const id = await bed.user({ directoryId: directory.directory.id });
    const reader = bed.program(new Set(['users:read'] as const));

    const { data, codes } = await run(
      `query ($id: ID!) { user(id: $id) { lockedFields managedBy { id } } }`,
      { id },
      reader,
    );

    expect(data.user).toMatchObject({ lockedFields: expect.arrayContaining(['userName']), managedBy: null });
    expect(codes).toEqual(['FORBIDDEN']);
  });
});

describe('writing a user', () => {
  it('creates, changes and deletes through the domain', async () => {
    const { createUser } = await ask(
      `mutation ($input: CreateUserInput!) {
        createUser(input: $input) { outcome warnings { code } user { id userName name { familyName } emails { value primary } createdAt version teams { id } } }
      }`,
      {
        input: {
          userName: 'Ann@acme.test',
          name: { familyName: 'Ash' },
          emails: [{ value: 'ann@acme.test', primary: true }],
        },
      },
    );
    expect(createUser).toMatchObject({
      outcome: 'CREATED',
      warnings: [],
      user: {
        userName: 'Ann@acme.test',
        name: { familyName: 'Ash' },
        emails: [{ value: 'ann@acme.test', primary: true }],
        version: 1,
        teams: [],
      },
    });
    expect(createUser.user.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const { id } = createUser.user;
    const { changeUser } = await ask(
      `mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { phoneNumbers { value type } title } } }`,
      {
        input: {
          id,
          changes: [
            { set: { title: 'CEO' } },
            { addValues: { attribute: 'PHONE_NUMBERS', values: [{ value: '1', type: 'work' }] } },
            { updateValues: { attribute: 'PHONE_NUMBERS', where: { type: { eq: 'work' } }, set: { value: '2' } } },
          ],
        },
      },
    );
    expect(changeUser.user).toEqual({ phoneNumbers: [{ value: '2', type: 'work' }], title: 'CEO' });

    expect(await ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id })).toEqual({
      deleteUser: { id },
    });
    expect((await run('query ($id: ID!) { user(id: $id) { id } }', { id })).codes).toEqual(['NOT_FOUND']);
  });

  it('refuses a change with two members', async () => {
    const id = await bed.user();
    const changes = [{ set: { title: 'x' }, unset: ['title'] }];

    const { errors } = await run('mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { id } } }', {
      input: { id, changes },
    });

    expect(errors).toHaveLength(1);
  });
});

describe('teams', () => {
  it('page through their members with the user and the time of joining', async () => {
    const [ann, bob] = (await bed.users(2)) as [string, string];
    const { createTeam } = await ask(
      'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }',
      {
        input: { displayName: 'Two', members: [ann, bob] },
      },
    );
    const source = `query ($id: ID!, $after: String) { team(id: $id) {
      memberCount lockedFields
      members(first: 1, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id } edges { since node { id teams { displayName } } } }
    } }`;

    const first = (await ask(source, { id: createTeam.team.id })).team;
    const second = (await ask(source, { id: createTeam.team.id, after: first.members.pageInfo.endCursor })).team;

    expect(first).toMatchObject({
      memberCount: 2,
      lockedFields: [],
      members: {
        totalCount: 2,
        nodes: [{ id: ann }],
        pageInfo: { hasNextPage: true },
        edges: [{ node: { teams: [{ displayName: 'Two' }] } }],
      },
    });
    expect(first.members.edges[0].since).toMatch(/Z$/);
    expect(second.members).toMatchObject({ nodes: [{ id: bob }], pageInfo: { hasNextPage: false } });
  });

  it("stream their members at the gateway's door only", async () => {
    const directory = await bed.directory();
    const ann = await bed.user({ displayName: 'Ann' });
    const create = 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }';
    const { createTeam } = await ask(create, { input: { displayName: 'Streamed', members: [ann] } });
    const source =
      'query ($ids: [ID!]!) { teamMembers(teamIds: $ids) { members { teamId userId display } hasNextPage } }';
    const ids = [createTeam.team.id];

    expect((await run(source, { ids })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(source, { ids }, directory)).teamMembers).toEqual({
      members: [{ teamId: ids[0], userId: ann, display: 'Ann' }],
      hasNextPage: false,
    });
  });
});

describe('viewer', () => {
  it('tells a program its company and permissions', async () => {
    const actor = bed.program(new Set(['users:read', 'company:read'] as const));

    const { viewer } = await ask(
      '{ viewer { actor { kind id name } company { id defaultProjects { id } } directory { id } permissions } }',
      {},
      actor,
    );

    expect(viewer).toEqual({
      actor: { kind: 'API_KEY', id: actor.id, name: actor.name },
      company: { id: bed.companyId, defaultProjects: [] },
      directory: null,
      permissions: ['company:read', 'users:read'],
    });
  });

  it('tells a directory its profile without a statement', async () => {
    const directory = await bed.directory();
    bed.statements.length = 0;

    const { viewer } = await ask('{ viewer { directory { id name profile profileVersion } } }', {}, directory);

    expect(viewer.directory).toMatchObject({
      id: directory.directory.id,
      profileVersion: 1,
      profile: { preset: 'rollcall' },
    });
    expect(bed.statements).toEqual([]);
  });

  it('has no company for an operator that named none, who then gets no further', async () => {
    const operator: Actor = { ...bed.program(), kind: 'OPERATOR', companyId: null };

    expect(await ask('{ viewer { actor { kind } company { id } } }', {}, operator)).toEqual({
      viewer: { actor: { kind: 'OPERATOR' }, company: null },
    });
    expect((await run('{ users { nodes { id } } }', {}, operator)).codes).toEqual(['INVALID_VALUE']);
  });
});

describe('node', () => {
  const source =
    'query ($id: ID!) { node(id: $id) { __typename id ... on User { userName teams { id } } ... on Role { key } } }';

  it('finds objects of several types by id', async () => {
    const id = await bed.user();
    const { createRole } = await ask(
      'mutation { createRole(input: { key: "r1", name: "R", permissions: [], rank: 1 }) { role { id } } }',
    );

    expect((await ask(source, { id })).node).toEqual({ __typename: 'User', id, userName: `user-${id}`, teams: [] });
    expect((await ask(source, { id: createRole.role.id })).node).toMatchObject({ __typename: 'Role', key: 'r1' });
    expect((await ask(source, { id: bed.companyId })).node).toMatchObject({ __typename: 'Company' });
  });

  it('shows a token of a directory and a change only to those who may list them', async () => {
    const directory = await bed.directory();
    const { createDirectoryToken } = await ask(
      'mutation ($i: CreateDirectoryTokenInput!) { createDirectoryToken(input: $i) { directoryToken { id } } }',
      { i: { directoryId: directory.directory.id, name: 'T' } },
    );
    const { id } = createDirectoryToken.directoryToken;
    const changes = async () => (await ask('{ changes(first: 1) { nodes { id } } }')).changes.nodes;
    await expect.poll(async () => (await changes()).length, { timeout: 10_000 }).toBe(1);
    const [change] = await changes();
    const without = (permission: Permission) => bed.program(new Set(PERMISSIONS.filter((each) => each !== permission)));

    expect((await ask(source, { id }, without('audit:read'))).node).toEqual({ __typename: 'DirectoryToken', id });
    expect((await ask(source, { id }, without('directories:read'))).node).toBeNull();
    expect((await ask(source, { id: change.id }, without('directories:read'))).node).toEqual({
      __typename: 'Change',
      id: change.id,
    });
    expect((await ask(source, { id: change.id }, without('audit:read'))).node).toBeNull();
  });

  it('is null for what is not there, not allowed, or of another company', async () => {
    const id = await bed.user();
    const other = await bed.anotherCompany();

    expect((await ask(source, { id: 'nonsense' })).node).toBeNull();
    expect((await ask(source, { id }, bed.program(new Set(['teams:read'] as const)))).node).toBeNull();
    expect((await ask(source, { id }, bed.program(undefined, other))).node).toBeNull();
    expect((await ask(source, { id: bed.companyId }, bed.program(undefined, other))).node).toBeNull();
  });
});

describe('applyBatch', () => {
  const source =
    'mutation ($input: ApplyBatchInput!) { applyBatch(input: $input) { results { index ok id code field } } }';

  it('does what it can, and tells what became of each operation', async () => {
    const ann = await bed.user();

    const { applyBatch } = await ask(source, {
      input: {
        operations: [
          { createUser: { userName: 'batch-1' } },
          { createUser: { userName: 'BATCH-1' } },
          { changeUser: { id: ann, changes: [{ set: { title: 'x' } }] } },
          { deleteTeam: { id: 'nothing' } },
        ],
      },
    });

    expect(applyBatch.results).toEqual([
      { index: 0, ok: true, id: expect.any(String), code: null, field: null },
      { index: 1, ok: false, id: null, code: 'UNIQUENESS', field: 'userName' },
      { index: 2, ok: true, id: ann, code: null, field: null },
      { index: 3, ok: false, id: 'nothing', code: 'NOT_FOUND', field: null },
    ]);
  });
});

describe('the change log', () => {
  it('is a connection whose cursors are the ids', async () => {
    const { createProject } = await ask(
      'mutation { createProject(input: { key: "logged", name: "L" }) { project { id } } }',
    );

    // The log shows what is older than every running transaction of the server, those of other tests included.
    const changes = await vi.waitFor(
      async () => {
        const { changes } = await ask(
          `query ($id: String!) { changes(first: 10, orderBy: NEWEST_FIRST, filter: { objectId: { eq: $id } }) {
            edges { cursor node { id kind actorKind source requestId after at } }
          } }`,
          { id: createProject.project.id },
        );
        expect(changes.edges).toHaveLength(1);
        return changes;
      },
      { timeout: 10_000 },
    );

    const [{ cursor, node }] = changes.edges;
    expect(node).toMatchObject({
      id: cursor,
      kind: 'project.created',
      actorKind: 'API_KEY',
      source: 'API',
      after: { key: 'logged' },
    });
  });
});
