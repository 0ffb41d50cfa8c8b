import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const NOBODY = '01900000-0000-7000-8000-000000000000';
const CONFLICTS =
  'query ($filter: ConflictFilter, $first: Int) { conflicts(filter: $filter, first: $first) { totalCount nodes { id at kind directory { id } credentialId requestId objectType objectId details } } }';

describe.each(MODES)('the conflict log, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  const bench = async () => {
    const company = await rollcall.newCompany();
    const send = graphqlClient(company);
    const ask = (source: string, variables = {}) => dataOf(send(source, variables));
    const scim = scimClient(company);
    const { id, scim: other } = await addDirectory(company, { name: 'Other' });
    const conflicts = async (filter = {}) => (await ask(CONFLICTS, { filter })).conflicts.nodes;
    return {
      company,
      ask,
      scim,
      other,
      otherId: id,
      conflicts,
      kinds: async () => (await conflicts()).map(({ kind }: { kind: string }) => kind),
      newUser: async (userName: string, more = {}) =>
        (await scim.post('/Users', { schemas: [USER], userName, ...more })).body.id as string,
      localUser: async (userName: string, more = {}) =>
        (
          await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
            input: { userName, ...more },
          })
        ).createUser.user.id as string,
      localTeam: async (displayName: string) =>
        (
          await ask('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }', {
            input: { displayName },
          })
        ).createTeam.team.id as string,
    };
  };

  it('is empty after a day without oddities, which never as much as ask it', async () => {
    const { scim, newUser, conflicts } = await bench();
    rollcall.statements.length = 0;
    const ann = await newUser('ann', { externalId: 'a' });
    const crew = (await scim.post('/Groups', { displayName: 'Crew', members: [{ value: ann }] })).body.id;
    await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'title', value: 'Captain' }]);
    await scim.patch(`/Groups/${crew}`, [{ op: 'add', path: 'members', value: [{ value: await newUser('bob') }] }]);
    await scim.delete(`/Groups/${crew}`);
    await scim.delete(`/Users/${ann}`);

    expect(rollcall.statements.filter((sql) => /\binto conflict\b/.test(sql))).toEqual([]);
    expect(await conflicts()).toEqual([]);
  });

  it('says what was taken over, and which fields had another value', async () => {
    const { company, scim, localUser, localTeam, conflicts } = await bench();
    const ann = await localUser('ann', { displayName: 'Ann of ours', title: 'Captain' });
    const crew = await localTeam('Crew');

    const response = await scim.patch(`/Users/${ann}`, [
      { op: 'replace', path: 'displayName', value: 'Ann' },
      { op: 'add', path: 'nickName', value: 'A' },
    ]);
    await scim.patch(`/Groups/${crew}`, [{ op: 'replace', path: 'displayName', value: 'The crew' }]);
    const [team, user, ...more] = await conflicts();
    expect(more).toEqual([]);
    expect(user).toMatchObject({
      kind: 'ADOPTED',
      objectType: 'user',
      objectId: ann,
      directory: { id: company.directoryId },
      credentialId: expect.any(String),
      details: { overwritten: ['displayName'] },
    });
    expect(user.requestId).toBe(response.headers.get('x-request-id') ?? user.requestId);
    expect(team).toMatchObject({
      kind: 'ADOPTED',
      objectType: 'team',
      objectId: crew,
      details: { overwritten: ['displayName'] },
    });
  });

  it('says who was revived, and whether it had been deleted', async () => {
    const { scim, newUser, conflicts } = await bench();
    const left = await newUser('left', { externalId: 'l' });
    const gone = await newUser('gone', { externalId: 'g' });
    await scim.patch(`/Users/${left}`, [{ op: 'replace', path: 'active', value: false }]);
    await scim.delete(`/Users/${gone}`);

    expect(await newUser('left', { externalId: 'l' })).toBe(left);
    expect(await newUser('gone', { externalId: 'g' })).toBe(gone);
    expect(await conflicts()).toMatchObject([
      { kind: 'REVIVED', objectId: gone, details: { wasDeleted: true } },
      { kind: 'REVIVED', objectId: left, details: { wasDeleted: false } },
    ]);
  });

  it('says which members were nobody, and which another directory has', async () => {
    const { scim, other, otherId, newUser, conflicts } = await bench();
    const ann = await newUser('ann');
    const theirs = (await other.post('/Users', { schemas: [USER], userName: 'theirs' })).body.id;
    const members = [ann, theirs, NOBODY, 'no id'].map((value) => ({ value }));

    const { status, body } = await scim.post('/Groups', { displayName: 'Crew', members });
    expect(status).toBe(201);
    expect(body.members.map(({ value }: { value: string }) => value)).toEqual([ann]);
    const byKind = Object.fromEntries((await conflicts()).map((each: { kind: string }) => [each.kind, each]));
    expect(byKind).toMatchObject({
      UNKNOWN_MEMBER: { objectType: 'team', objectId: body.id, details: { count: 2, members: [NOBODY, 'no id'] } },
      OTHER_DIRECTORY: {
        objectType: 'team',
        objectId: body.id,
        details: { count: 1, members: [theirs], directoryId: otherId },
      },
    });
    await scim.patch(`/Groups/${body.id}`, [{ op: 'add', path: 'members', value: [{ value: NOBODY }] }]);
    const [newest] = await conflicts({ kind: { eq: 'UNKNOWN_MEMBER' } });
    expect(newest.details).toEqual({ count: 1, members: [NOBODY] });
  });

  it("T-14: another directory's user and team are not found, stay as they are, and the attempt is noted", async () => {
    const { company, ask, scim, other, otherId, conflicts } = await bench();
    const user = (await other.post('/Users', { schemas: [USER], userName: 'theirs', title: 'Captain' })).body;
    const team = (await other.post('/Groups', { displayName: 'Theirs' })).body;
    const title = [{ op: 'replace', path: 'title', value: 'Mine' }];
    const name = [{ op: 'replace', path: 'displayName', value: 'Mine' }];

    const answers = [
      await scim.patch(`/Users/${user.id}`, title),
      await scim.put(`/Users/${user.id}`, { schemas: [USER], userName: 'theirs', title: 'Mine' }),
      await scim.delete(`/Users/${user.id}`),
      await scim.patch(`/Groups/${team.id}`, name),
      await scim.delete(`/Groups/${team.id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect((await scim.patch(`/Users/${NOBODY}`, title)).status).toBe(404);
    const entry = {
      kind: 'OTHER_DIRECTORY',
      directory: { id: company.directoryId },
      details: { directoryId: otherId },
    };
    expect(await conflicts()).toMatchObject([
      { ...entry, objectType: 'team', objectId: team.id },
      { ...entry, objectType: 'team', objectId: team.id },
      { ...entry, objectType: 'user', objectId: user.id },
      { ...entry, objectType: 'user', objectId: user.id },
      { ...entry, objectType: 'user', objectId: user.id },
    ]);
    expect((await other.get(`/Users/${user.id}`)).body).toEqual(user);
    expect((await other.get(`/Groups/${team.id}`)).body).toEqual(team);
    // People of the company see both.
    expect((await ask(`{ user(id: "${user.id}") { title } }`)).user.title).toBe('Captain');
  });

  it("another directory's user name is taken, for a new user and for one that is renamed", async () => {
    const { scim, other, otherId, newUser, conflicts } = await bench();
    const theirs = (await other.post('/Users', { schemas: [USER], userName: 'Theirs' })).body.id;
    const ann = await newUser('ann');
    await newUser('bob');

    const created = await scim.post('/Users', { schemas: [USER], userName: 'theirs' });
    const renamed = await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'userName', value: 'THEIRS' }]);
    // Its own user's name is no business of another directory.
    const own = await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'userName', value: 'bob' }]);
    for (const { status, body } of [created, renamed, own])
      expect([status, body.scimType]).toEqual([409, 'uniqueness']);
    const entry = { kind: 'OTHER_DIRECTORY', objectId: theirs, details: { directoryId: otherId, field: 'userName' } };
    expect(await conflicts()).toMatchObject([entry, entry]);
    expect(await conflicts()).toHaveLength(2);
  });

  it('says what a directory may not do to local objects', async () => {
    const { scim, localUser, localTeam, conflicts } = await bench();
    const ann = await localUser('ann');
    const crew = await localTeam('Crew');

    expect((await scim.patch(`/Users/${ann}`, [{ op: 'replace', path: 'active', value: false }])).status).toBe(403);
    expect((await scim.delete(`/Users/${ann}`)).status).toBe(403);
    expect((await scim.delete(`/Groups/${crew}`)).status).toBe(403);
    expect(await conflicts()).toMatchObject([
      { kind: 'NOT_MANAGED', objectId: crew, details: { action: 'team.delete_refused' } },
      { kind: 'NOT_MANAGED', objectId: ann, details: { action: 'user.delete_refused' } },
      { kind: 'NOT_MANAGED', objectId: ann, details: { action: 'user.deactivate_refused' } },
    ]);
  });

  it('says which roles were skipped, for a new user and for a changed one', async () => {
    const { company, conflicts } = await bench();
    const { scim } = await addDirectory(company, {
      name: 'Lenient',
      profile: { roleAttribute: 'userType', unknownRoles: 'IGNORE' },
    });
    const { status, body } = await scim.post('/Users', { schemas: [USER], userName: 'cay', userType: 'pirate' });

    expect(status).toBe(201);
    await scim.patch(`/Users/${body.id}`, [{ op: 'replace', path: 'userType', value: 'ghost' }]);
    expect(await conflicts()).toMatchObject([
      { kind: 'UNKNOWN_ROLE', objectId: body.id, details: { messages: [expect.stringContaining('"ghost"')] } },
      { kind: 'UNKNOWN_ROLE', objectId: body.id, details: { messages: [expect.stringContaining('"pirate"')] } },
    ]);
  });

  it('is filtered by directory, kind, object, request and time, page by page', async () => {
    const { company, ask, scim, other, otherId, newUser, conflicts } = await bench();
    const mine = await newUser('mine');
    for (let i = 0; i < 3; i++) await other.patch(`/Users/${mine}`, []);
    await other.delete(`/Users/${mine}`);
    const crew = (await scim.post('/Groups', { displayName: 'Crew', members: [{ value: NOBODY }] })).body.id;

    const all = await conflicts();
    const count = async (filter: object) => (await conflicts(filter)).length;
    expect(await count({ directoryId: { eq: otherId } })).toBe(all.length - 1);
    expect(await count({ directoryId: { eq: company.directoryId } })).toBe(1);
    expect(await count({ kind: { eq: 'UNKNOWN_MEMBER' } })).toBe(1);
    expect(await count({ objectId: { eq: crew } })).toBe(1);
    expect(await count({ requestId: { eq: all[0].requestId } })).toBe(1);
    expect(await count({ at: { gt: all[0].at } })).toBe(0);
    expect(await count({ at: { le: all[0].at } })).toBe(all.length);
    const { conflicts: first } = await ask(CONFLICTS, { first: 1 });
    expect(first).toMatchObject({ totalCount: all.length, nodes: [{ id: all[0].id }] });
    expect((await ask(`{ node(id: "${all[0].id}") { __typename } }`)).node).toEqual({ __typename: 'Conflict' });
  });
});
