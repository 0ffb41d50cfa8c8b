import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, NOBODY, refused, remove, replace } from './provider.js';

describe('attributes and their characteristics', () => {
  const at = aProvider();

  it('RFC 7643 §2.1: names of attributes ignore case in a body', async () => {
    expect(await at.aUser({ DISPLAYNAME: 'Ana', Name: { GIVENNAME: 'Ana' } })).toMatchObject({
      displayName: 'Ana',
      name: { givenName: 'Ana' },
    });
  });

  it('RFC 7643 §2.1: names of attributes are answered as the schema writes them', async () => {
    const user = await at.aUser({ nickname: 'An' });

    expect(Object.keys(user)).toContain('nickName');
    expect(Object.keys(user)).not.toContain('nickname');
  });

  it('RFC 7643 §2.1: one attribute in two cases is one attribute', async () => {
    const { status, body } = await at.scim.post('/Users', { userName: at.name(), title: 'a', Title: 'a' });

    expect(status).toBe(201);
    expect(Object.keys(body).filter((name) => name.toLowerCase() === 'title')).toEqual(['title']);
  });

  it('RFC 7643 §2.2: a resource without a required attribute is refused', async () => {
    expect(await at.scim.post('/Users', { displayName: 'Ana' })).toMatchObject(refused(400, 'invalidValue'));
    expect(await at.scim.post('/Groups', {})).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.2: a required attribute cannot be empty', async () => {
    expect(await at.scim.post('/Users', { userName: '' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.2: a required attribute cannot be removed', async () => {
    const user = await at.aUser();

    expect((await at.scim.patch(`/Users/${user.id}`, [remove('userName')])).status).toBe(400);
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7643 §2.2: what is not required may be left out', async () => {
    const user = await at.aUser();

    expect(Object.keys(user).sort()).toEqual(['active', 'id', 'meta', 'schemas', 'userName']);
  });

  it('RFC 7643 §2.2: uniqueness follows caseExact, so a userName in another case is taken', async () => {
    const { userName } = await at.aUser();

    expect(await at.scim.post('/Users', { userName: userName.toUpperCase() })).toMatchObject(
      refused(409, 'uniqueness'),
    );
  });

  it('RFC 7643 §2.2: an attribute that is not caseExact keeps the case it was sent in', async () => {
    expect((await at.aUser({ userName: `AnA-${at.name()}` })).userName).toMatch(/^AnA-/);
  });

  it('RFC 7643 §2.2: an attribute that is caseExact differs by case', async () => {
    const tag = at.name();
    const { id } = await at.aUser({ externalId: `${tag}-A` });

    expect(await at.find('/Users', `externalId eq "${tag}-A"`)).toEqual([id]);
    expect(await at.find('/Users', `externalId eq "${tag}-a"`)).toEqual([]);
  });

  it('RFC 7643 §2.2: an attribute without uniqueness may be shared', async () => {
    const displayName = at.name();
    const [one, two] = [await at.aUser({ displayName }), await at.aUser({ displayName })];

    expect(await at.find('/Users', `displayName eq "${displayName}"`)).toEqual([one.id, two.id]);
  });

  it('RFC 7643 §2.2: what is readOnly is passed over in a create', async () => {
    const user = await at.aUser({ id: NOBODY, meta: { created: '1999-01-01T00:00:00Z' }, groups: [{ value: 'g' }] });

    expect(user.id).not.toBe(NOBODY);
    expect(user.meta.created).not.toMatch(/^1999/);
    expect(user).not.toHaveProperty('groups');
  });

  it('RFC 7643 §2.2: what is readOnly is passed over in a replace', async () => {
    const user = await at.aUser();
    const meta = { ...user.meta, created: '1999-01-01T00:00:00Z' };

    expect(await at.scim.put(`/Users/${user.id}`, { ...user, id: NOBODY, meta })).toMatchObject({
      status: 200,
      body: { id: user.id, meta: { created: user.meta.created } },
    });
  });

  it('RFC 7643 §2.2: what is readOnly cannot be patched', async () => {
    const user = await at.aUser();

    for (const operation of [replace('meta.created', '1999-01-01T00:00:00Z'), replace('groups', []), remove('id')])
      expect(await at.scim.patch(`/Users/${user.id}`, [operation])).toMatchObject(refused(400, 'mutability'));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7643 §2.2: what is writeOnly can be written', async () => {
    const { id } = await at.aUser({ password: 'correct horse' });

    expect((await at.scim.patch(`/Users/${id}`, [replace('password', 'battery staple')])).status).toBe(200);
  });

  it('RFC 7643 §2.2: what is returned "never" is in no answer, asked for or not', async () => {
    const user = await at.aUser({ password: 'correct horse' });

    expect(user).not.toHaveProperty('password');
    for (const query of ['', '?attributes=password', '?attributes=userName,password'])
      expect(JSON.stringify((await at.scim.get(`/Users/${user.id}${query}`)).body)).not.toContain('password');
  });

  it('RFC 7643 §2.2: what is returned "always" stays when it is excluded', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.get(`/Users/${id}?excludedAttributes=id`)).body.id).toBe(id);
  });

  it('RFC 7643 §2.2: what is returned "always" comes along when other attributes are asked for', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.get(`/Users/${id}?attributes=userName`)).body.id).toBe(id);
  });

  it('RFC 7643 §2.2: what is returned by default comes unasked', async () => {
    const { id } = await at.aUser({ title: 'Lead', [ENTERPRISE]: { division: 'North' } });

    expect((await at.scim.get(`/Users/${id}`)).body).toMatchObject({
      title: 'Lead',
      [ENTERPRISE]: { division: 'North' },
    });
  });

  it('RFC 7643 §2.2: what is returned by default can be excluded', async () => {
    const { id } = await at.aUser({ title: 'Lead' });

    expect((await at.scim.get(`/Users/${id}?excludedAttributes=title`)).body).not.toHaveProperty('title');
  });

  it('RFC 7643 §2.4: canonical values are suggestions, so another type is kept', async () => {
    expect(await at.aUser({ emails: [{ value: 'a@x.example', type: 'boat' }] })).toMatchObject({
      emails: [{ value: 'a@x.example', type: 'boat' }],
    });
  });

  it('RFC 7643 §2.4: a multi-valued attribute is an array even when it holds one value', async () => {
    expect((await at.aUser({ emails: [{ value: 'a@x.example' }] })).emails).toEqual([{ value: 'a@x.example' }]);
  });

  it('RFC 7643 §2.4: the values of a multi-valued attribute may share a type', async () => {
    const emails = [
      { value: 'a@x.example', type: 'work' },
      { value: 'b@x.example', type: 'work' },
    ];

    expect((await at.aUser({ emails })).emails).toEqual(emails);
  });

  it('RFC 7643 §2.4: at most one value is the primary one: of several the last', async () => {
    const emails = [
      { value: 'a@x.example', primary: true },
      { value: 'b@x.example', primary: true },
    ];

    expect((await at.aUser({ emails })).emails).toEqual([
      { value: 'a@x.example', primary: false },
      { value: 'b@x.example', primary: true },
    ]);
  });

  it('RFC 7643 §2.4: the same value with the same type is not kept twice when it is added again', async () => {
    const email = { value: 'a@x.example', type: 'work' };
    const user = await at.aUser({ emails: [email] });

    const { body } = await at.scim.patch(`/Users/${user.id}`, [{ op: 'add', path: 'emails', value: [email] }]);

    expect(body.emails).toEqual([email]);
  });

  it('RFC 7643 §2.5: an attribute set to null is unassigned', async () => {
    expect(await at.aUser({ title: null, emails: null })).not.toMatchObject({ title: expect.anything() });
  });

  it('RFC 7643 §2.5: an empty array is unassigned', async () => {
    expect(await at.aUser({ emails: [], phoneNumbers: [] })).not.toHaveProperty('emails');
  });

  it('RFC 7643 §2.5: what is unassigned is not answered', async () => {
    const user = await at.aUser({ title: 'Lead' });

    const { body } = await at.scim.patch(`/Users/${user.id}`, [replace('title', null)]);

    expect(body).not.toHaveProperty('title');
    expect(JSON.stringify(body)).not.toContain('null');
  });

  it('RFC 7643 §2.5: what is unassigned is not present to a filter', async () => {
    const user = await at.aUser({ title: null });

    expect(await at.find('/Users', `id eq "${user.id}" and not (title pr)`)).toEqual([user.id]);
  });
});
