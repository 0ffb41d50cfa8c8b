import { expect, it } from 'vitest';
import { parseFilter, parseFilterIn } from '#gateway/scim/filter.js';
import { parseJson } from '#gateway/scim/json.js';
import { parsePatch } from '#gateway/scim/patch.js';
import { parseQuery } from '#gateway/scim/query.js';
import { GROUP } from '#gateway/scim/schemas.js';
import { GROUP_URN, MS_GROUP_URN, USER_URN } from '#gateway/scim/urns.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { toGroupChanges } from '#gateway/translate/group-changes.js';
import { toGroupFilter } from '#gateway/translate/group-filter.js';
import { toCreateTeamInput } from '#gateway/translate/group-input.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserChanges } from '#gateway/translate/user-changes.js';
import { toUserFilter } from '#gateway/translate/user-filter.js';
import { toCreateUserInput } from '#gateway/translate/user-input.js';
import { TOLERANCES, type Tolerance } from '#schema/tolerances.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const BASE = 'https://x.example/scim/v2';
const USER_SCHEMAS = [USER_URN, ENTERPRISE, ACME_URN];
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
  [['NO_SCHEMAS'], { schemas: undefined }],
  [['NO_SCHEMAS'], { schemas: [] }],
  [[], { schemas: [USER_URN.toUpperCase()] }],
  [['OTHER_SCHEMAS'], { schemas: ['urn:scim:schemas:core:1.0'] }],
  [['OTHER_SCHEMAS'], { schemas: USER_URN }],
  [['OTHER_SCHEMAS'], { schemas: [ENTERPRISE] }],
  [['UNDECLARED_EXTENSION'], { schemas: [USER_URN], [ENTERPRISE]: { department: 'x' } }],
  [['NO_URN'], { department: 'x' }],
  [['NO_URN', 'PLAIN_MANAGER'], { manager: 'u-9' }],
  [['CORE_URN_AS_KEY'], { [USER_URN]: { title: 'x' } }],
  [['EMPTY_TEXT'], { title: '' }],
  [['EMPTY_TEXT'], { active: '' }],
  [['EMPTY_TEXT'], { emails: '' }],
  [[], { title: null, active: null, emails: null }],
  [['PLAIN_MANAGER'], { [ENTERPRISE]: { manager: 'u-9' } }],
  [[], { [ENTERPRISE]: { manager: { value: 'u-9', $ref: null } } }],
  [['VALUE_IN_LIST'], { [ENTERPRISE]: { manager: [{ value: 'u-9' }] } }],
  [['VALUE_IN_LIST'], { [ENTERPRISE]: { manager: [] } }],
  [['EMPTY_TEXT'], { [ENTERPRISE]: { manager: { value: '' } } }],
  [['VALUE_WITHOUT_LIST'], { emails: { value: 'a@x' } }],
  [['VALUE_WITHOUT_LIST'], { [ACME_URN]: { tags: 'a' } }],
  [['VALUE_IN_OBJECT'], { [ACME_URN]: { tags: [{ value: 'a' }] } }],
  [['LOOSE_TIME'], { [ACME_URN]: { since: '2026-01-31T08:00' } }],
  [[], { [ACME_URN]: { since: '2026-01-31T08:00:00.5+01:00' } }],
])('hears %j of the body of a user', (notes, body) => {
  expect(heard((dialect) => toCreateUserInput({ schemas: USER_SCHEMAS, userName: 'a', ...body }, dialect))).toEqual(
    notes,
  );
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
  [['EXTRA_KEY'], { op: 'replace', name: 'n', path: 'title', value: 'x' }],
  [['EMPTY_PATH'], { op: 'replace', path: '', value: { title: 'x' } }],
  [['NO_URN'], { op: 'replace', path: 'department', value: 'x' }],
  [[], { op: 'replace', path: `${USER_URN}:title`, value: 'x' }],
  [['CORE_URN_AS_KEY'], { op: 'replace', value: { [USER_URN]: { title: 'x' } } }],
  [['PLAIN_MANAGER'], { op: 'add', path: `${ENTERPRISE}:manager`, value: 'u-9' }],
  [[], { op: 'add', path: `${ENTERPRISE}:manager.value`, value: 'u-9' }],
  [['FILTER_ON_ONE_VALUE'], { op: 'remove', path: `${ENTERPRISE}:manager[value eq "u-9"]` }],
  [['NULL_PASSED_OVER'], { op: 'replace', value: { active: null } }],
  [['EMPTY_TEXT'], { op: 'replace', value: { active: '' } }],
  [['DISPLAY_NAME'], { op: 'replace', path: 'roles[value eq "qa"].displayName', value: 'QA' }],
  [['TEXT_BOOLEAN_IN_FILTER'], { op: 'replace', path: 'roles[primary eq "True"].value', value: 'qa' }],
  [['LITERAL_IN_CAPITALS'], { op: 'replace', path: 'roles[primary eq True].value', value: 'qa' }],
  [['KEY_AS_PATH', 'TEXT_BOOLEAN_IN_FILTER'], { op: 'add', value: { 'roles[primary eq "True"].value': 'qa' } }],
  [[], { op: 'add', path: 'emails', value: { value: 'a@x' } }],
  [['VALUE_WITHOUT_LIST'], { op: 'replace', path: 'emails', value: { value: 'a@x' } }],
  [[], { op: 'add', path: `${ACME_URN}:tags`, value: 'a' }],
])('hears %j of an operation on a user', (notes, operation) => {
  const body = { schemas: SCHEMAS, Operations: [operation] };
  expect(heard((dialect) => toUserChanges(parsePatch(body, dialect.schema, dialect.note), dialect))).toEqual(notes);
});

