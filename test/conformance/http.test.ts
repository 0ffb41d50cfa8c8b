import { describe, expect, it } from 'vitest';
import { rawClient, statusOf } from '#test/e2e/scim-raw.js';
import { MODES } from '#test/support/rollcall.js';
import { aProvider, LIST, NOBODY, refused, replace } from './provider.js';

describe.each(MODES)('HTTP, %s', (mode) => {
  const at = aProvider({ mode });

  it('RFC 7644 §2: a bearer token says who asks', async () => {
    expect((await at.scim.get('/Users')).status).toBe(200);
  });

  it('RFC 7644 §2: a request without credentials is 401, with a challenge', async () => {
    const answer = await at.scim.get('/Users', { token: null });

    expect(answer).toMatchObject(refused(401));
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it('RFC 7644 §2: another scheme than Bearer is 401', async () => {
    const authorization = `Basic ${Buffer.from('ana:secret').toString('base64')}`;

    expect(await at.scim.get('/Users', { token: null, headers: { authorization } })).toMatchObject(refused(401));
  });

  it('RFC 7644 §2: the scheme ignores case', async () => {
    const authorization = `bearer ${at.company.scimToken}`;

    expect((await at.scim.get('/Users', { token: null, headers: { authorization } })).status).toBe(200);
  });

  it('RFC 7644 §2.1: a token in the address opens nothing', async () => {
    expect(await at.scim.get(`/Users?access_token=${at.company.scimToken}`, { token: null })).toMatchObject(
      refused(401),
    );
  });

  it('RFC 7644 §3.1: bodies are read as application/scim+json', async () => {
    const headers = { 'content-type': 'application/scim+json' };

    expect((await at.scim.post('/Users', { userName: at.name() }, { headers })).status).toBe(201);
  });

  it('RFC 7644 §3.1: bodies are read as application/json', async () => {
    const headers = { 'content-type': 'application/json' };

    expect((await at.scim.post('/Users', { userName: at.name() }, { headers })).status).toBe(201);
  });

  it('RFC 7644 §3.1: answers are application/scim+json in UTF-8', async () => {
    const { headers } = await at.scim.get('/Users');

    expect(headers.get('content-type')?.toLowerCase()).toBe('application/scim+json; charset=utf-8');
  });

  it('RFC 7644 §3.1: who accepts application/json alone gets it', async () => {
    const { headers } = await at.scim.get('/Users', { headers: { accept: 'application/json' } });

    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('RFC 7644 §3.1: another type of body than JSON is 415', async () => {
    const headers = { 'content-type': 'text/plain' };

    expect(await at.scim.post('/Users', { userName: at.name() }, { headers })).toMatchObject(refused(415));
  });

  it('RFC 7644 §3.1: another method than an endpoint knows is 405, and Allow names those it knows', async () => {
    const answer = await at.scim.delete('/Users');

    expect(answer).toMatchObject(refused(405));
    expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(['GET', 'POST']));
  });

  it('RFC 7644 §3.1: OPTIONS says which methods an address knows, and 405 says the same', async () => {
    const { id } = await at.aUser();
    const [options, refusal] = [await at.scim.call('OPTIONS', `/Users/${id}`), await at.scim.post(`/Users/${id}`, {})];

    expect(options.status).toBe(204);
    expect(options.headers.get('allow')?.split(', ').sort()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'PUT',
    ]);
    expect(refusal.headers.get('allow')).toBe(options.headers.get('allow'));
  });

  it('RFC 7644 §3.1: a method that a header names is not done', async () => {
    const user = await at.aUser();

    await at.scim.get(`/Users/${user.id}`, { headers: { 'x-http-method-override': 'DELETE' } });

    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.2: HEAD says what GET would, without its body', async () => {
    const { id } = await at.aUser();
    const [got, head] = [await at.scim.get(`/Users/${id}`), await at.scim.call('HEAD', `/Users/${id}`)];

    expect(head.status).toBe(200);
    expect(head.body).toBeNull();
    for (const name of ['content-type', 'etag']) expect(head.headers.get(name)).toBe(got.headers.get(name));
  });

  it('RFC 7644 §3.2: the version of the protocol stands in the address', async () => {
    const { origin } = new URL(at.rollcall.scimBaseUrl);
    const headers = { authorization: `Bearer ${at.company.scimToken}` };

    expect(at.rollcall.scimBaseUrl).toBe(`${origin}/scim/v2`);
    expect((await fetch(`${origin}/scim/v3/Users`, { headers })).status).toBe(404);
  });

  it('RFC 7644 §3.2: resources are at /Users and /Groups', async () => {
    for (const endpoint of ['/Users', '/Groups'])
      expect(await at.scim.get(endpoint)).toMatchObject({ status: 200, body: { schemas: [LIST] } });
  });

  it('RFC 7644 §3.2: endpoints are case-exact', async () => {
    expect(await at.scim.get('/users')).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.2: an id that no resource has is 404 by every method', async () => {
    const path = `/Users/${NOBODY}`;

    expect(await at.scim.get(path)).toMatchObject(refused(404));
    expect(await at.scim.put(path, { userName: at.name() })).toMatchObject(refused(404));
    expect(await at.scim.patch(path, [replace('title', 'x')])).toMatchObject(refused(404));
    expect(await at.scim.delete(path)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.2: a user’s id is no group’s', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.get(`/Groups/${id}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.8: a body is UTF-8', async () => {
    const raw = Buffer.concat([Buffer.from(`{"userName":"${at.name()}`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);

    expect(await at.scim.post('/Users', undefined, { raw })).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.8: a body in another charset is 415', async () => {
    const headers = { 'content-type': 'application/scim+json; charset=utf-16' };

    expect(await at.scim.post('/Users', { userName: at.name() }, { headers })).toMatchObject(refused(415));
  });

  it('RFC 7644 §3.8: letters beyond ASCII come back as they were sent', async () => {
    expect((await at.aUser({ displayName: 'Zoë 東京 👩‍🌾' })).displayName).toBe('Zoë 東京 👩‍🌾');
  });

  it('RFC 7644 §3.8: a name may be written with escapes', async () => {
    const raw = `{"userName":"${at.name()}","display\\u004eame":"Zo\\u00eb"}`;

    expect(await at.scim.post('/Users', undefined, { raw })).toMatchObject({ body: { displayName: 'Zoë' } });
  });

  it('RFC 7644 §3.8: a write without a body is 400 invalidSyntax', async () => {
    expect(await at.scim.post('/Users')).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.8: an answer without a body has no type', async () => {
    const { id } = await at.aUser();
    const { status, headers } = await at.scim.delete(`/Users/${id}`);

    expect(status).toBe(204);
    expect(headers.get('content-type')).toBeNull();
  });

  it('RFC 7644 §3.2: the address of a resource works as it was given out', async () => {
    const { id, meta } = await at.aUser();
    const answer = await rawClient(at.company).request(`GET ${new URL(meta.location).pathname} HTTP/1.1`);

    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain(id);
  });
});
