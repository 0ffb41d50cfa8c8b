import { describe, expect, it } from 'vitest';
import { aProvider, PATCH_OP, refused, replace, USER } from './provider.js';

/* What is tolerated elsewhere, as the habit of some identity provider, is refused here: this directory is strict. */
describe('the RFCs to the letter', () => {
  const at = aProvider({ profile: { strict: true } });
  const user = (traits: object) => at.scim.post('/Users', { schemas: [USER], userName: at.name(), ...traits });
  const patch = async (...operations: object[]) =>
    at.scim.patch(`/Users/${(await at.aUser({ emails: [{ value: 'a@x.example', type: 'work' }] })).id}`, operations);

  it('RFC 7643 §2.2: an attribute with one value takes no list', async () => {
    expect(await user({ title: ['Lead'] })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.3.2: a text is no boolean', async () => {
    expect(await user({ active: 'True' })).toMatchObject(refused(400, 'invalidValue'));
    expect(await patch(replace('active', 'False'))).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.4: an element of a multi-valued attribute is an object', async () => {
    expect(await user({ emails: ['a@x.example'] })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.5: an empty text is a value, and not "unassigned"', async () => {
    expect(await patch(replace('title', ''))).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §3.3: an attribute that no schema has cannot be sent', async () => {
    expect(await user({ shoeSize: 43 })).toMatchObject(refused(400, 'invalidPath'));
    expect(await patch(replace('shoeSize', 43))).toMatchObject(refused(400, 'invalidPath'));
  });

  it('RFC 7643 §4.1.1: a password that would be dropped is not taken', async () => {
    expect(await user({ password: 't1meMa$heen' })).toMatchObject(refused(400, 'mutability'));
  });

  it('RFC 7644 §2: a token comes with the word Bearer', async () => {
    const headers = { authorization: at.company.scimToken };

    expect(await at.scim.get('/Users', { token: null, headers })).toMatchObject(refused(401));
  });

  it('RFC 7644 §3.5.2: an op is written in small letters', async () => {
    expect(await patch({ op: 'Replace', path: 'title', value: 'Lead' })).toMatchObject(refused(400, 'invalidSyntax'));
  });

  it('RFC 7644 §3.5.2: a PATCH names its schema', async () => {
    const { id } = await at.aUser();
    const body = { Operations: [replace('title', 'Lead')] };

    expect(await at.scim.call('PATCH', `/Users/${id}`, body)).toMatchObject(refused(400, 'invalidSyntax'));
    expect(await at.scim.call('PATCH', `/Users/${id}`, { ...body, schemas: [PATCH_OP] })).toMatchObject({
      status: 200,
    });
  });

  it('RFC 7644 §3.5.2.2: a remove has no value', async () => {
    expect(await patch({ op: 'remove', path: 'emails', value: [{ value: 'a@x.example' }] })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7644 §3.5.2.3: a key of a value is a name, and no path', async () => {
    expect(await patch({ op: 'replace', value: { 'name.givenName': 'Ana' } })).toMatchObject(
      refused(400, 'invalidPath'),
    );
  });

  it('RFC 7644 §3.1: a body says what it is', async () => {
    const raw = Buffer.from(JSON.stringify({ schemas: [USER], userName: at.name() }));

    expect(await at.scim.post('/Users', undefined, { raw, headers: { 'content-type': '' } })).toMatchObject(
      refused(415),
    );
  });

  it('RFC 7643 §3: a body names its schemas', async () => {
    expect(await at.scim.post('/Users', { userName: at.name() })).toMatchObject(refused(400, 'invalidSyntax'));
    expect((await user({})).status).toBe(201);
  });

  it('RFC 7644 §3.5.2.3: a value filter that nothing matches makes nothing: 400 noTarget', async () => {
    expect(await patch(replace('emails[type eq "home"].value', 'b@x.example'))).toMatchObject(refused(400, 'noTarget'));
  });
});
