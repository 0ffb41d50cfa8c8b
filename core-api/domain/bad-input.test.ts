import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { ApiKeyService } from './auth/api-key-service.js';
import { ChangeService } from './change/change-service.js';
import { CompanyService } from './company/company-service.js';
import { DirectoryService } from './directory/directory-service.js';
import { DirectoryTokens } from './directory/directory-tokens.js';
import { DomainError } from './errors.js';
import { newId } from './new-id.js';
import { ProjectService } from './project/project-service.js';
import { RoleService } from './role/role-service.js';
import { SsoConnectionService } from './sso/sso-connection-service.js';
import { pagesOfMembers } from './team/members-of-teams.js';
import { TeamService } from './team/team-service.js';
import { UserService } from './user/user-service.js';

/* Whatever is sent, what comes back is an answer or a refusal with a code; never an unforeseen failure. */

let bed: CompanyBed;
let userId: string;
let teamId: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
  userId = await bed.user();
  teamId = (await teamsOf().create({ displayName: 'T', members: [userId] })).team.id;
});
afterAll(() => bed?.close());

const usersOf = () => new UserService(bed.db, bed.program());
const teamsOf = () => new TeamService(bed.db, bed.program());

const LONE = '\ud800';
const nasty = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    LONE,
    `${LONE}x`,
    '\udc00\ud800',
    '%',
    '_',
    '\\',
    "'",
    '"',
    '$1',
    '{}',
    'null',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'İ',
    'ﬀ',
    'ﷺ'.repeat(255),
    '😀'.repeat(255),
    'x'.repeat(70_000),
  ),
  fc.constantFrom('2026-13-01T00:00:00Z', '0000-00-00', '+275760-09-13T00:00:00.000Z', '1e400', '-1', '1.5', 'NaN'),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.uuid(),
  fc.constant('work'),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const number = fc.oneof(fc.constantFrom(0, -1, 1.5, NaN, Infinity, 1e308, 2 ** 31, -(2 ** 53)), fc.double());

const textTerms = fc.record(
  {
    ...{ eq: nasty, ne: nasty, contains: nasty, startsWith: nasty, endsWith: nasty, gt: nasty, le: nasty },
    ...{ in: fc.array(nasty, { maxLength: 5 }), isSet: fc.boolean() },
  },
  { requiredKeys: [] },
);
const numberTerms = fc.record({ eq: number, ne: number, gt: number, isSet: fc.boolean() }, { requiredKeys: [] });
const timeTerms = fc.record({ eq: nasty, ne: nasty, ge: nasty, lt: nasty }, { requiredKeys: [] });
const booleanTerms = fc.record({ eq: fc.boolean(), ne: fc.boolean(), isSet: fc.boolean() }, { requiredKeys: [] });

/** A filter's tree over these fields. */
const tree = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record(fields, { requiredKeys: [] }),
      fc.record({ and: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ not: tie('node') }),
    ),
  })).node;

const element = tree({
  value: textTerms,
  type: textTerms,
  display: textTerms,
  primary: booleanTerms,
  country: textTerms,
});
const custom = fc.record(
  {
    ...{ urn: nasty, attribute: nasty, subAttribute: nasty, string: textTerms, boolean: booleanTerms },
    ...{ number: numberTerms, dateTime: timeTerms, isSet: fc.boolean() },
  },
  { requiredKeys: ['urn', 'attribute'] },
);
const userFilter = tree({
  ...{ id: textTerms, userName: textTerms, externalId: textTerms, title: textTerms, active: booleanTerms },
  ...{
    emails: fc.record({ some: maybe(element), isSet: maybe(fc.boolean()) }),
    addresses: fc.record({ some: element }),
  },
  ...{ custom, createdAt: timeTerms, version: numberTerms, managedBy: textTerms, nonsense: textTerms },
  ...{ teams: fc.record({ some: tree({ id: textTerms, displayName: textTerms }) }), constructor: textTerms },
  ...{
    name: fc.record({ givenName: textTerms, isSet: maybe(fc.boolean()) }),
    enterprise: fc.record({ managerValue: textTerms }),
  },
});
const teamFilter = tree({
  ...{ id: textTerms, displayName: textTerms, externalId: textTerms, updatedAt: timeTerms, version: numberTerms },
  ...{ members: fc.record({ some: maybe(tree({ id: textTerms, display: textTerms })), isSet: maybe(fc.boolean()) }) },
  ...{ constructor: textTerms, managedBy: textTerms },
});
const adminFilter = tree({
  id: textTerms,
  key: textTerms,
  name: textTerms,
  rank: numberTerms,
  hasOwnProperty: textTerms,
});
const changeFilter = fc.record(
  { kind: textTerms, objectId: textTerms, actorId: textTerms, requestId: textTerms, at: timeTerms },
  { requiredKeys: [] },
);
const page = fc.record(
  { first: number, after: nasty, last: number, before: nasty, offset: number },
  { requiredKeys: [] },
);

