import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
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
type Headers = Record<string, string>;

const send = (source: string, variables: Variables = {}, apiKey = company.apiKey, headers: Headers = {}) =>
  graphqlClient({ ...company, apiKey })(source, variables, headers);
const ask = (...request: Parameters<typeof send>) => dataOf(send(...request));
const refused = (...request: Parameters<typeof send>) => errorOf(send(...request));

const operator = (source: string, variables: Variables = {}, slug?: string) =>
  ask(source, variables, operatorKey, slug ? { 'rollcall-company': slug } : {});

const newUser = async (userName: string) =>
  (
    await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
      input: { userName },
    })
  ).createUser.user.id as string;

describe('roles', () => {
  const ROLES =
    '{ roles(orderBy: { field: RANK, direction: DESC }) { totalCount nodes { id key rank isDefault permissions } } }';

  it('are made, changed, given, taken and deleted', async () => {
    const user = await newUser('role-user');
    const { createRole } = await ask(
      'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id key version grantableByDirectory isDefault } } }',
      { input: { key: 'lead', name: 'Lead', permissions: ['users:read'], rank: 60 } },
    );
    const { id } = createRole.role;
    expect(createRole.role).toMatchObject({ key: 'lead', version: 1, grantableByDirectory: true, isDefault: false });
    const { updateRole } = await ask(
      'mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { name permissions version } } }',
      { input: { id, name: 'Team lead', permissions: ['users:read', 'teams:read'], expectedVersion: 1 } },
    );
    expect(updateRole.role).toEqual({ name: 'Team lead', permissions: ['users:read', 'teams:read'], version: 2 });
    const assignment = { input: { userId: user, roleId: id } };
    const { assignRole } = await ask(
      'mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { roles { key } } } }',
      assignment,
    );
    expect(assignRole.user.roles).toEqual([{ key: 'lead' }]);
    const drop = 'mutation ($input: IdInput!) { deleteRole(input: $input) { id } }';
    expect(await refused(drop, { input: { id } })).toMatchObject({ code: 'IN_USE' });
    const { unassignRole } = await ask(
      'mutation ($input: RoleAssignmentInput!) { unassignRole(input: $input) { user { roles { key } } } }',
      assignment,
    );
    expect(unassignRole.user.roles).toEqual([{ key: 'qa' }]);
    expect(await ask(drop, { input: { id } })).toEqual({ deleteRole: { id } });
    const { roles } = await ask(ROLES);
    expect(roles.nodes.map(({ key }: { key: string }) => key)).toEqual(['owner', 'manager', 'billing', 'qa', 'read']);
    expect(roles.totalCount).toBe(5);
  });

  it('name the permission that is not known, and the last owner keeps theirs', async () => {
    const { roles } = await ask(ROLES);
    const owner = roles.nodes[0].id;
    const { users } = await ask(
      'query ($name: String!) { users(filter: { userName: { eq: $name } }) { nodes { id } } }',
      {
        name: company.ownerEmail,
      },
    );
    const bad = { key: 'bad', name: 'Bad', permissions: ['users:fly'], rank: 1 };

    expect(
      await refused('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
        input: bad,
      }),
    ).toMatchObject({ code: 'INVALID_VALUE', field: 'permissions', message: expect.stringContaining('users:fly') });
    expect(
      await refused('mutation ($input: RoleAssignmentInput!) { unassignRole(input: $input) { user { id } } }', {
        input: { userId: users.nodes[0].id, roleId: owner },
      }),
    ).toMatchObject({ code: 'LAST_OWNER' });
  });
});

