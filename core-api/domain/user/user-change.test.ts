import { describe, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { differences } from './attributes.js';
import { applyUserChanges } from './user-change.js';
import { newUser } from './user-fields.js';
import type { CustomElementFilter, UserChange, UserRow } from './user-types.js';

const URN = 'urn:example:crew:2.0:User';
const KEY = { companyId: 'c', id: 'u', directoryId: null };

const base = newUser(
  {
    userName: 'ana@acme.example',
    name: { givenName: 'Ana', familyName: 'Ruiz' },
    emails: [
      { value: 'ana@acme.example', type: 'work', primary: true },
      { value: 'ana@home.example', type: 'home' },
    ],
    enterprise: { department: 'Sales', manager: { value: 'm-1', ref: '/Users/m-1', displayName: 'Max' } },
    extensions: [{ urn: URN, values: { tags: ['a', 'b'], desk: { floor: 2, room: 'x' }, level: 3 } }],
  },
  KEY,
);

/** Freezes all of it, so that a change of the input throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

const apply = (...changes: UserChange[]) => applyUserChanges(frozen(structuredClone(base)), changes);

const add = (values: object[]): UserChange => ({ addValues: { attribute: 'emails', values } });
const update = (where: object, set: object, ifNone?: 'FAIL' | 'CREATE'): UserChange => ({
  updateValues: { attribute: 'emails', where, set, ifNone },
});
const ofType = (type: string) => ({ type: { eq: type } });

describe('a change', () => {
  it.each<[string, UserChange[], Partial<UserRow>]>([
    ['sets one text and leaves the others', [{ set: { title: 'Dr' } }], { title: 'Dr', givenName: 'Ana' }],
    ['clears by null', [{ set: { name: { givenName: null } } }], { givenName: null, familyName: 'Ruiz' }],
    ['clears by the empty text', [{ set: { name: { familyName: '' } } }], { givenName: 'Ana', familyName: null }],
    ['clears a whole name', [{ set: { name: null } }], { givenName: null, familyName: null }],
    [
      'clears all of enterprise',
      [{ unset: ['enterprise'] }],
      { department: null, managerValue: null, managerRef: null },
    ],
    ['clears the manager alone', [{ unset: ['enterprise.manager'] }], { department: 'Sales', managerValue: null }],
    ['clears a list', [{ unset: ['emails'] }], { emails: [] }],
    [
      'forgets the name of a former manager',
      [{ set: { enterprise: { manager: { value: 'm-2' } } } }],
      { managerValue: 'm-2', managerRef: null, managerDisplayName: null },
    ],
    [
      'keeps the name of the same manager',
      [{ set: { enterprise: { manager: { value: 'm-1' } } } }],
      { managerValue: 'm-1', managerDisplayName: 'Max' },
    ],
    ['keeps a user name as it is sent', [{ set: { userName: ' Ana ' } }], { userName: ' Ana ' }],
  ])('%s', (_, changes, expected) => {
    expect(apply(...changes)).toMatchObject(expected);
  });

  it('refuses to clear what every user has', () => {
    for (const change of [
      { set: { userName: null } },
      { set: { userName: '  ' } },
      { set: { active: null } },
      { unset: ['userName'] },
      { unset: ['active'] },
    ])
      expect(() => apply(change)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it.each(['id', 'version', 'createdAt', 'updatedAt', 'managedBy', 'lockedFields', 'teams', 'roles', 'projects'])(
    'says of %s that it cannot be written, not that there is no such field',
    (field) => {
      const message = `${field} cannot be written.`;
      const refusal = expect.objectContaining({ code: 'INVALID_VALUE', message, details: { field } });
      expect(() => apply({ unset: [field] })).toThrow(refusal);
    },
  );

  it.each<[string, UserChange, string]>([
    ['a name of 1,025 characters', { set: { title: 'x'.repeat(1025) } }, 'title'],
    ['a user name of 256 characters', { set: { userName: 'x'.repeat(256) } }, 'userName'],
    ['a user name that folds to a huge key', { set: { userName: '\u{FDFA}'.repeat(200) } }, 'userName'],
    ['NUL', { set: { nickName: 'a\0b' } }, 'nickName'],
    ['half of a surrogate pair', { set: { nickName: '\uD83D' } }, 'nickName'],
    [
      'a member that an address has not',
      { addValues: { attribute: 'addresses', values: [{ value: 'x' }] } },
      'addresses.value',
    ],
    [
      '101 elements',
      { replaceValues: { attribute: 'ims', values: Array.from({ length: 101 }, (_, i) => ({ value: `${i}` })) } },
      'ims',
    ],
    ['a field that is not there', { unset: ['shoeSize'] }, 'shoeSize'],
    [
      'values of an extension that are added and removed at once',
      { setExtension: { urn: URN, values: { tags: ['a'] }, add: true, remove: true } },
      'remove',
    ],
    [
      'values to remove that are no object',
      { setExtension: { urn: URN, values: ['a'], remove: true } },
      `extensions.${URN}`,
    ],
    ['an extension that is no URN', { setExtension: { urn: 'crew', values: {} } }, 'extensions.urn'],
    [
      'the enterprise schema as an extension',
      { setExtension: { urn: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', values: {} } },
      'extensions.urn',
    ],
    [
      'a reach for the prototype',
      { setExtension: { urn: URN, values: JSON.parse('{"__proto__":{"a":1}}') } },
      'extensions',
    ],
    [
      'the same further down',
      { setExtension: { urn: URN, values: { a: JSON.parse('{"__proto__":{"a":1}}') } } },
      'extensions',
    ],
    [
      'a list of an extension with 201 values',
      { setExtension: { urn: URN, values: { a: Array.from({ length: 201 }, (_, i) => i) } } },
      'extensions',
    ],
    [
      '501 members of an extension',
      { setExtension: { urn: URN, values: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`m${i}`, i])) } },
      'extensions',
    ],
    ['an extension of 70 kB', { setExtension: { urn: URN, values: { a: 'x'.repeat(70_000) } } }, 'extensions'],
  ])('refuses %s', (_, change, field) => {
    expect(() => apply(change)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }));
  });
});

describe('elements', () => {
  const work = { value: 'ana@acme.example', type: 'work', primary: true };
  const home = { value: 'ana@home.example', type: 'home' };

  it.each<[string, UserChange[], object[]]>([
    ['are added', [add([{ value: 'x@y', type: 'other' }])], [work, home, { value: 'x@y', type: 'other' }]],
    [
      'are not added twice',
      [add([{ value: 'ANA@acme.example', type: 'Work' }])],
      [{ ...work, value: 'ANA@acme.example', type: 'Work' }, home],
    ],
    [
      'give what they bring to the one that is there',
      [add([{ ...home, display: 'Home', primary: true }])],
      [
        { ...work, primary: false },
        { ...home, display: 'Home', primary: true },
      ],
    ],
    ['without any member are dropped', [add([{ value: '' }, { type: null }])], [work, home]],
    [
      'of which one becomes primary lose it elsewhere',
      [update(ofType('HOME'), { primary: true })],
      [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    ],
    [
      'are updated where the filter matches',
      [update(ofType('work'), { value: 'new@acme.example' })],
      [{ ...work, value: 'new@acme.example' }, home],
    ],
    ['lose a member by null', [update(ofType('home'), { type: null })], [work, { value: 'ana@home.example' }]],
    ['that keep nothing but their type fall away', [update(ofType('home'), { value: '' })], [work]],
    [
      'are made from the eq terms when none matches',
      [update({ and: [{ type: { eq: 'other' } }, { primary: { eq: true } }] }, { value: 'o@x' }, 'CREATE')],
      [{ ...work, primary: false }, home, { type: 'other', primary: true, value: 'o@x' }],
    ],
    [
      'that several changes of one request make are one',
      [update(ofType('other'), { display: 'O' }, 'CREATE'), update(ofType('other'), { value: 'o@x' }, 'CREATE')],
      [work, home, { type: 'other', display: 'O', value: 'o@x' }],
    ],
    [
      'of which the first change says nothing are filled by the second',
      [update(ofType('other'), { primary: false }, 'CREATE'), update(ofType('other'), { value: 'o@x' }, 'CREATE')],
      [work, home, { type: 'other', primary: false, value: 'o@x' }],
    ],
    [
      'are removed where the filter matches',
      [{ removeValues: { attribute: 'emails', where: { not: ofType('work') } } }],
      [work],
    ],
    [
      'may be missing when they are removed',
      [{ removeValues: { attribute: 'emails', where: ofType('fax') } }],
      [work, home],
    ],
    ['go all without a filter', [{ removeValues: { attribute: 'emails' } }], []],
    [
      'are replaced as a whole, the last primary one winning',
      [
        {
          replaceValues: {
            attribute: 'emails',
            values: [
              { value: 'a', primary: true },
              { value: 'b', primary: true },
            ],
          },
        },
      ],
      [
        { value: 'a', primary: false },
        { value: 'b', primary: true },
      ],
    ],
  ])('%s', (_, changes, emails) => {
    expect(apply(...changes).emails).toEqual(emails);
  });

  it.each<[string, object, 'FAIL' | 'CREATE' | undefined]>([
    ['nobody asked for one', ofType('fax'), undefined],
    ['the filter is not made of eq', { type: { ne: 'work' }, value: { eq: 'q' } }, 'CREATE'],
    ['the filter is an or', { or: [ofType('fax')] }, 'CREATE'],
  ])('are not made when none matches and %s', (_, where, ifNone) => {
    expect(() => apply(update(where, { value: 'x' }, ifNone))).toThrow(expect.objectContaining({ code: 'NO_TARGET' }));
  });
});

it('a request that brings a hundred thousand elements is refused before they are compared', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => ({ value: `${i}` }));
  expect(() => apply(add(values))).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  expect(() => apply(...values.map((each) => add([each])))).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
});

describe('extensions', () => {
  const stored = { tags: ['a', 'b'], desk: { floor: 2, room: 'x' }, level: 3 };
  const set = (values: unknown, add = false, urn = URN): UserChange => ({ setExtension: { urn, values, add } });

  it.each<[string, UserChange, object]>([
    ['keep what is left out', set({ level: 4 }), { ...stored, level: 4 }],
    ['lose a member by null', set({ level: null }), { tags: ['a', 'b'], desk: { floor: 2, room: 'x' } }],
    ['are replaced lists', set({ tags: ['c'] }), { ...stored, tags: ['c'] }],
    ['lose a list that is emptied', set({ tags: [] }), { desk: { floor: 2, room: 'x' }, level: 3 }],
    ['unite lists', set({ tags: ['b', 'c'] }, true), { ...stored, tags: ['a', 'b', 'c'] }],
    [
      'lose single elements of a list, ignoring case',
      { setExtension: { urn: URN, values: { TAGS: ['A', 'none'], level: 3, shoes: ['x'] }, remove: true } },
      { ...stored, tags: ['b'] },
    ],
    [
      'lose a list with its last element',
      { setExtension: { urn: URN, values: { tags: ['b', 'a'] }, remove: true } },
      { desk: { floor: 2, room: 'x' }, level: 3 },
    ],
    [
      'lose one element that stands alone',
      { setExtension: { urn: URN, values: { tags: 'b' }, remove: true } },
      { ...stored, tags: ['a'] },
    ],
    [
      'do not get a text twice that ignores case',
      set({ tags: ['B', 'c'] }, true),
      { ...stored, tags: ['a', 'b', 'c'] },
    ],
    ['merge objects', set({ desk: { room: 'y', floor: null } }), { ...stored, desk: { room: 'y' } }],
    ['ignore the case of names', set({ LEVEL: 5 }, false, URN.toUpperCase()), { ...stored, level: 5 }],
    [
      'lose members by name',
      { unsetExtension: { urn: URN, names: ['Tags', 'none'] } },
      { desk: { floor: 2, room: 'x' }, level: 3 },
    ],
  ])('%s', (_, change, expected) => {
    expect(apply(change).extensions).toEqual({ [URN]: expected });
  });

  it('mind case where the profile says that the attribute does', () => {
    const attributes = [{ name: 'tags', caseExact: true }];
    const profile = { extensions: [{ urn: URN.toUpperCase(), attributes }] } as unknown as DirectoryProfile;
    const change = { setExtension: { urn: URN, values: { tags: ['A', 'b'] }, remove: true } };

    expect(applyUserChanges(base, [change], profile).extensions).toEqual({ [URN]: { ...stored, tags: ['a'] } });
  });

  it('lose complex elements that are the same in all members', () => {
    const of = (tools: object[], remove = false) => ({ setExtension: { urn: URN, values: { tools }, remove } });
    const [red, blue] = [
      { colour: 'red', key: '1' },
      { colour: 'blue', key: '1' },
    ];

    const changed = apply(of([red, blue]), of([{ key: '1', colour: 'red', extra: null }], true));

    expect(changed.extensions).toEqual({ [URN]: { ...stored, tools: [blue] } });
  });

  describe('of which elements change', () => {
    const rake = { key: 'rake', size: 1, primary: true };
    const spade = { key: 'spade', size: 2, since: '2026-01-31T08:00:00.000Z' };
    const at = { urn: URN.toUpperCase(), attribute: 'TOOLS' };
    const key = (eq: string) => ({ member: { name: 'KEY', string: { eq } } });
    const update = (where: CustomElementFilter, set: unknown, ifNone?: 'CREATE'): UserChange => ({
      updateExtensionValues: { ...at, where, set, ifNone },
    });
    const changed = (...changes: UserChange[]) =>
      apply(set({ tools: [rake, spade] }), ...changes).extensions[URN]?.tools;

    it.each<[string, UserChange, unknown]>([
      [
        'merges into each that fits',
        update({}, { size: 9 }),
        [
          { ...rake, size: 9 },
          { ...spade, size: 9 },
        ],
      ],
      [
        'asks all of one element',
        update({ and: [key('Spade'), { member: { name: 'size', number: { gt: 1 } } }] }, { size: null }),
        [rake, { key: 'spade', since: spade.since }],
      ],
      [
        'compares times',
        update({ member: { name: 'since', dateTime: { lt: '2026-02-01T00:00:00Z' } } }, { key: 'hoe' }),
        [rake, { ...spade, key: 'hoe' }],
      ],
      [
        'takes primary from the others',
        update(key('spade'), { primary: true }),
        [
          { ...rake, primary: false },
          { ...spade, primary: true },
        ],
      ],
      [
        'takes an element away of which nothing is left',
        update(key('rake'), { key: '', size: null, primary: null }),
        [spade],
      ],
      [
        'makes one of its eq terms when none is there',
        update(key('hoe'), { size: 5 }, 'CREATE'),
        [rake, spade, { KEY: 'hoe', size: 5 }],
      ],
      ['removes those that fit', { removeExtensionValues: { ...at, where: { not: key('RAKE') } } }, [rake]],
      ['removes the list with the last', { removeExtensionValues: { ...at, where: {} } }, undefined],
      ['removes nothing where nothing fits', { removeExtensionValues: { ...at, where: key('hoe') } }, [rake, spade]],
    ])('%s', (_, change, expected) => {
      expect(changed(change)).toEqual(expected);
    });

    it('puts a plain value in the place of another', () => {
      const where = { member: { string: { eq: 'A' } } };
      expect(
        apply({ updateExtensionValues: { urn: URN, attribute: 'tags', where, set: 'z' } }).extensions[URN],
      ).toEqual({
        ...stored,
        tags: ['z', 'b'],
      });
    });

    it.each<[string, UserChange]>([
      ['none fits', update(key('hoe'), { size: 5 })],
      [
        'none fits, and the filter says not what to make',
        update({ not: key('rake'), and: [key('hoe')] }, { size: 5 }, 'CREATE'),
      ],
      ['the attribute is not there', { updateExtensionValues: { ...at, attribute: 'x', where: {}, set: { a: 1 } } }],
    ])('has no target when %s', (_, change) => {
      expect(() => changed(change)).toThrow(expect.objectContaining({ code: 'NO_TARGET' }));
    });
  });

  it.each<[string, UserChange]>([
    ['by URN', { unsetExtension: { urn: URN } }],
    ['by null', set(null)],
    ['member by member', set({ tags: null, desk: null, level: '' })],
  ])('go away %s', (_, change) => {
    expect(apply(change).extensions).toEqual({});
  });
});

it('two rows are the same whatever the order of members', () => {
  const [first] = base.emails;
  const turned = { ...base, emails: [Object.fromEntries(Object.entries(first!).reverse()), base.emails[1]!] };

  expect([...differences(base, turned)]).toEqual([]);
  expect([...differences(base, apply({ set: { title: 'x' } }))]).toEqual([['title', { before: null, after: 'x' }]]);
});
