import { describe, expect, it } from 'vitest';
import { parsePatch } from '#gateway/scim/patch.js';
import { ENTERPRISE_URN, USER_URN } from '#gateway/scim/schemas.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserChanges } from '#gateway/translate/user-changes.js';

const translate = (operations: object[], dialect = aDialect()) =>
  toUserChanges(parsePatch({ Operations: operations }, dialect.schema), dialect);

const WORK = { type: { eq: 'work' } };

describe('toUserChanges', () => {
  it.each([
    [
      'Entra’s words and string booleans',
      { op: 'Replace', path: 'active', value: 'False' },
      [{ set: { active: false } }],
    ],
    ['a real boolean', { op: 'add', path: 'Active', value: true }, [{ set: { active: true } }]],
    [
      'a value wrapped in a list',
      { op: 'replace', path: 'displayName', value: ['Lea'] },
      [{ set: { displayName: 'Lea' } }],
    ],
    ['an emptied attribute', { op: 'add', path: 'title', value: '' }, [{ set: { title: null } }]],
    ['null', { op: 'replace', path: 'title', value: null }, [{ set: { title: null } }]],
    ['the core URN before a name', { op: 'add', path: `${USER_URN}:title`, value: 'x' }, [{ set: { title: 'x' } }]],
    [
      'a part of the name',
      { op: 'replace', path: 'name.familyName', value: 'Moser' },
      [{ set: { name: { familyName: 'Moser' } } }],
    ],
    [
      'a part of the name as an object, which leaves the rest alone',
      { op: 'replace', path: 'name', value: { GivenName: 'Lea', smell: 'x' } },
      [{ set: { name: { givenName: 'Lea' } } }],
    ],
    [
      'an object without a path, with dotted and URN keys, read-only ones passed over',
      {
        op: 'replace',
        value: {
          id: 'u-1',
          schemas: ['x'],
          meta: { resourceType: 'User' },
          groups: [],
          displayName: 'Lea M.',
          'name.givenName': 'Lea',
          active: false,
          [`${ENTERPRISE_URN}:employeeNumber`]: '118',
          [ENTERPRISE_URN]: { department: 'Sales' },
          password: 'secret',
          nonsense: 1,
        },
      },
      [
        {
          set: {
            displayName: 'Lea M.',
            name: { givenName: 'Lea' },
            active: false,
            enterprise: { employeeNumber: '118', department: 'Sales' },
          },
        },
      ],
    ],
    ['an empty active without a path, which decides nothing', { op: 'replace', value: { active: '' } }, []],
    ['only what nobody knows', { op: 'add', path: 'favoriteColor', value: 'red' }, []],
    ['a member nobody knows behind a filter', { op: 'add', path: 'emails[type eq "work"].smell', value: 'x' }, []],
    ['schemas', { op: 'add', path: 'schemas', value: ['urn:x'] }, []],
    ['a password', { op: 'replace', path: 'password', value: 'x' }, []],
    [
      'a filtered path, to be created when there is none',
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'a@b.test' },
      [{ updateValues: { attribute: 'EMAILS', where: WORK, set: { value: 'a@b.test' }, ifNone: 'CREATE' } }],
    ],
    [
      'a filtered path whose filter is more than eq',
      { op: 'replace', path: 'emails[type ne "work"].value', value: 'a@b.test' },
      [{ updateValues: { attribute: 'EMAILS', where: { not: WORK }, set: { value: 'a@b.test' }, ifNone: 'FAIL' } }],
    ],
    [
      'a filter on a string boolean',
      { op: 'Replace', path: 'roles[primary eq "True"].value', value: 'Admin' },
      [
        {
          updateValues: {
            attribute: 'ROLE_VALUES',
            where: { primary: { eq: true } },
            set: { value: 'Admin' },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'a filtered object, whose other members stay',
      { op: 'replace', path: 'addresses[type eq "work"]', value: { locality: 'Bern', Primary: 'true' } },
      [
        {
          updateValues: {
            attribute: 'ADDRESSES',
            where: WORK,
            set: { locality: 'Bern', primary: true },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'an emptied value behind a filter',
      { op: 'replace', path: 'emails[type eq "work"].value', value: '' },
      [{ removeValues: { attribute: 'EMAILS', where: WORK } }],
    ],
    [
      'displayName behind a filter where display is meant',
      { op: 'add', path: 'emails[type eq "home"].displayName', value: 'Home' },
      [
        {
          updateValues: {
            attribute: 'EMAILS',
            where: { type: { eq: 'home' } },
            set: { display: 'Home' },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'an element to add, alone',
      { op: 'add', path: 'emails', value: { value: 'a@b.test', type: 'home', primary: 'True', displayName: 'A' } },
      [
        {
          addValues: {
            attribute: 'EMAILS',
            values: [{ value: 'a@b.test', type: 'home', primary: true, display: 'A' }],
          },
        },
      ],
    ],
    [
      'a whole list, without its empty elements',
      { op: 'replace', path: 'phoneNumbers', value: [{ value: '1' }, { value: '', type: 'work' }, null] },
      [{ replaceValues: { attribute: 'PHONE_NUMBERS', values: [{ value: '1' }] } }],
    ],
    [
      'an empty list',
      { op: 'replace', path: 'roles', value: [] },
      [{ replaceValues: { attribute: 'ROLE_VALUES', values: [] } }],
    ],
    [
      'a role as JSON text',
      { op: 'Add', path: 'roles', value: [{ value: '{"id":"06b0","value":"Admin","displayName":"Administrator"}' }] },
      [{ addValues: { attribute: 'ROLE_VALUES', values: [{ value: 'Admin', display: 'Administrator' }] } }],
    ],
    [
      'roles as plain strings',
      { op: 'replace', value: { roles: ['qa', 'billing'] } },
      [{ replaceValues: { attribute: 'ROLE_VALUES', values: [{ value: 'qa' }, { value: 'billing' }] } }],
    ],
    ['removal of all elements', { op: 'remove', path: 'emails' }, [{ removeValues: { attribute: 'EMAILS' } }]],
    [
      'removal of the listed elements',
      { op: 'remove', path: 'roles', value: [{ value: 'qa' }] },
      [{ removeValues: { attribute: 'ROLE_VALUES', where: { or: [{ and: [{ value: { eq: 'qa' } }] }] } } }],
    ],
    [
      'removal of an element without a value, which once removed all',
      { op: 'remove', path: 'emails', value: [{ $ref: 'https://x.test' }] },
      [{ removeValues: { attribute: 'EMAILS', where: { or: [{ and: [{ ref: { eq: 'https://x.test' } }] }] } } }],
    ],
    [
      'removal of a part of a custom attribute, which once was refused',
      { op: 'remove', path: `${ACME_URN}:desk.floor` },
      [{ setExtension: { urn: ACME_URN, values: { desk: { floor: null } }, add: false } }],
    ],
    [
      'an emptied part of a custom attribute, which once emptied all of it',
      { op: 'replace', path: `${ACME_URN}:desk.floor`, value: '' },
      [{ setExtension: { urn: ACME_URN, values: { desk: { floor: null } }, add: false } }],
    ],
    [
      'removal of an alias that shares the name of an attribute, which means both',
      { op: 'remove', path: 'name' },
      [{ unset: ['name'] }, { unset: ['displayName'] }],
    ],
    ['removal of an empty list, which removes nothing', { op: 'remove', path: 'roles', value: [] }, []],
    [
      'removal of the matching elements',
      { op: 'remove', path: 'emails[type eq "work"]' },
      [{ removeValues: { attribute: 'EMAILS', where: WORK } }],
    ],
    [
      'removal of one member of them',
      { op: 'remove', path: 'emails[type eq "work"].display' },
      [{ updateValues: { attribute: 'EMAILS', where: WORK, set: { display: null }, ifNone: 'FAIL' } }],
    ],
    ['removal of a single value', { op: 'remove', path: 'title' }, [{ unset: ['title'] }]],
    ['removal of a part of the name', { op: 'remove', path: 'name.givenName' }, [{ unset: ['name.givenName'] }]],
    ['removal of an extension', { op: 'remove', path: ENTERPRISE_URN }, [{ unset: ['enterprise'] }]],
    [
      'an enterprise attribute',
      { op: 'Add', path: `${ENTERPRISE_URN}:department`, value: 'Sales' },
      [{ set: { enterprise: { department: 'Sales' } } }],
    ],
    [
      'a custom attribute',
      { op: 'Add', path: `${ACME_URN}:badge`, value: '7' },
      [{ setExtension: { urn: ACME_URN, values: { badge: '7' }, add: true } }],
    ],
    [
      'a custom list in Entra’s form',
      { op: 'Add', path: `${ACME_URN}:tags`, value: [{ value: '1' }, { value: '2' }] },
      [{ setExtension: { urn: ACME_URN, values: { tags: ['1', '2'] }, add: true } }],
    ],
    [
      'custom values of other types',
      {
        op: 'replace',
        value: { [ACME_URN]: { LEVEL: '3', remote: 'True', since: '2026-01-01T00:00:00Z', seen: 'x' } },
      },
      [
        { setExtension: { urn: ACME_URN, values: { level: 3 }, add: false } },
        { setExtension: { urn: ACME_URN, values: { remote: true }, add: false } },
        { setExtension: { urn: ACME_URN, values: { since: '2026-01-01T00:00:00.000Z' }, add: false } },
      ],
    ],
    [
      'an alias of emails with a string',
      { op: 'replace', path: 'mail', value: 'a@b.test' },
      [
        {
          updateValues: {
            attribute: 'EMAILS',
            where: WORK,
            set: { value: 'a@b.test', primary: true },
            ifNone: 'CREATE',
          },
        },
      ],
    ],
    [
      'an alias that shares the name of an attribute',
      { op: 'replace', value: { name: 'Lea Moser' } },
      [{ set: { displayName: 'Lea Moser' } }],
    ],
    [
      'that attribute itself',
      { op: 'replace', value: { name: { givenName: 'Lea' } } },
      [{ set: { name: { givenName: 'Lea' } } }],
    ],
    ['removal through an alias', { op: 'remove', path: 'role' }, [{ unset: ['userType'] }]],
  ])('reads %s', (_, operation, changes) => {
    expect(translate([operation])).toEqual(changes);
  });

  describe('the manager', () => {
    const URN_PATH = `${ENTERPRISE_URN}:manager`;
    const set = (manager: object | null) => [{ set: { enterprise: { manager } } }];

    it.each([
      ['a bare string', { op: 'Add', path: URN_PATH, value: 'u-9' }, set({ value: 'u-9' })],
      ['an object', { op: 'replace', path: URN_PATH, value: { value: 'u-9' } }, set({ value: 'u-9' })],
      [
        'an unqualified path and a list',
        { op: 'Add', path: 'manager', value: [{ $ref: 'https://x.test/Users/u-9', value: 'u-9' }] },
        set({ value: 'u-9', ref: 'https://x.test/Users/u-9' }),
      ],
      ['a null reference', { op: 'add', path: 'manager', value: { $ref: null, value: 'u-9' } }, set({ value: 'u-9' })],
      ['its value', { op: 'add', path: `${URN_PATH}.value`, value: 'u-9' }, set({ value: 'u-9' })],
      ['an empty string', { op: 'replace', path: URN_PATH, value: '' }, set(null)],
      ['an empty value', { op: 'replace', path: URN_PATH, value: { value: '' } }, set(null)],
      ['a filtered removal', { op: 'remove', path: 'manager[value eq "u-9"]' }, [{ unset: ['enterprise.manager'] }]],
      [
        'a removal of its name',
        { op: 'remove', path: 'manager.displayName' },
        [{ unset: ['enterprise.manager.displayName'] }],
      ],
      ['a removal', { op: 'Remove', path: URN_PATH }, [{ unset: ['enterprise.manager'] }]],
    ])('is read from %s', (_, operation, changes) => {
      expect(translate([operation])).toEqual(changes);
    });
  });

  it('keeps the order of the operations, and joins neighbouring sets', () => {
    const changes = translate([
      { op: 'replace', path: 'title', value: 'a' },
      { op: 'replace', path: 'name.givenName', value: 'Lea' },
      { op: 'remove', path: 'emails' },
      { op: 'replace', path: 'title', value: 'b' },
    ]);

    expect(changes).toEqual([
      { set: { title: 'a', name: { givenName: 'Lea' } } },
      { removeValues: { attribute: 'EMAILS' } },
      { set: { title: 'b' } },
    ]);
  });

  it('reads no operations as no changes', () => {
    expect(translate([])).toEqual([]);
  });

  it.each([
    ['id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['meta', { op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
    ['groups', { op: 'add', path: 'groups', value: [{ value: 'x' }] }, 'mutability'],
    ['removal of userName', { op: 'remove', path: 'userName' }, 'mutability'],
    ['removal of active', { op: 'remove', path: 'active' }, 'mutability'],
    ['an empty userName', { op: 'replace', path: 'userName', value: '' }, 'invalidValue'],
    ['an empty active', { op: 'replace', path: 'active', value: '' }, 'invalidValue'],
    ['active as a word', { op: 'replace', path: 'active', value: 'yes' }, 'invalidValue'],
    ['a number for a text', { op: 'replace', path: 'title', value: 3 }, 'invalidValue'],
    ['two values for one', { op: 'replace', path: 'title', value: ['a', 'b'] }, 'invalidValue'],
    ['a number as an element', { op: 'add', path: 'emails', value: [3] }, 'invalidValue'],
    ['a string for an address', { op: 'add', path: 'addresses', value: ['x'] }, 'invalidValue'],
    ['an object as an e-mail', { op: 'add', path: 'emails', value: [{ value: {} }] }, 'invalidValue'],
    ['an unknown member in a filter', { op: 'add', path: 'emails[smell eq "x"].value', value: 'x' }, 'invalidFilter'],
    ['a filter on what has one value', { op: 'add', path: 'title[value eq "x"]', value: 'x' }, 'invalidPath'],
  ])('refuses %s', (_, operation, scimType) => {
    expect(() => translate([operation])).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it.each([
    { op: 'add', path: 'favoriteColor', value: 'red' },
    { op: 'add', value: { favoriteColor: 'red' } },
  ])('refuses an unknown attribute where the profile is strict: %o', (operation) => {
    expect(() => translate([operation], aDialect({ strict: true }))).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidPath' }),
    );
  });
});
