import { describe, expect, it } from 'vitest';
import { ENTERPRISE_URN, USER_URN } from '#gateway/scim/schemas.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toCreateUserInput, toReplaceUserInput } from '#gateway/translate/user-input.js';

const create = (body: object, dialect = aDialect()) => toCreateUserInput({ userName: 'lea', ...body }, dialect);
const created = (fields: object) => ({ userName: 'lea', profileVersion: 7, ...fields });

describe('toCreateUserInput', () => {
  it('reads what Entra sends', () => {
    const input = create({
      schemas: [USER_URN, ENTERPRISE_URN],
      externalId: 'lea',
      active: true,
      displayName: 'Lea Moser',
      emails: [{ primary: true, type: 'work', value: 'lea@x.test' }],
      name: { formatted: 'Lea Moser', givenName: 'Lea', familyName: 'Moser' },
      meta: { resourceType: 'User' },
      roles: [{ primary: 'True', value: 'qa' }],
      [ENTERPRISE_URN]: { department: 'Sales', manager: 'u-9' },
      [ACME_URN]: { tags: [{ value: '1' }], level: '3', remote: 'False' },
    });

    expect(input).toEqual(
      created({
        externalId: 'lea',
        active: true,
        displayName: 'Lea Moser',
        emails: [{ primary: true, type: 'work', value: 'lea@x.test' }],
        name: { formatted: 'Lea Moser', givenName: 'Lea', familyName: 'Moser' },
        roleValues: [{ primary: true, value: 'qa' }],
        enterprise: { department: 'Sales', manager: { value: 'u-9' } },
        extensions: [{ urn: ACME_URN, values: { tags: ['1'], level: 3, remote: false } }],
      }),
    );
  });

  it.each([
    ['read-only members and the password', { id: 'x', meta: {}, groups: [], schemas: ['urn:y'], password: 'p' }, {}],
    ['unknown attributes and undeclared extensions', { shoeSize: 43, 'urn:x:2.0:User': { a: 1 } }, {}],
    ['nulls', { title: null, name: null, emails: null, active: null, [ENTERPRISE_URN]: null }, {}],
    ['an empty active', { active: '' }, {}],
  ])('leaves out %s', (_, body, fields) => {
    expect(create(body)).toEqual(created(fields));
  });

  it.each([
    ['capitals', { DISPLAYNAME: 'Lea', Name: { GIVENNAME: 'L' } }, { displayName: 'Lea', name: { givenName: 'L' } }],
    ['string booleans', { active: 'True' }, { active: true }],
    ['wrapped values', { title: ['Head'] }, { title: 'Head' }],
    ['emptied values', { title: '' }, { title: null }],
    [
      'dotted keys',
      { 'name.givenName': 'Lea', 'name.familyName': 'M' },
      { name: { givenName: 'Lea', familyName: 'M' } },
    ],
    ['URN keys', { [`${ENTERPRISE_URN}:department`]: 'S' }, { enterprise: { department: 'S' } }],
    ['the core attributes under their URN', { [USER_URN]: { title: 'x' } }, { title: 'x' }],
    [
      'an unqualified manager',
      { manager: { value: 'u-9', displayName: 'Bo' } },
      { enterprise: { manager: { value: 'u-9', displayName: 'Bo' } } },
    ],
    ['a single object for a list', { emails: { value: 'a@b.test' } }, { emails: [{ value: 'a@b.test' }] }],
    ['plain strings in a list', { roles: ['qa'] }, { roleValues: [{ value: 'qa' }] }],
    ['empty elements of a template', { phoneNumbers: [{ type: 'work', value: '' }] }, { phoneNumbers: [] }],
    [
      'an address',
      { addresses: [{ type: 'work', locality: 'Bern', country: '' }] },
      { addresses: [{ type: 'work', locality: 'Bern' }] },
    ],
    [
      'a custom attribute by its path',
      { [`${ACME_URN}:desk.floor`]: '2' },
      { extensions: [{ urn: ACME_URN, values: { desk: { floor: '2' } } }] },
    ],
    ['an alias of a list', { mail: 'a@b.test' }, { emails: [{ value: 'a@b.test', type: 'work', primary: true }] }],
    [
      'an alias of a list beside the list',
      { mail: 'a@b.test', emails: [{ value: 'c@d.test', type: 'work' }] },
      { emails: [{ value: 'c@d.test', type: 'work' }] },
    ],
    [
      'an alias of a list beside other elements',
      { mail: 'a@b.test', emails: [{ value: 'c@d.test', type: 'home' }] },
      {
        emails: [
          { value: 'c@d.test', type: 'home' },
          { value: 'a@b.test', type: 'work', primary: true },
        ],
      },
    ],
    ['an alias in any case', { ROLE: 'Admin' }, { userType: 'Admin' }],
    ['a string for an alias named as an attribute', { name: 'Lea M.' }, { displayName: 'Lea M.' }],
  ])('reads %s', (_, body, fields) => {
    expect(create(body)).toEqual(created(fields));
  });

  it.each([
    ['no userName', { userName: undefined }, 'invalidValue'],
    ['an empty userName', { userName: '' }, 'invalidValue'],
    ['a number as userName', { userName: 3 }, 'invalidValue'],
    ['a string for the enterprise object', { [ENTERPRISE_URN]: 'x' }, 'invalidValue'],
    ['a list for the name', { name: [1, 2] }, 'invalidValue'],
    ['a word for active', { active: 'nope' }, 'invalidValue'],
    ['an object for a custom text', { [ACME_URN]: { badge: {} } }, 'invalidValue'],
  ])('refuses %s', (_, body, scimType) => {
    expect(() => create(body)).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it.each([null, [], 'text', 3])('refuses %o in place of an object', (body) => {
    expect(() => toCreateUserInput(body, aDialect())).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
  });

  it('refuses unknown attributes where the profile is strict, and foreign schemas', () => {
    const dialect = aDialect({ strict: true });

    const schemas = [USER_URN];
    expect(() => create({ schemas, shoeSize: 43 }, dialect)).toThrow(
      expect.objectContaining({ scimType: 'invalidPath' }),
    );
    expect(() => create({ schemas, emails: [{ smell: 'x' }] }, dialect)).toThrow(
      expect.objectContaining({ scimType: 'invalidPath' }),
    );
    expect(() => create({ schemas: ['urn:scim:schemas:core:1.0'] }, dialect)).toThrow(
      expect.objectContaining({ scimType: 'invalidSyntax' }),
    );
    expect(create({ schemas: ['urn:scim:schemas:core:1.0'] })).toMatchObject({ userName: 'lea' });
  });
});

describe('toReplaceUserInput', () => {
  it('sends what was given, and leaves it to the core what omission means', () => {
    const input = toReplaceUserInput('u-1', { userName: 'lea', emails: [], title: '' }, aDialect(), 3);

    expect(input).toEqual({
      id: 'u-1',
      userName: 'lea',
      emails: [],
      title: null,
      expectedVersion: 3,
      profileVersion: 7,
    });
  });

  it('takes the id from the address, not from the body', () => {
    expect(toReplaceUserInput('u-1', { userName: 'lea', id: 'u-2' }, aDialect(), null).id).toBe('u-1');
  });

  it.each([
    [
      'a list, of which it is the work element',
      {
        emails: [
          { value: 'h@x.test', type: 'home' },
          { value: 'old@x.test', type: 'work', primary: true },
        ],
        mail: 'new@x.test',
      },
      {
        emails: [
          { value: 'h@x.test', type: 'home' },
          { value: 'new@x.test', type: 'work', primary: true },
        ],
      },
    ],
    [
      'an emptied list',
      { mail: 'new@x.test', emails: [] },
      { emails: [{ value: 'new@x.test', type: 'work', primary: true }] },
    ],
    ['a text, whichever comes first', { role: 'Admin', userType: 'Member' }, { userType: 'Admin' }],
    ['a text that is emptied', { name: '', displayName: 'Lea' }, { displayName: null }],
    ['an element that is emptied', { mail: '', emails: [{ value: 'old@x.test', type: 'work' }] }, { emails: [] }],
  ])('takes an alias for newer than our own answer beside it: %s', (_, body, fields) => {
    expect(toReplaceUserInput('u-1', { ...body, userName: 'lea' }, aDialect(), null)).toMatchObject(fields);
  });
});
