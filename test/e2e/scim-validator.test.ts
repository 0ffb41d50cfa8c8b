import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const MANAGER = `${ENTERPRISE}:manager`;

/** What Microsoft's SCIM validator asks: 24 scored tests and 7 previews, and its older test set. */
describe('Microsoft’s validator', () => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let count = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    scim = scimClient(await rollcall.newCompany());
  });
  afterAll(() => rollcall.stop());

  const person = (extra: object = {}) => {
    const name = `val${++count}@Contoso.example`;
    return {
      schemas: [CORE, ENTERPRISE],
      userName: name,
      externalId: `ext-${count}`,
      active: true,
      displayName: `Val ${count}`,
      emails: [{ type: 'work', value: name, primary: true }],
      name: { formatted: 'Val Moser', familyName: 'Moser', givenName: 'Val' },
      roles: [{ primary: 'True', display: 'Manager', value: 'manager', type: 'WindowsAzureActiveDirectoryRole' }],
      timezone: 'XQPWRT',
      [ENTERPRISE]: { employeeNumber: `${count}`, department: 'D', costCenter: 'C', organization: 'O', division: 'V' },
      ...extra,
    };
  };
  const newUser = async (extra?: object) => {
    const sent = person(extra);
    const { status, body } = await scim.post('/Users', sent);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  const newGroup = async (extra: object = {}) => {
    const { status, body } = await scim.post('/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      externalId: `g-${++count}`,
      displayName: `Group ${count}`,
      ...extra,
    });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  const find = async (kind: string, filter: string, rest = '') => {
    const { status, body, headers } = await scim.get(
      `/${kind}?filter=${encodeURIComponent(filter).replaceAll('%20', '+')}${rest}`,
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(body).toMatchObject({ schemas: [LIST], totalResults: body.Resources.length });
    return body.Resources;
  };
  const patched = async (id: string, operations: object[]) => {
    const answer = await scim.patch(`/Users/${id}`, operations);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return (await scim.get(`/Users/${id}`)).body;
  };

  it('creates a user, and finds it', async () => {
    const user = await newUser();
    expect(await find('Users', `userName eq "${user.userName}"`)).toEqual([user]);
    expect(user).toMatchObject({ roles: [{ primary: true, value: 'manager' }], timezone: 'XQPWRT' });
  });

  it('refuses a duplicate user by 409', async () => {
    const user = await newUser();
    expect(await scim.post('/Users', person({ userName: user.userName }))).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
  });

  it('filters: a hit, a miss, and a hit in another case', async () => {
    const user = await newUser();
    expect(await find('Users', `userName eq "${user.userName}"`)).toHaveLength(1);
    expect(await find('Users', 'userName eq "nobody-of-that-name"')).toEqual([]);
    expect(await find('Users', `userName eq "${user.userName.toUpperCase()}"`)).toEqual([user]);
  });

  it('replaces attributes, verbosely', async () => {
    const user = await newUser();
    const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });
    const address = {
      formatted: 'Weg 1',
      streetAddress: 'Weg 1',
      locality: 'Bern',
      region: 'BE',
      postalCode: '3000',
      country: 'CH',
    };
    const texts = {
      displayName: 'D',
      title: 'T',
      preferredLanguage: 'de',
      userType: 'U',
      nickName: 'N',
      locale: 'de-CH',
      timezone: 'Z',
      profileUrl: 'https://p.example',
    };
    const name = {
      givenName: 'G',
      familyName: 'F',
      formatted: 'FF',
      middleName: 'M',
      honorificPrefix: 'P',
      honorificSuffix: 'S',
    };
    const enterprise = {
      employeeNumber: '9',
      department: 'Dep',
      costCenter: 'CC',
      organization: 'Org',
      division: 'Div',
    };
    const phones = ['work', 'mobile', 'fax', 'home', 'pager', 'other'];
    const operations = [
      replace('emails[type eq "work"].value', 'new@contoso.example'),
      replace('emails[type eq "work"].primary', true),
      ...Object.entries(address).map(([key, value]) => replace(`addresses[type eq "work"].${key}`, value)),
      replace('addresses[type eq "work"].primary', true),
      ...phones.map((type) => replace(`phoneNumbers[type eq "${type}"].value`, `+${type}`)),
      replace('roles[primary eq "True"].display', 'Shown'),
      replace('roles[primary eq "True"].value', 'qa'),
      ...Object.entries(name).map(([key, value]) => replace(`name.${key}`, value)),
      ...Object.entries(texts).map(([key, value]) => replace(key, value)),
      ...Object.entries(enterprise).map(([key, value]) => replace(`${ENTERPRISE}:${key}`, value)),
    ];
    expect(operations.length).toBeGreaterThanOrEqual(36);
    expect(await patched(user.id, operations)).toMatchObject({
      ...texts,
      name,
      emails: [{ type: 'work', value: 'new@contoso.example', primary: true }],
      addresses: [{ type: 'work', primary: true, ...address }],
      phoneNumbers: phones.map((type) => ({ type, value: `+${type}` })),
      roles: [{ primary: true, display: 'Shown', value: 'qa' }],
      [ENTERPRISE]: enterprise,
    });
  });

  it('updates the userName', async () => {
    const user = await newUser();
    await patched(user.id, [{ op: 'replace', path: 'userName', value: 'renamed@contoso.example' }]);
    expect(await find('Users', 'userName eq "renamed@contoso.example"')).toHaveLength(1);
    expect(await find('Users', `userName eq "${user.userName}"`)).toEqual([]);
  });

  it.each([false, 'False'])('disables a user by %j, who is still found', async (value) => {
    const user = await newUser();
    expect((await patched(user.id, [{ op: 'replace', path: 'active', value }])).active).toBe(false);
    expect(await find('Users', `userName eq "${user.userName}"`)).toMatchObject([{ id: user.id, active: false }]);
  });

  it.each<[string, (id: string) => unknown]>([
    ['a bare id', (id) => id],
    ['an object', (value) => ({ value })],
    ['a list', (value) => [{ value, $ref: `../Users/${value}` }]],
  ])('adds, replaces and removes a manager, as %s', async (_name, shape) => {
    const [user, first, second] = [await newUser(), await newUser(), await newUser()];
    const added = await patched(user.id, [{ op: 'add', path: MANAGER, value: shape(first.id) }]);
    expect(added[ENTERPRISE].manager.value).toBe(first.id);
    const replaced = await patched(user.id, [{ op: 'replace', path: MANAGER, value: shape(second.id) }]);
    expect(replaced[ENTERPRISE].manager.value).toBe(second.id);
    for (const operation of [
      { op: 'replace', path: MANAGER, value: { value: '' } },
      { op: 'replace', path: MANAGER, value: '' },
      { op: 'remove', path: MANAGER },
      { op: 'remove', path: `manager[value eq "${second.id}"]` },
      { op: 'remove', path: `${MANAGER}.value` },
    ]) {
      await patched(user.id, [{ op: 'add', path: MANAGER, value: shape(second.id) }]);
      expect((await patched(user.id, [operation]))[ENTERPRISE].manager, JSON.stringify(operation)).toBeUndefined();
    }
  });

  it('deletes a user: 204, then 404, and 404 for whoever never was', async () => {
    const user = await newUser();
    expect(await scim.delete(`/Users/${user.id}`)).toMatchObject({ status: 204, body: null });
    expect(await scim.get(`/Users/${user.id}`)).toMatchObject({ status: 404 });
    expect(await scim.delete(`/Users/${user.id}`)).toMatchObject({ status: 404 });
    expect(await scim.delete('/Users/never-was')).toMatchObject({ status: 404 });
    expect(await find('Users', `userName eq "${user.userName}"`)).toEqual([]);
  });

  it('reads groups without their members, by id and by filter', async () => {
    const user = await newUser();
    const group = await newGroup({ members: [{ value: user.id }] });
    const { members, ...rest } = group;
    expect(members).toHaveLength(1);
    expect((await scim.get(`/Groups/${group.id}?excludedAttributes=members`)).body).toEqual(rest);
    expect(await find('Groups', `displayName eq "${group.displayName}"`, '&excludedAttributes=members')).toEqual([
      rest,
    ]);
    expect(
      await find('Groups', `displayName eq "${group.displayName.toUpperCase()}"`, '&excludedAttributes=members'),
    ).toEqual([rest]);
    expect(await find('Groups', 'displayName eq "no such group"', '&excludedAttributes=members')).toEqual([]);
    expect(await find('Groups', `displayName eq "${group.displayName}"`)).toEqual([group]);
  });

  it('refuses a duplicate group by 409', async () => {
    const group = await newGroup();
    expect(await scim.post('/Groups', { displayName: group.displayName })).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
  });

  it('changes a group: attributes, name, members', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const group = await newGroup();
    const patch = async (...operations: object[]) => {
      expect(await scim.patch(`/Groups/${group.id}`, operations)).toMatchObject({ status: 204, body: null });
      return (await scim.get(`/Groups/${group.id}`)).body;
    };
    const ids = ({ members }: { members: { value: string }[] }) => members.map(({ value }) => value);
    expect(await patch({ op: 'replace', value: { externalId: 'ext-new', displayName: 'Renamed' } })).toMatchObject({
      externalId: 'ext-new',
      displayName: 'Renamed',
    });
    expect(await patch({ op: 'replace', path: 'displayName', value: 'Renamed again' })).toMatchObject({
      displayName: 'Renamed again',
    });
    expect(ids(await patch({ op: 'replace', path: 'members', value: [{ value: user.id }] }))).toEqual([user.id]);
    expect(ids(await patch({ op: 'add', path: 'members', value: [{ $ref: null, value: user.id }] }))).toEqual([
      user.id,
    ]);
    expect(ids(await patch({ op: 'remove', path: `members[value eq "${user.id}"]` }))).toEqual([]);
    const addAndRemove = [
      { op: 'add', path: 'members', value: [{ value: other.id }] },
      { op: 'remove', path: `members[value eq "${other.id}"]` },
    ];
    expect(ids(await patch(...addAndRemove))).toEqual([]);
    expect(await scim.delete(`/Groups/${group.id}`)).toMatchObject({ status: 204 });
    expect(await scim.get(`/Groups/${group.id}`)).toMatchObject({ status: 404 });
    expect(await scim.delete(`/Groups/${group.id}`)).toMatchObject({ status: 404 });
    expect(await scim.delete('/Groups/never-was')).toMatchObject({ status: 404 });
  });

  it('does several operations on different attributes, and on the same one, in order', async () => {
    const user = await newUser();
    const after = await patched(user.id, [
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'add', path: 'emails', value: [{ type: 'work', value: 'a@contoso.example', primary: true }] },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'b@contoso.example' },
      { op: 'replace', path: 'userName', value: 'several@contoso.example' },
      { op: 'add', path: 'nickName', value: 'x' },
      { op: 'replace', path: 'nickName', value: 'y' },
    ]);
    expect(after).toMatchObject({
      userName: 'several@contoso.example',
      nickName: 'y',
      emails: [{ type: 'work', value: 'b@contoso.example', primary: true }],
    });
  });

  it('adds attributes to a user who had only a name', async () => {
    const { body: user } = await scim.post('/Users', { schemas: [CORE], userName: 'bare@contoso.example' });
    const after = await patched(user.id, [
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'w@contoso.example' },
      { op: 'Add', path: 'emails[type eq "home"].primary', value: true },
      { op: 'Add', path: 'emails[type eq "home"].display', value: 'Home' },
      { op: 'Replace', path: 'emails[type eq "home"].value', value: 'h@contoso.example' },
      { op: 'Add', path: 'name.givenName', value: 'Lea' },
      { op: 'Add', path: `${CORE}:title`, value: 'Boss' },
    ]);
    expect(after).toMatchObject({
      emails: [
        { type: 'work', value: 'w@contoso.example' },
        { type: 'home', value: 'h@contoso.example', display: 'Home', primary: true },
      ],
      name: { givenName: 'Lea' },
      title: 'Boss',
    });
  });

  it('takes the bodies of the older test set', async () => {
    const { status, body } = await scim.post('/Users', {
      UserName: 'Older',
      Active: 'True',
      DisplayName: 'Old',
      schemas: [CORE],
      Emails: [{ Value: 'o@x.example', Type: 'work', Primary: true }],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      userName: 'Older',
      active: true,
      emails: [{ value: 'o@x.example', type: 'work', primary: true }],
    });
    expect((await scim.get('/Users/?filter=DisplayName+eq+%22old%22')).body.totalResults).toBe(1);
    expect(await scim.post('/Users', { displayName: 'no user name' })).toMatchObject({ status: 400 });
    const put = await scim.put(`/Users/${body.id}`, { UserName: 'Older', DisplayNam: 'misspelt' });
    expect(put).toMatchObject({ status: 200, body: { userName: 'Older', active: true } });
    expect(put.body.displayName).toBeUndefined();
  });
});