it.each<[Tolerance[], object]>([
  [['NO_SCHEMAS'], { schemas: undefined }],
  [['OTHER_SCHEMAS'], { schemas: [USER_URN] }],
  [['NO_OPERATIONS'], { Operations: [] }],
  [['EXTRA_KEY'], { id: 'x' }],
  [[], { operations: [{ op: 'add', value: {} }], Operations: undefined }],
])('hears %j of a PATCH', (notes, differing) => {
  const body = JSON.parse(JSON.stringify({ schemas: SCHEMAS, Operations: [{ op: 'add', value: {} }], ...differing }));
  expect(heard(({ note }) => parsePatch(body, GROUP, note))).toEqual(notes);
});

it.each<[Tolerance[], string]>([
  [[], 'userName eq "a" and not (active eq false)'],
  [[], 'emails eq "a@x" or emails[type eq "work" and value eq "a@x"]'],
  [[], `USERNAME EQ "a" and ${ENTERPRISE}:manager.value eq "u-9" and ${ACME_URN}:level gt 5`],
  [['UNQUOTED_VALUE'], 'externalId eq jyoung'],
  [['UNQUOTED_VALUE'], 'externalId eq 12345'],
  [['UNQUOTED_VALUE'], 'externalId eq 123456789012345678901234567890'],
  [['LITERAL_IN_CAPITALS'], 'active eq True'],
  [['TEXT_BOOLEAN_IN_FILTER'], 'active eq "True"'],
  [['TEXT_BOOLEAN_IN_FILTER'], 'emails[primary eq "true"]'],
  [['TEXT_NUMBER_IN_FILTER'], `${ACME_URN}:level eq "7"`],
  [['LOOSE_TIME_IN_FILTER'], 'meta.created gt "2026-01-31T08:00"'],
  [['SUB_ATTRIBUTE_AFTER_FILTER'], 'emails[type eq "work"].value eq "a@x"'],
  [['COMPLEX_IN_FILTER'], `${ENTERPRISE}:manager eq "u-9"`],
  [['NO_URN_IN_FILTER', 'COMPLEX_IN_FILTER'], 'manager eq "u-9"'],
  [['NO_URN_IN_FILTER'], 'department pr'],
  [['ALIAS_IN_FILTER'], 'role eq "x"'],
])('hears %j of the filter %s', (notes, filter) => {
  expect(heard((dialect) => toUserFilter(parseFilter(filter, dialect.note), dialect, BASE))).toEqual(notes);
});

it('hears of a filter on groups what it hears of one on users', () => {
  const translate = (filter: string) =>
    heard((dialect) => toGroupFilter(parseFilter(filter, dialect.note), dialect, BASE));
  expect(translate('displayName eq "A" and members eq "u-1"')).toEqual([]);
  expect(translate('displayName eq A and members.value eq 7')).toEqual(['UNQUOTED_VALUE', 'UNQUOTED_VALUE']);
});

