import fc from 'fast-check';
import type { ScimRequest } from './directory-model.js';

/*
 * Requests of a provider that does everything, sensible or not. `{u3}` stands for the id of the fourth user that there ever was, `{g0}` for that of the
 * first group; where there are not so many, for one of them, and `{u9}` for an id that nobody has.
 */

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
/** Left out as often as said. */
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const aUser = oneOf('{u0}', '{u1}', '{u2}', '{u3}', '{u4}', '{u5}', '{u9}');
const aGroup = oneOf('{g0}', '{g1}', '{g2}', '{u9}');

const userName = oneOf('ana', 'ANA', 'bob', 'zo\u00eb', 'zoe\u0308');
const externalId = oneOf('x1', 'x2', 'x3');
const title = oneOf('Lead', 'Engineer');
const email = oneOf(
  { value: 'a@x.example', type: 'work' },
  { value: 'b@x.example', type: 'home' },
  { value: 'c@x.example' },
);
const emails = fc.uniqueArray(email, { maxLength: 2 });
const userBody = fc
  .record({ externalId, title, active: fc.boolean(), emails, password: oneOf('secret') }, { requiredKeys: [] })
  .chain((rest) => userName.map((name) => ({ userName: name, ...rest })));

const displayName = oneOf('Sales', 'SALES', 'Guides');
const members = fc.array(aUser, { maxLength: 3 }).map((ids) => ids.map((value) => ({ value })));
const groupBody = fc
  .record({ externalId, members }, { requiredKeys: [] })
  .chain((rest) => displayName.map((name) => ({ displayName: name, ...rest })));

const userOperation = fc.oneof(
  fc.record({ op: oneOf('replace', 'add'), path: oneOf('title'), value: title }),
  fc.record({ op: oneOf('replace'), path: oneOf('active'), value: fc.boolean() }),
  fc.record({ op: oneOf('replace'), path: oneOf('userName'), value: userName }),
  fc.record({ op: oneOf('replace'), path: oneOf('externalId'), value: externalId }),
  fc.record({ op: oneOf('replace'), value: fc.record({ title, active: fc.boolean() }, { requiredKeys: [] }) }),
  fc.record({ op: oneOf('add', 'replace'), path: oneOf('emails'), value: emails }),
  fc.record({ op: oneOf('remove'), path: oneOf('title', 'externalId', 'emails', 'emails[value eq "a@x.example"]') }),
  fc.record({ op: oneOf('replace'), path: oneOf('emails[value eq "b@x.example"].type'), value: oneOf('other') }),
  fc.record({ op: oneOf('replace'), path: oneOf('emails[value sw "nobody"].type'), value: oneOf('other') }),
);

