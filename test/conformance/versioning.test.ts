import { describe, expect, it } from 'vitest';
import { MODES } from '#test/support/rollcall.js';
import { add, aProvider, type Resource, refused, replace } from './provider.js';

describe.each(MODES)('versions, %s', (mode) => {
  const at = aProvider({ mode });
  const ifMatch = (version: string) => ({ headers: { 'if-match': version } });
  const ifNoneMatch = (version: string) => ({ headers: { 'if-none-match': version } });
  /** A user and the version it had before its title changed. */
  const changed = async (): Promise<{ user: Resource; stale: string }> => {
    const user = await at.aUser();
    const { body } = await at.scim.patch(`/Users/${user.id}`, [replace('title', 'Lead')]);
    return { user: body, stale: user.meta.version };
  };

  it('RFC 7644 §3.14: versions are supported, and ServiceProviderConfig says so', async () => {
    expect((await at.scim.get('/ServiceProviderConfig')).body.etag).toEqual({ supported: true });
  });

  it('RFC 7644 §3.14: the version stands in meta and in ETag, and both are equal', async () => {
    const { id, meta } = await at.aUser();

    expect((await at.scim.get(`/Users/${id}`)).headers.get('etag')).toBe(meta.version);
  });

  it('RFC 7644 §3.14: a change makes another version', async () => {
    const { user, stale } = await changed();

    expect(user.meta.version).not.toBe(stale);
  });

  it('RFC 7644 §3.14: PATCH with the version that is there is done', async () => {
    const { id, meta } = await at.aUser();

    expect((await at.scim.patch(`/Users/${id}`, [replace('title', 'x')], ifMatch(meta.version))).status).toBe(200);
  });

  it('RFC 7644 §3.14: PATCH with an old version is 412, and changes nothing', async () => {
    const { user, stale } = await changed();

    expect(await at.scim.patch(`/Users/${user.id}`, [replace('title', 'x')], ifMatch(stale))).toMatchObject(
      refused(412),
    );
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.14: PUT with the version that is there is done', async () => {
    const { id, userName, meta } = await at.aUser();

    expect((await at.scim.put(`/Users/${id}`, { userName, title: 'x' }, ifMatch(meta.version))).status).toBe(200);
  });

  it('RFC 7644 §3.14: PUT with an old version is 412, and changes nothing', async () => {
    const { user, stale } = await changed();

    expect(await at.scim.put(`/Users/${user.id}`, { userName: user.userName }, ifMatch(stale))).toMatchObject(
      refused(412),
    );
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.14: DELETE with the version that is there is done', async () => {
    const { id, meta } = await at.aUser();

    expect((await at.scim.delete(`/Users/${id}`, ifMatch(meta.version))).status).toBe(204);
  });

  it('RFC 7644 §3.14: DELETE with an old version is 412, and removes nothing', async () => {
    const { user, stale } = await changed();

    expect(await at.scim.delete(`/Users/${user.id}`, ifMatch(stale))).toMatchObject(refused(412));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.14: If-Match * matches any version', async () => {
    const { user } = await changed();

    expect((await at.scim.patch(`/Users/${user.id}`, [replace('title', 'x')], ifMatch('*'))).status).toBe(200);
  });

  it('RFC 7644 §3.14: without If-Match the last write wins', async () => {
    const { user } = await changed();

    expect((await at.scim.patch(`/Users/${user.id}`, [replace('title', 'x')])).body.title).toBe('x');
  });

  it('RFC 7644 §3.14: of two writes from one version one is done', async () => {
    const { id, meta } = await at.aUser();

    const answers = await Promise.all(
      ['a', 'b'].map((title) => at.scim.patch(`/Users/${id}`, [replace('title', title)], ifMatch(meta.version))),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('RFC 7644 §3.14: GET of a version that the client has is 304 without a body', async () => {
    const { id, meta } = await at.aGroup();

    expect(await at.scim.get(`/Groups/${id}`, ifNoneMatch(meta.version))).toMatchObject({ status: 304, body: null });
  });

  it('RFC 7644 §3.14: GET of another version than the client has is 200 with the resource', async () => {
    const { id, displayName } = await at.aGroup();

    expect(await at.scim.get(`/Groups/${id}`, ifNoneMatch('W/"999"'))).toMatchObject({
      status: 200,
      body: { displayName },
    });
  });

  it('RFC 7644 §3.14: GET of a user is 304 when groups and roles are left out', async () => {
    const { id, meta } = await at.aUser();

    expect(await at.scim.get(`/Users/${id}?attributes=userName`, ifNoneMatch(meta.version))).toMatchObject({
      status: 304,
    });
  });

  it('RFC 7644 §3.14: GET of a user with its groups is never 304, since they change without it', async () => {
    const { id, meta } = await at.aUser();
    await at.aGroup({ members: [{ value: id }] });

    expect(await at.scim.get(`/Users/${id}`, ifNoneMatch(meta.version))).toMatchObject({
      status: 200,
      body: { groups: [expect.anything()] },
    });
  });

  it('RFC 7644 §3.14: groups have versions like users', async () => {
    const { id, meta } = await at.aGroup();
    await at.scim.patch(`/Groups/${id}`, [replace('displayName', at.name())]);

    expect(await at.scim.patch(`/Groups/${id}`, [add('members', [])], ifMatch(meta.version))).toMatchObject(
      refused(412),
    );
    expect(await at.scim.delete(`/Groups/${id}`, ifMatch(meta.version))).toMatchObject(refused(412));
  });

  it('RFC 7644 §3.14: versions are compared weakly, so the strong form of one is the same', async () => {
    const { id, meta } = await at.aUser();
    const strong = meta.version.replace(/^W\//, '');

    expect((await at.scim.patch(`/Users/${id}`, [replace('title', 'x')], ifMatch(strong))).status).toBe(200);
  });

  it('RFC 7644 §3.14: a resource in a list has the version that its address shows', async () => {
    const { user } = await changed();

    expect((await at.list('/Users', `id eq "${user.id}"`)).Resources[0].meta.version).toBe(user.meta.version);
  });
});
