import { expect, it } from 'vitest';
import { parsePatch } from '#gateway/scim/patch.js';
import { GROUP } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { toGroupChanges } from '#gateway/translate/group-changes.js';
import { toCreateTeamInput } from '#gateway/translate/group-input.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserChanges } from '#gateway/translate/user-changes.js';
import { toCreateUserInput } from '#gateway/translate/user-input.js';
import { TOLERANCES, type Tolerance } from '#schema/tolerances.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SCHEMAS = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];

/** What is heard; and a strict directory refuses it by the first of them, or has nothing against it. */
function heard(translate: (dialect: Dialect) => unknown): Tolerance[] {
  const notes: Tolerance[] = [];
  translate({ ...aDialect(), note: (tolerance) => notes.push(tolerance) });

  const strictly = () => translate(aDialect({ strict: true }));
  const [first] = notes;
  if (first) {
    const { refusal } = TOLERANCES[first];
    expect(strictly).toThrow(
      expect.objectContaining({ status: 400, scimType: refusal, detail: expect.stringContaining(first) }),
    );
  } else strictly();
  return notes;
}

it.each<[Tolerance[], object]>([
  [[], { userName: 'a', active: true, name: { givenName: 'A' }, emails: [{ value: 'a@x' }] }],
  [['TEXT_BOOLEAN'], { active: 'True' }],
  [['TEXT_BOOLEAN'], { emails: [{ value: 'a@x', primary: 'true' }] }],
  [['UNKNOWN_ATTRIBUTE'], { shoeSize: 7 }],
  [['UNKNOWN_ATTRIBUTE'], { name: { initials: 'A' } }],
  [['UNKNOWN_ATTRIBUTE'], { emails: [{ value: 'a@x', checked: true }] }],
  [[], { id: 'u-1', meta: {}, groups: [] }],
  [['PASSWORD_DROPPED'], { password: 'x' }],
  [['ALIAS'], { role: 'x' }],
  [['KEY_AS_PATH'], { 'name.givenName': 'A' }],
  [['URN_IN_KEY'], { [`${ENTERPRISE}:department`]: 'x' }],
  [['VALUE_IN_LIST'], { title: ['x'] }],
  [['PLAIN_ELEMENT'], { phoneNumbers: ['+1'] }],
  [['TEXT_NUMBER'], { [ACME_URN]: { level: '7' } }],
  [['JSON_IN_TEXT'], { roles: [{ value: '{"value":"qa"}' }] }],
  [['DISPLAY_NAME'], { roles: [{ value: 'qa', displayName: 'QA' }] }],
])('hears %j of the body of a user', (notes, body) => {
  expect(heard((dialect) => toCreateUserInput({ userName: 'a', ...body }, dialect))).toEqual(notes);
});

it.each<[Tolerance[], object]>([
  [[], { op: 'replace', path: 'title', value: 'x' }],
  [['OP_IN_CAPITALS'], { op: 'Replace', path: 'title', value: 'x' }],
  [['EMPTY_TEXT'], { op: 'replace', path: 'title', value: '' }],
  [['VALUES_TO_REMOVE'], { op: 'remove', path: 'emails', value: [{ value: 'a@x' }] }],
  [['KEY_AS_PATH'], { op: 'add', value: { 'emails[type eq "work"].value': 'a@x' } }],
  [['URN_IN_KEY'], { op: 'add', value: { [`${ENTERPRISE}:department`]: 'x' } }],
  [['READ_ONLY_ATTRIBUTE'], { op: 'add', value: { id: 'x' } }],
  [['UNKNOWN_ATTRIBUTE'], { op: 'add', path: 'shoeSize', value: 7 }],
  [['PASSWORD_DROPPED'], { op: 'replace', path: 'password', value: 'x' }],
  [['ALIAS'], { op: 'replace', path: 'role', value: 'x' }],
])('hears %j of an operation on a user', (notes, operation) => {
  const body = { schemas: SCHEMAS, Operations: [operation] };
  expect(heard((dialect) => toUserChanges(parsePatch(body, dialect.schema, dialect.note), dialect))).toEqual(notes);
});

it('hears of a PATCH without schemas', () => {
  expect(heard(({ note }) => parsePatch({ Operations: [] }, GROUP, note))).toEqual(['NO_SCHEMAS']);
});

it('hears of a read-only attribute of a group in an operation, but not in the body, which may carry it', () => {
  const patch = { schemas: SCHEMAS, Operations: [{ op: 'replace', value: { id: 'g-1', displayName: 'A' } }] };
  expect(heard((dialect) => toGroupChanges(parsePatch(patch, GROUP, dialect.note), dialect))).toEqual([
    'READ_ONLY_ATTRIBUTE',
  ]);
  expect(heard((dialect) => toCreateTeamInput({ displayName: 'A', id: 'g-1', meta: {} }, dialect))).toEqual([]);
});

it.each<[Tolerance[], object]>([
  [[], { members: [{ value: 'u-1', display: 'A' }] }],
  [['PLAIN_ELEMENT'], { members: ['u-1'] }],
  [['MEMBER_BY_REFERENCE'], { members: [{ $ref: 'https://x/Users/u-1' }] }],
  [['UNKNOWN_ATTRIBUTE'], { colour: 'red' }],
])('hears %j of the body of a group, and of an operation', (notes, body) => {
  expect(heard((dialect) => toCreateTeamInput({ displayName: 'A', ...body }, dialect))).toEqual(notes);
  const patch = { schemas: SCHEMAS, Operations: [{ op: 'add', value: body }] };
  expect(heard((dialect) => toGroupChanges(parsePatch(patch, GROUP, dialect.note), dialect))).toEqual(notes);
});