describe('projects', () => {
  it('are made, changed, opened to users and teams, closed and deleted', async () => {
    const user = await newUser('project-user');
    const { createTeam } = await ask('mutation ($i: CreateTeamInput!) { createTeam(input: $i) { team { id } } }', {
      i: { displayName: 'Project team', members: [user] },
    });
    const { createProject } = await ask(
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id isDefault version } } }',
      { input: { key: 'apollo', name: 'Apollo' } },
    );
    const { id } = createProject.project;
    const { updateProject } = await ask(
      'mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { name version } } }',
      { input: { id, name: 'Apollo 2' } },
    );
    expect(updateProject.project).toEqual({ name: 'Apollo 2', version: 2 });
    const grant = 'mutation ($i: ProjectAccessInput!) { grantProjectAccess(input: $i) { project { id } } }';
    const revoke = 'mutation ($i: ProjectAccessInput!) { revokeProjectAccess(input: $i) { project { id } } }';
    const projectsOf = async () =>
      (await ask('query ($id: ID!) { user(id: $id) { projects { key } } }', { id: user })).user.projects;

    await ask(grant, { i: { projectId: id, teamId: createTeam.team.id } });
    await ask(grant, { i: { projectId: id, userId: user } });
    expect(await projectsOf()).toEqual([{ key: 'apollo' }]);
    const drop = 'mutation ($input: IdInput!) { deleteProject(input: $input) { id } }';
    expect(await refused(drop, { input: { id } })).toMatchObject({ code: 'IN_USE' });
    expect(await refused(grant, { i: { projectId: id } })).toMatchObject({ code: 'INVALID_VALUE' });
    await ask(revoke, { i: { projectId: id, userId: user } });
    expect(await projectsOf()).toEqual([{ key: 'apollo' }]);
    await ask(revoke, { i: { projectId: id, teamId: createTeam.team.id } });
    expect(await projectsOf()).toEqual([]);
    await ask(drop, { input: { id } });
    expect((await ask('{ projects(filter: { key: { eq: "apollo" } }) { totalCount } }')).projects.totalCount).toBe(0);
  });
});

describe('directories and sign-in connections', () => {
  it('show a token once, and take it no more once it is revoked', async () => {
    const { createDirectory } = await ask(
      'mutation ($input: CreateDirectoryInput!) { createDirectory(input: $input) { directory { id status profile profileVersion tokens { id } ssoConnections { id } } } }',
      { input: { name: 'Okta', idpKind: 'OKTA', preset: 'testomat', profile: { strict: true } } },
    );
    const { id } = createDirectory.directory;
    expect(createDirectory.directory).toMatchObject({
      status: 'ENABLED',
      profile: { preset: 'testomat', strict: true },
      tokens: [],
      ssoConnections: [],
    });
    const { createDirectoryToken } = await ask(
      'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret directoryToken { id hint scopes revokedAt } } }',
      { input: { directoryId: id, name: 'T' } },
    );
    const { secret, directoryToken } = createDirectoryToken;
    const scim = scimClient({ ...company, scimToken: secret });
    expect(await scim.get('/Users')).toMatchObject({ status: 200 });
    const update =
      'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { status profileVersion } } }';
    await ask(update, { input: { id, status: 'DISABLED' } });
    await expect.poll(async () => (await scim.get('/Users')).status, { timeout: 3_000 }).toBe(403);
    await ask(update, { input: { id, status: 'ENABLED', profile: { strict: false } } });
    await ask('mutation ($input: IdInput!) { revokeDirectoryToken(input: $input) { directoryToken { revokedAt } } }', {
      input: { id: directoryToken.id },
    });
    await expect.poll(async () => (await scim.get('/Users')).status, { timeout: 3_000 }).toBe(401);

    const { directories } = await ask(
      '{ directories(filter: { name: { eq: "okta" } }) { nodes { id tokens { id hint revokedAt } } } }',
    );
    expect(directories.nodes).toEqual([
      { id, tokens: [{ id: directoryToken.id, hint: directoryToken.hint, revokedAt: expect.any(String) }] },
    ]);
    expect(JSON.stringify(directories)).not.toContain(secret);
    expect(await refused(update, { input: { id, profile: { nonsense: 1 } } })).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('nonsense'),
    });
  });

  it('keep a client secret that nobody can read again', async () => {
    const { createSsoConnection } = await ask(
      'mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id status hasSecret config } } }',
      { input: { name: 'Google', kind: 'OIDC', config: { clientId: 'c' }, clientSecret: 'never-shown-again' } },
    );
    const { id } = createSsoConnection.ssoConnection;
    expect(createSsoConnection.ssoConnection).toEqual({
      id,
      status: 'DRAFT',
      hasSecret: true,
      config: { clientId: 'c' },
    });
    await ask(
      'mutation ($input: UpdateSsoConnectionInput!) { updateSsoConnection(input: $input) { ssoConnection { id } } }',
      { input: { id, name: 'Google 2', clientSecret: 'another-secret' } },
    );
    const seen = await ask(
      `query ($id: ID!) {
      ssoConnections { nodes { id name kind status config hasSecret } }
      node(id: $id) { ... on SsoConnection { config hasSecret } }
    }`,
      { id },
    );
    expect(seen.node).toEqual({ config: { clientId: 'c' }, hasSecret: true });
    const logged = () =>
      ask(
        'query ($id: String!) { changes(first: 100, filter: { objectId: { eq: $id } }) { nodes { before after } } }',
        { id },
      );
    await expect.poll(async () => (await logged()).changes.nodes.length, { timeout: 10_000 }).toBe(2);
    expect(JSON.stringify([seen, await logged()])).not.toMatch(/never-shown|another-secret/);
  });
});

