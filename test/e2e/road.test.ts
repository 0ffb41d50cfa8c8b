import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

describe.each(MODES)('from a SCIM request to GraphQL, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  it('shows in GraphQL what an identity provider provisioned', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const graphql = graphqlClient(company);

    const ana = await scim.post('/Users', {
      userName: 'ana@acme.example',
      externalId: '00u1',
      name: { givenName: 'Ana', familyName: 'Ruiz' },
      emails: [{ value: 'ana@acme.example', type: 'work', primary: true }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Sales', manager: { value: 'm-1' } },
    });
    expect(ana.status).toBe(201);
    const team = await scim.post('/Groups', { displayName: 'Sales', members: [{ value: ana.body.id }] });
    expect(team.status).toBe(201);

    const { body } = await graphql(
      `query ($id: ID!) {
        user(id: $id) {
          userName externalId active name { givenName familyName } emails { value type primary }
          enterprise { department manager { value } } teams { displayName } roles { key } managedBy { name } lockedFields version
        }
        teams { totalCount nodes { displayName memberCount members { nodes { userName } } } }
      }`,
      { id: ana.body.id },
    );

    expect(body.errors).toBeUndefined();
    expect(body.data.user).toMatchObject({
      userName: 'ana@acme.example',
      externalId: '00u1',
      active: true,
      name: { givenName: 'Ana', familyName: 'Ruiz' },
      emails: [{ value: 'ana@acme.example', type: 'work', primary: true }],
      enterprise: { department: 'Sales', manager: { value: 'm-1' } },
      teams: [{ displayName: 'Sales' }],
      roles: [{ key: 'qa' }],
      version: 1,
    });
    expect(body.data.user.managedBy).not.toBeNull();
    expect(body.data.user.lockedFields).toContain('userName');
    expect(body.data.teams).toMatchObject({
      totalCount: 1,
      nodes: [{ displayName: 'Sales', memberCount: 1, members: { nodes: [{ userName: 'ana@acme.example' }] } }],
    });
    // A reader of the log waits for the oldest transaction of the whole server, so what was just written may take a moment to show.
    await expect
      .poll(
        async () => {
          const answer = await graphql('{ changes(first: 100) { nodes { kind source } } }');
          const nodes: { kind: string; source: string }[] = answer.body.data.changes.nodes;
          return nodes.filter(({ source }) => source === 'DIRECTORY').map(({ kind }) => kind);
        },
        { timeout: 10_000 },
      )
      .toEqual(['user.created', 'team.created', 'team.member_added']);
  });

  it('refuses an admin who touches what the directory owns, and changes nothing', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const graphql = graphqlClient(company);
    const { body: user } = await scim.post('/Users', { userName: 'lea', displayName: 'Lea' });

    const { body } = await graphql(
      'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { id } } }',
      { input: { id: user.id, displayName: 'Leah' } },
    );

    expect(body.errors[0].extensions).toMatchObject({ code: 'MANAGED_BY_DIRECTORY', fields: ['displayName'] });
    expect(await scim.get(`/Users/${user.id}`)).toMatchObject({ body: { displayName: 'Lea' } });
  });

  it('costs at most 5 statements for a page of 100 users with their teams and roles (G-15)', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 10)
      ids.push(
        ...(await Promise.all(
          Array.from(
            { length: 10 },
            async (_, j) => (await scim.post('/Users', { userName: `user-${i + j}` })).body.id as string,
          ),
        )),
      );
    for (const name of ['One', 'Two'])
      await scim.post('/Groups', { displayName: name, members: ids.map((value) => ({ value })) });

    const before = rollcall.statements.length;
    const { body } = await graphqlClient(company)(
      '{ users(first: 100) { totalCount nodes { userName teams { displayName } roles { name } managedBy { name } projects { name } } } }',
    );
    const sent = rollcall.statements.slice(before);

    expect(body.errors).toBeUndefined();
    expect(body.data.users.totalCount).toBe(101);
    expect(body.data.users.nodes.filter((n: { teams: unknown[] }) => n.teams.length === 2)).toHaveLength(99);
    // The first of them is the look-up of the API key, which every request has.
    expect(sent.length, sent.join('\n')).toBeLessThanOrEqual(6);
  });

  it('takes a request under the company slug only with that company’s token', async () => {
    const [one, two] = [await rollcall.newCompany(), await rollcall.newCompany()];
    expect(await scimClient(one).get(`/companies/${one.companySlug}/Users`)).toMatchObject({ status: 200 });
    expect(await scimClient(one).get(`/companies/${two.companySlug}/Users`)).toMatchObject({ status: 404 });
  });
});
