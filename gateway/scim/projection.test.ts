import { describe, expect, it } from 'vitest';
import { attribute } from '#gateway/scim/attribute.js';
import { parseProjection, project, wants } from '#gateway/scim/projection.js';
import { ENTERPRISE_URN, GROUP, USER_URN, userSchema } from '#gateway/scim/schemas.js';

const USER = userSchema([]);
const LEA = {
  schemas: [USER_URN, ENTERPRISE_URN],
  id: 'u-1',
  userName: 'lea',
  name: { givenName: 'Lea', familyName: 'Moser' },
  emails: [
    { value: 'lea@a.example', type: 'work' },
    { value: 'lea@b.example', type: 'home' },
  ],
  role: 'Admin',
  meta: { resourceType: 'User', version: 'W/"1"' },
  [ENTERPRISE_URN]: { department: 'Sales', manager: { value: 'u-9', displayName: 'Max' } },
};
const { id } = LEA;
/** What is in an answer is what its `schemas` names. */
const schemasOf = (rest: object) => (ENTERPRISE_URN in rest ? [USER_URN, ENTERPRISE_URN] : [USER_URN]);

const only = (attributes: string) => project(LEA, parseProjection(attributes, null, USER));
const without = (excluded: string) => project(LEA, parseProjection(null, excluded, USER));

describe('attributes', () => {
  it.each<[string, object]>([
    ['id', {}],
    ['userName', { userName: 'lea' }],
    [' USERNAME , nobody,, a b,__proto__', { userName: 'lea' }],
    ['nobody', {}],
    [`${USER_URN}:userName`, { userName: 'lea' }],
    ['name', { name: LEA.name }],
    ['name.familyName', { name: { familyName: 'Moser' } }],
    ['name.familyName,name', { name: LEA.name }],
    ['name,name.familyName', { name: LEA.name }],
    ['name.middleName', {}],
    ['emails.value', { emails: [{ value: 'lea@a.example' }, { value: 'lea@b.example' }] }],
    ['emails.display', {}],
    ['role', { role: 'Admin' }],
    ['meta.version', { meta: { version: 'W/"1"' } }],
    [ENTERPRISE_URN.toLowerCase(), { [ENTERPRISE_URN]: LEA[ENTERPRISE_URN] }],
    [`${ENTERPRISE_URN}:department`, { [ENTERPRISE_URN]: { department: 'Sales' } }],
    ['department', { [ENTERPRISE_URN]: { department: 'Sales' } }],
    [`${ENTERPRISE_URN}:manager.value`, { [ENTERPRISE_URN]: { manager: { value: 'u-9' } } }],
    ['urn:unknown:2.0:User:userName', {}],
    [USER_URN, { userName: 'lea', name: LEA.name, emails: LEA.emails }],
  ])('leaves of %s', (attributes, expected) => {
    expect(only(attributes)).toEqual({ schemas: schemasOf(expected), id, ...expected });
  });

  it('never brings back what is never returned', () => {
    const leaky = { ...LEA, password: 'x' };
    expect(project(leaky, parseProjection('password', null, USER))).toEqual({ schemas: [USER_URN], id });
    expect(project(leaky, parseProjection(USER_URN, null, USER))).not.toHaveProperty('password');
  });
});

describe('excludedAttributes', () => {
  it('keeps everything else, in its order', () => {
    expect(Object.keys(without('emails,NAME.givenname'))).toEqual(Object.keys(LEA).filter((key) => key !== 'emails'));
  });

  it.each<[string, object]>([
    ['id,schemas', LEA],
    ['nobody', LEA],
    ['userName.value', LEA],
    ['name.familyName', { ...LEA, name: { givenName: 'Lea' } }],
    ['emails.type', { ...LEA, emails: [{ value: 'lea@a.example' }, { value: 'lea@b.example' }] }],
    [ENTERPRISE_URN, { ...LEA, schemas: [USER_URN], [ENTERPRISE_URN]: undefined }],
    [`${ENTERPRISE_URN}:manager`, { ...LEA, [ENTERPRISE_URN]: { department: 'Sales' } }],
  ])('leaves without %s', (excluded, expected) => {
    expect(without(excluded)).toEqual(expected);
  });

  it('leaves out a complex attribute of which nothing remains', () => {
    expect(without('name.familyName,name.givenName')).not.toHaveProperty('name');
    expect(without(ENTERPRISE_URN)).not.toHaveProperty([ENTERPRISE_URN]);
  });

  it('leaves the resource as it was', () => {
    const before = structuredClone(LEA);
    without('name.familyName,emails.type');
    expect(LEA).toEqual(before);
  });
});

describe('parseProjection', () => {
  it.each([
    [null, null],
    ['', ' '],
  ])('hands the resource through when nothing is asked (%j, %j)', (attributes, excluded) => {
    expect(project(LEA, parseProjection(attributes, excluded, USER))).toBe(LEA);
  });

  it('refuses both parameters at once (RFC 7644 §3.9)', () => {
    expect(() => parseProjection('id', 'members', GROUP)).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
    );
  });

  it('honours what a custom attribute says of when it is returned', () => {
    const urn = 'urn:acme:2.0:User';
    const attributes = [
      attribute('badge', '', { returned: 'always' }),
      attribute('history', '', { returned: 'request' }),
      attribute('floor', ''),
    ];
    const schema = userSchema([{ id: urn, name: 'Acme', description: '', attributes }]);
    const resource = { id, [urn]: { badge: 1, history: 2, floor: 3 } };
    const left = (wanted: string | null, unwanted: string | null) =>
      project(resource, parseProjection(wanted, unwanted, schema));

    expect(left(null, null)).toEqual({ id, [urn]: { badge: 1, floor: 3 } });
    expect(left('userName', null)).toEqual({ id, [urn]: { badge: 1 } });
    expect(left('history', null)).toEqual({ id, [urn]: { badge: 1, history: 2 } });
    expect(left(null, `badge,${urn}:floor`)).toEqual({ id, [urn]: { badge: 1 } });
  });
});

describe('wants', () => {
  it.each([
    [null, null, true],
    ['id', null, false],
    ['MEMBERS', null, true],
    ['members.value', null, true],
    [null, 'Members', false],
    [null, 'members.display', true],
    [null, 'displayName', true],
  ])(
    'says for attributes=%s, excludedAttributes=%s whether members are needed: %s',
    (attributes, excluded, expected) => {
      expect(wants(parseProjection(attributes, excluded, GROUP), 'members')).toBe(expected);
    },
  );
});
