import { describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { add, aProvider, type Resource, refused, replace } from './provider.js';

const CREATE = `mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }`;

describe('/Me', () => {
  const at = aProvider();
  /** A user, and who speaks with a token that is bound to it. */
  const someone = async () => {
    const user: Resource = await at.aUser({ title: 'Lead' });
    const input = { directoryId: at.company.directoryId, name: 'Mine', userId: user.id };
    const { createDirectoryToken } = await dataOf(graphqlClient(at.company)(CREATE, { input }));
    return { user, me: scimClient({ ...at.company, scimToken: createDirectoryToken.secret }) };
  };

  it('RFC 7644 §3.11: /Me is the user who asks', async () => {
    const { user, me } = await someone();

    expect(await me.get('/Me')).toMatchObject({ status: 200, body: user });
  });

  it('RFC 7644 §3.11: the location of /Me is that of the user', async () => {
    const { user, me } = await someone();
    const { headers, body } = await me.get('/Me');

    expect(body.meta.location).toBe(user.meta.location);
    expect(headers.get('location')).toBe(user.meta.location);
  });

  it('RFC 7644 §3.11: /Me is 501 for a credential that is no user’s', async () => {
    expect(await at.scim.get('/Me')).toMatchObject(refused(501));
  });

  it('RFC 7644 §3.11: /Me is 401 without a credential', async () => {
    expect(await at.scim.get('/Me', { token: null })).toMatchObject(refused(401));
  });

  it('RFC 7644 §3.11: PATCH of /Me changes the user', async () => {
    const { user, me } = await someone();

    expect((await me.patch('/Me', [replace('nickName', 'An')])).body).toMatchObject({ id: user.id, nickName: 'An' });
    expect((await at.now(user)).nickName).toBe('An');
  });

  it('RFC 7644 §3.11: PUT of /Me replaces the user', async () => {
    const { user, me } = await someone();

    const { body } = await me.put('/Me', { userName: user.userName, nickName: 'An' });

    expect(body).toMatchObject({ id: user.id, nickName: 'An' });
    expect(body).not.toHaveProperty('title');
  });

  it('RFC 7644 §3.11: DELETE of /Me deletes the user', async () => {
    const { user, me } = await someone();

    expect(await me.delete('/Me')).toMatchObject({ status: 204, body: null });
    expect(await at.scim.get(`/Users/${user.id}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.11: /Me takes attributes', async () => {
    const { user, me } = await someone();

    expect((await me.get('/Me?attributes=title')).body).toEqual({ schemas: user.schemas, id: user.id, title: 'Lead' });
  });

  it('RFC 7644 §3.11: /Me takes If-Match', async () => {
    const { user, me } = await someone();
    const headers = { 'if-match': 'W/"99"' };

    expect(await me.patch('/Me', [add('nickName', 'An')], { headers })).toMatchObject(refused(412));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.11: /Me takes what the user may not change no more than its address does', async () => {
    const { me } = await someone();

    expect(await me.patch('/Me', [replace('id', 'x')])).toMatchObject(refused(400, 'mutability'));
  });

  it('RFC 7644 §3.11: who is a user sees nobody else', async () => {
    const [{ me }, other] = [await someone(), await at.aUser()];

    expect(await me.get(`/Users/${other.id}`)).toMatchObject(refused(403));
    expect(await me.get('/Users')).toMatchObject(refused(403));
  });

  it('RFC 7644 §3.11: who was deactivated is nobody', async () => {
    const { user, me } = await someone();

    await at.scim.patch(`/Users/${user.id}`, [replace('active', false)]);

    expect(await me.get('/Me')).toMatchObject(refused(401));
  });
});
