import { describe, expect, it } from 'vitest';
import { add, aProvider, ENTERPRISE, NOBODY, PATCH_OP, refused, remove, replace, USER } from './provider.js';

describe('PATCH, as a whole', () => {
  const at = aProvider();
  const send = (id: string, body: unknown) => at.scim.call('PATCH', `/Users/${id}`, body);
  const isRefused = async (body: unknown, scimType: string) => {
    const user = await at.aUser({ title: 'Lead' });
    expect(await send(user.id, body)).toMatchObject(refused(400, scimType));
    expect(await at.now(user)).toEqual(user);
  };
  const with1 = (operation: unknown) => ({ schemas: [PATCH_OP], Operations: [operation] });

  it('RFC 7644 §3.5.2: PATCH of a user answers 200 with the resource', async () => {
    const user = await at.aUser();
    const { status, body } = await at.scim.patch(`/Users/${user.id}`, [replace('title', 'Lead')]);

    expect(status).toBe(200);
    expect(body).toEqual(await at.now(user));
  });

  it('RFC 7644 §3.5.2: the answer carries the new version as ETag', async () => {
    const { id, meta } = await at.aUser();
    const { headers, body } = await at.scim.patch(`/Users/${id}`, [replace('title', 'Lead')]);

    expect(headers.get('etag')).toBe(body.meta.version);
    expect(body.meta.version).not.toBe(meta.version);
  });

  it('RFC 7644 §3.5.2: operations are done in their order', async () => {
    const { id } = await at.aUser();
    const { body } = await at.scim.patch(`/Users/${id}`, [
      add('title', 'a'),
      replace('title', 'b'),
      remove('title'),
      add('title', 'c'),
    ]);

    expect(body.title).toBe('c');
  });

  it('RFC 7644 §3.5.2: an operation sees what the ones before it did', async () => {
    const { id } = await at.aUser();
    const { body } = await at.scim.patch(`/Users/${id}`, [
      add('emails', [{ value: 'a@x.example', type: 'work' }]),
      replace('emails[type eq "work"].display', 'A'),
    ]);

    expect(body.emails).toEqual([{ value: 'a@x.example', type: 'work', display: 'A' }]);
  });

  it('RFC 7644 §3.5.2: when one operation fails, none is done', async () => {
    const user = await at.aUser({ title: 'Lead' });

    const answer = await at.scim.patch(`/Users/${user.id}`, [
      replace('title', 'Chief'),
      add('nickName', 'An'),
      replace('emails[value sw "nobody"].value', 'x@y.example'),
    ]);

    expect(answer).toMatchObject(refused(400, 'noTarget'));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §3.5.2: an operation is add, remove or replace', () =>
    isRefused(with1({ op: 'move', path: 'title', value: 'x' }), 'invalidSyntax'));

  it('RFC 7644 §3.5.2: an operation without op is none', () =>
    isRefused(with1({ path: 'title', value: 'x' }), 'invalidSyntax'));

  it('RFC 7644 §3.5.2: Operations is an array', () =>
    isRefused({ schemas: [PATCH_OP], Operations: replace('title', 'x') }, 'invalidSyntax'));

  it('RFC 7644 §3.5.2: a body without Operations is none', () =>
    isRefused({ schemas: [PATCH_OP], title: 'x' }, 'invalidSyntax'));

  it('RFC 7644 §3.5.2: an operation is an object', () => isRefused(with1('replace'), 'invalidSyntax'));

  it('RFC 7644 §3.5.2: a path is a text', () => isRefused(with1({ op: 'add', path: 5, value: 'x' }), 'invalidPath'));

  it('RFC 7644 §3.5.2: a path follows the grammar of attribute paths', async () => {
    for (const path of ['name..givenName', '.title', 'emails[', 'emails]', 'emails[type eq "work"]x', 'a b', '[x pr]'])
      await isRefused(with1(replace(path, 'x')), 'invalidPath');
  });

  it('RFC 7644 §3.5.2: a value filter in a path follows the grammar of filters', async () => {
    for (const path of ['emails[type]', 'emails[type eq]', 'emails[type eq "a" or]', 'emails[]'])
      await isRefused(with1(replace(path, { value: 'x' })), 'invalidPath');
  });

  it('RFC 7644 §3.5.2: a path may begin with the core’s URN', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.patch(`/Users/${id}`, [replace(`${USER}:title`, 'Lead')])).body.title).toBe('Lead');
  });

  it('RFC 7644 §3.5.2: a path may begin with an extension’s URN', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.patch(`/Users/${id}`, [add(`${ENTERPRISE}:division`, 'North')])).body[ENTERPRISE]).toEqual({
      division: 'North',
    });
  });

  it('RFC 7644 §3.5.2: a path ignores case', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.patch(`/Users/${id}`, [add('NAME.givenname', 'Ana')])).body.name).toEqual({
      givenName: 'Ana',
    });
  });

  it('RFC 7644 §3.5.2: what is read-only cannot be changed', () =>
    isRefused(with1(replace('id', NOBODY)), 'mutability'));

  it('RFC 7644 §3.5.2: meta cannot be changed', () =>
    isRefused(with1(replace('meta.version', 'W/"99"')), 'mutability'));

  it('RFC 7644 §3.5.2: a user’s groups cannot be changed', () =>
    isRefused(with1(add('groups', [{ value: NOBODY }])), 'mutability'));

  it('RFC 7644 §3.5.2: a value of the wrong type is 400 invalidValue', async () => {
    await isRefused(with1(replace('active', 'perhaps')), 'invalidValue');
    await isRefused(with1(replace('title', { a: 1 })), 'invalidValue');
    await isRefused(with1(add('emails', 5)), 'invalidValue');
  });

  it('RFC 7644 §3.5.2: a resource that is not there is 404', async () => {
    expect(await send(NOBODY, with1(replace('title', 'x')))).toMatchObject(refused(404));
  });

  it('RFC 7644 §3.5.2: a value that is taken is 409 uniqueness', async () => {
    const [one, two] = [await at.aUser(), await at.aUser()];

    expect(await at.scim.patch(`/Users/${two.id}`, [replace('userName', one.userName)])).toMatchObject(
      refused(409, 'uniqueness'),
    );
    expect(await at.now(two)).toEqual(two);
  });

  it('RFC 7644 §3.5.2: a PATCH that changes nothing keeps version and lastModified', async () => {
    const user = await at.aUser({ title: 'Lead' });
    const { status, body } = await at.scim.patch(`/Users/${user.id}`, [replace('title', 'Lead'), remove('nickName')]);

    expect(status).toBe(200);
    expect(body.meta).toEqual(user.meta);
  });

  it('RFC 7644 §3.5.2: a new primary value takes it from the one that had it', async () => {
    const { id } = await at.aUser({ emails: [{ value: 'a@x.example', type: 'work', primary: true }] });
    const { body } = await at.scim.patch(`/Users/${id}`, [
      add('emails', [{ value: 'b@x.example', type: 'home', primary: true }]),
    ]);

    expect(body.emails).toEqual([
      { value: 'a@x.example', type: 'work', primary: false },
      { value: 'b@x.example', type: 'home', primary: true },
    ]);
  });

  it('RFC 7644 §3.5.2: PATCH of an endpoint is 405', async () => {
    expect(await at.scim.patch('/Users', [replace('title', 'x')])).toMatchObject(refused(405));
  });
});