describe('API keys', () => {
  const CREATE =
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id hint permissions expiresAt } } }';

  it('do what they were given, name what they lack, give no more than they have, and end when revoked', async () => {
    const permissions = ['users:read', 'tokens:write', 'directories:read'];
    const { createApiKey } = await ask(CREATE, { input: { name: 'Reader', permissions } });
    const { secret, apiKey } = createApiKey;

    expect((await ask('{ users { totalCount } }', {}, secret)).users.totalCount).toBeGreaterThan(0);
    expect(
      await refused('mutation { createUser(input: { userName: "no" }) { user { id } } }', {}, secret),
    ).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('users:write') });
    expect(await refused('{ teams { totalCount } }', {}, secret)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refused('{ changes { nodes { id } } }', {}, secret)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refused(CREATE, { input: { name: 'More', permissions: ['users:write'] } }, secret)).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('users:write'),
    });
    const { apiKeys } = await ask(
      '{ apiKeys(orderBy: { field: NAME }) { nodes { id name hint revokedAt } totalCount } }',
    );
    expect(apiKeys.totalCount).toBe(2);
    expect(JSON.stringify(apiKeys)).not.toContain(secret);
    await ask('mutation ($input: IdInput!) { revokeApiKey(input: $input) { apiKey { revokedAt } } }', {
      input: { id: apiKey.id },
    });
    expect(await graphqlClient({ ...company, apiKey: secret })('{ users { totalCount } }')).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
  });
});

describe('a key that may give roles but not see users', () => {
  it('is refused before the role is given', async () => {
    const user = await newUser('unseen');
    const { roles } = await ask('{ roles(filter: { key: { eq: "manager" } }) { nodes { id } } }');
    const { createApiKey } = await ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { name: 'Assigner', permissions: ['roles:assign'] } },
    );

    expect(
      await refused(
        'mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }',
        { input: { userId: user, roleId: roles.nodes[0].id } },
        createApiKey.secret,
      ),
    ).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('users:read') });
    const seen = await ask('query ($id: ID!) { user(id: $id) { roles { key } } }', { id: user });
    expect(seen.user.roles).toEqual([{ key: 'qa' }]);
  });
});

