import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

/* What docs/requirements.md promises and no other test is about. */

const SCIM_JSON = 'application/scim+json; charset=utf-8';

describe.each(MODES)('promises of the guides, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  it('what the server can do is found at the root and below the base URL alike (#33)', async () => {
    const { scimBaseUrl, scimToken } = await rollcall.newCompany();
    const response = await fetch(new URL('/.well-known/scim-configuration', scimBaseUrl));
    const found = (await response.json()) as Record<string, unknown>;
    const { body } = await scimClient({ scimBaseUrl, scimToken }).get('/ServiceProviderConfig');

    expect(response.status).toBe(200);
    expect({ ...found, meta: null }).toEqual({ ...body, meta: null });
    expect(found).toMatchObject({ patch: { supported: true }, changePassword: { supported: false } });
  });

  it('every answer is application/scim+json: what is there, what is refused, and what is listed (#34)', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const { body: user } = await scim.post('/Users', { userName: 'ana@acme.example' });
    const answers = [
      await scim.get(`/Users/${user.id}`),
      await scim.get('/Users?count=1'),
      await scim.get('/Groups'),
      await scim.get('/Schemas'),
      await scim.post('/Users', { userName: 'ANA@acme.example' }),
      await scim.get('/Users/nobody'),
      await scim.get('/Users', { token: null }),
      await scim.get('/Users?filter=shoeSize+eq+43'),
    ];

    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual(
      [200, 200, 200, 200, 409, 404, 401, 400].map((status) => [status, SCIM_JSON]),
    );
  });

  it.each(['Users', 'Groups'])('id and time stamps of %s are not the provider’s to set (#35, #40)', async (path) => {
    const scim = scimClient(await rollcall.newCompany());
    const name = path === 'Users' ? 'userName' : 'displayName';
    const forged = { id: 'x', meta: { created: '1999-01-01T00:00:00Z', lastModified: '1999-01-01T00:00:00Z' } };
    const { status, body: made } = await scim.post(`/${path}`, { [name]: 'ana', ...forged });
    expect(status).toBe(201);

    expect(await scim.put(`/${path}/${made.id}`, { [name]: 'ben', ...forged })).toMatchObject({ status: 200 });
    await scim.patch(`/${path}/${made.id}`, [{ op: 'replace', value: forged }]);
    const { body } = await scim.get(`/${path}/${made.id}`);
    expect(body).toMatchObject({ id: made.id, [name]: 'ben' });
    expect(body.meta.created).toBe(made.meta.created);
    expect(made.meta.created).not.toContain('1999');
    expect(Date.parse(body.meta.lastModified)).toBeGreaterThanOrEqual(Date.parse(made.meta.created));
  });

  it('a company without provisioning has users, teams and roles by hand, and nothing of it is locked (#132)', async () => {
    const company = await rollcall.newCompany();
    const ask = async (source: string, variables = {}) => dataOf(graphqlClient(company)(source, variables));
    await ask('mutation { disableProvisioning(input: { users: KEEP_ACTIVE }) { company { id } } }');

    const { createUser } = await ask(
      'mutation { createUser(input: { userName: "ana@acme.example" }) { user { id lockedFields } } }',
    );
    const { id } = createUser.user;
    await ask('mutation ($id: ID!) { createTeam(input: { displayName: "Design", members: [$id] }) { team { id } } }', {
      id,
    });
    const { roles } = await ask('{ roles(filter: { key: { eq: "manager" } }) { nodes { id } } }');
    await ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
      input: { userId: id, roleId: roles.nodes[0].id },
    });
    await ask('mutation ($id: ID!) { deactivateUser(input: { id: $id }) { user { id } } }', { id });
    await ask('mutation ($id: ID!) { reactivateUser(input: { id: $id }) { user { id } } }', { id });

    expect(createUser.user.lockedFields).toEqual([]);
    expect(
      await ask('query ($id: ID!) { user(id: $id) { active teams { displayName } roles { key } managedBy { id } } }', {
        id,
      }),
    ).toEqual({
      user: { active: true, teams: [{ displayName: 'Design' }], roles: [{ key: 'manager' }], managedBy: null },
    });
    expect((await scimClient(company).get('/Users')).status).toBe(403);
  });
});