const groupOperation = fc.oneof(
  fc.record({ op: oneOf('add', 'replace'), path: oneOf('members'), value: members }),
  aUser.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` })),
  fc.record({ op: oneOf('remove'), path: oneOf('members') }),
  fc.record({ op: oneOf('replace'), path: oneOf('displayName'), value: displayName }),
  fc.record({ op: oneOf('replace'), path: oneOf('externalId'), value: externalId }),
);

const patchOf = (operation: fc.Arbitrary<object>) =>
  fc.array(operation, { minLength: 1, maxLength: 3 }).map((Operations) => ({ schemas: [PATCH], Operations }));

const ifMatch = fc.oneof(
  { weight: 4, arbitrary: oneOf(undefined) },
  { weight: 1, arbitrary: oneOf('current' as const, 'stale' as const, '*' as const, 'nonsense' as const) },
);

const onOne = (method: ScimRequest['method'], path: fc.Arbitrary<string>, body?: fc.Arbitrary<object>) =>
  fc.record({ method: oneOf(method), path, ...(body && { body }), ifMatch });

const users = aUser.map((id) => `/Users/${id}`);
const groups = aGroup.map((id) => `/Groups/${id}`);

const page = { startIndex: perhaps(fc.integer({ min: -1, max: 9 })), count: perhaps(fc.integer({ min: -1, max: 9 })) };
const userFilter = fc.oneof(
  userName.map((name) => `userName eq "${name}"`),
  externalId.map((id) => `externalId eq "${id}"`),
  aUser.map((id) => `id eq "${id}"`),
  aGroup.map((id) => `groups.value eq "${id}"`),
  oneOf('title pr', 'active eq false', 'active eq true', 'emails.value eq "a@x.example"'),
);
const groupFilter = fc.oneof(
  displayName.map((name) => `displayName eq "${name}"`),
  externalId.map((id) => `externalId eq "${id}"`),
  aUser.map((id) => `members.value eq "${id}"`),
);

const broken = (scimType: string | undefined, status: number, ...requests: Omit<ScimRequest, 'owes'>[]) =>
  requests.map((request): ScimRequest => ({ ...request, owes: { status, ...(scimType && { scimType }) } }));
const patchWith = (path: string, ...Operations: object[]): ScimRequest => ({
  method: 'PATCH',
  path,
  body: { schemas: [PATCH], Operations },
});

const BROKEN: ScimRequest[] = [
  ...broken(
    'invalidSyntax',
    400,
    { method: 'POST', path: '/Users', raw: '{"userName":"ana"' },
    { method: 'POST', path: '/Users', raw: '["ana"]' },
    { method: 'PUT', path: '/Groups/{g0}', raw: 'null' },
    { method: 'PATCH', path: '/Users/{u0}', body: { schemas: [PATCH] } },
    { method: 'POST', path: '/Groups', raw: '{"displayName":"Sales","__proto__":{"x":1}}' },
    patchWith('/Users/{u0}', { op: 'replace', path: 'title', value: 'Lead' }, { op: 'move', path: 'title' }),
    patchWith('/Groups/{g0}', { path: 'members', value: [] }),
  ),
  ...broken(
    'invalidValue',
    400,
    { method: 'POST', path: '/Users', body: { title: 'Lead' } },
    { method: 'POST', path: '/Users', body: { userName: { a: 1 } } },
    { method: 'POST', path: '/Users', raw: '{"userName":"a\\u0000"}' },
    { method: 'PUT', path: '/Users/{u0}', body: { userName: 'ana', active: 'perhaps' } },
    { method: 'PUT', path: '/Users/{u1}', body: { userName: 'ana', emails: [5] } },
    { method: 'POST', path: '/Groups', body: { members: [] } },
    { method: 'PUT', path: '/Groups/{g0}', body: { displayName: 'Sales', members: 5 } },
    patchWith(
      '/Users/{u0}',
      { op: 'replace', path: 'title', value: 'Lead' },
      { op: 'replace', path: 'active', value: 'x' },
    ),
    { method: 'GET', path: '/Users?count=many' },
  ),
  ...broken(
    'invalidPath',
    400,
    patchWith(
      '/Users/{u0}',
      { op: 'add', path: 'title', value: 'x' },
      { op: 'add', path: 'emails[type eq', value: 'x' },
    ),
    patchWith('/Groups/{g1}', { op: 'add', path: 'members[', value: [] }),
  ),
  ...broken(
    'noTarget',
    400,
    patchWith('/Users/{u1}', { op: 'replace', path: 'title', value: 'Lead' }, { op: 'remove' }),
  ),
  ...broken(
    'mutability',
    400,
    patchWith(
      '/Users/{u0}',
      { op: 'replace', path: 'title', value: 'Lead' },
      { op: 'replace', path: 'id', value: 'x' },
    ),
    patchWith('/Users/{u1}', { op: 'remove', path: 'userName' }),
  ),
  ...broken(
    'invalidFilter',
    400,
    { method: 'GET', path: '/Users', query: { filter: 'userName eq' } },
    { method: 'GET', path: '/Users', query: { filter: 'shoeSize eq "43"' } },
    { method: 'GET', path: '/Groups', query: { filter: 'displayName eq "x' } },
  ),
  ...broken(undefined, 404, { method: 'GET', path: '/Users/no-id' }, { method: 'DELETE', path: '/Groups/no-id' }),
  ...broken(undefined, 405, { method: 'DELETE', path: '/Users' }, { method: 'PUT', path: '/Groups', body: {} }),
];

const creating: fc.Arbitrary<ScimRequest> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ method: oneOf('POST' as const), path: oneOf('/Users'), body: userBody }) },
  { weight: 1, arbitrary: fc.record({ method: oneOf('POST' as const), path: oneOf('/Groups'), body: groupBody }) },
);

const anything: fc.Arbitrary<ScimRequest> = fc.oneof(
  { weight: 8, arbitrary: creating },
  { weight: 6, arbitrary: onOne('PATCH', users, patchOf(userOperation)) },
  { weight: 6, arbitrary: onOne('PATCH', groups, patchOf(groupOperation)) },
  { weight: 3, arbitrary: onOne('PUT', users, userBody) },
  { weight: 3, arbitrary: onOne('PUT', groups, groupBody) },
  { weight: 3, arbitrary: onOne('DELETE', users) },
  { weight: 1, arbitrary: onOne('DELETE', groups) },
  { weight: 2, arbitrary: fc.record({ method: oneOf('GET' as const), path: fc.oneof(users, groups) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      method: oneOf('GET' as const),
      path: oneOf('/Users'),
      query: fc.record({ filter: perhaps(userFilter), ...page }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      method: oneOf('GET' as const),
      path: oneOf('/Groups'),
      query: fc.record({ filter: perhaps(groupFilter), ...page }),
    }),
  },
  { weight: 3, arbitrary: oneOf(...BROKEN) },
);

/** Some creations, lest most of the rest is about nobody, and then whatever comes. */
export const aSequence: fc.Arbitrary<ScimRequest[]> = fc
  .tuple(fc.array(creating, { maxLength: 6 }), fc.array(anything, { minLength: 1, maxLength: 40, size: 'max' }))
  .map(([first, rest]) => [...first, ...rest]);
