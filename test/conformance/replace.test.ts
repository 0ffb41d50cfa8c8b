import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, NOBODY, refused, USER } from './provider.js';

describe('replacing resources', () => {
  const at = aProvider();

  it('RFC 7644 §3.5.1: PUT replaces what is there: 200 with the resource', async () => {
    const { id, userName } = await at.aUser({ title: 'Lead' });

    expect(await at.scim.put(`/Users/${id}`, { schemas: [USER], userName, nickName: 'An' })).toMatchObject({
      status: 200,
      body: { id, userName, nickName: 'An' },
    });
  });

  it('RFC 7644 §3.5.1: PUT is stored', async () => {
    const user = await at.aUser();
    const { body } = await at.scim.put(`/Users/${user.id}`, { userName: user.userName, title: 'Lead' });

    expect(await at.now(user)).toEqual(body);
  });

  it('RFC 7644 §3.5.1: what is left out is cleared', async () => {
    const { id, userName } = await at.aUser({
      title: 'Lead',
      name: { givenName: 'Ana' },
      emails: [{ value: 'a@x.y' }],
    });
    const { body } = await at.scim.put(`/Users/${id}`, { userName });

    for (const name of ['title', 'name', 'emails']) expect(body).not.toHaveProperty(name);
  });

  it('RFC 7644 §3.5.1: a sub-attribute that is left out is cleared', async () => {
    const { id, userName } = await at.aUser({ name: { givenName: 'Ana', familyName: 'Ruiz' } });

    expect((await at.scim.put(`/Users/${id}`, { userName, name: { givenName: 'Ana' } })).body.name).toEqual({
      givenName: 'Ana',
    });
  });

  it('RFC 7644 §3.5.1: elements that are left out are cleared', async () => {
    const { id, userName } = await at.aUser({ emails: [{ value: 'a@x.example' }, { value: 'b@x.example' }] });

    expect((await at.scim.put(`/Users/${id}`, { userName, emails: [{ value: 'b@x.example' }] })).body.emails).toEqual([
      { value: 'b@x.example' },
    ]);
  });

  it('RFC 7644 §3.5.1: an attribute of an extension that is left out is cleared', async () => {
    const { id, userName } = await at.aUser({ [ENTERPRISE]: { department: 'Sales', division: 'North' } });
    const { body } = await at.scim.put(`/Users/${id}`, { userName, [ENTERPRISE]: { division: 'North' } });

    expect(body[ENTERPRISE]).toEqual({ division: 'North' });
  });

  it('RFC 7644 §3.5.1: an extension that is not sent at all stays', async () => {
    const { id, userName } = await at.aUser({ [ENTERPRISE]: { department: 'Sales' } });

    expect((await at.scim.put(`/Users/${id}`, { userName })).body[ENTERPRISE]).toEqual({ department: 'Sales' });
  });

  it('RFC 7644 §3.5.1: active that is left out stays', async () => {
    const { id, userName } = await at.aUser({ active: false });

    expect((await at.scim.put(`/Users/${id}`, { userName })).body.active).toBe(false);
  });

  it('RFC 7644 §3.5.1: externalId that is left out stays', async () => {
    const externalId = at.name();
    const { id, userName } = await at.aUser({ externalId });

    expect((await at.scim.put(`/Users/${id}`, { userName })).body.externalId).toBe(externalId);
  });

  it('RFC 7644 §3.5.1: PUT without a required attribute is 400, and changes nothing', async () => {
    const user = await at.aUser({ title: 'Lead' });

    expect(await at.scim.put(`/Users/${user.id}`, { title: 'Chief' })).toMatchObject(refused(400, 'invalidValue'));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.5.1: PUT makes nothing new', async () => {
    const userName = at.name();

    expect(await at.scim.put(`/Users/${NOBODY}`, { id: NOBODY, userName })).toMatchObject(refused(404));
    expect(await at.find('/Users', `userName eq "${userName}"`)).toEqual([]);
  });

  it('RFC 7644 §3.5.1: PUT takes the provider’s own answer back, and changes nothing', async () => {
    const user = await at.aUser({
      title: 'Lead',
      emails: [{ value: 'a@x.example', type: 'work', primary: true }],
      [ENTERPRISE]: { department: 'Sales' },
    });

    expect(await at.scim.put(`/Users/${user.id}`, user)).toMatchObject({ status: 200, body: user });
  });

  it('RFC 7644 §3.5.1: PUT to a value that is taken is 409 uniqueness', async () => {
    const [one, two] = [await at.aUser(), await at.aUser()];

    expect(await at.scim.put(`/Users/${two.id}`, { userName: one.userName })).toMatchObject(refused(409, 'uniqueness'));
    expect(await at.now(two)).toEqual(two);
  });

  it('RFC 7644 §3.5.1: the id of the address counts, not the one in the body', async () => {
    const [one, two] = [await at.aUser(), await at.aUser()];

    await at.scim.put(`/Users/${one.id}`, { id: two.id, userName: one.userName, title: 'Lead' });

    expect(await at.now(one)).toMatchObject({ id: one.id, title: 'Lead' });
    expect(await at.now(two)).toEqual(two);
  });

  it('RFC 7644 §3.5.1: PUT with a value of the wrong type is 400 invalidValue, and changes nothing', async () => {
    const user = await at.aUser();

    expect(await at.scim.put(`/Users/${user.id}`, { userName: user.userName, emails: [5] })).toMatchObject(
      refused(400, 'invalidValue'),
    );
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.5.1: PUT of the same again changes nothing, not even the version', async () => {
    const user = await at.aUser({ title: 'Lead' });
    const { body } = await at.scim.put(`/Users/${user.id}`, { userName: user.userName, title: 'Lead' });

    expect(body.meta).toEqual(user.meta);
  });

  it('RFC 7644 §3.5.1: PUT answers with the new version as ETag', async () => {
    const { id, userName, meta } = await at.aUser();
    const { headers, body } = await at.scim.put(`/Users/${id}`, { userName, title: 'Lead' });

    expect(headers.get('etag')).toBe(body.meta.version);
    expect(body.meta.version).not.toBe(meta.version);
  });

  it('RFC 7644 §3.5.1: PUT of a group to a name that is taken is 409 uniqueness', async () => {
    const [one, two] = [await at.aGroup(), await at.aGroup()];

    expect(await at.scim.put(`/Groups/${two.id}`, { displayName: one.displayName })).toMatchObject(
      refused(409, 'uniqueness'),
    );
    expect(await at.now(two)).toEqual(two);
  });

  it('RFC 7644 §3.5.1: PUT to an endpoint is 405', async () => {
    expect(await at.scim.put('/Users', { userName: at.name() })).toMatchObject(refused(405));
  });

  it('RFC 7644 §3.6: DELETE removes a resource: 204 without a body', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.delete(`/Users/${id}`)).toMatchObject({ status: 204, body: null });
  });

  it('RFC 7644 §3.6: what was deleted is 404 by every method', async () => {
    const { id } = await at.aUser();
    await at.scim.delete(`/Users/${id}`);

    expect(await at.scim.get(`/Users/${id}`)).toMatchObject(refused(404));
    expect(await at.scim.put(`/Users/${id}`, { userName: at.name() })).toMatchObject(refused(404));
    expect(await at.scim.patch(`/Users/${id}`, [])).toMatchObject(refused(404));
    expect(await at.scim.delete(`/Users/${id}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.6: what was deleted is no conflict for what is made anew', async () => {
    const { id, userName } = await at.aUser();
    await at.scim.delete(`/Users/${id}`);

    expect((await at.scim.post('/Users', { userName })).status).toBe(201);
  });

  it('RFC 7644 §3.6: DELETE removes groups, and not their members', async () => {
    const user = await at.aUser();
    const { id } = await at.aGroup({ members: [{ value: user.id }] });

    expect((await at.scim.delete(`/Groups/${id}`)).status).toBe(204);
    expect(await at.scim.get(`/Groups/${id}`)).toMatchObject(refused(404));
    expect((await at.now(user)).active).toBe(true);
  });

  it('RFC 7644 §3.6: the name of a deleted group is free', async () => {
    const { id, displayName } = await at.aGroup();
    await at.scim.delete(`/Groups/${id}`);

    expect((await at.aGroup({ displayName })).id).not.toBe(id);
  });

  it('RFC 7644 §3.6: DELETE of an endpoint is 405', async () => {
    expect(await at.scim.delete('/Groups')).toMatchObject(refused(405));
  });
});