it('hears of a read-only attribute of a group in an operation, but not in the body, which may carry it', () => {
  const patch = { schemas: SCHEMAS, Operations: [{ op: 'replace', value: { id: 'g-1', displayName: 'A' } }] };
  expect(heard((dialect) => toGroupChanges(parsePatch(patch, GROUP, dialect.note), dialect))).toEqual([
    'READ_ONLY_ATTRIBUTE',
  ]);
  const body = { schemas: [GROUP_URN], displayName: 'A', id: 'g-1', meta: {} };
  expect(heard((dialect) => toCreateTeamInput(body, dialect))).toEqual([]);
});

it.each<[Tolerance[], object]>([
  [[], { members: [{ value: 'u-1', display: 'A' }] }],
  [['PLAIN_ELEMENT'], { members: ['u-1'] }],
  [['MEMBER_BY_REFERENCE'], { members: [{ $ref: 'https://x/Users/u-1' }] }],
  [['UNKNOWN_ATTRIBUTE'], { colour: 'red' }],
  [['UNKNOWN_ATTRIBUTE'], { members: [{ value: 'u-1', colour: 'red' }] }],
  [[], { members: [{ VALUE: 'u-1', Type: 'User', $ref: null }] }],
  [['EMPTY_TEXT'], { externalId: '' }],
  [['URN_IN_KEY'], { [`${GROUP_URN}:externalId`]: 'x' }],
  [['CORE_URN_AS_KEY'], { [GROUP_URN]: { externalId: 'x' } }],
])('hears %j of the body of a group, and of an operation', (notes, body) => {
  const whole = { schemas: [GROUP_URN], displayName: 'A', ...body };
  expect(heard((dialect) => toCreateTeamInput(whole, dialect))).toEqual(notes);
  const patch = { schemas: SCHEMAS, Operations: [{ op: 'add', value: body }] };
  expect(heard((dialect) => toGroupChanges(parsePatch(patch, GROUP, dialect.note), dialect))).toEqual(notes);
});

it.each<[Tolerance[], object]>([
  [[], { op: 'add', path: 'members', value: { value: 'u-1' } }],
  [['VALUE_WITHOUT_LIST'], { op: 'replace', path: 'members', value: { value: 'u-1' } }],
  [['VALUES_TO_REMOVE'], { op: 'remove', path: 'members', value: [{ value: 'u-1' }] }],
  [[], { op: 'remove', path: 'members[value eq "u-1"]' }],
  [['MEMBER_BY_FILTER'], { op: 'add', path: 'members[value eq "u-1"]', value: { value: 'u-1' } }],
  [['MEMBER_PART'], { op: 'replace', path: 'members[value eq "u-1"].display', value: 'x' }],
  [['NULL_PASSED_OVER'], { op: 'replace', value: { members: null } }],
])('hears %j of an operation on a group', (notes, operation) => {
  const body = { schemas: SCHEMAS, Operations: [operation] };
  expect(heard((dialect) => toGroupChanges(parsePatch(body, GROUP, dialect.note), dialect))).toEqual(notes);
});

it('hears of the schema with which Entra creates groups', () => {
  const body = { schemas: [GROUP_URN, MS_GROUP_URN], displayName: 'A' };
  expect(heard((dialect) => toCreateTeamInput(body, dialect))).toEqual(['OTHER_SCHEMAS']);
});

it.each<[Tolerance[], string]>([
  [[], 'filter=userName+eq+%22a%22&startIndex=1&aadOptscim062020'],
  [[], '?'],
  [['EMPTY_PARAMETER'], 'filter=x&'],
  [['REPEATED_PARAMETER'], 'count=1&count=2'],
  [['PARAMETER_IN_OTHER_CASE'], 'startindex=1'],
])('hears %j of the query %s', (notes, query) => {
  expect(heard(({ note }) => parseQuery(query, note))).toEqual(notes);
});

it('hears of a filter without a text, and of a mark before the body', () => {
  expect(heard(({ note }) => parseFilterIn(parseQuery('filter=', note), note))).toEqual(['EMPTY_FILTER']);
  expect(heard(({ note }) => parseJson('\uFEFF{}', note))).toEqual(['BYTE_ORDER_MARK']);
});
