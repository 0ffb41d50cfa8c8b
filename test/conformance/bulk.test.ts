import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, ERROR, NOBODY, PATCH_OP, type Resource, refused, replace, USER } from './provider.js';

const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

describe('bulk', () => {
  const at = aProvider();
  const bulk = (Operations: object[], more: object = {}) =>
    at.scim.post('/Bulk', { schemas: [REQUEST], Operations, ...more });
  const done = async (operations: object[], more: object = {}): Promise<Resource[]> => {
    const { status, body } = await bulk(operations, more);
    expect(status, JSON.stringify(body)).toBe(200);
    return body.Operations;
  };
  const aUser = (bulkId: string, traits: object = {}) => ({
    method: 'POST',
    path: '/Users',
    bulkId,
    data: { schemas: [USER], userName: at.name(), ...traits },
  });
  const aGroup = (bulkId: string, members: string[]) => ({
    method: 'POST',
    path: '/Groups',
    bulkId,
    data: { displayName: at.name(), members: members.map((value) => ({ value })) },
  });
  const read = async ({ location }: Resource) => at.now({ meta: { location } });
  const statusesOf = (operations: Resource[]) => operations.map(({ status }) => status);

  it('RFC 7644 §3.7: a bulk is answered with 200 and a BulkResponse', async () => {
    expect(await bulk([aUser('a')])).toMatchObject({ status: 200, body: { schemas: [RESPONSE] } });
  });

  it('RFC 7644 §3.7: operations make, replace, change and delete', async () => {
    const [one, two, three] = [await at.aUser(), await at.aUser(), await at.aUser()];
    const data = { schemas: [PATCH_OP], Operations: [replace('title', 'Lead')] };

    const operations = await done([
      aUser('a'),
      { method: 'PUT', path: `/Users/${one.id}`, data: { userName: one.userName, title: 'Chief' } },
      { method: 'PATCH', path: `/Users/${two.id}`, data },
      { method: 'DELETE', path: `/Users/${three.id}` },
    ]);

    expect(statusesOf(operations)).toEqual(['201', '200', '200', '204']);
    expect([(await at.now(one)).title, (await at.now(two)).title]).toEqual(['Chief', 'Lead']);
    expect(await at.scim.get(`/Users/${three.id}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.7.3: each operation is answered in its place, with its method and bulkId', async () => {
    const { id } = await at.aUser();

    expect(await done([aUser('a'), { method: 'DELETE', path: `/Users/${id}` }, aUser('b')])).toMatchObject([
      { method: 'POST', bulkId: 'a' },
      { method: 'DELETE' },
      { method: 'POST', bulkId: 'b' },
    ]);
  });

  it('RFC 7644 §3.7: the status of an operation is a text', async () => {
    expect(await done([aUser('a')])).toMatchObject([{ status: '201' }]);
  });

  it('RFC 7644 §3.7.3: an operation is answered with the location and version of its resource', async () => {
    const [made] = await done([aUser('a')]);

    expect((await read(made)).meta).toMatchObject({ location: made.location, version: made.version });
  });

  it('RFC 7644 §3.7.3: an operation that fails is answered with its error', async () => {
    const { userName } = await at.aUser();

    expect(await done([aUser('a', { userName })])).toMatchObject([
      { status: '409', bulkId: 'a', response: { schemas: [ERROR], status: '409', scimType: 'uniqueness' } },
    ]);
  });

  it('RFC 7644 §3.7: a POST that fails has no location', async () => {
    const [failed] = await done([aUser('a', { userName: '' })]);

    expect(failed).not.toHaveProperty('location');
  });

  it('RFC 7644 §3.7: an operation that fails does not stop the others', async () => {
    expect(statusesOf(await done([aUser('a'), aUser('b', { userName: '' }), aUser('c')]))).toEqual([
      '201',
      '400',
      '201',
    ]);
  });

  it('RFC 7644 §3.7.3: after failOnErrors failures nothing more is done', async () => {
    const last = aUser('c');
    const operations = await done([aUser('a', { userName: '' }), aUser('b'), aUser('x', { userName: '' }), last], {
      failOnErrors: 2,
    });

    expect(statusesOf(operations)).toEqual(['400', '201', '400']);
    expect(await at.find('/Users', `userName eq "${last.data.userName}"`)).toEqual([]);
  });

  it('RFC 7644 §3.7: a version makes an operation conditional', async () => {
    const user = await at.aUser();
    const operation = { method: 'DELETE', path: `/Users/${user.id}`, version: 'W/"99"' };

    expect(statusesOf(await done([operation]))).toEqual(['412']);
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.7: a POST without bulkId is refused', async () => {
    const { bulkId: _, ...operation } = aUser('a');

    expect(await done([operation])).toMatchObject([{ status: '400', response: { scimType: 'invalidSyntax' } }]);
  });

  it('RFC 7644 §3.7: an operation on what is not there is 404', async () => {
    expect(statusesOf(await done([{ method: 'DELETE', path: `/Users/${NOBODY}` }]))).toEqual(['404']);
  });

  it('RFC 7644 §3.7: an operation on an endpoint that is not there is 404', async () => {
    expect(statusesOf(await done([{ method: 'POST', path: '/Devices', bulkId: 'a', data: {} }]))).toEqual(['404']);
  });

  it('RFC 7644 §3.7: nothing is read by bulk', async () => {
    const { id } = await at.aUser();

    expect(statusesOf(await done([{ method: 'GET', path: `/Users/${id}` }]))).toEqual(['400']);
  });

  it('RFC 7644 §3.7: operations on one resource are done in their order', async () => {
    const user = await at.aUser();
    const operation = (title: string) => ({
      method: 'PATCH',
      path: `/Users/${user.id}`,
      data: { schemas: [PATCH_OP], Operations: [replace('title', title)] },
    });
    await done(['a', 'b', 'c'].map(operation));

    expect((await at.now(user)).title).toBe('c');
  });

  it('RFC 7644 §3.7: a body without Operations is 400 invalidSyntax', async () => {
    expect(await at.scim.post('/Bulk', { schemas: [REQUEST] })).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.7: another method than POST is 405', async () => {
    expect(await at.scim.get('/Bulk')).toMatchObject(refused(405));
  });

  it('RFC 7644 §3.7.1: a reference to what is made further down is resolved', async () => {
    const [group, user] = await done([aGroup('g', ['bulkId:u']), aUser('u')]);

    expect((await read(group)).members).toMatchObject([{ value: (await read(user)).id }]);
  });

  it('RFC 7644 §3.7.1: references in a circle are resolved', async () => {
    const managedBy = (value: string) => ({ [ENTERPRISE]: { manager: { value } } });
    const [a, b] = await done([aUser('a', managedBy('bulkId:b')), aUser('b', managedBy('bulkId:a'))]);
    const [one, two] = [await read(a), await read(b)];

    expect(one[ENTERPRISE].manager).toMatchObject({ value: two.id });
    expect(two[ENTERPRISE].manager).toMatchObject({ value: one.id });
  });

  it('RFC 7644 §3.7.2: a reference to what was made before is resolved', async () => {
    const [user, group] = await done([aUser('u'), aGroup('g', ['bulkId:u'])]);

    expect((await read(group)).members).toMatchObject([{ value: (await read(user)).id }]);
  });

  it('RFC 7644 §3.7.2: a path may name what the bulk makes', async () => {
    const data = { schemas: [PATCH_OP], Operations: [replace('title', 'Lead')] };
    const [user] = await done([aUser('u'), { method: 'PATCH', path: '/Users/bulkId:u', data }]);

    expect((await read(user)).title).toBe('Lead');
  });

  it('RFC 7644 §3.7.2: a reference to what failed fails, too', async () => {
    expect(statusesOf(await done([aUser('u', { userName: '' }), aGroup('g', ['bulkId:u'])]))).toEqual(['400', '400']);
  });

  it('RFC 7644 §3.7.2: a reference to what the bulk does not make fails', async () => {
    expect(await done([aGroup('g', ['bulkId:nobody'])])).toMatchObject([
      { status: '400', response: { scimType: 'invalidValue' } },
    ]);
  });

  it('RFC 7644 §3.7.4: more operations than ServiceProviderConfig allows are 413, and none is done', async () => {
    const { bulk: limits } = (await at.scim.get('/ServiceProviderConfig')).body;
    const operations = Array.from({ length: limits.maxOperations + 1 }, (_, index) => aUser(`u${index}`));

    expect(limits.supported).toBe(true);
    expect(await bulk(operations)).toMatchObject(refused(413));
    expect(await at.find('/Users', `userName eq "${operations[0]!.data.userName}"`)).toEqual([]);
  });

  it('RFC 7644 §3.7.4: a body larger than ServiceProviderConfig allows is 413, and nothing is done', async () => {
    const { maxPayloadSize } = (await at.scim.get('/ServiceProviderConfig')).body.bulk;
    const operation = aUser('u', { title: 'x'.repeat(maxPayloadSize) });

    expect(await bulk([operation])).toMatchObject(refused(413));
    expect(await at.find('/Users', `userName eq "${operation.data.userName}"`)).toEqual([]);
  });
});
