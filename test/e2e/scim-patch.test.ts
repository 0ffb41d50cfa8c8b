import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { GARDEN, keepGarden } from './scim-garden.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

const start = {
  externalId: 'x-1',
  name: { givenName: 'Ana', familyName: 'Ruiz' },
  displayName: 'Ana Ruiz',
  title: 'Engineer',
  emails: [
    { value: 'ana@work.example', type: 'work', primary: true },
    { value: 'ana@home.example', type: 'home' },
  ],
  addresses: [{ type: 'work', locality: 'Bern', country: 'CH' }],
  [ENTERPRISE]: { department: 'Sales', costCenter: '7' },
  [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { colour: 'red', key: 'k1' } },
};
const work = { value: 'ana@work.example', type: 'work', primary: true };
const home = { value: 'ana@home.example', type: 'home' };

describe('PATCH of a user', () => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let users = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    const company = await rollcall.newCompany();
    await keepGarden(company);
    scim = scimClient(company);
  });
  afterAll(() => rollcall.stop());

  const newUser = async () => {
    const userName = `ana${++users}`;
    const { status, body } = await scim.post('/Users', { ...start, userName, externalId: `x-${users}` });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };

  it.each<[string, object[], Record<string, unknown>]>([
    // Single values (RFC 7644 §3.5.2.1 to 3.5.2.3).
    ['add to a single value replaces it', [{ op: 'add', path: 'title', value: 'Lead' }], { title: 'Lead' }],
    ['add to an unset value sets it', [{ op: 'add', path: 'nickName', value: 'An' }], { nickName: 'An' }],
    ['replace of an unset value adds it', [{ op: 'replace', path: 'nickName', value: 'An' }], { nickName: 'An' }],
    ['replace by null unassigns', [{ op: 'replace', path: 'title', value: null }], { title: undefined }],
    ['replace by "" unassigns', [{ op: 'replace', path: 'title', value: '' }], { title: undefined }],
    ['add of "" unassigns', [{ op: 'add', path: 'title', value: '' }], { title: undefined }],
    ['remove unassigns', [{ op: 'remove', path: 'title' }], { title: undefined }],
    ['remove of what is unset does nothing', [{ op: 'remove', path: 'nickName' }], {}],
    ['names ignore case', [{ op: 'REPLACE', path: 'TITLE', value: 'Lead' }], { title: 'Lead' }],
    ['the core URN may qualify', [{ op: 'replace', path: `${CORE}:title`, value: 'Lead' }], { title: 'Lead' }],
    ['externalId can change', [{ op: 'replace', path: 'externalId', value: 'new-ext' }], { externalId: 'new-ext' }],
    ['externalId can be removed', [{ op: 'remove', path: 'externalId' }], { externalId: undefined }],
    ['active takes "False"', [{ op: 'Replace', path: 'active', value: 'False' }], { active: false }],
    ['active takes one in a list', [{ op: 'Replace', path: 'active', value: [false] }], { active: false }],
    [
      'password is taken and dropped',
      [{ op: 'replace', path: 'password', value: 'hunter2!' }],
      { password: undefined },
    ],
    [
      'unknown attributes are skipped',
      [
        { op: 'add', path: 'shoeSize', value: 43 },
        { op: 'add', path: 'title', value: 'L' },
      ],
      { title: 'L' },
    ],
    // Complex.
    [
      'replace of a complex value keeps what is not named',
      [{ op: 'replace', path: 'name', value: { givenName: 'Bo' } }],
      { name: { givenName: 'Bo', familyName: 'Ruiz' } },
    ],
    [
      'add of a complex value keeps what is not named',
      [{ op: 'add', path: 'name', value: { middleName: 'P' } }],
      { name: { givenName: 'Ana', middleName: 'P', familyName: 'Ruiz' } },
    ],
    [
      'a sub-attribute by its path',
      [{ op: 'replace', path: 'name.familyName', value: 'Moser' }],
      { name: { givenName: 'Ana', familyName: 'Moser' } },
    ],
    ['a sub-attribute removed', [{ op: 'remove', path: 'name.familyName' }], { name: { givenName: 'Ana' } }],
    ['a complex value removed', [{ op: 'remove', path: 'name' }], { name: undefined }],
    [
      'dotted keys without a path',
      [{ op: 'replace', value: { 'name.givenName': 'Bo', displayName: 'Bo Ruiz' } }],
      { name: { givenName: 'Bo', familyName: 'Ruiz' }, displayName: 'Bo Ruiz' },
    ],
    [
      'a null in a value without a path is unassigned',
      [{ op: 'replace', value: { title: null } }],
      { title: undefined },
    ],
    // Multi-valued.
    [
      'add appends',
      [{ op: 'add', path: 'emails', value: [{ value: 'c@x.example', type: 'other' }] }],
      { emails: [work, home, { value: 'c@x.example', type: 'other' }] },
    ],
    [
      'add of one object appends',
      [{ op: 'add', path: 'emails', value: { value: 'c@x.example' } }],
      { emails: [work, home, { value: 'c@x.example' }] },
    ],
    [
      'add of an element that is there does nothing',
      [{ op: 'add', path: 'emails', value: [home] }],
      { emails: [work, home] },
    ],
    [
      'add of a primary element takes it from the others',
      [{ op: 'add', path: 'emails', value: [{ value: 'c@x.example', primary: true }] }],
      { emails: [{ ...work, primary: false }, home, { value: 'c@x.example', primary: true }] },
    ],
    [
      'add in a value without a path appends',
      [{ op: 'add', value: { emails: [{ value: 'c@x.example' }] } }],
      { emails: [work, home, { value: 'c@x.example' }] },
    ],
    ['replace is the whole list', [{ op: 'replace', path: 'emails', value: [home] }], { emails: [home] }],
    ['replace by [] empties', [{ op: 'replace', path: 'emails', value: [] }], { emails: undefined }],
    ['replace by null empties', [{ op: 'replace', path: 'emails', value: null }], { emails: undefined }],
    ['replace by "" empties', [{ op: 'replace', path: 'emails', value: '' }], { emails: undefined }],
    ['remove empties', [{ op: 'remove', path: 'emails' }], { emails: undefined }],
    [
      'remove with a list takes just those',
      [{ op: 'Remove', path: 'emails', value: [{ value: 'ANA@home.example' }] }],
      { emails: [work] },
    ],
    [
      'remove with a list of nothing removes nothing',
      [{ op: 'remove', path: 'emails', value: [] }],
      { emails: [work, home] },
    ],
    [
      'remove with an element that has no value removes nothing',
      [{ op: 'remove', path: 'emails', value: [{ $ref: 'https://x.example' }] }],
      { emails: [work, home] },
    ],
    ['remove by a filter', [{ op: 'remove', path: 'emails[type eq "home"]' }], { emails: [work] }],
    [
      'remove by a filter with and',
      [{ op: 'remove', path: 'emails[type eq "home" and value co "work"]' }],
      { emails: [work, home] },
    ],
    ['remove by a filter with not', [{ op: 'remove', path: 'emails[not (type eq "home")]' }], { emails: [home] }],
    [
      'remove of a sub-attribute by a filter',
      [{ op: 'remove', path: 'emails[type eq "home"].type' }],
      { emails: [work, { value: 'ana@home.example' }] },
    ],
    [
      'replace by a filter keeps the rest of the element',
      [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'new@x.example' }],
      { emails: [{ ...work, value: 'new@x.example' }, home] },
    ],
    [
      'replace of an element by a filter',
      [
        {
          op: 'replace',
          path: 'emails[type eq "home"]',
          value: { value: 'new@x.example', type: 'home', display: 'D' },
        },
      ],
      { emails: [work, { value: 'new@x.example', type: 'home', display: 'D' }] },
    ],
    [
      'primary by a filter takes it from the others',
      [{ op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' }],
      {
        emails: [
          { ...work, primary: false },
          { ...home, primary: true },
        ],
      },
    ],
    [
      'a filter that matches nothing makes the element',
      [{ op: 'Add', path: 'emails[type eq "other"].value', value: 'c@x.example' }],
      { emails: [work, home, { value: 'c@x.example', type: 'other' }] },
    ],
    [
      'several paths with one filter fill one element',
      [
        { op: 'Add', path: 'addresses[type eq "home"].locality', value: 'Thun' },
        { op: 'Add', path: 'addresses[type eq "home"].country', value: 'CH' },
      ],
      {
        addresses: [
          { type: 'work', locality: 'Bern', country: 'CH' },
          { type: 'home', locality: 'Thun', country: 'CH' },
        ],
      },
    ],
    [
      'roles by primary, as text',
      [{ op: 'Add', path: 'roles[primary eq "True"].value', value: 'manager' }],
      { roles: [{ value: 'manager', primary: true }] },
    ],
    [
      'a sub-attribute of each element',
      [{ op: 'replace', path: 'addresses.country', value: 'DE' }],
      { addresses: [{ type: 'work', locality: 'Bern', country: 'DE' }] },
    ],
    // Extensions.
    [
      'an attribute of an extension',
      [{ op: 'Add', path: `${ENTERPRISE}:department`, value: 'Ops' }],
      { [ENTERPRISE]: { department: 'Ops', costCenter: '7' } },
    ],
    [
      'an attribute of an extension removed',
      [{ op: 'remove', path: `${ENTERPRISE}:department` }],
      { [ENTERPRISE]: { costCenter: '7' } },
    ],
    [
      'a whole extension keeps what is not named',
      [{ op: 'replace', path: ENTERPRISE, value: { department: 'Ops' } }],
      { [ENTERPRISE]: { department: 'Ops', costCenter: '7' } },
    ],
    [
      'a whole extension in a value without a path',
      [{ op: 'add', value: { [ENTERPRISE]: { division: 'EU' } } }],
      { [ENTERPRISE]: { department: 'Sales', costCenter: '7', division: 'EU' } },
    ],
    [
      'colon keys without a path',
      [{ op: 'replace', value: { [`${ENTERPRISE}:department`]: 'Ops' } }],
      { [ENTERPRISE]: { department: 'Ops', costCenter: '7' } },
    ],
    [
      'a whole extension removed',
      [{ op: 'remove', path: ENTERPRISE }],
      { schemas: [CORE, GARDEN], [ENTERPRISE]: undefined },
    ],
    [
      'a manager by its bare id',
      [{ op: 'Add', path: 'manager', value: 'm-1' }],
      { [ENTERPRISE]: { department: 'Sales', costCenter: '7', manager: { value: 'm-1' } } },
    ],
    [
      'a manager by its value',
      [{ op: 'replace', path: `${ENTERPRISE}:manager.value`, value: 'm-2' }],
      { [ENTERPRISE]: { department: 'Sales', costCenter: '7', manager: { value: 'm-2' } } },
    ],
    [
      'a custom attribute',
      [{ op: 'replace', path: `${GARDEN}:plot`, value: 'South' }],
      { [GARDEN]: { plot: 'South', plants: ['Leek'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'a custom attribute by its URN in capitals',
      [{ op: 'replace', path: `${GARDEN.toUpperCase()}:PLOT`, value: 'South' }],
      { [GARDEN]: { plot: 'South', plants: ['Leek'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'add to a custom list',
      [{ op: 'Add', path: `${GARDEN}:plants`, value: [{ value: 'Kale' }] }],
      { [GARDEN]: { plot: 'North', plants: ['Leek', 'Kale'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'replace of a custom list',
      [{ op: 'replace', path: `${GARDEN}:plants`, value: ['Kale'] }],
      { [GARDEN]: { plot: 'North', plants: ['Kale'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'single values removed from a custom list, by a filter and by a list',
      [
        { op: 'add', path: `${GARDEN}:plants`, value: ['Kale', 'Chard'] },
        { op: 'remove', path: `${GARDEN}:plants[value eq "leek"]` },
        { op: 'remove', path: `${GARDEN}:plants`, value: [{ value: 'Chard' }] },
      ],
      { [GARDEN]: { plot: 'North', plants: ['Kale'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'a part of a custom complex value keeps the rest',
      [{ op: 'replace', path: `${GARDEN}:shed.colour`, value: 'blue' }],
      { [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { colour: 'blue', key: 'k1' } } },
    ],
    [
      'a custom complex value keeps what is not named',
      [{ op: 'replace', path: `${GARDEN}:shed`, value: { colour: 'blue' } }],
      { [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { colour: 'blue', key: 'k1' } } },
    ],
    [
      'a whole custom extension keeps what is not named',
      [{ op: 'add', path: GARDEN, value: { beds: 3 } }],
      { [GARDEN]: { plot: 'North', beds: 3, plants: ['Leek'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'a custom number as text',
      [{ op: 'add', path: `${GARDEN}:beds`, value: '3' }],
      { [GARDEN]: { plot: 'North', beds: 3, plants: ['Leek'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'a custom attribute removed',
      [{ op: 'remove', path: `${GARDEN}:plot` }],
      { [GARDEN]: { plants: ['Leek'], shed: { colour: 'red', key: 'k1' } } },
    ],
    [
      'a part of a custom complex value emptied',
      [{ op: 'replace', path: `${GARDEN}:shed.colour`, value: '' }],
      { [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { key: 'k1' } } },
    ],
    [
      'a null in a custom complex value',
      [{ op: 'replace', path: `${GARDEN}:shed`, value: { colour: null } }],
      { [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { key: 'k1' } } },
    ],
    [
      'a part of a custom complex value removed',
      [{ op: 'remove', path: `${GARDEN}:shed.colour` }],
      { [GARDEN]: { plot: 'North', plants: ['Leek'], shed: { key: 'k1' } } },
    ],
    [
      'a whole custom extension removed',
      [{ op: 'remove', path: GARDEN }],
      { [GARDEN]: undefined, schemas: [CORE, ENTERPRISE] },
    ],
    // Order, and no-ops.
    [
      'operations apply in order',
      [
        { op: 'remove', path: 'emails' },
        { op: 'add', path: 'emails', value: [home] },
        { op: 'replace', path: 'emails[type eq "home"].value', value: 'z@x.example' },
      ],
      { emails: [{ value: 'z@x.example', type: 'home' }] },
    ],
    [
      'read-only members of a value are passed over',
      [{ op: 'replace', value: { id: 'x', meta: {}, groups: [{ value: 'g' }], schemas: [], title: 'Lead' } }],
      { title: 'Lead' },
    ],
    [
      'an extra key in an operation is ignored',
      [{ op: 'replace', name: 'title', path: 'title', value: 'Lead' }],
      { title: 'Lead' },
    ],
  ])('%s', async (_name, operations, expected) => {
    const before = await newUser();
    const { status, body } = await scim.patch(`/Users/${before.id}`, operations);
    expect(status, JSON.stringify(body)).toBe(200);
    const { meta: _, ...wanted } = { ...before, ...expected };
    const { meta, ...got } = body;
    expect(got).toEqual(JSON.parse(JSON.stringify(wanted)));
    expect((await scim.get(`/Users/${before.id}`)).body).toEqual(body);
    expect(meta.created).toBe(before.meta.created);
    const changed = JSON.stringify(wanted) !== JSON.stringify({ ...before, meta: undefined });
    if (!changed) expect(meta).toEqual(before.meta);
  });

  it.each<[string, object[], string]>([
    ['remove of userName', [{ op: 'remove', path: 'userName' }], 'mutability'],
    ['replace of userName by null', [{ op: 'replace', path: 'userName', value: null }], 'invalidValue'],
    ['remove of active', [{ op: 'remove', path: 'active' }], 'mutability'],
    ['a path to groups', [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }], 'mutability'],
    ['a path to meta.version', [{ op: 'replace', path: 'meta.version', value: 'x' }], 'mutability'],
    ['a filter on a single value', [{ op: 'replace', path: 'title[value eq "x"]', value: 'y' }], 'invalidPath'],
    ['a filter with an unknown attribute', [{ op: 'remove', path: 'emails[colour eq "red"]' }], 'invalidFilter'],
    ['a filter behind a sub-attribute', [{ op: 'remove', path: 'emails.value[type eq "work"]' }], 'invalidPath'],
    [
      'a filter that matches nothing and is not made of eq',
      [{ op: 'replace', path: 'emails[value co "zzz"].type', value: 'x' }],
      'noTarget',
    ],
    ['an object for a string', [{ op: 'add', path: 'title', value: { a: 1 } }], 'invalidValue'],
    ['a string for a complex value', [{ op: 'add', path: 'name', value: 'Ana' }], 'invalidValue'],
    ['a number too many for a custom integer', [{ op: 'add', path: `${GARDEN}:beds`, value: 1.5 }], 'invalidValue'],
    ['text for a custom boolean', [{ op: 'add', path: `${GARDEN}:tidy`, value: 'perhaps' }], 'invalidValue'],
    [
      'a part of each of many custom values, where there are none',
      [{ op: 'replace', path: `${GARDEN}:tools.colour`, value: 'red' }],
      'noTarget',
    ],
    ['no value to add', [{ op: 'add', path: 'title' }], 'invalidValue'],
    ['a list without a path', [{ op: 'add', value: [{ title: 'x' }] }], 'invalidValue'],
    ['three levels of a path', [{ op: 'add', path: 'name.given.name', value: 'x' }], 'invalidPath'],
  ])('%s is refused, and nothing of the request is done', async (_name, operations, scimType) => {
    const before = await newUser();
    const answer = await scim.patch(`/Users/${before.id}`, [
      { op: 'replace', path: 'displayName', value: 'Half' },
      ...operations,
    ]);
    expect(answer).toMatchObject({ status: 400, body: { scimType, status: '400' } });
    expect((await scim.get(`/Users/${before.id}`)).body).toEqual(before);
  });
});