describe('companies', () => {
  it('are made and steered by operators', async () => {
    const { createCompany } = await operator(
      'mutation ($input: CreateCompanyInput!) { createCompany(input: $input) { company { id slug plan defaultRole { key } defaultProjects { key } provisioning } } }',
      { input: { name: 'Globex Corp.', preset: 'testmail' } },
    );
    const { id, slug } = createCompany.company;
    expect(createCompany.company).toMatchObject({
      slug: 'globex-corp',
      plan: 'FREE',
      defaultRole: { key: 'member' },
      defaultProjects: [],
      provisioning: false,
    });
    expect(
      (
        await operator('mutation ($i: ChangePlanInput!) { changePlan(input: $i) { company { plan } } }', {
          i: { id, plan: 'ENTERPRISE' },
        })
      ).changePlan.company,
    ).toEqual({ plan: 'ENTERPRISE' });
    const update =
      'mutation ($i: UpdateCompanyInput!) { updateCompany(input: $i) { company { name policies { unprovisionedSignIn } } } }';
    await operator(update, { i: { id, name: 'Globex' } });
    expect(
      (await operator(update, { i: { policies: { unprovisionedSignIn: 'BLOCK' } } }, slug)).updateCompany.company,
    ).toEqual({ name: 'Globex', policies: { unprovisionedSignIn: 'BLOCK' } });
    expect((await operator('{ company { id slug } viewer { company { id } } }', {}, id)).company).toEqual({ id, slug });
    const { companies } = await operator(
      '{ companies(filter: { slug: { eq: "globex-corp" } }) { totalCount nodes { id } } }',
    );
    expect(companies).toEqual({ totalCount: 1, nodes: [{ id }] });
    const suspended = await operator(
      'mutation ($i: IdInput!) { suspendCompany(input: $i) { company { suspendedAt } } }',
      { i: { id } },
    );
    expect(suspended.suspendCompany.company.suspendedAt).toMatch(/Z$/);
    await operator('mutation ($i: IdInput!) { resumeCompany(input: $i) { company { suspendedAt } } }', { i: { id } });
    await operator('mutation { createTeam(input: { displayName: "By an operator" }) { team { id } } }', {}, slug);
    expect(
      await refused(
        'mutation { createCompany(input: { name: "x", slug: "globex-corp" }) { company { id } } }',
        {},
        operatorKey,
      ),
    ).toMatchObject({ code: 'UNIQUENESS', field: 'slug' });
  });

  it('tell an operator that names none, or none that is there, what to do', async () => {
    expect(await refused('{ users { totalCount } }', {}, operatorKey)).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'Rollcall-Company',
      message: expect.stringContaining('Rollcall-Company'),
    });
    expect(
      await graphqlClient({ ...company, apiKey: operatorKey })(
        '{ users { totalCount } }',
        {},
        { 'rollcall-company': 'no' },
      ),
    ).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND', id: 'no' } }] } });
  });

  it('are closed to keys of one company: neither listed, nor made, nor reached', async () => {
    const other = await rollcall.newCompany();
    expect(await refused('{ companies { totalCount } }')).toMatchObject({ code: 'FORBIDDEN' });
    expect(
      await refused('mutation ($i: ChangePlanInput!) { changePlan(input: $i) { company { id } } }', {
        i: { id: company.companyId, plan: 'FREE' },
      }),
    ).toMatchObject({ code: 'FORBIDDEN' });
    expect(
      await refused('mutation ($i: UpdateCompanyInput!) { updateCompany(input: $i) { company { id } } }', {
        i: { id: other.companyId, name: 'Mine' },
      }),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(
      (await graphqlClient(company)('{ company { id } }', {}, { 'rollcall-company': other.companySlug })).status,
    ).toBe(404);
  });

  it('can be read while they are suspended, and not changed', async () => {
    const other = await rollcall.newCompany();
    const input = { i: { id: other.companyId } };
    await operator('mutation ($i: IdInput!) { suspendCompany(input: $i) { company { id } } }', input);

    const create = 'mutation { createUser(input: { userName: "x" }) { user { id } } }';
    expect(await refused(create, {}, other.apiKey)).toMatchObject({ code: 'COMPANY_SUSPENDED' });
    expect(await ask('{ users { totalCount } }', {}, other.apiKey)).toEqual({ users: { totalCount: 1 } });
    expect((await operator(create, {}, other.companySlug)).createUser.user.id).toEqual(expect.any(String));
  });

  it('refuse a key that never had the right as ever, suspended or not', async () => {
    const other = await rollcall.newCompany();
    const { createApiKey } = await ask(
      'mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }',
      { i: { name: 'Reader', permissions: ['users:read'] } },
      other.apiKey,
    );
    await operator('mutation ($i: IdInput!) { suspendCompany(input: $i) { company { id } } }', {
      i: { id: other.companyId },
    });

    const create = 'mutation { createUser(input: { userName: "x" }) { user { id } } }';
    expect(await refused(create, {}, createApiKey.secret)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('viewer', () => {
  it('is an API key, an operator without and with a company', async () => {
    const VIEWER = '{ viewer { actor { kind name } company { id } directory { id } permissions } }';
    expect((await ask(VIEWER)).viewer).toMatchObject({
      actor: { kind: 'API_KEY', name: 'First key' },
      company: { id: company.companyId },
      directory: null,
    });
    expect((await operator(VIEWER)).viewer).toMatchObject({ actor: { kind: 'OPERATOR' }, company: null });
    expect((await operator(VIEWER, {}, company.companySlug)).viewer).toMatchObject({
      company: { id: company.companyId },
    });
  });

  it('is never a directory token at this door', async () => {
    expect(await graphqlClient({ ...company, apiKey: company.scimToken })('{ viewer { permissions } }')).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
  });
});

describe('the tests of the API', () => {
  it('ask every query and every mutation at least once', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    const schema = buildSchema(read('../../schema/core.graphql'));
    // What several files of tests ask stands in what they share.
    const tests = ['./', '../support/']
      .flatMap((folder) =>
        readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => read(folder + name)),
      )
      .join('\n');
    const roots = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) => Object.keys(type.getFields()));

    expect(roots.filter((root) => !new RegExp(`\\b${root}( \\{|\\(|')`).test(tests))).toEqual([]);
  });
});
