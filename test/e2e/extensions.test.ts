import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const URN = 'urn:example:crew:2.0:User';
const attribute = (name: string, traits: object = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  description: '',
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  ...traits,
});
const EXTENSION = {
  urn: URN,
  name: 'Crew',
  description: '',
  attributes: [
    attribute('shift', { required: true, canonicalValues: ['day', 'night'] }),
    attribute('licences', { multiValued: true }),
    attribute('years', { type: 'integer' }),
    attribute('joined', { type: 'dateTime' }),
    attribute('badge', { mutability: 'immutable', caseExact: true }),
    attribute('score', { type: 'integer', mutability: 'readOnly' }),
    attribute('berth', {
      type: 'complex',
      subAttributes: [attribute('dock'), attribute('heated', { type: 'boolean' })],
    }),
  ],
};
const WHOLE = {
  shift: 'Night',
  licences: ['crane', 'tug'],
  years: 7,
  joined: '2026-01-31T08:00:00.000Z',
  badge: 'B-1',
  berth: { dock: 'N', heated: true },
};

describe.each(MODES)('a declared extension, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let graphql: ReturnType<typeof graphqlClient>;
  let directoryId: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    const company = await rollcall.newCompany();
    directoryId = company.directoryId;
    scim = scimClient(company);
    graphql = graphqlClient(company);
    const { body } = await configure({ extensions: [EXTENSION], roleAttribute: 'roles', adopt: 'ON_CREATE' });
    expect(body.errors).toBeUndefined();
  });
  afterAll(() => rollcall?.stop());

  const configure = (profile: object) =>
    graphql('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }', {
      input: { id: directoryId, profile },
    });
  let count = 0;
  const aUser = async (values: object = WHOLE) => {
    const answer = await scim.post('/Users', { userName: `crew ${++count}`, [URN]: values });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body;
  };
  const create = (values: object) =>
    graphql(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id extensions { urn values } } } }',
      { input: { userName: `local ${++count}`, extensions: [{ urn: URN, values }] } },
    );
  const change = (id: string, values: object) =>
    graphql('mutation ($input: ChangeUserInput!) { changeUser(input: $input) { user { extensions { values } } } }', {
      input: { id, changes: [{ setExtension: { urn: URN, values } }] },
    });
  const shown = async (id: string) => {
    const { body } = await graphql('query ($id: ID!) { user(id: $id) { extensions { urn values } } }', { id });
    return body.data.user.extensions;
  };

  it('is stored and shown through both doors alike', async () => {
    const user = await aUser();
    expect(user[URN]).toEqual(WHOLE);
    expect(await shown(user.id)).toEqual([{ urn: URN, values: WHOLE }]);

    const { body } = await create(WHOLE);
    expect(body.data.createUser.user.extensions).toEqual([{ urn: URN, values: WHOLE }]);
    expect((await scim.get(`/Users/${body.data.createUser.user.id}`)).body[URN]).toEqual(WHOLE);
  });

  it.each<[name: string, values: Record<string, unknown>]>([
    ['shift', { shift: 'noon' }],
    ['shift', { years: 3 }],
    ['years', { shift: 'day', years: 'many' }],
    ['joined', { shift: 'day', joined: 'yesterday' }],
    ['licences', { shift: 'day', licences: [{ a: 1 }, 7] }],
    ['berth.heated', { shift: 'day', berth: { heated: 'warm' } }],
  ])('refuses a wrong %s, whichever door it comes through', async (name, values) => {
    const answer = await scim.post('/Users', { userName: `wrong ${++count}`, [URN]: values });
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(answer.body.detail).toContain(name);

    const { body } = await create(values);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INVALID_VALUE', field: `extensions.${URN}:${name}` } }]);
  });

  it('refuses to change what is immutable, and lets it be sent again', async () => {
    const user = await aUser();
    for (const operation of [
      { op: 'replace', path: `${URN}:badge`, value: 'B-2' },
      { op: 'remove', path: `${URN}:badge` },
      { op: 'replace', value: { [URN]: { badge: 'b-1' } } },
    ])
      expect(await scim.patch(`/Users/${user.id}`, [operation]), JSON.stringify(operation)).toMatchObject({
        status: 400,
        body: { scimType: 'mutability' },
      });
    const put = await scim.put(`/Users/${user.id}`, { userName: user.userName, [URN]: { shift: 'day' } });
    expect(put).toMatchObject({ status: 200 });
    expect(put.body[URN]).toEqual({ shift: 'day', badge: 'B-1' });
    const again = await scim.put(`/Users/${user.id}`, {
      userName: user.userName,
      [URN]: { shift: 'day', badge: 'B-1' },
    });
    expect(again.body.meta.version).toBe(put.body.meta.version);

    const { body } = await create(WHOLE);
    const refused = await change(body.data.createUser.user.id, { badge: 'B-2' });
    expect(refused.body.errors).toMatchObject([
      { extensions: { code: 'IMMUTABLE', field: `extensions.${URN}:badge` } },
    ]);
  });

  it('passes over what the provider says of a read-only attribute, which people fill in', async () => {
    const { body } = await create({ ...WHOLE, score: 5 });
    const { id } = body.data.createUser.user;
    const { body: user } = await scim.get(`/Users/${id}`);
    expect(user[URN].score).toBe(5);

    const put = await scim.put(`/Users/${id}`, { userName: user.userName, [URN]: { ...WHOLE, score: 9, years: 8 } });
    expect(put.body[URN]).toEqual({ ...WHOLE, score: 5, years: 8 });
  });

  it('is changed singly and as a whole', async () => {
    const { id } = await aUser();
    const patch = async (...operations: object[]) => {
      const answer = await scim.patch(`/Users/${id}`, operations);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body[URN];
    };
    expect(await patch({ op: 'replace', path: `${URN}:years`, value: '8' })).toEqual({ ...WHOLE, years: 8 });
    expect(await patch({ op: 'add', path: `${URN}:licences`, value: [{ value: 'pilot' }] })).toMatchObject({
      licences: ['crane', 'tug', 'pilot'],
    });
    expect(await patch({ op: 'remove', path: `${URN}:licences[value eq "TUG"]` })).toMatchObject({
      licences: ['crane', 'pilot'],
    });
    expect(await patch({ op: 'replace', path: `${URN}:berth.dock`, value: 'S' })).toMatchObject({
      berth: { dock: 'S', heated: true },
    });
    expect(await patch({ op: 'replace', path: URN, value: { SHIFT: 'day', years: 9 } })).toMatchObject({
      shift: 'day',
      years: 9,
      badge: 'B-1',
    });
    expect(await scim.patch(`/Users/${id}`, [{ op: 'remove', path: `${URN}:shift` }])).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
    expect(await shown(id)).toMatchObject([{ values: { shift: 'day', years: 9, licences: ['crane', 'pilot'] } }]);
  });

  it('is not remembered of someone who was deleted and comes back', async () => {
    const externalId = `gone ${++count}`;
    const post = (values: object) => scim.post('/Users', { userName: externalId, externalId, ...values });
    const { body: user } = await post({ [URN]: WHOLE });
    expect((await scim.delete(`/Users/${user.id}`)).status).toBe(204);

    const { body: back } = await post({});
    expect(back.id).toBe(user.id);
    expect(back[URN]).toBeUndefined();
    const { body: badged } = await scim.patch(`/Users/${user.id}`, [
      { op: 'add', path: URN, value: { shift: 'day', badge: 'B-9' } },
    ]);
    expect(badged[URN]).toEqual({ shift: 'day', badge: 'B-9' });
  });

  it('is filtered alike through both doors', async () => {
    const { id } = await aUser({ ...WHOLE, badge: 'F-1', years: 41, licences: ['filter'] });
    for (const [filter, custom] of [
      [`${URN}:years eq 41`, { attribute: 'years', number: { eq: 41 } }],
      [`${URN}:licences eq "FILTER"`, { attribute: 'licences', string: { eq: 'FILTER' } }],
      [`${URN}:badge eq "F-1"`, { attribute: 'badge', string: { eq: 'F-1' } }],
      [`${URN}:berth.heated eq true and ${URN}:years gt 40`, { attribute: 'years', number: { gt: 40 } }],
      [`${URN}:joined lt "2026-02-01T00:00:00Z" and ${URN}:years gt 40`, { attribute: 'years', number: { ge: 41 } }],
    ] as const) {
      const found = await scim.get(`/Users?filter=${encodeURIComponent(filter)}`);
      expect(
        found.body.Resources?.map((user: { id: string }) => user.id),
        filter,
      ).toEqual([id]);
      const { body } = await graphql('query ($filter: UserFilter) { users(filter: $filter) { nodes { id } } }', {
        filter: { custom: { urn: URN, ...custom } },
      });
      expect(body.data.users.nodes, filter).toEqual([{ id }]);
    }
    expect((await scim.get(`/Users?filter=${encodeURIComponent(`${URN}:badge eq "f-1"`)}`)).body.totalResults).toBe(0);
    expect(await scim.get(`/Users?filter=${encodeURIComponent(`${URN}:hat eq "x"`)}`)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidFilter' },
    });
  });

  it.each<[field: string, profile: object]>([
    ['profile.aliases.title', { aliases: { title: 'nickName' } }],
    ['profile.attributes', { attributes: ['emails'] }],
    ['profile.roleValues.boss', { roleValues: { boss: 'captain' } }],
    ['profile.defaultProjects.0', { defaultProjects: ['nowhere'] }],
    [
      'profile.extensions.0.attributes.0.type',
      { extensions: [{ ...EXTENSION, attributes: [attribute('x', { type: 'text' })] }] },
    ],
  ])('a profile with a wrong %s is refused when it is configured', async (field, profile) => {
    const { body } = await configure(profile);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INVALID_VALUE', field } }]);
  });
});
