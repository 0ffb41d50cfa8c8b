import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, LIST, NOBODY, refused, USER } from './provider.js';

describe('reading resources', () => {
  const at = aProvider();

  it('RFC 7644 §3.4.1: GET of its address is the resource: 200', async () => {
    const user = await at.aUser({ title: 'Lead' });

    expect(await at.scim.get(`/Users/${user.id}`)).toMatchObject({ status: 200, body: user });
  });

  it('RFC 7644 §3.4.1: the answer carries the version as ETag', async () => {
    const { id, meta } = await at.aUser();

    expect((await at.scim.get(`/Users/${id}`)).headers.get('etag')).toBe(meta.version);
  });

  it('RFC 7644 §3.4.1: reading changes nothing', async () => {
    const user = await at.aUser();

    await at.scim.get(`/Users/${user.id}?attributes=userName`);

    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.4.1: a resource that is not there is 404', async () => {
    expect(await at.scim.get(`/Users/${NOBODY}`)).toMatchObject(refused(404));
    expect(await at.scim.get(`/Groups/${NOBODY}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.4.1: a text that can be no id is 404, too', async () => {
    expect(await at.scim.get('/Users/not%20an%20id')).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.4.2: a query without a filter lists all resources of the endpoint', async () => {
    const { id } = await at.aUser();
    const { body } = await at.scim.get('/Users?count=1000');

    expect(body.Resources.map((user: { id: string }) => user.id)).toContain(id);
    expect(body.totalResults).toBe(body.Resources.length);
  });

  it('RFC 7644 §3.4.2: a list is a resource of the ListResponse schema', async () => {
    expect((await at.scim.get('/Users')).body.schemas).toEqual([LIST]);
  });

  it('RFC 7644 §3.4.2: totalResults is how many match, and not how many are shown', async () => {
    const tag = at.name();
    await Promise.all([1, 2, 3].map(() => at.aUser({ title: tag })));

    const { body } = await at.scim.get(`/Users?count=2&filter=${encodeURIComponent(`title eq "${tag}"`)}`);

    expect(body).toMatchObject({ totalResults: 3, itemsPerPage: 2 });
  });

  it('RFC 7644 §3.4.2: itemsPerPage is how many are shown', async () => {
    await at.aUser();
    const { body } = await at.scim.get('/Users?count=1');

    expect(body).toMatchObject({ itemsPerPage: 1, Resources: [expect.anything()] });
  });

  it('RFC 7644 §3.4.2: a query that nothing matches is 200 with no resources', async () => {
    expect(await at.scim.get('/Users?filter=userName+eq+%22nobody-at-all%22')).toMatchObject({
      status: 200,
      body: { totalResults: 0, itemsPerPage: 0, Resources: [] },
    });
  });

  it('RFC 7644 §3.4.2: each resource of a list is as its own address shows it', async () => {
    const user = await at.aUser({ title: 'Lead', [ENTERPRISE]: { division: 'North' } });

    expect((await at.list('/Users', `id eq "${user.id}"`)).Resources).toEqual([await at.now(user)]);
  });

  it('RFC 7644 §3.4.2: each resource of a list has its own schemas and location', async () => {
    const { id, meta } = await at.aUser();

    expect((await at.list('/Users', `id eq "${id}"`)).Resources).toMatchObject([
      { schemas: [USER], meta: { location: meta.location } },
    ]);
  });

  it('RFC 7644 §3.4.2: /Users lists no groups and /Groups no users', async () => {
    const [user, group] = [await at.aUser(), await at.aGroup()];

    expect(await at.find('/Users', `id eq "${group.id}"`)).toEqual([]);
    expect(await at.find('/Groups', `id eq "${user.id}"`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2: a deleted resource is in no list', async () => {
    const { id } = await at.aUser();
    await at.scim.delete(`/Users/${id}`);

    expect(await at.find('/Users', `id eq "${id}"`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2: what was written is in the next list', async () => {
    const { userName, id } = await at.aUser();

    expect(await at.find('/Users', `userName eq "${userName}"`)).toEqual([id]);
  });
});