const elementInput = fc.record(
  { value: nasty, type: nasty, display: nasty, country: nasty, primary: fc.boolean() },
  { requiredKeys: [] },
);
const json = fc.oneof(
  nasty,
  number,
  fc.jsonValue({ maxDepth: 12 }),
  fc.constantFrom(null, [], {}, [LONE], { [LONE]: 1 }),
);
const fields = fc.record(
  {
    ...{
      userName: nasty,
      externalId: nasty,
      displayName: nasty,
      locale: nasty,
      name: fc.record({ familyName: nasty }),
    },
    ...{ emails: fc.array(elementInput, { maxLength: 3 }), addresses: fc.array(elementInput, { maxLength: 2 }) },
    ...{ enterprise: fc.record({ manager: fc.record({ value: nasty, ref: nasty }) }) },
    ...{
      extensions: fc.array(fc.record({ urn: fc.oneof(nasty, fc.constant('urn:a-b:c')), values: json }), {
        maxLength: 2,
      }),
    },
  },
  { requiredKeys: [] },
);
const attribute = fc.constantFrom('emails' as const, 'addresses' as const, 'roleValues' as const);
const userChange = fc.oneof(
  fc.record({ set: fields }),
  fc.record({ unset: fc.array(nasty, { maxLength: 2 }) }),
  fc.record({ addValues: fc.record({ attribute, values: fc.array(elementInput, { maxLength: 3 }) }) }),
  fc.record({
    updateValues: fc.record({
      attribute,
      where: element,
      set: elementInput,
      ifNone: fc.constantFrom('FAIL', 'CREATE'),
    }),
  }),
  fc.record({ removeValues: fc.record({ attribute, where: element }) }),
  fc.record({ setExtension: fc.record({ urn: fc.constant('urn:a-b:c'), values: json, add: fc.boolean() }) }),
  fc.record({ unsetExtension: fc.record({ urn: nasty, names: fc.array(nasty) }) }),
);
const teamChange = fc.oneof(
  fc.record({ set: fc.record({ displayName: nasty, externalId: nasty }, { requiredKeys: [] }) }),
  fc.record({ unset: fc.array(nasty, { maxLength: 2 }) }),
  fc.record({ addMembers: fc.array(nasty, { maxLength: 3 }) }),
  fc.record({ replaceMembers: fc.array(nasty, { maxLength: 3 }), removeMembers: fc.array(nasty) }),
);

async function foreseen(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).not.toBe('DATABASE_UNAVAILABLE');
  }
}

// What is generated has the shape that GraphQL lets through, and values that it does not judge.
type Any = never;

