import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

/* Leaving and coming back, of people and of teams: what the directory does shows in GraphQL, and the other way round. */

const USER = `query ($id: ID!) { user(id: $id) {
  active version externalId teams { id } roles { key } projects { key } managedBy { id } lockedFields } }`;
const TEAM = `query ($id: ID!) { team(id: $id) {
  displayName version lockedFields managedBy { id } projects { key } members { nodes { id } } } }`;

describe.each(MODES)('life cycle, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let graphql: ReturnType<typeof graphqlClient>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    graphql = graphqlClient(company);
  });
  afterAll(() => rollcall.stop());

  let counted = 0;
  const aName = (what = 'person') => `${what}-${++counted}`;
  const ask = (document: string, variables: Record<string, unknown> = {}) => dataOf(graphql(document, variables));
  const refused = (document: string, variables: Record<string, unknown> = {}) => errorOf(graphql(document, variables));
  const userOf = async (id: string) => (await ask(USER, { id })).user;
  const teamOf = async (id: string) => (await ask(TEAM, { id })).team;
  const memberIds = async (id: string) => (await teamOf(id)).members.nodes.map((node: { id: string }) => node.id);
  const provision = async (fields: object = {}) => {
    const sent = { userName: aName(), externalId: aName('x'), ...fields };
    const { status, body } = await scim.post('/Users', sent);
    expect(status).toBe(201);
    return { id: body.id as string, sent };
  };
  const push = async (displayName: string, ...members: string[]) => {
    const { status, body } = await scim.post('/Groups', { displayName, members: members.map((value) => ({ value })) });
    expect(status).toBe(201);
    return body.id as string;
  };
  const roleId = async (key: string) => {
    const { roles } = await ask('{ roles { nodes { id key } } }');
    return roles.nodes.find((role: { key: string }) => role.key === key).id as string;
  };
  const aProject = async (isDefault = false) => {
    const document = 'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id key } } }';
    const key = aName('project');
    return (await ask(document, { input: { key, name: key, isDefault } })).createProject.project;
  };
  const grant = (input: object) =>
    ask('mutation ($input: ProjectAccessInput!) { grantProjectAccess(input: $input) { project { id } } }', { input });
  const assign = (input: object) =>
    ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', { input });
  const deactivate = (id: string) => scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: false }]);
  const profile = (changes: object) =>
    ask('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }', {
      input: { id: company.directoryId, profile: changes },
    });
  const restore = 'mutation ($input: RestoreTeamInput!) { restoreTeam(input: $input) { team { id version } } }';

  describe('an inactive user', () => {
    it('keeps teams, roles and projects, also when it comes back (L-07)', async () => {
      const { id } = await provision();
      const team = await push(aName('team'), id);
      const project = await aProject();
      await grant({ projectId: project.id, userId: id });
      await assign({ userId: id, roleId: await roleId('manager') });
      const before = await userOf(id);
      expect(before).toMatchObject({
        teams: [{ id: team }],
        roles: [{ key: 'manager' }],
        projects: [{ key: project.key }],
      });

      expect((await deactivate(id)).body.active).toBe(false);
      expect(await userOf(id)).toEqual({ ...before, active: false, version: before.version + 1 });
      expect((await scim.get(`/Groups/${team}`)).body.members).toMatchObject([{ value: id }]);

      await scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: true }]);
      expect(await userOf(id)).toEqual({ ...before, version: before.version + 2 });
    });

    it('is never offered for work, whatever the filter asks for', async () => {
      const { id, sent } = await provision();
      const other = await provision();
      await deactivate(id);
      const inactive = { active: { eq: false } };
      const named = { userName: { eq: sent.userName } };
      const assignable = async (filter: object | null) => {
        const document =
          'query ($filter: UserFilter) { assignableUsers(filter: $filter, first: 100) { totalCount nodes { id active } } }';
        return (await ask(document, { filter })).assignableUsers;
      };

      for (const filter of [
        inactive,
        named,
        { or: [inactive, named] },
        { or: [inactive] },
        { and: [inactive] },
        { not: { active: { eq: true } } },
        { active: { ne: true } },
        { id: { in: [id] } },
        { or: [{ id: { eq: id } }, { not: { active: { isSet: true } } }] },
      ])
        expect(await assignable(filter)).toEqual({ totalCount: 0, nodes: [] });
      for (const filter of [null, {}, { or: [inactive, { id: { eq: other.id } }] }]) {
        const { nodes } = await assignable(filter);
        expect(nodes.map((node: { id: string }) => node.id)).toContain(other.id);
        expect(nodes.map((node: { id: string }) => node.id)).not.toContain(id);
        expect(nodes.every((node: { active: boolean }) => node.active)).toBe(true);
      }
    });

    it('comes back under its id when its directory creates it again, and with another external id does not', async () => {
      const { id, sent } = await provision();
      const team = await push(aName('team'), id);
      await deactivate(id);

      expect(await scim.post('/Users', { ...sent, externalId: aName('x') })).toMatchObject({ status: 409 });
      const again = await scim.post('/Users', { userName: sent.userName, title: 'Again' });

      expect(again).toMatchObject({
        status: 201,
        body: { id, active: true, title: 'Again', groups: [{ value: team }] },
      });
      expect(again.headers.get('location')).toBe(`${company.scimBaseUrl}/Users/${id}`);
      expect(await scim.post('/Users', sent)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    });
  });

  describe('a deleted user', () => {
    const deleted = async () => {
      const made = await provision();
      const team = await push(aName('team'), made.id);
      await assign({ userId: made.id, roleId: await roleId('manager') });
      await grant({ projectId: (await aProject()).id, userId: made.id });
      expect((await scim.delete(`/Users/${made.id}`)).status).toBe(204);
      return { ...made, team };
    };

    it('is gone for both doors, and comes back by its external id with nothing that it had (L-07, T-12)', async () => {
      const { id, sent, team } = await deleted();
      expect((await scim.get(`/Users/${id}`)).status).toBe(404);
      expect(await refused(USER, { id })).toMatchObject({ code: 'NOT_FOUND' });
      expect((await scim.get(`/Groups/${team}`)).body.members ?? []).toEqual([]);

      const again = await scim.post('/Users', { ...sent, userName: aName() });

      expect(again).toMatchObject({ status: 201, body: { id, active: true } });
      expect(await userOf(id)).toMatchObject({ teams: [], roles: [{ key: 'qa' }], projects: [] });
    });

    it('is somebody new by its name alone, unless the directory says that names are kept', async () => {
      const first = await deleted();
      const { userName } = first.sent;
      expect((await scim.post('/Users', { userName })).body.id).not.toBe(first.id);

      await profile({ reviveBy: 'USER_NAME' });
      const second = await deleted();
      const back = await scim.post('/Users', { userName: second.sent.userName });
      await profile({ reviveBy: 'EXTERNAL_ID' });
      expect(back).toMatchObject({ status: 201, body: { id: second.id } });
      expect(await userOf(second.id)).toMatchObject({ teams: [], projects: [] });
    });

    it('is somebody new for another directory, and for people', async () => {
      const { id, sent } = await deleted();
      const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';

      const { createUser } = await ask(create, { input: sent });

      expect(createUser.user.id).not.toBe(id);
      expect(await userOf(createUser.user.id)).toMatchObject({ teams: [], projects: [], managedBy: null });
    });
  });

  it('everyone new gets the default projects of the company and of the directory, through either door', async () => {
    const everyones = await aProject(true);
    const directorys = await aProject();
    await profile({ defaultProjects: [directorys.key] });
    const keysOf = async (id: string) => (await userOf(id)).projects.map(({ key }: { key: string }) => key).toSorted();

    const { id } = await provision();
    const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
    const { createUser } = await ask(create, { input: { userName: aName() } });

    expect(await keysOf(id)).toEqual([directorys.key, everyones.key].toSorted());
    expect(await keysOf(createUser.user.id)).toEqual([everyones.key]);
    await scim.delete(`/Users/${id}`);
    await profile({ defaultProjects: [] });
    const update = 'mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { id } } }';
    await ask(update, { input: { id: everyones.id, isDefault: false } });
  });

  it('the last owner cannot leave, by no mutation and by no directory (L-09)', async () => {
    const found = await ask('query ($filter: UserFilter) { users(filter: $filter) { nodes { id } } }', {
      filter: { userName: { eq: company.ownerEmail } },
    });
    const owner = found.users.nodes[0].id;
    const input = { id: owner };

    for (const [document, variables] of [
      ['mutation ($input: UserIdInput!) { deactivateUser(input: $input) { user { id } } }', { input }],
      ['mutation ($input: UserIdInput!) { deleteUser(input: $input) { id } }', { input }],
      [
        'mutation ($input: RoleAssignmentInput!) { unassignRole(input: $input) { user { id } } }',
        { input: { userId: owner, roleId: await roleId('owner') } },
      ],
    ] as const)
      expect(await refused(document, variables)).toMatchObject({ code: 'LAST_OWNER' });
    for (const answer of [await deactivate(owner), await scim.delete(`/Users/${owner}`)])
      expect(answer.status).toBe(404);
    expect(await userOf(owner)).toMatchObject({ active: true, roles: [{ key: 'owner' }] });
  });

  describe('a member that the directory does not see', () => {
    it('joins when that user comes back, unless the directory thought otherwise', async () => {
      const { id, sent } = await provision();
      await scim.delete(`/Users/${id}`);
      const created = await push(aName('team'), id);
      const patched = await push(aName('team'));
      await scim.patch(`/Groups/${patched}`, [{ op: 'add', path: 'members', value: [{ value: id }] }]);
      const dropped = await push(aName('team'), id);
      await scim.patch(`/Groups/${dropped}`, [{ op: 'remove', path: `members[value eq "${id}"]` }]);
      const replaced = await push(aName('team'), id);
      await scim.put(`/Groups/${replaced}`, { displayName: aName('team'), members: [] });
      const external = await push(aName('team'), sent.externalId);
      const gone = await push(aName('team'), id);
      await scim.delete(`/Groups/${gone}`);
      expect(await memberIds(created)).toEqual([]);

      const { body } = await scim.post('/Users', sent);

      expect(body.groups.map(({ value }: { value: string }) => value).toSorted()).toEqual(
        [created, patched].toSorted(),
      );
      for (const team of [created, patched]) {
        expect(await memberIds(team)).toEqual([id]);
        expect((await scim.get(`/Groups/${team}`)).body.members).toMatchObject([{ value: id }]);
      }
      for (const team of [dropped, replaced, external]) expect(await memberIds(team)).toEqual([]);
    });

    it('does not join by an external id that another directory claims (T-07)', async () => {
      const other = await rollcall.newCompany();
      const externalId = aName('x');
      const team = await push(aName('team'), externalId);

      await provision({ externalId });
      await scimClient(other).post('/Users', { userName: aName(), externalId });

      expect(await memberIds(team)).toEqual([]);
    });
  });

  describe('a team', () => {
    it('says who manages it and what only that one may change; a local one, nobody and nothing', async () => {
      const managed = await push(aName('team'));
      const create = 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }';
      const { createTeam } = await ask(create, { input: { displayName: aName('team') } });

      expect(await teamOf(managed)).toMatchObject({
        managedBy: { id: company.directoryId },
        lockedFields: ['displayName', 'externalId', 'members'],
      });
      expect(await teamOf(createTeam.team.id)).toMatchObject({ managedBy: null, lockedFields: [] });
      for (const change of [{ displayName: 'Mine' }, { addMembers: [(await provision()).id] }])
        expect(
          await refused('mutation ($input: UpdateTeamInput!) { updateTeam(input: $input) { team { id } } }', {
            input: { id: managed, ...change },
          }),
        ).toMatchObject({ code: 'MANAGED_BY_DIRECTORY', fields: ['displayName', 'externalId', 'members'] });
    });

    it('that its directory deleted is restored by an owner with its members, and works for the directory again', async () => {
      const [ann, bob, cid] = [(await provision()).id, (await provision()).id, (await provision()).id];
      const displayName = aName('team');
      const id = await push(displayName, ann, bob);
      const project = await aProject();
      await grant({ projectId: project.id, teamId: id });
      await scim.delete(`/Groups/${id}`);
      expect((await scim.get(`/Groups/${id}`)).status).toBe(404);
      const listed = await ask(
        '{ deletedTeams(first: 1) { totalCount nodes { id displayName deletedAt deletedBy restorableUntil managedBy { id } } } }',
      );
      expect(listed.deletedTeams.nodes).toMatchObject([
        { id, displayName, deletedBy: expect.any(String), managedBy: { id: company.directoryId } },
      ]);

      await ask(restore, { input: { id } });

      expect((await memberIds(id)).toSorted()).toEqual([ann, bob].toSorted());
      expect(await teamOf(id)).toMatchObject({
        projects: [{ key: project.key }],
        managedBy: { id: company.directoryId },
      });
      const { body } = await scim.get(`/Groups/${id}`);
      expect(body).toMatchObject({ id, displayName });
      expect(body.members).toHaveLength(2);
      await scim.patch(`/Groups/${id}`, [{ op: 'add', path: 'members', value: [{ value: cid }] }]);
      expect((await memberIds(id)).toSorted()).toEqual([ann, bob, cid].toSorted());
      expect((await userOf(ann)).teams).toEqual([{ id }]);
    });

    it('that gives a role takes it along when it is deleted, and brings it back', async () => {
      const { id } = await provision();
      await profile({ roleSource: 'BOTH' });
      const team = await push(aName('team'), id);
      const create = [{ kind: 'TEAM', teamId: team, roleId: await roleId('manager') }];
      const preview = 'query ($input: PreviewRoleMappingInput!) { previewRoleMapping(input: $input) { hash } }';
      const { previewRoleMapping } = await ask(preview, { input: { create } });
      const change =
        'mutation ($input: ChangeRoleMappingsInput!) { changeRoleMappings(input: $input) { created { id } } }';
      await ask(change, { input: { create, previewHash: previewRoleMapping.hash } });
      const rolesOf = async () => (await userOf(id)).roles.map(({ key }: { key: string }) => key);

      const before = await rolesOf();
      await scim.delete(`/Groups/${team}`);
      const between = await rolesOf();
      await ask(restore, { input: { id: team } });

      expect([before, between, await rolesOf()]).toEqual([['manager'], ['qa'], ['manager']]);
    });

    it('whose name is taken meanwhile stays deleted, and so does one of another company', async () => {
      const displayName = aName('team');
      const id = await push(displayName);
      await scim.delete(`/Groups/${id}`);
      await push(displayName);
      const other = graphqlClient(await rollcall.newCompany());

      expect(await refused(restore, { input: { id } })).toMatchObject({ code: 'UNIQUENESS', field: 'displayName' });
      expect(await errorOf(other(restore, { input: { id } }))).toMatchObject({ code: 'NOT_FOUND' });
      const seen = await dataOf(other('{ deletedTeams { totalCount nodes { id } } }'));
      expect(seen.deletedTeams).toEqual({ totalCount: 0, nodes: [] });
    });
  });
});
