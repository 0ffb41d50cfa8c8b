import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, refused, USER } from './provider.js';

describe('the grammar of filters', () => {
  const at = aProvider();
  const filtered = (filter: string, endpoint = '/Users') =>
    at.scim.get(`${endpoint}?filter=${encodeURIComponent(filter)}`);
  const isRefused = async (...filters: string[]) => {
    for (const filter of filters) expect(await filtered(filter), filter).toMatchObject(refused(400, 'invalidFilter'));
  };

  it('RFC 7644 §3.4.2.2: a filter without an operator is refused', () => isRefused('userName', 'userName "x"'));

  it('RFC 7644 §3.4.2.2: a comparison without a value is refused', () => isRefused('userName eq', 'title co'));

  it('RFC 7644 §3.4.2.2: pr with a value is refused', () => isRefused('title pr "x"'));

  it('RFC 7644 §3.4.2.2: an operator that is not there is refused', () => isRefused('userName like "x"'));

  it('RFC 7644 §3.4.2.2: a text that does not end is refused', () => isRefused('userName eq "x'));

  it('RFC 7644 §3.4.2.2: single quotes are none', () => isRefused("userName eq 'x y'"));

  it('RFC 7644 §3.4.2.2: parentheses that do not match are refused', () =>
    isRefused('(title pr', 'title pr)', '((title pr)'));

  it('RFC 7644 §3.4.2.2: brackets that do not match are refused', () =>
    isRefused('emails[type eq "work"', 'emails type eq "work"]'));

  it('RFC 7644 §3.4.2.2: an empty value path is refused', () => isRefused('emails[]'));

  it('RFC 7644 §3.4.2.2: and, or without a right side are refused', () => isRefused('title pr and', 'title pr or'));

  it('RFC 7644 §3.4.2.2: two terms without and, or are refused', () => isRefused('title pr active eq true'));

  it('RFC 7644 §3.4.2.2: not wants parentheses', () => isRefused('not title pr'));

  it('RFC 7644 §3.4.2.2: empty parentheses are refused', () => isRefused('()', 'title pr and ()'));

  it('RFC 7644 §3.4.2.2: what follows a whole filter is refused', () => isRefused('title pr; drop table app_user'));

  it('RFC 7644 §3.4.2.2: an attribute that no schema has is refused, and not ignored', () =>
    isRefused('shoeSize eq "43"', 'name.shoeSize eq "43"', 'emails[shoeSize eq "43"]'));

  it('RFC 7644 §3.4.2.2: a refusal names the attribute and where it stands', async () => {
    const { body } = await filtered('userName eq "x" and shoeSize eq "43"');

    expect(body.detail).toContain('shoeSize');
    expect(body.detail).toContain('21');
  });

  it('RFC 7644 §3.4.2.2: a schema that is not there is refused', () =>
    isRefused('urn:example:2.0:User:title eq "x"', `${ENTERPRISE}:shoeSize eq "43"`));

  it('RFC 7644 §3.4.2.2: a value of another type than the attribute’s is refused', () =>
    isRefused('active eq "perhaps"', 'meta.created gt "yesterday"', 'active eq 5'));

  it('RFC 7644 §3.4.2.2: password can be filtered by nobody', () => isRefused('password eq "x"', 'password pr'));

  it('RFC 7644 §3.4.2.2: a filter of users is none of groups', async () => {
    expect(await filtered('userName eq "x"', '/Groups')).toMatchObject(refused(400, 'invalidFilter'));
    expect(await filtered('members.value eq "x"')).toMatchObject(refused(400, 'invalidFilter'));
  });

  it('RFC 7644 §3.4.2.2: more than 200 terms are refused', async () => {
    const terms = (many: number) => Array.from({ length: many }, () => 'title pr').join(' or ');

    expect((await filtered(terms(200))).status).toBe(200);
    await isRefused(terms(201));
  });

  it('RFC 7644 §3.4.2.2: more than 40 levels are refused', async () => {
    const nested = (levels: number) => `${'not ('.repeat(levels)}title pr${')'.repeat(levels)}`;

    expect((await filtered(nested(39))).status).toBe(200);
    await isRefused(nested(41), nested(2000));
  });

  it('RFC 7644 §3.4.2.2: spaces around parentheses and brackets do not count', async () => {
    const user = await at.aUser({ emails: [{ value: 'a@x.example', type: 'work' }] });

    expect(await at.find('/Users', `( id eq "${user.id}" ) and emails[ type eq "work" ]`)).toEqual([user.id]);
  });

  it('RFC 7644 §3.4.2.2: an empty filter is none', async () => {
    expect(await at.scim.get('/Users?filter=&count=0')).toMatchObject({ status: 200 });
  });

  it('RFC 7644 §3.10: names of attributes ignore case in filters', async () => {
    const { id, userName } = await at.aUser();

    expect(await at.find('/Users', `USERNAME eq "${userName}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: the core’s URN may stand before an attribute', async () => {
    const { id, userName } = await at.aUser();

    expect(await at.find('/Users', `${USER}:userName eq "${userName}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: the core’s URN may stand before a sub-attribute', async () => {
    const familyName = at.name();
    const { id } = await at.aUser({ name: { familyName } });

    expect(await at.find('/Users', `${USER}:name.familyName eq "${familyName}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: the core’s URN may stand before a value path', async () => {
    const value = `${at.name()}@x.example`;
    const { id } = await at.aUser({ emails: [{ value }] });

    expect(await at.find('/Users', `${USER}:emails[value eq "${value}"]`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: an extension’s URN stands before its attribute', async () => {
    const department = at.name();
    const { id } = await at.aUser({ [ENTERPRISE]: { department } });

    expect(await at.find('/Users', `${ENTERPRISE}:department eq "${department}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: URNs ignore case', async () => {
    const department = at.name();
    const { id } = await at.aUser({ [ENTERPRISE]: { department } });

    expect(await at.find('/Users', `${ENTERPRISE.toUpperCase()}:department eq "${department}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.10: sub-attributes follow a dot', async () => {
    const givenName = at.name();
    const { id } = await at.aUser({ name: { givenName } });

    expect(await at.find('/Users', `name.givenName sw "${givenName}"`)).toEqual([id]);
  });

  it('RFC 7644 §3.4.2.2: meta.created and meta.lastModified can be compared', async () => {
    const user = await at.aUser();
    const { created, lastModified } = user.meta;

    expect(await at.find('/Users', `id eq "${user.id}" and meta.created eq "${created}"`)).toEqual([user.id]);
    expect(await at.find('/Users', `id eq "${user.id}" and meta.lastModified gt "${lastModified}"`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: meta.resourceType can be compared', async () => {
    const user = await at.aUser();

    expect(await at.find('/Users', `id eq "${user.id}" and meta.resourceType eq "User"`)).toEqual([user.id]);
    expect(await at.find('/Users', `id eq "${user.id}" and meta.resourceType eq "Group"`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: id finds one resource', async () => {
    const { id } = await at.aUser();

    expect(await at.find('/Users', `id eq "${id}"`)).toEqual([id]);
    expect(await at.find('/Users', 'id eq "no id"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: groups are found by displayName, in any case', async () => {
    const { id, displayName } = await at.aGroup();

    expect(await at.find('/Groups', `displayName eq "${displayName.toUpperCase()}"`)).toEqual([id]);
    expect(await at.find('/Groups', `displayName sw "${displayName}" and not (id eq "${id}")`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: schemas can be compared', async () => {
    const { id } = await at.aUser({ [ENTERPRISE]: { department: 'Sales' } });

    expect(await at.find('/Users', `id eq "${id}" and schemas eq "${ENTERPRISE}"`)).toEqual([id]);
    expect(await at.find('/Users', `id eq "${(await at.aUser()).id}" and schemas eq "${ENTERPRISE}"`)).toEqual([]);
  });
});