describe('no service fails unforeseen', () => {
  it.each<[string, fc.Arbitrary<unknown>, (input: Any) => Promise<unknown>]>([
    [
      'a list of users',
      fc.tuple(userFilter, page),
      ([filter, p]: [Any, Any]) => usersOf().list({ filter, ...(p as object), wantTotal: true }),
    ],
    [
      'a list of users by name',
      page,
      (p: Any) => usersOf().list({ orderBy: { field: 'DISPLAY_NAME' }, ...(p as object) }),
    ],
    [
      'a list of teams',
      fc.tuple(teamFilter, page),
      ([filter, p]: [Any, Any]) => teamsOf().list({ filter, ...(p as object), wantTotal: true }),
    ],
    ['a list of members', page, (p: Any) => pagesOfMembers(bed.db, bed.program(), [teamId], p)],
    [
      'a list of roles',
      fc.tuple(adminFilter, page),
      ([filter, p]: [Any, Any]) => new RoleService(bed.db, bed.program()).list({ filter, ...(p as object) }),
    ],
    [
      'a list of projects',
      fc.tuple(adminFilter, page),
      ([filter, p]: [Any, Any]) => new ProjectService(bed.db, bed.program()).list({ filter, ...(p as object) }),
    ],
    [
      'a list of changes',
      fc.tuple(changeFilter, page),
      ([filter, p]: [Any, Any]) => new ChangeService(bed.db, bed.program()).list({ filter, ...(p as object) }),
    ],
    ['a new user', fields, (input: Any) => usersOf().create(input)],
    ['a replaced user', fields, (input: Any) => usersOf().replace(userId, input)],
    ['changes of a user', fc.array(userChange, { maxLength: 4 }), (input: Any) => usersOf().change(userId, input)],
    ['changes of a team', fc.array(teamChange, { maxLength: 4 }), (input: Any) => teamsOf().change(teamId, input)],
    [
      'a new team',
      fc.record({ displayName: nasty, externalId: nasty, members: fc.array(nasty) }),
      (input: Any) => teamsOf().create(input),
    ],
    [
      'what is looked up',
      nasty,
      async (text: Any) => {
        const [users, teams, actor] = [usersOf(), teamsOf(), bed.program()];
        await users.findByUserName(text);
        await users.findByExternalId(text, text);
        await users.getMany([text]);
        await teams.memberCounts([text]);
        await new ProjectService(bed.db, actor).ofUsers([userId]);
        await new DirectoryTokens(bed.db, actor).ofDirectories([text]);
        await new DirectoryService(bed.db, actor).ssoConnectionsOf([text]);
        for (const get of [
          () => users.get(text),
          () => teams.get(text),
          () => new DirectoryTokens(bed.db, actor).get(text),
          () => new ChangeService(bed.db, actor).get(text),
          () => teams.memberPage([text], 5, text),
          () => new RoleService(bed.db, actor).assign(text, text),
          () => new ProjectService(bed.db, actor).grant({ projectId: text, userId: text }),
          () => new CompanyService(bed.db, actor).update(text, { name: text }),
        ])
          await foreseen(get);
      },
    ],
    [
      'what is named',
      fc.tuple(nasty, json),
      async ([text, value]: [Any, Any]) => {
        const actor = bed.program();
        const expiresAt = text;
        for (const make of [
          () => new RoleService(bed.db, actor).create({ key: `k${newId()}`, name: text, permissions: [], rank: 1 }),
          () => new ProjectService(bed.db, actor).create({ key: `k${newId()}`, name: text }),
          () => new ApiKeyService(bed.db, actor).create({ name: text, permissions: ['users:read'] }),
          () => new ApiKeyService(bed.db, actor).create({ name: 'K', permissions: ['users:read'], expiresAt }),
          () => new ApiKeyService(bed.db, actor).create({ name: 'K', permissions: [text] }),
          () => new SsoConnectionService(bed.db, actor, MEANS).create({ name: newId(), kind: 'SAML', config: value }),
          () =>
            new SsoConnectionService(bed.db, actor, MEANS).create({
              name: text,
              kind: 'SAML',
              config: { issuer: value },
              clientSecret: text,
            }),
          () => new DirectoryService(bed.db, actor).create({ name: text, idpKind: 'OKTA' }),
          () =>
            new DirectoryService(bed.db, actor).create({
              name: newId(),
              idpKind: 'OKTA',
              profile: { roleValues: { [text]: 'qa' } },
            }),
          () =>
            new DirectoryService(bed.db, actor).create({
              name: newId(),
              idpKind: 'OKTA',
              profile: { roleAttribute: text },
            }),
          () => new DirectoryService(bed.db, actor).create({ name: newId(), idpKind: 'OKTA', profile: value }),
          () => new CompanyService(bed.db, actor).update(null, { name: text, slug: text }),
        ])
          await foreseen(make);
      },
    ],
  ])('%s', async (_, input, work) => {
    const property = fc.asyncProperty(input, (value) => foreseen(() => work(value as Any)));
    await fc.assert(property, { numRuns: 120, interruptAfterTimeLimit: 4_000 });
  });
});

describe('what nests without end is refused', () => {
  const nested = (depth: number, wrap: (inner: unknown) => unknown, innermost: unknown) => {
    let value = innermost;
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value as Any;
  };
  it.each<[string, () => Promise<unknown>]>([
    ['a filter of users', () => usersOf().list({ filter: nested(20_000, (not) => ({ not }), {}) })],
    ['a filter of teams', () => teamsOf().list({ filter: nested(20_000, (not) => ({ not }), {}) })],
    [
      'a filter of roles',
      () => new RoleService(bed.db, bed.program()).list({ filter: nested(20_000, (not) => ({ not }), {}) }),
    ],
    ['a filter of 100,000 branches', () => usersOf().list({ filter: { or: Array(100_000).fill({}) } })],
    [
      'a filter that makes an element',
      () =>
        usersOf().change(userId, [
          {
            updateValues: {
              attribute: 'ims',
              where: nested(20_000, (each) => ({ and: [each] }), {}),
              set: {},
              ifNone: 'CREATE',
            },
          },
        ]),
    ],
    [
      'the values of an extension',
      () =>
        usersOf().change(userId, [
          { setExtension: { urn: 'urn:a-b:c', values: { a: nested(20_000, (each) => [each], 1) } } },
        ]),
    ],
    [
      'a configuration',
      () =>
        new SsoConnectionService(bed.db, bed.program(), MEANS).create({
          name: 'N',
          kind: 'SAML',
          config: { claims: nested(20_000, (each) => [each], 1) },
        }),
    ],
    [
      'a profile',
      () =>
        new DirectoryService(bed.db, bed.program()).create({
          name: 'N',
          idpKind: 'OKTA',
          profile: {
            extensions: [
              {
                urn: 'urn:a-b:c',
                name: 'N',
                description: '',
                attributes: [
                  nested(
                    20_000,
                    (each) => ({
                      name: 'a',
                      type: 'complex',
                      multiValued: false,
                      description: '',
                      required: false,
                      caseExact: false,
                      mutability: 'readWrite',
                      subAttributes: [each],
                    }),
                    {},
                  ),
                ],
              },
            ],
          },
        }),
    ],
  ])('%s', async (_, work) => {
    await expect(work()).rejects.toMatchObject({ code: expect.stringMatching(/^(UNSUPPORTED_FILTER|INVALID_VALUE)$/) });
  });
});
