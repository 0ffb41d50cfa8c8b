import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';

type Member = { value: string; type: string; $ref: string; display: string };
type Scim = Awaited<ReturnType<typeof addDirectory>>['scim'];

const SETTINGS = ['NEST', 'FLATTEN', 'SKIP'] as const;

describe.each(MODES)('groups inside groups, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  const doors = {} as Record<(typeof SETTINGS)[number], Scim>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    for (const nestedGroups of SETTINGS) {
      const profile = { nestedGroups, listScope: 'MANAGED' };
      doors[nestedGroups] = (await addDirectory(company, { name: nestedGroups, profile })).scim;
    }
  });
  afterAll(() => rollcall.stop());

  let made = 0;
  const newUser = async (scim: Scim): Promise<string> =>
    (await scim.post('/Users', { userName: `n${++made}`, displayName: `N ${made}` })).body.id;
  const newGroup = async (scim: Scim, ...members: object[]): Promise<string> => {
    const { status, body } = await scim.post('/Groups', { displayName: `Nested ${++made}`, members });
    expect(status).toBe(201);
    return body.id;
  };
  const group = (value: string) => ({ value, type: 'Group' });
  const user = (value: string) => ({ value, type: 'User' });

  /** A user inside a group inside another one, where there is a user too. */
  async function nested(scim: Scim) {
    const [ann, bob] = [await newUser(scim), await newUser(scim)];
    const inner = await newGroup(scim, user(bob));
    const outer = await newGroup(scim, user(ann), group(inner));
    return { ann, bob, inner, outer };
  }
  const shown = (members: Member[]) => members.map(({ type, value }) => `${type} ${value}`).toSorted();

  it.each(SETTINGS)('show alike when they are made, read, listed and found: %s', async (setting) => {
    const scim = doors[setting];
    const { ann, bob, inner, outer } = await nested(scim);
    const wanted = {
      NEST: [`Group ${inner}`, `User ${ann}`],
      FLATTEN: [`User ${ann}`, `User ${bob}`],
      SKIP: [`User ${ann}`],
    }[setting];

    const put = await scim.put(`/Groups/${outer}`, {
      displayName: `Outer ${outer}`,
      members: [user(ann), group(inner)],
    });
    const read = await scim.get(`/Groups/${outer}`);
    const list = await scim.get(`/Groups?filter=${encodeURIComponent(`id eq "${outer}"`)}`);

    expect(shown(put.body.members)).toEqual(wanted);
    expect(shown(read.body.members)).toEqual(wanted);
    expect(list.body.Resources[0].members).toEqual(read.body.members);
    for (const { value, type, $ref, display } of read.body.members as Member[]) {
      expect($ref).toMatch(new RegExp(`/scim/v2/${type}s/${value}$`));
      expect(display).toMatch(/^N/);
    }
    for (const id of [ann, bob, inner]) {
      const found = await scim.get(
        `/Groups?filter=${encodeURIComponent(`members.value eq "${id}" and id eq "${outer}"`)}`,
      );
      expect(found.body.totalResults).toBe(wanted.some((each) => each.endsWith(id)) ? 1 : 0);
    }
  });

  it.each(SETTINGS)('show at their users, who are found by them: %s', async (setting) => {
    const scim = doors[setting];
    const { bob, inner, outer } = await nested(scim);
    const around = { NEST: 'indirect', FLATTEN: 'direct', SKIP: null }[setting];
    const wanted = [`${inner} direct`, ...(around ? [`${outer} ${around}`] : [])];

    const read = await scim.get(`/Users/${bob}`);
    const patched = await scim.patch(`/Users/${bob}`, [{ op: 'add', path: 'title', value: 'x' }]);
    const byGroup = await scim.get(`/Users?filter=${encodeURIComponent(`groups.value eq "${outer}"`)}`);
    const byType = await scim.get(
      `/Users?filter=${encodeURIComponent(`groups[value eq "${outer}" and type eq "indirect"]`)}`,
    );

    for (const { body } of [read, patched])
      expect(body.groups.map(({ value, type }: Member) => `${value} ${type}`)).toEqual(wanted);
    expect(read.body.groups.at(-1)).toMatchObject({
      $ref: expect.stringMatching(/\/Groups\/[^/]+$/),
      display: expect.any(String),
    });
    const ids = (body: { Resources: { id: string }[] }) => body.Resources.map(({ id }) => id);
    expect(ids(byGroup.body).includes(bob)).toBe(around !== null);
    expect(ids(byType.body)).toEqual(around === 'indirect' ? [bob] : []);
  });

  it.each<[string, (inner: string) => object, boolean]>([
    ['add by type', (id) => ({ op: 'add', path: 'members', value: [group(id)] }), true],
    [
      'add by reference',
      (id) => ({ op: 'Add', value: { members: [{ $ref: `https://x.example/scim/v2/Groups/${id}` }] } }),
      true,
    ],
    ['add by id alone', (id) => ({ op: 'add', path: 'members', value: [{ value: id }] }), true],
    ['replace', (id) => ({ op: 'replace', path: 'members', value: [group(id)] }), true],
    ['remove by id', (id) => ({ op: 'remove', path: `members[value eq "${id}"]` }), false],
    ['remove a list', (id) => ({ op: 'Remove', path: 'members', value: [group(id)] }), false],
    ['remove all groups', () => ({ op: 'remove', path: 'members[type eq "Group"]' }), false],
    ['remove all users', () => ({ op: 'remove', path: 'members[type eq "User"]' }), true],
    ['remove all', () => ({ op: 'remove', path: 'members' }), false],
    ['replace by none', () => ({ op: 'replace', path: 'members', value: [] }), false],
  ])('are members by PATCH: %s', async (name, operation, isIn) => {
    const scim = doors.NEST;
    const inner = await newGroup(scim);
    const outer = await newGroup(scim, user(await newUser(scim)), ...(/^add/.test(name) ? [] : [group(inner)]));

    const { status } = await scim.patch(`/Groups/${outer}`, [operation(inner)]);

    expect(status).toBe(204);
    const { members } = (await scim.get(`/Groups/${outer}`)).body;
    expect(members.some(({ value }: Member) => value === inner)).toBe(isIn);
  });

  it.each(SETTINGS)('may be inside each other and inside themselves, and nothing fails: %s', async (setting) => {
    const scim = doors[setting];
    const ann = await newUser(scim);
    const a = await newGroup(scim, user(ann));
    const b = await newGroup(scim, group(a));

    const both = await Promise.all([
      scim.patch(`/Groups/${a}`, [{ op: 'add', path: 'members', value: [group(b), group(a)] }]),
      scim.patch(`/Groups/${b}`, [{ op: 'add', path: 'members', value: [group(a), group(b)] }]),
    ]);
    const read = await Promise.all([a, b].map((id) => scim.get(`/Groups/${id}`)));

    expect(both.map(({ status }) => status)).toEqual([204, 204]);
    const all = {
      NEST: [[`Group ${b}`, `User ${ann}`], [`Group ${a}`]],
      FLATTEN: [[`User ${ann}`], [`User ${ann}`]],
      SKIP: [[`User ${ann}`], []],
    };
    expect(read.map(({ body }) => shown(body.members))).toEqual(all[setting]);
    expect((await scim.get(`/Users/${ann}`)).body.groups.length).toBe(setting === 'SKIP' ? 1 : 2);
  });

  it('follow each change of an inner group where they are flattened, whatever the version says', async () => {
    const scim = doors.FLATTEN;
    const { ann, bob, inner, outer } = await nested(scim);
    const { headers, body } = await scim.get(`/Groups/${outer}`);
    await scim.patch(`/Groups/${inner}`, [{ op: 'remove', path: `members[value eq "${bob}"]` }]);
    const conditional = { headers: { 'If-None-Match': headers.get('etag')! } };

    const again = await scim.get(`/Groups/${outer}`, conditional);
    const without = await scim.get(`/Groups/${outer}?excludedAttributes=members`, conditional);
    const plain = await scim.get(`/Groups/${inner}`);
    const known = await scim.get(`/Groups/${inner}`, { headers: { 'If-None-Match': plain.headers.get('etag')! } });

    expect(body.members).toHaveLength(2);
    expect([again.status, without.status, known.status]).toEqual([200, 304, 304]);
    expect(shown(again.body.members)).toEqual([`User ${ann}`]);
  });

  it('are unknown members where another directory manages them', async () => {
    const foreign = await newGroup(doors.FLATTEN);

    const outer = await newGroup(doors.NEST, group(foreign));

    expect((await doors.NEST.get(`/Groups/${outer}`)).body.members).toEqual([]);
    expect((await doors.NEST.get(`/Groups/${foreign}`)).status).toBe(404);
  });

  it('leave a warning and a conflict where they are skipped', async () => {
    const inner = await newGroup(doors.SKIP);
    const outer = await newGroup(doors.SKIP, group(inner));

    const { conflicts } = await dataOf(
      graphqlClient(company)(
        'query ($filter: ConflictFilter) { conflicts(filter: $filter) { nodes { kind details } } }',
        {
          filter: { objectId: { eq: outer } },
        },
      ),
    );
    expect(conflicts.nodes).toEqual([{ kind: 'SKIPPED_TEAM', details: { count: 1, teams: [inner] } }]);
  });

  it('are gone from each other when one is deleted', async () => {
    const scim = doors.NEST;
    const { ann, bob, inner, outer } = await nested(scim);
    const top = await newGroup(scim, group(outer));

    await scim.delete(`/Groups/${outer}`);

    expect((await scim.get(`/Groups/${top}`)).body.members).toEqual([]);
    for (const id of [ann, bob]) {
      const { groups = [] } = (await scim.get(`/Users/${id}`)).body;
      expect(groups.map(({ value }: Member) => value)).toEqual(id === bob ? [inner] : []);
    }
  });

  it('are told of in the schema', async () => {
    for (const setting of SETTINGS) {
      const { body } = await doors[setting].get('/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group');
      const members = body.attributes.find(({ name }: { name: string }) => name === 'members');
      const { canonicalValues } = members.subAttributes.find(({ name }: { name: string }) => name === 'type');
      expect(canonicalValues).toEqual(setting === 'SKIP' ? ['User'] : ['User', 'Group']);
    }
  });

  it('give roles and show in GraphQL, whoever nested them', async () => {
    const ask = graphqlClient(company);
    const { bob, inner, outer } = await nested(doors.NEST);
    const { createTeam } = await dataOf(
      ask(
        'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id memberTeams { id } } warnings { code } } }',
        {
          input: { displayName: `Local ${made}`, members: [outer] },
        },
      ),
    );
    const local = createTeam.team.id;
    expect(createTeam).toEqual({ team: { id: local, memberTeams: [{ id: outer }] }, warnings: [] });
    const { roles } = await dataOf(ask('{ roles { nodes { id key } } }'));
    const role = roles.nodes.find(({ key }: { key: string }) => key === 'manager');
    const create = [{ kind: 'TEAM', teamId: local, roleId: role.id }];
    const { previewRoleMapping } = await dataOf(
      ask('query ($input: PreviewRoleMappingInput!) { previewRoleMapping(input: $input) { gaining hash } }', {
        input: { create },
      }),
    );
    expect(previewRoleMapping.gaining).toBe(2);
    await dataOf(
      ask('mutation ($input: ChangeRoleMappingsInput!) { changeRoleMappings(input: $input) { created { id } } }', {
        input: { create, previewHash: previewRoleMapping.hash },
      }),
    );

    const seen = await dataOf(
      ask(
        'query ($id: ID!, $team: ID!) { user(id: $id) { teams { id } outerTeams { id } roles { key } } team(id: $team) { parentTeams { id } } }',
        {
          id: bob,
          team: outer,
        },
      ),
    );

    expect(seen).toEqual({
      user: { teams: [{ id: inner }], outerTeams: [{ id: local }, { id: outer }], roles: [{ key: 'manager' }] },
      team: { parentTeams: [{ id: local }] },
    });
  });
});
