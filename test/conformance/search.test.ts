import { describe, expect, it } from 'vitest';
import { aProvider, LIST, type Resource, refused } from './provider.js';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

describe('queries by POST', () => {
  const at = aProvider();
  const search = (endpoint: string, request: object) =>
    at.scim.post(`${endpoint}/.search`, { schemas: [SEARCH], ...request });
  const idsOf = ({ body }: { body: Resource }) => body.Resources.map(({ id }: Resource) => id);

  it('RFC 7644 §3.4.3: POST to /.search below an endpoint lists its resources: 200', async () => {
    const { id } = await at.aUser();
    const answer = await search('/Users', { filter: `id eq "${id}"` });

    expect(answer).toMatchObject({ status: 200, body: { schemas: [LIST], totalResults: 1 } });
    expect(idsOf(answer)).toEqual([id]);
  });

  it('RFC 7644 §3.4.3: it answers what GET does', async () => {
    const { userName } = await at.aUser({ title: 'Lead' });
    const filter = `userName eq "${userName}"`;

    const { body } = await search('/Users', { filter });

    expect(body).toEqual((await at.scim.get(`/Users?filter=${encodeURIComponent(filter)}`)).body);
  });

  it('RFC 7644 §3.4.3: it makes nothing', async () => {
    const { body } = await at.scim.get('/Users?count=0');

    await search('/Users', { userName: 'somebody' });

    expect((await at.scim.get('/Users?count=0')).body).toEqual(body);
  });

  it('RFC 7644 §3.4.3: groups are searched below /Groups', async () => {
    const { id, displayName } = await at.aGroup();

    expect(idsOf(await search('/Groups', { filter: `displayName eq "${displayName}"` }))).toEqual([id]);
  });

  it('RFC 7644 §3.4.3: attributes is a list of names', async () => {
    const { id, userName } = await at.aUser({ title: 'Lead', nickName: 'An' });
    const { body } = await search('/Users', { filter: `id eq "${id}"`, attributes: ['userName', 'title'] });

    expect(body.Resources).toEqual([{ schemas: expect.anything(), id, userName, title: 'Lead' }]);
  });

  it('RFC 7644 §3.4.3: excludedAttributes is a list of names', async () => {
    const { id } = await at.aUser({ title: 'Lead' });
    const { body } = await search('/Users', { filter: `id eq "${id}"`, excludedAttributes: ['title', 'meta'] });

    expect(Object.keys(body.Resources[0]).sort()).toEqual(['active', 'id', 'schemas', 'userName']);
  });

  it('RFC 7644 §3.4.3: startIndex and count are integers', async () => {
    const title = at.name();
    const ids = [];
    for (let made = 0; made < 3; made++) ids.push((await at.aUser({ title })).id);
    const answer = await search('/Users', { filter: `title eq "${title}"`, startIndex: 2, count: 1 });

    expect(answer.body).toMatchObject({ totalResults: 3, startIndex: 2, itemsPerPage: 1 });
    expect(idsOf(answer)).toEqual([ids[1]]);
    expect(await search('/Users', { count: 'many' })).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.4.3: sortBy and sortOrder sort', async () => {
    const title = at.name();
    const [a, b] = [await at.aUser({ title, nickName: 'a' }), await at.aUser({ title, nickName: 'b' })];
    const request = { filter: `title eq "${title}"`, sortBy: 'nickName', sortOrder: 'descending' };

    expect(idsOf(await search('/Users', request))).toEqual([b.id, a.id]);
  });

  it('RFC 7644 §3.4.3: a request without members lists everything', async () => {
    const { id } = await at.aGroup();

    expect(idsOf(await search('/Groups', {}))).toContain(id);
  });

  it('RFC 7644 §3.4.3: a filter that cannot be read is 400 invalidFilter', async () => {
    expect(await search('/Users', { filter: 'userName eq' })).toMatchObject(refused(400, 'invalidFilter'));
  });

  it('RFC 7644 §3.4.3: a body of another schema is 400 invalidSyntax', async () => {
    const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], filter: 'id pr' };

    expect(await at.scim.post('/Users/.search', body)).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.4.3: GET of /.search is 405', async () => {
    expect(await at.scim.get('/Users/.search')).toMatchObject(refused(405));
  });

  it('RFC 7644 §3.4.3: POST to /.search at the root lists resources of all types', async () => {
    const [user, group] = [await at.aUser(), await at.aGroup()];
    const ids = idsOf(await search('', { count: 1000 }));

    expect(ids).toContain(user.id);
    expect(ids).toContain(group.id);
  });

  it('RFC 7644 §3.4.2.1: at the root a filter by meta.resourceType keeps one type', async () => {
    await Promise.all([at.aUser(), at.aGroup()]);
    const { body } = await search('', { filter: 'meta.resourceType eq "Group"' });

    expect(new Set(body.Resources.map(({ meta }: Resource) => meta.resourceType))).toEqual(new Set(['Group']));
  });

  it('RFC 7644 §3.4.2.1: at the root an attribute that a type lacks has no value there', async () => {
    const { id, userName } = await at.aUser();

    expect(idsOf(await search('', { filter: `userName eq "${userName}"` }))).toEqual([id]);
  });
});
