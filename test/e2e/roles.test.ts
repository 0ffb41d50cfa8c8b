import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#core-api/domain/actor.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { RoleMappingService } from '#core-api/domain/role/role-mapping-service.js';
import type { ProfilePreset } from '#schema/profile.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const PREVIEW =
  'query ($input: PreviewRoleMappingInput!) { previewRoleMapping(input: $input) { gaining losing hash people { userName gained lost } } }';
const CHANGE =
  'mutation ($input: ChangeRoleMappingsInput!) { changeRoleMappings(input: $input) { created { id } preview { losing } } }';
const UPDATE_DIRECTORY =
  'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { profileVersion } } }';

describe.each(MODES)('roles, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  /** A company, both of its doors, and the ids of its roles. */
  async function aCompany(preset: ProfilePreset) {
    const company = await rollcall.newCompany({ preset });
    const scim = scimClient(company);
    const send = graphqlClient(company);
    const ask = async (source: string, variables = {}) => dataOf(send(source, variables));
    const { roles } = await ask('{ roles { nodes { id key } } }');
    const roleId = (key: string): string => roles.nodes.find((role: { key: string }) => role.key === key).id;
    return {
      company,
      scim,
      ask,
      refused: (source: string, variables = {}) => errorOf(send(source, variables)),
      roleId,
      rolesOf: async (id: string): Promise<string[]> =>
        (await ask('query ($id: ID!) { user(id: $id) { roles { key } } }', { id })).user.roles.map(
          ({ key }: { key: string }) => key,
        ),
      async aUser(body: object): Promise<string> {
        const answer = await scim.post('/Users', body);
        expect(answer.status).toBe(201);
        return answer.body.id;
      },
      async aGroup(displayName: string, members: string[] = []): Promise<string> {
        const answer = await scim.post('/Groups', { displayName, members: members.map((value) => ({ value })) });
        expect(answer.status).toBe(201);
        return answer.body.id;
      },
      async map(...create: object[]) {
        const { previewRoleMapping } = await ask(PREVIEW, { input: { create } });
        return ask(CHANGE, { input: { create, previewHash: previewRoleMapping.hash } });
      },
    };
  }
  type TestedCompany = Awaited<ReturnType<typeof aCompany>>;

  const add = (...ids: string[]) => [{ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }];
  const remove = (id: string) => [{ op: 'remove', path: `members[value eq "${id}"]` }];

  it('L-05: membership drives the role, and the next request after a removal lacks it (#77, #78)', async () => {
    const { scim, ask, rolesOf, aUser, aGroup, map, roleId } = await aCompany('betatesting');
    const [ann, group] = [await aUser({ userName: 'ann' }), await aGroup('Testers')];
    await map({ kind: 'TEAM', teamId: group, roleId: roleId('manager') });
    const may = async () =>
      (
        await ask('query ($id: ID!) { explainAccess(userId: $id, permission: "users:write") { isGranted } }', {
          id: ann,
        })
      ).explainAccess.isGranted;
    expect([await rolesOf(ann), await may()]).toEqual([['qa'], false]);

    expect(await scim.patch(`/Groups/${group}`, add(ann))).toMatchObject({ status: 204 });
    expect([await rolesOf(ann), await may()]).toEqual([['manager'], true]);
    expect(await scim.patch(`/Groups/${group}`, remove(ann))).toMatchObject({ status: 204 });
    expect([await rolesOf(ann), await may()]).toEqual([['qa'], false]);

    await scim.put(`/Groups/${group}`, { displayName: 'Testers', members: [{ value: ann }] });
    expect(await rolesOf(ann)).toEqual(['manager']);
    await scim.delete(`/Groups/${group}`);
    expect(await rolesOf(ann)).toEqual(['qa']);
  });

  it('local teams drive roles through GraphQL alike', async () => {
    const { ask, rolesOf, map, roleId } = await aCompany('rollcall');
    const { createUser } = await ask('mutation { createUser(input: { userName: "local" }) { user { id } } }');
    const { createTeam } = await ask('mutation { createTeam(input: { displayName: "Local" }) { team { id } } }');
    const [id, team] = [createUser.user.id, createTeam.team.id];
    await map({ kind: 'TEAM', teamId: team, roleId: roleId('billing') });
    const update = 'mutation ($i: UpdateTeamInput!) { updateTeam(input: $i) { team { memberCount } } }';

    await ask(update, { i: { id: team, addMembers: [id] } });
    expect(await rolesOf(id)).toEqual(['billing']);
    await ask(update, { i: { id: team, removeMembers: [id] } });
    expect(await rolesOf(id)).toEqual(['qa']);
  });

  it('T-20: renaming, duplicating or nesting groups gives nobody a right, and no owner goes through SCIM', async () => {
    const { company, scim, ask, refused, rolesOf, aUser, aGroup, map, roleId } = await aCompany('betatesting');
    const [ann, bob] = [await aUser({ userName: 'ann' }), await aUser({ userName: 'bob' })];
    const [mapped, other] = [await aGroup('Managers', [ann]), await aGroup('Others', [bob])];
    await map({ kind: 'TEAM', teamId: mapped, roleId: roleId('manager') });
    const rename = (id: string, value: string) =>
      scim.patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value }]);

    expect((await rename(other, 'Owners')).status).toBe(204);
    expect((await rename(mapped, 'Former managers')).status).toBe(204);
    expect((await rename(other, 'Managers')).status).toBe(204);
    expect((await scim.post('/Groups', { displayName: 'MANAGERS', members: [{ value: bob }] })).status).toBe(409);
    await scim.patch(`/Groups/${mapped}`, [{ op: 'add', path: 'members', value: [{ value: other, type: 'Group' }] }]);

    expect([await rolesOf(ann), await rolesOf(bob)]).toEqual([['manager'], ['qa']]);
    const owner = { create: [{ kind: 'TEAM', teamId: other, roleId: roleId('owner') }] };
    expect(await refused(PREVIEW, { input: owner })).toMatchObject({ code: 'INVALID_VALUE', field: 'create.0.roleId' });
    const { userByUserName } = await ask('query ($n: String!) { userByUserName(userName: $n) { id } }', {
      n: company.ownerEmail,
    });
    for (const answer of [
      await scim.delete(`/Users/${userByUserName.id}`),
      await scim.patch(`/Users/${userByUserName.id}`, [{ op: 'replace', path: 'active', value: false }]),
    ])
      expect(answer.status).toBe(404);
    expect(await rolesOf(userByUserName.id)).toEqual(['owner']);
  });

  it('a name pattern gives roles to pushed groups, and a missing team or role is named when it is mapped (#66, #67)', async () => {
    const { company, scim, refused, rolesOf, aUser, aGroup, map, roleId } = await aCompany('betatesting');
    const { directoryId } = company;
    await map({ kind: 'PATTERN', directoryId, pattern: '*manager*', roleId: roleId('manager') });
    const ann = await aUser({ userName: 'ann' });
    const group = await aGroup('QA Managers', [ann]);
    expect(await rolesOf(ann)).toEqual(['manager']);

    await scim.patch(`/Groups/${group}`, [{ op: 'replace', path: 'displayName', value: 'QA' }]);
    expect(await rolesOf(ann)).toEqual(['qa']);
    const missing = '01900000-0000-7000-8000-000000000000';
    for (const create of [
      { kind: 'TEAM', teamId: missing, roleId: roleId('manager') },
      { kind: 'TEAM', teamId: group, roleId: missing },
    ])
      expect(await refused(PREVIEW, { input: { create: [create] } })).toMatchObject({ code: 'NOT_FOUND', id: missing });
  });

  it('shows the people before a mapping takes something away, and wants that preview’s hash (#141, #142)', async () => {
    const { ask, refused, rolesOf, aUser, aGroup, map, roleId } = await aCompany('testplanit');
    const [ann, bob] = [
      await aUser({ userName: 'ann' }),
      await aUser({ userName: 'bob', roles: [{ value: 'BILLING' }] }),
    ];
    const teams = [await aGroup('A', [ann, bob]), await aGroup('B', [ann])];
    await map(
      { kind: 'TEAM', teamId: teams[0], roleId: roleId('read') },
      { kind: 'TEAM', teamId: teams[1], roleId: roleId('manager') },
    );
    // One role is kept, and an attribute wins over groups.
    expect([await rolesOf(ann), await rolesOf(bob)]).toEqual([['manager'], ['billing']]);

    const deny = { create: [{ kind: 'TEAM', teamId: teams[0], roleId: roleId('manager'), effect: 'DENY' }] };
    const { previewRoleMapping: preview } = await ask(PREVIEW, { input: deny });
    expect(preview).toMatchObject({
      gaining: 1,
      losing: 1,
      people: [{ userName: 'ann', gained: ['read'], lost: ['manager'] }],
    });
    expect(await rolesOf(ann)).toEqual(['manager']);
    expect(await refused(CHANGE, { input: deny })).toMatchObject({ code: 'PREVIEW_CHANGED' });
    await ask(CHANGE, { input: { ...deny, previewHash: preview.hash } });
    expect(await rolesOf(ann)).toEqual(['read']);

    const { roleMappings, node, users } = await ask(
      `query ($id: ID!) { roleMappings(filter: { effect: { eq: "DENY" } }) { totalCount nodes { id kind effect team { displayName } role { key } directory { id } } }
        node(id: $id) { __typename } users(filter: { roles: { some: { key: { eq: "billing" } } } }) { nodes { userName } } }`,
      { id: roleId('read') },
    );
    expect(roleMappings).toMatchObject({
      totalCount: 1,
      nodes: [{ kind: 'TEAM', effect: 'DENY', team: { displayName: 'A' }, role: { key: 'manager' }, directory: null }],
    });
    expect(node).toEqual({ __typename: 'Role' });
    expect(users.nodes).toEqual([{ userName: 'bob' }]);
  });

  it('switches from group claims to groups when provisioning is switched on (#81)', async () => {
    const { company, rolesOf, aUser, aGroup, map, roleId } = await aCompany('betatesting');
    const { companyId } = company;
    const ann = await aUser({ userName: 'ann' });
    const group = await aGroup('Testers', [ann]);
    await map(
      { kind: 'CLAIM', claim: 'Payers', roleId: roleId('billing') },
      { kind: 'TEAM', teamId: group, roleId: roleId('read') },
    );
    const signIn = new RoleMappingService(rollcall.db.forCompany(companyId), systemActor(companyId, PERMISSIONS));
    const provision = (on: boolean) =>
      rollcall.asOwner(`update company set provisioning = ${on} where id = '${companyId}'`);
    await provision(false);
    await signIn.applyGroupClaims(ann, ['payers']);
    expect(await rolesOf(ann)).toEqual(['billing', 'read']);

    await provision(true);
    await signIn.applyGroupClaims(ann, []);
    expect(await rolesOf(ann)).toEqual(['read']);
  });

  it('a denial by an admin wins over the directory until it ends', async () => {
    const { ask, rolesOf, aUser, roleId } = await aCompany('rollcall');
    const ann = await aUser({ userName: 'ann', roles: [{ value: 'manager' }] });
    const input = { userId: ann, roleId: roleId('manager') };

    const { denyRole } = await ask(
      'mutation ($input: RoleAssignmentInput!) { denyRole(input: $input) { user { roles { key } } } }',
      { input },
    );
    expect(denyRole.user.roles).toEqual([{ key: 'qa' }]);
    await ask('mutation ($input: RoleAssignmentInput!) { allowRole(input: $input) { user { id } } }', { input });
    expect(await rolesOf(ann)).toEqual(['manager']);
  });

  it('C-07: of the last two owners one stays, whichever ways they are taken at once', async () => {
    const { company, ask, roleId } = await aCompany('rollcall');
    const graphql = graphqlClient(company);
    const role = (name: string) => (userId: string) =>
      graphql(`mutation ($input: RoleAssignmentInput!) { ${name}(input: $input) { user { id } } }`, {
        input: { userId, roleId: roleId('owner') },
      });
    const user = (name: string, answer: string) => (id: string) =>
      graphql(`mutation { ${name}(input: { id: "${id}" }) { ${answer} } }`);
    const ways = [
      role('unassignRole'),
      role('denyRole'),
      user('deactivateUser', 'user { id }'),
      user('deleteUser', 'id'),
    ];
    const owners = async () =>
      (
        await ask(
          '{ users(filter: { active: { eq: true }, roles: { some: { key: { eq: "owner" } } } }) { nodes { id } } }',
        )
      ).users.nodes.map(({ id }: { id: string }) => id) as string[];
    let left = await owners();
    expect(left).toHaveLength(1);
    let made = 0;
    for (const [i, one] of ways.entries())
      for (const another of ways.slice(i)) {
        const { createUser } = await ask(
          `mutation { createUser(input: { userName: "owner-${++made}" }) { user { id } } }`,
        );
        await role('assignRole')(createUser.user.id);
        const [first, second] = [left[0]!, createUser.user.id];
        const answers = await Promise.all([one(first), another(second)]);

        const codes = answers.flatMap(
          ({ body }) => body.errors?.map((e: { extensions: { code: string } }) => e.extensions.code) ?? [],
        );
        expect(codes).toEqual(['LAST_OWNER']);
        left = await owners();
        expect(left).toHaveLength(1);
      }
  });

  it('explains what a user may do, by which source, change, credential and directory, and why not', async () => {
    const { company, scim, ask, aUser, aGroup, map, roleId } = await aCompany('testplanit');
    const ann = await aUser({ userName: 'ann', roles: [{ value: 'billing' }] });
    const group = await aGroup('Managers', [ann]);
    await map({ kind: 'TEAM', teamId: group, roleId: roleId('manager') });
    const explain = async (permission: string) =>
      (
        await ask(
          `query ($id: ID!, $p: String!) { explainAccess(userId: $id, permission: $p) { isGranted active roles { key } chain {
            role { key } allows source isDenial effect team { displayName } mapping { kind role { key } } attributeValues
            change { kind source credentialId } credentialName directory { id } } } }`,
          { id: ann, p: permission },
        )
      ).explainAccess;
    const directory = { id: company.directoryId };

    const change = { kind: 'role.assigned', source: 'DIRECTORY', credentialId: expect.any(String) };
    expect(await explain('billing:read')).toEqual({
      isGranted: true,
      active: true,
      roles: [{ key: 'billing' }],
      chain: [
        {
          ...{ role: { key: 'billing' }, allows: true, source: 'ATTRIBUTE', isDenial: false, effect: 'GRANTS' },
          ...{
            team: null,
            mapping: null,
            attributeValues: ['billing'],
            change,
            credentialName: expect.any(String),
            directory,
          },
        },
        {
          ...{ role: { key: 'manager' }, allows: false, source: 'TEAM', isDenial: false, effect: 'SET_ASIDE' },
          ...{
            team: { displayName: 'Managers' },
            mapping: { kind: 'TEAM', role: { key: 'manager' } },
            attributeValues: [],
          },
          ...{ change: { ...change, kind: 'team.member_added' }, credentialName: expect.any(String), directory },
        },
      ],
    });
    const input = { userId: ann, roleId: roleId('billing') };
    await ask('mutation ($input: RoleAssignmentInput!) { denyRole(input: $input) { user { id } } }', { input });
    const denied = await explain('billing:read');
    expect(denied).toMatchObject({ isGranted: false, roles: [{ key: 'qa' }] });
    expect(denied.chain).toMatchObject([
      { role: { key: 'billing' }, source: 'ATTRIBUTE', effect: 'DENIED' },
      {
        role: { key: 'billing' },
        source: 'DIRECT',
        isDenial: true,
        effect: 'DENIES',
        change: { kind: 'role.denied', source: 'API' },
      },
      { role: { key: 'manager' }, effect: 'SET_ASIDE' },
      { role: { key: 'qa' }, source: 'DEFAULT', effect: 'GRANTS', change: null },
    ]);

    expect(await explain('users:read')).toMatchObject({ isGranted: true });
    await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'active', value: false }]);
    expect(await explain('users:read')).toMatchObject({ isGranted: false, active: false, roles: [{ key: 'qa' }] });
  });

  it('reads the attribute anew when a profile says otherwise, and asks first when somebody loses a role', async () => {
    const { company, ask, refused, rolesOf, aUser } = await aCompany('rollcall');
    const { directoryId: id } = company;
    const ann = await aUser({ userName: 'ann', roles: [{ value: 'manager' }], userType: 'billing' });
    const bob = await aUser({ userName: 'bob', userType: 'billing' });
    const profile = { roleAttribute: 'userType' };
    const { previewDirectoryProfile: preview } = await ask(
      'query ($id: ID!, $profile: JSON!) { previewDirectoryProfile(input: { id: $id, profile: $profile }) { gaining losing hash people { userName gained lost } } }',
      { id, profile },
    );
    expect(preview).toMatchObject({ gaining: 2, losing: 2 });
    expect(preview.people).toContainEqual({ userName: 'ann', gained: ['billing'], lost: ['manager'] });
    expect(await refused(UPDATE_DIRECTORY, { input: { id, profile } })).toMatchObject({ code: 'PREVIEW_CHANGED' });
    expect(await rolesOf(ann)).toEqual(['manager']);

    await ask(UPDATE_DIRECTORY, { input: { id, profile, previewHash: preview.hash } });
    expect([await rolesOf(ann), await rolesOf(bob)]).toEqual([['billing'], ['billing']]);
    await logShows(ask, ann, ['role.assigned', 'role.unassigned', 'role.assigned']);
    // Nobody loses a role here, so nobody is asked.
    await ask(UPDATE_DIRECTORY, { input: { id, profile: { unknownRoles: 'IGNORE' } } });
  });

  /** A reader of the log waits for the oldest transaction of the whole server, so what was just written may take a moment to show. */
  async function logShows(ask: TestedCompany['ask'], objectId: string, kinds: string[]) {
    const filter = { objectId: { eq: objectId }, kind: { startsWith: 'role.' } };
    await expect
      .poll(
        async () =>
          (
            await ask('query ($filter: ChangeFilter!) { changes(filter: $filter) { nodes { kind } } }', { filter })
          ).changes.nodes
            .map(({ kind }: { kind: string }) => kind)
            .sort(),
        { timeout: 10_000 },
      )
      .toEqual(kinds.toSorted());
  }
});
