import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

let rollcall: TestRollcall;
let company: TestCompany;
let graphql: ReturnType<typeof graphqlClient>;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany();
  graphql = graphqlClient(company);
});
afterAll(() => rollcall.stop());

type Variables = Record<string, unknown>;

const ask = (source: string, variables?: Variables) => dataOf(graphql(source, variables));
const refused = (source: string, variables?: Variables) => errorOf(graphql(source, variables));

const CREATE =
  'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id version } outcome warnings { code } } }';
const newUser = async (userName: string, more: Variables = {}) =>
  (await ask(CREATE, { input: { userName, ...more } })).createUser.user.id as string;

const USER = `query ($id: ID!) { user(id: $id) {
  id userName externalId active displayName title locale timezone name { formatted givenName familyName }
  emails { value type primary display ref } phoneNumbers { value } addresses { locality country primary } entitlements { value }
  enterprise { department manager { value } } extensions { urn values } roleValues { value }
  teams { id } roles { key } projects { key } managedBy { id } lockedFields version createdAt updatedAt
} }`;
const userOf = async (id: string) => (await ask(USER, { id })).user;

describe('a user, as a front end writes it', () => {
  it('is created with everything, read back, and found by user name and external id', async () => {
    const input = {
      userName: 'Ana@acme.example',
      externalId: 'hr-1',
      displayName: 'Ana Ruiz',
      title: 'Tester',
      locale: 'es-ES',
      timezone: 'Europe/Madrid',
      name: { givenName: 'Ana', familyName: 'Ruiz', formatted: 'Ana Ruiz' },
      emails: [{ value: 'ana@acme.example', type: 'work', primary: true }],
      phoneNumbers: [{ value: '+34 600' }],
      addresses: [{ locality: 'Madrid', country: 'ES', primary: true }],
      entitlements: [{ value: 'laptop' }],
      enterprise: { department: 'QA', manager: { value: 'm-1' } },
    };

    const { createUser } = await ask(CREATE, { input });

    const { id } = createUser.user;
    expect(createUser).toMatchObject({ outcome: 'CREATED', warnings: [], user: { version: 1 } });
    expect(await userOf(id)).toMatchObject({ ...input, active: true, managedBy: null, lockedFields: [], teams: [] });
    const found = await ask(
      '{ byName: userByUserName(userName: "ANA@acme.EXAMPLE") { id } byId: userByExternalId(externalId: "hr-1") { id } none: userByUserName(userName: "nobody") { id } }',
    );
    expect(found).toEqual({ byName: { id }, byId: { id }, none: null });
  });

  it('is changed field by field: what is left out stays, null clears', async () => {
    const id = await newUser('ben', { title: 'Old', nickName: 'B', emails: [{ value: 'a@x.example' }] });
    const update =
      'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { title nickName emails { value } version } warnings { code } } }';

    const { updateUser } = await ask(update, {
      input: { id, title: 'New', nickName: null, addEmails: [{ value: 'b@x.example' }], removeEmails: ['A@x.example'] },
    });

    expect(updateUser.user).toEqual({ title: 'New', nickName: null, emails: [{ value: 'b@x.example' }], version: 2 });
    expect(await refused(update, { input: { id, title: 'Newer', expectedVersion: 1 } })).toMatchObject({
      code: 'VERSION_MISMATCH',
      id,
    });
  });

  it('is changed by an ordered list, all of it or nothing', async () => {
    const id = await newUser('cleo', { emails: [{ value: 'c@x.example', type: 'work' }] });
    const change =
      'mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { title displayName emails { value type primary } phoneNumbers { value } } } }';

    const { changeUser } = await ask(change, {
      input: {
        id,
        changes: [
          { set: { title: 'T', displayName: 'D' } },
          { unset: ['displayName'] },
          { addValues: { attribute: 'PHONE_NUMBERS', values: [{ value: '1' }, { value: '2' }] } },
          { removeValues: { attribute: 'PHONE_NUMBERS', where: { value: { eq: '1' } } } },
          { updateValues: { attribute: 'EMAILS', where: { type: { eq: 'work' } }, set: { value: 'new@x.example' } } },
          {
            updateValues: {
              attribute: 'EMAILS',
              where: { type: { eq: 'home' } },
              set: { value: 'h@x.example' },
              ifNone: 'CREATE',
            },
          },
          { replaceValues: { attribute: 'IMS', values: [] } },
        ],
      },
    });

    expect(changeUser.user).toEqual({
      title: 'T',
      displayName: null,
      emails: [
        { value: 'new@x.example', type: 'work', primary: null },
        { value: 'h@x.example', type: 'home', primary: null },
      ],
      phoneNumbers: [{ value: '2' }],
    });
    const failing = [
      { set: { title: 'never' } },
      { updateValues: { attribute: 'IMS', where: { type: { eq: 'x' } }, set: { value: 'v' } } },
    ];
    expect(await refused(change, { input: { id, changes: failing } })).toMatchObject({
      code: 'NO_TARGET',
      field: 'ims',
    });
    expect((await userOf(id)).title).toBe('T');
  });

  it('takes exactly one member of a change', async () => {
    const id = await newUser('duo');
    const change = 'mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { id } } }';
    const both = { set: { title: 'x' }, unset: ['title'] };

    expect(await refused(change, { input: { id, changes: [both] } })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await refused(change, { input: { id, changes: [{}] } })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is replaced whole: what is left out is cleared, but not what nobody sends with it', async () => {
    const id = await newUser('eva', { externalId: 'hr-eva', title: 'T', displayName: 'Eva' });

    await ask('mutation ($input: ReplaceUserInput!) { replaceUser(input: $input) { user { id } } }', {
      input: { id, userName: 'eva2', displayName: 'Eva II' },
    });

    expect(await userOf(id)).toMatchObject({
      userName: 'eva2',
      displayName: 'Eva II',
      title: null,
      externalId: 'hr-eva',
      active: true,
    });
  });

  it('leaves, comes back, and is deleted, after which the name is free', async () => {
    const id = await newUser('finn');
    const input = { id };

    const off = 'mutation ($input: UserIdInput!) { deactivateUser(input: $input) { user { active version } } }';
    expect((await ask(off, { input })).deactivateUser.user).toEqual({ active: false, version: 2 });
    expect((await ask(off, { input })).deactivateUser.user).toEqual({ active: false, version: 2 });
    const listed = await ask(
      '{ all: users(filter: { userName: { eq: "FINN" } }) { totalCount } assignable: assignableUsers(filter: { userName: { eq: "finn" } }) { totalCount } }',
    );
    expect(listed).toEqual({ all: { totalCount: 1 }, assignable: { totalCount: 0 } });
    const on = 'mutation ($input: UserIdInput!) { reactivateUser(input: $input) { user { active } } }';
    expect((await ask(on, { input })).reactivateUser.user).toEqual({ active: true });
    const drop = 'mutation ($input: UserIdInput!) { deleteUser(input: $input) { id } }';
    expect(await ask(drop, { input })).toEqual({ deleteUser: { id } });

    expect(await refused(USER, { id })).toMatchObject({ code: 'NOT_FOUND', id, requestId: expect.any(String) });
    expect(await refused(drop, { input })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await newUser('finn')).not.toBe(id);
  });

  it.each([
    ['a taken user name', { userName: 'GUS' }, 'UNIQUENESS', 'userName'],
    ['an empty user name', { userName: '' }, 'INVALID_VALUE', 'userName'],
    ['a NUL character', { userName: 'g2', title: 'a\0b' }, 'INVALID_VALUE', 'title'],
    ['an over-long title', { userName: 'g3', title: 'x'.repeat(2_000) }, 'INVALID_VALUE', 'title'],
  ])('is refused with %s, and the field is named', async (_, input, code, field) => {
    await graphql(CREATE, { input: { userName: 'gus' } });

    const error = await refused(CREATE, { input });

    expect(error).toMatchObject({ code, field });
    expect(error.message).toContain(field);
  });
});

const TEAM = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { team(id: $id) {
  displayName externalId memberCount version lockedFields managedBy { id } projects { key }
  members(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id userName } edges { cursor since node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
} }`;

describe('a team', () => {
  it('is made, changed each way, and deleted', async () => {
    const [ann, bob, cyd] = [await newUser('t-ann'), await newUser('t-bob'), await newUser('t-cyd')];
    const create =
      'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id version } warnings { code field message } } }';

    const { createTeam } = await ask(create, { input: { displayName: 'Crew', members: [ann, 'nobody'] } });
    const { id } = createTeam.team;
    expect(createTeam.warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER', field: 'members' }]);
    expect(createTeam.warnings[0].message).toContain('nobody');

    const members = async () =>
      (await ask(TEAM, { id })).team.members.nodes.map((user: { id: string }) => user.id) as string[];
    await ask('mutation ($input: UpdateTeamInput!) { updateTeam(input: $input) { team { id } } }', {
      input: { id, displayName: 'Crew 2', addMembers: [bob], removeMembers: [ann] },
    });
    expect(await members()).toEqual([bob]);
    await ask('mutation ($input: ChangeTeamInput!) { changeTeam(input: $input) { team { id } } }', {
      input: { id, changes: [{ set: { externalId: 'g-1' } }, { replaceMembers: [ann] }, { addMembers: [cyd] }] },
    });
    expect(await members()).toEqual([ann, cyd]);
    await ask('mutation ($input: ReplaceTeamInput!) { replaceTeam(input: $input) { team { id } } }', {
      input: { id, displayName: 'Crew 3', members: [bob] },
    });
    expect((await ask(TEAM, { id })).team).toMatchObject({
      displayName: 'Crew 3',
      externalId: 'g-1',
      memberCount: 1,
      members: { nodes: [{ id: bob }], totalCount: 1 },
    });
    expect((await userOf(bob)).teams).toEqual([{ id }]);
    expect(await refused(create, { input: { displayName: 'CREW 3' } })).toMatchObject({
      code: 'UNIQUENESS',
      field: 'displayName',
    });
    await ask('mutation ($input: TeamIdInput!) { deleteTeam(input: $input) { id } }', { input: { id } });
    expect(await refused(TEAM, { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await userOf(bob)).teams).toEqual([]);
  });

  it('pages its members both ways', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await newUser(`paged-${i}`));
    const { createTeam } = await ask('mutation ($i: CreateTeamInput!) { createTeam(input: $i) { team { id } } }', {
      i: { displayName: 'Paged', members: ids },
    });
    const page = async (variables: Variables) => {
      const { members } = (await ask(TEAM, { id: createTeam.team.id, ...variables })).team;
      const { hasNextPage, hasPreviousPage } = members.pageInfo;
      expect(members.totalCount).toBe(5);
      expect(members.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(
        members.nodes.map((node: { id: string }) => node.id),
      );
      return {
        rows: members.nodes.map((node: { id: string }) => ids.indexOf(node.id)),
        more: [hasPreviousPage, hasNextPage],
        first: members.edges[0]?.cursor,
        last: members.pageInfo.endCursor,
      };
    };

    const one = await page({ first: 2 });
    expect(one).toMatchObject({ rows: [0, 1], more: [false, true] });
    const two = await page({ first: 2, after: one.last });
    expect(two).toMatchObject({ rows: [2, 3], more: [true, true] });
    expect(await page({ first: 2, after: two.last })).toMatchObject({ rows: [4], more: [true, false] });
    const end = await page({ last: 2 });
    expect(end).toMatchObject({ rows: [3, 4], more: [true, false] });
    expect(await page({ last: 2, before: end.first })).toMatchObject({ rows: [1, 2], more: [true, true] });
    expect(await page({ first: 0 })).toMatchObject({ rows: [] });
    const wrong = { id: createTeam.team.id };
    expect(await refused(TEAM, { ...wrong, first: 101 })).toMatchObject({ code: 'INVALID_VALUE', field: 'first' });
    expect(await refused(TEAM, { ...wrong, after: 'x' })).toMatchObject({ code: 'INVALID_VALUE', field: 'after' });
  });

  it('streams members only at the gateway’s door', async () => {
    expect(await refused('{ teamMembers(teamIds: []) { hasNextPage } }')).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('applyBatch', () => {
  const BATCH =
    'mutation ($input: ApplyBatchInput!) { applyBatch(input: $input) { results { index ok id code field message } } }';

  it('does each operation by itself, and stops after so many failures', async () => {
    const id = await newUser('batched');
    const operations = [
      { createUser: { userName: 'batch-new' } },
      { createTeam: { displayName: 'Batch team', members: [id] } },
      { changeUser: { id, changes: [{ set: { title: 'B' } }] } },
      { replaceUser: { id, userName: 'batched', title: 'C' } },
      { createUser: { userName: 'BATCHED' } },
      { changeTeam: { id: 'none', changes: [] } },
      { replaceTeam: { id: 'none', displayName: 'x' } },
      { deleteTeam: { id: 'none' } },
      { deleteUser: { id } },
    ];

    const { applyBatch } = await ask(BATCH, { input: { operations, failOnErrors: 2 } });

    expect(applyBatch.results.map(({ ok, code }: { ok: boolean; code: string | null }) => (ok ? 'ok' : code))).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'UNIQUENESS',
      'NOT_FOUND',
    ]);
    expect(applyBatch.results[4]).toMatchObject({ index: 4, id: null, field: 'userName' });
    expect(await userOf(id)).toMatchObject({ title: 'C' });
    expect(await refused(BATCH, { input: { operations: [], failOnErrors: 0 } })).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'failOnErrors',
    });
  });
});
