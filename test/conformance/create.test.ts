import { describe, expect, it } from 'vitest';
import { addDirectory } from '#test/support/second-directory.js';
import { aProvider, ENTERPRISE, GROUP, NOBODY, refused, replace, USER } from './provider.js';

describe('creating resources', () => {
  const at = aProvider();

  it('RFC 7644 §3.3: POST to the endpoint of its type makes a resource: 201', async () => {
    expect(await at.scim.post('/Users', { schemas: [USER], userName: at.name() })).toMatchObject({ status: 201 });
    expect(await at.scim.post('/Groups', { schemas: [GROUP], displayName: at.name() })).toMatchObject({ status: 201 });
  });

  it('RFC 7644 §3.3: the answer holds the whole resource', async () => {
    const { body } = await at.scim.post('/Users', { userName: at.name(), title: 'Lead' });

    expect(body).toEqual(await at.now(body));
  });

  it('RFC 7644 §3.3: Location is where the resource is, and equals meta.location', async () => {
    const { headers, body } = await at.scim.post('/Users', { userName: at.name() });

    expect(headers.get('location')).toBe(body.meta.location);
    expect(body.meta.location.endsWith(`/Users/${body.id}`)).toBe(true);
  });

  it('RFC 7644 §3.3: ETag is the version of what was made', async () => {
    const { headers, body } = await at.scim.post('/Groups', { displayName: at.name() });

    expect(headers.get('etag')).toBe(body.meta.version);
  });

  it('RFC 7644 §3.3: the id is made by the provider', async () => {
    const { body } = await at.scim.post('/Users', { id: NOBODY, userName: at.name() });

    expect(body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.id).not.toBe(NOBODY);
  });

  it('RFC 7644 §3.3: a userName that is taken is 409 uniqueness, and makes nothing', async () => {
    const { id, userName } = await at.aUser();

    expect(await at.scim.post('/Users', { userName, title: 'Other' })).toMatchObject(refused(409, 'uniqueness'));
    expect(await at.find('/Users', `userName eq "${userName}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.3: an externalId that is taken is 409 uniqueness', async () => {
    const externalId = at.name();
    await at.aUser({ externalId });

    expect(await at.scim.post('/Users', { userName: at.name(), externalId })).toMatchObject(refused(409, 'uniqueness'));
  });

  it('RFC 7644 §3.3: a group’s name that is taken is 409 uniqueness', async () => {
    const { displayName } = await at.aGroup();

    expect(await at.scim.post('/Groups', { displayName })).toMatchObject(refused(409, 'uniqueness'));
  });

  it('RFC 7644 §3.3: of many that claim one userName at the same time one gets it', async () => {
    const userName = at.name();

    const answers = await Promise.all(Array.from({ length: 6 }, () => at.scim.post('/Users', { userName })));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('RFC 7644 §3.3: what is read-only in the body is passed over', async () => {
    const { status, body } = await at.scim.post('/Users', { userName: at.name(), meta: { location: 'https://x' } });

    expect(status).toBe(201);
    expect(body.meta.location).not.toBe('https://x');
  });

  it('RFC 7644 §3.3: attributes that are left out may get values by the provider', async () => {
    expect((await at.aUser()).active).toBe(true);
  });

  it('RFC 7644 §3.3: extensions are made along with the resource', async () => {
    const { body } = await at.scim.post('/Users', {
      schemas: [USER, ENTERPRISE],
      userName: at.name(),
      [ENTERPRISE]: { employeeNumber: '701984' },
    });

    expect(body).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { employeeNumber: '701984' } });
  });

  it('RFC 7644 §3.3: a resource that is refused is not made in part', async () => {
    const displayName = at.name();

    expect(await at.scim.post('/Groups', { displayName, members: 5 })).toMatchObject(refused(400, 'invalidValue'));
    expect(await at.find('/Groups', `displayName eq "${displayName}"`)).toEqual([]);
  });

  it('RFC 7644 §3.3: POST to a resource is 405', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.post(`/Users/${id}`, { userName: at.name() })).toMatchObject(refused(405));
  });

  it('RFC 7644 §3.3.1: meta.resourceType follows the endpoint', async () => {
    expect((await at.scim.post('/Users', { userName: at.name() })).body.meta.resourceType).toBe('User');
    expect((await at.scim.post('/Groups', { displayName: at.name() })).body.meta.resourceType).toBe('Group');
  });

  it('RFC 7644 §3.3: attributes of the answer can be chosen', async () => {
    const { body } = await at.scim.post('/Users?attributes=userName', { userName: at.name(), title: 'Lead' });

    expect(Object.keys(body).sort()).toEqual(['id', 'schemas', 'userName']);
  });

  it('RFC 7644 §3.3: a user that was deactivated is there again when it is created again', async () => {
    const { id, userName } = await at.aUser();
    await at.scim.patch(`/Users/${id}`, [replace('active', false)]);

    expect(await at.scim.post('/Users', { userName })).toMatchObject({ status: 201, body: { id, active: true } });
  });

  it('RFC 7644 §3.3: a user that is created again as inactive as it is stays as it is, its version too', async () => {
    const user = await at.aUser({ active: false, title: 'Lead' });

    expect(await at.scim.post('/Users', { userName: user.userName, active: false, title: 'Lead' })).toMatchObject({
      status: 201,
      body: user,
    });
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.3: a userName of another directory is taken, and its resource not shown', async () => {
    const { scim } = await addDirectory(at.company, { name: 'Second' });
    const { id, userName } = await at.aUser();

    const answer = await scim.post('/Users', { userName });

    expect(answer).toMatchObject(refused(409, 'uniqueness'));
    expect(JSON.stringify(answer.body)).not.toContain(id);
  });
});
