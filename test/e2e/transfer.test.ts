import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';

/** The log shows only what is final. */
const SOON = { timeout: 10_000 };
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const NOBODY = '01900000-0000-7000-8000-000000000000';
const TRANSFER_USERS =
  'mutation ($input: TransferUsersInput!) { transferUsers(input: $input) { users { id version managedBy { id } roles { key } } } }';
const RELEASE_USERS =
  'mutation ($input: ReleaseUsersInput!) { releaseUsers(input: $input) { users { id version managedBy { id } roles { key } } } }';
const TRANSFER_TEAMS =
  'mutation ($input: TransferTeamsInput!) { transferTeams(input: $input) { teams { id version managedBy { id } } } }';
const RELEASE_TEAMS =
  'mutation ($input: ReleaseTeamsInput!) { releaseTeams(input: $input) { teams { id version managedBy { id } } } }';

describe.each(MODES)('transfer and release, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  const bench = async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const send = graphqlClient(company);
    const ask = (source: string, variables = {}) => dataOf(send(source, variables));
    const second = await addDirectory(company, { name: 'Second' });
    return {
      company,
      scim,
      ask,
      refused: (source: string, input: object) => errorOf(send(source, { input })),
      second: second.scim,
      secondId: second.id,
      newUser: async (userName: string, more = {}) =>
        (await scim.post('/Users', { schemas: [USER], userName, ...more })).body.id as string,
      newTeam: async (displayName: string, more = {}) =>
        (await scim.post('/Groups', { displayName, ...more })).body.id as string,
      localUser: async (userName: string) =>
        (
          await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
            input: { userName },
          })
        ).createUser.user.id as string,
      changesOf: async (id: string, kind: string) =>
        (
          await ask('query ($filter: ChangeFilter) { changes(filter: $filter) { nodes { before after source } } }', {
            filter: { objectId: { eq: id }, kind: { eq: kind } },
          })
        ).changes.nodes,
    };
  };

  it('users go to another directory with everything they have, and are gone for the former', async () => {
    const { company, scim, ask, second, secondId, newUser, newTeam, localUser, changesOf } = await bench();
    const [ann, local] = [await newUser('ann', { externalId: 'a', title: 'Captain' }), await localUser('local')];
    const crew = await newTeam('Crew', { members: [{ value: ann }] });

    const { transferUsers } = await ask(TRANSFER_USERS, { input: { ids: [local, ann, ann], toDirectoryId: secondId } });
    const moved = { version: 2, managedBy: { id: secondId } };
    expect(transferUsers.users.slice(0, 2)).toMatchObject([
      { id: local, ...moved },
      { id: ann, ...moved },
    ]);
    expect((await scim.get(`/Users/${ann}`)).status).toBe(404);
    expect((await second.get(`/Users/${ann}`)).body).toMatchObject({ id: ann, externalId: 'a', title: 'Captain' });
    expect((await second.patch(`/Users/${local}`, [{ op: 'replace', path: 'title', value: 'Mate' }])).status).toBe(200);
    expect((await ask(`{ team(id: "${crew}") { members { nodes { id } } } }`)).team.members.nodes).toEqual([
      { id: ann },
    ]);
    const change = (from: string | null) => [
      { before: { directoryId: from }, after: { directoryId: secondId }, source: 'API' },
    ];
    await expect.poll(() => changesOf(ann, 'user.transferred'), SOON).toEqual(change(company.directoryId));
    expect(await changesOf(local, 'user.transferred')).toEqual(change(null));
  });

  it('users that are released get nothing that their directory could not give them in the end', async () => {
    const { company, ask } = await bench();
    const { scim } = await addDirectory(company, {
      name: 'One role',
      profile: { roleAttribute: 'roles', roleSource: 'ATTRIBUTE', keptRoles: 'HIGHEST' },
    });
    const roles = ['manager', 'billing', 'read'].map((value) => ({ value }));
    const newUser = async (userName: string) =>
      (await scim.post('/Users', { schemas: [USER], userName, roles })).body.id as string;
    const [ann, bob] = [await newUser('ann'), await newUser('bob')];
    const of = async (id: string) => (await ask(`{ user(id: "${id}") { roles { key } } }`)).user.roles;
    expect(await of(ann)).toEqual([{ key: 'manager' }]);

    expect((await ask(RELEASE_USERS, { input: { ids: [ann] } })).releaseUsers.users[0].roles).toEqual([
      { key: 'manager' },
    ]);
    const { roles: all } = await ask('{ roles { nodes { id key } } }');
    const manager = all.nodes.find(({ key }: { key: string }) => key === 'manager').id;
    await ask('mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } } }', {
      input: { id: manager, grantableByDirectory: false },
    });
    const left = await of(bob);
    expect(left).not.toContainEqual({ key: 'manager' });
    expect((await ask(RELEASE_USERS, { input: { ids: [bob] } })).releaseUsers.users[0].roles).toEqual(left);
  });

  it('whoever is managed by that directory already stays as it is', async () => {
    const { company, ask, newUser, changesOf } = await bench();
    const ann = await newUser('ann');
    const input = { ids: [ann], toDirectoryId: company.directoryId };

    expect((await ask(TRANSFER_USERS, { input })).transferUsers.users).toMatchObject([{ id: ann, version: 1 }]);
    await expect.poll(() => changesOf(ann, 'user.created'), SOON).toHaveLength(1);
    expect(await changesOf(ann, 'user.transferred')).toEqual([]);
  });

  it('users that are released are free to edit, and keep the roles that their directory gave', async () => {
    const { company, ask, refused, changesOf } = await bench();
    const { scim } = await addDirectory(company, { name: 'With roles', profile: { roleAttribute: 'userType' } });
    const ann = (await scim.post('/Users', { schemas: [USER], userName: 'ann', userType: 'manager' })).body
      .id as string;
    const rename = { id: ann, displayName: 'Ann' };
    const update = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { displayName } } }';
    expect(await refused(update, rename)).toMatchObject({ code: 'MANAGED_BY_DIRECTORY' });

    const { releaseUsers } = await ask(RELEASE_USERS, { input: { ids: [ann] } });
    expect(releaseUsers.users).toEqual([{ id: ann, version: 2, managedBy: null, roles: [{ key: 'manager' }] }]);
    expect((await ask(update, { input: rename })).updateUser.user).toEqual({ displayName: 'Ann' });
    await expect.poll(() => changesOf(ann, 'user.released'), SOON).toHaveLength(1);
    expect(await changesOf(ann, 'role.unassigned')).toMatchObject([
      { before: { role: 'manager', source: 'ATTRIBUTE' } },
    ]);
    expect((await changesOf(ann, 'role.assigned')).at(-1)).toMatchObject({
      after: { role: 'manager', source: 'DIRECT' },
    });
    const { roles } = await ask('{ roles { nodes { id key } } }');
    const roleId = roles.nodes.find(({ key }: { key: string }) => key === 'manager').id;
    await ask('mutation ($input: RoleAssignmentInput!) { unassignRole(input: $input) { user { id } } }', {
      input: { userId: ann, roleId },
    });
    // It is a role of its own by now: taken away, only the default is left.
    expect((await ask(`{ user(id: "${ann}") { roles { key } } }`)).user.roles).toEqual([{ key: 'qa' }]);
  });

  it('teams go and come back with their members', async () => {
    const { scim, ask, second, secondId, newUser, newTeam, changesOf } = await bench();
    const crew = await newTeam('Crew', { externalId: 'c', members: [{ value: await newUser('ann') }] });

    const { transferTeams } = await ask(TRANSFER_TEAMS, { input: { ids: [crew], toDirectoryId: secondId } });
    expect(transferTeams.teams).toEqual([{ id: crew, version: 2, managedBy: { id: secondId } }]);
    expect((await scim.get(`/Groups/${crew}`)).status).toBe(404);
    expect((await second.get(`/Groups/${crew}`)).body).toMatchObject({ id: crew, externalId: 'c' });
    const { releaseTeams } = await ask(RELEASE_TEAMS, { input: { ids: [crew] } });
    expect(releaseTeams.teams).toEqual([{ id: crew, version: 3, managedBy: null }]);
    const update = 'mutation ($input: UpdateTeamInput!) { updateTeam(input: $input) { team { displayName } } }';
    await ask(update, { input: { id: crew, displayName: 'Our crew' } });
    expect((await ask(`{ team(id: "${crew}") { members { totalCount } } }`)).team.members.totalCount).toBe(1);
    await expect.poll(() => changesOf(crew, 'team.released'), SOON).toHaveLength(1);
    expect(await changesOf(crew, 'team.transferred')).toHaveLength(1);
  });

  it('users join the teams of their new directory that had named them', async () => {
    const { ask, second, secondId, newUser } = await bench();
    const ann = await newUser('ann');
    const crew = (await second.post('/Groups', { displayName: 'Crew', members: [{ value: ann }] })).body;
    expect(crew.members ?? []).toEqual([]);

    await ask(TRANSFER_USERS, { input: { ids: [ann], toDirectoryId: secondId } });
    expect((await second.get(`/Groups/${crew.id}`)).body.members).toMatchObject([{ value: ann }]);
  });

  it('the last local owner stays', async () => {
    const { company, ask, refused, secondId, localUser, newUser } = await bench();
    const { userByUserName: owner } = await ask(`{ userByUserName(userName: "${company.ownerEmail}") { id } }`);
    const input = { ids: [await newUser('ann'), owner.id], toDirectoryId: secondId };

    expect(await refused(TRANSFER_USERS, input)).toMatchObject({ code: 'LAST_OWNER', id: owner.id });
    const { roles } = await ask('{ roles { nodes { id key } } }');
    const roleId = roles.nodes.find(({ key }: { key: string }) => key === 'owner').id;
    const [bob, cay] = [await localUser('bob'), await localUser('cay')];
    for (const userId of [bob, cay])
      await ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
        input: { userId, roleId },
      });
    expect(await refused(TRANSFER_USERS, { ids: [owner.id], toDirectoryId: secondId })).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'ids',
    });
    expect(await refused(TRANSFER_USERS, { ids: [owner.id, bob, cay], toDirectoryId: secondId })).toMatchObject({
      code: 'LAST_OWNER',
    });
    await ask(TRANSFER_USERS, { input: { ids: [bob, cay], toDirectoryId: secondId } });
  });

  it('an externalId that the directory has, or an object that is not there, leaves all as it is', async () => {
    const { company, ask, refused, second, secondId, newUser, newTeam } = await bench();
    await second.post('/Users', { schemas: [USER], userName: 'theirs', externalId: 'x' });
    await second.post('/Groups', { displayName: 'Theirs', externalId: 'x' });
    const users = [await newUser('ann'), await newUser('bob', { externalId: 'x' })];
    const teams = [await newTeam('Crew'), await newTeam('Guests', { externalId: 'x' })];
    const to = (ids: string[], toDirectoryId = secondId) => ({ ids, toDirectoryId });

    expect(await refused(TRANSFER_USERS, to(users))).toMatchObject({ code: 'UNIQUENESS', field: 'externalId' });
    expect(await refused(TRANSFER_TEAMS, to(teams))).toMatchObject({ code: 'UNIQUENESS', field: 'externalId' });
    for (const missing of [NOBODY, 'no id']) {
      expect(await refused(TRANSFER_USERS, to([users[0]!, missing]))).toMatchObject({ code: 'NOT_FOUND', id: missing });
      expect(await refused(TRANSFER_TEAMS, to([teams[0]!, missing]))).toMatchObject({ code: 'NOT_FOUND', id: missing });
      expect(await refused(RELEASE_USERS, { ids: [users[0]!, missing] })).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refused(RELEASE_TEAMS, { ids: [teams[0]!, missing] })).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refused(TRANSFER_USERS, to([users[0]!], missing))).toMatchObject({ code: 'NOT_FOUND', id: missing });
    }
    const { user, team } = await ask(
      `{ user(id: "${users[0]}") { version managedBy { id } } team(id: "${teams[0]}") { version managedBy { id } } }`,
    );
    const untouched = { version: 1, managedBy: { id: company.directoryId } };
    expect([user, team]).toEqual([untouched, untouched]);
  });

  it("A-14: another company's users and directories are not found, and only owners hand over", async () => {
    const [mine, theirs] = [await bench(), await bench()];
    const [ann, foreign] = [await mine.newUser('ann'), await theirs.newUser('ann')];

    expect(await mine.refused(TRANSFER_USERS, { ids: [foreign], toDirectoryId: mine.secondId })).toMatchObject({
      code: 'NOT_FOUND',
      id: foreign,
    });
    expect(await mine.refused(TRANSFER_USERS, { ids: [ann], toDirectoryId: theirs.secondId })).toMatchObject({
      code: 'NOT_FOUND',
      id: theirs.secondId,
    });
    expect(await mine.refused(RELEASE_USERS, { ids: [foreign] })).toMatchObject({ code: 'NOT_FOUND' });
    const { createApiKey } = await mine.ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { name: 'Little', permissions: ['users:read', 'users:write', 'teams:write', 'directories:write'] } },
    );
    const little = graphqlClient({ ...mine.company, apiKey: createApiKey.secret });
    expect(await errorOf(little(RELEASE_USERS, { input: { ids: [ann] } }))).toMatchObject({ code: 'FORBIDDEN' });
    expect((await theirs.scim.get(`/Users/${foreign}`)).status).toBe(200);
  });

  it('a write of the former directory that meets a transfer loses nothing, and comes before it or not at all', async () => {
    const { scim, ask, second, secondId, newUser } = await bench();
    const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => newUser(`user-${i}`)));
    const writes = ids.map((id) => scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'title', value: 'Captain' }]));
    await ask(TRANSFER_USERS, { input: { ids, toDirectoryId: secondId } });

    for (const [i, { status }] of (await Promise.all(writes)).entries()) {
      const { body } = await second.get(`/Users/${ids[i]}`);
      expect([status, body.title]).toEqual(status === 200 ? [200, 'Captain'] : [404, undefined]);
    }
  });
});
