import { describe, expect, it } from 'vitest';
import { MODES } from '#test/support/rollcall.js';
import { aProvider, ERROR, NOBODY, refused, replace } from './provider.js';

describe.each(MODES)('errors, %s', (mode) => {
  const at = aProvider({ mode });

  it('RFC 7644 §3.12: an error is a resource of the Error schema', async () => {
    const { body } = await at.scim.get(`/Users/${NOBODY}`);

    expect(body.schemas).toEqual([ERROR]);
  });

  it('RFC 7644 §3.12: the status of an error is a text that equals the status of the answer', async () => {
    const { status, body } = await at.scim.post('/Users', {});

    expect(status).toBe(400);
    expect(body.status).toBe('400');
  });

  it('RFC 7644 §3.12: the detail of an error is for people', async () => {
    const { body } = await at.scim.post('/Users', { userName: 5 });

    expect(body.detail).toMatch(/userName/);
  });

  it('RFC 7644 §3.12: an error is sent as application/scim+json', async () => {
    const { headers } = await at.scim.get(`/Users/${NOBODY}`);

    expect(headers.get('content-type')).toMatch(/^application\/scim\+json/);
  });

  it('RFC 7644 §3.12: a body that is not JSON is 400 invalidSyntax', async () => {
    expect(await at.scim.post('/Users', undefined, { raw: '{"userName":' })).toMatchObject(
      refused(400, 'invalidSyntax'),
    );
  });

  it('RFC 7644 §3.12: a body that is no object is 400 invalidSyntax', async () => {
    expect(await at.scim.post('/Users', ['ana'])).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.12: a filter that cannot be read is 400 invalidFilter', async () => {
    expect(await at.scim.get('/Users?filter=userName+eq')).toMatchObject(refused(400, 'invalidFilter'));
  });

  it('RFC 7644 §3.12: a value that is taken is 409 uniqueness', async () => {
    const { userName } = await at.aUser();

    expect(await at.scim.post('/Users', { userName })).toMatchObject(refused(409, 'uniqueness'));
  });

  it('RFC 7644 §3.12: a change of what is read-only is 400 mutability', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.patch(`/Users/${id}`, [replace('id', NOBODY)])).toMatchObject(refused(400, 'mutability'));
  });

  it('RFC 7644 §3.12: a path that cannot be read is 400 invalidPath', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.patch(`/Users/${id}`, [replace('emails[type eq', 'x')])).toMatchObject(
      refused(400, 'invalidPath'),
    );
  });

  it('RFC 7644 §3.12: a remove that says no path has no target: 400 noTarget', async () => {
    const { id } = await at.aUser();

    expect(await at.scim.patch(`/Users/${id}`, [{ op: 'remove' }])).toMatchObject(refused(400, 'noTarget'));
  });

  it('RFC 7644 §3.12: a value of the wrong type is 400 invalidValue', async () => {
    expect(await at.scim.post('/Users', { userName: at.name(), active: 'perhaps' })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7644 §3.12: too many operations at once are 400 tooMany', async () => {
    const { id } = await at.aUser();
    const operations = Array.from({ length: 1001 }, () => replace('title', 'x'));

    expect(await at.scim.patch(`/Users/${id}`, operations)).toMatchObject(refused(400, 'tooMany'));
  });

  it('RFC 7644 §3.12: a request without a valid token is 401', async () => {
    expect(await at.scim.get('/Users', { token: null })).toMatchObject(refused(401));
  });

  it('RFC 7644 §3.12: a resource that is not there is 404', async () => {
    expect(await at.scim.get(`/Users/${NOBODY}`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.12: an endpoint that is not there is 404', async () => {
    expect(await at.scim.get('/Devices')).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.12: a body above the limit is 413, which the detail names', async () => {
    const answer = await at.scim.post('/Users', { userName: at.name(), title: 'x'.repeat(1024 * 1024) });

    expect(answer).toMatchObject(refused(413));
    expect(answer.body.detail).toContain(String(1024 * 1024));
  });

  it('RFC 7644 §3.12: a refused request leaves everything as it was', async () => {
    const user = await at.aUser({ title: 'Engineer' });

    await at.scim.patch(`/Users/${user.id}`, [replace('title', 'Lead'), replace('active', 'perhaps')]);

    expect(await at.now(user)).toEqual(user);
  });
});
