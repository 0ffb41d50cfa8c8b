import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import type { StringFilter } from '../paging.js';
import { listAttribute } from './attributes.js';
import { asLookUp } from './user-filter.js';
import { UserService } from './user-service.js';
import type { CustomElementFilter, UserFields, UserFilter, UserView } from './user-types.js';
import { matchesCustom, matchesElement } from './value-filter.js';

const URN = 'urn:example:crew:2.0:User';

const PEOPLE: UserFields[] = [
  {
    userName: 'ana@acme.example',
    title: 'Boss',
    emails: [{ value: 'ana@acme.example', type: 'work', primary: true }],
    externalId: 'E1',
  },
  {
    userName: 'BEN@acme.example',
    title: 'boss_1',
    emails: [{ value: 'ben@home.example', type: 'home' }, { value: 'ana@acme.example' }],
  },
  {
    userName: 'cy%',
    displayName: 'Cy',
    active: false,
    externalId: 'e1',
    enterprise: { department: 'Sales', manager: { value: 'M1' } },
  },
  {
    userName: 'a\\b_c',
    displayName: 'ÄRGER',
    name: { familyName: 'Ruiz' },
    phoneNumbers: [{ value: '+41', type: 'work' }],
  },
  {
    userName: '\u{1F600}',
    title: '',
    extensions: [{ urn: URN, values: { tags: ['X', 'y'], level: 3, lead: true, at: '2026-01-31T08:00:00.000Z' } }],
  },
  {
    userName: 'zed',
    name: { givenName: 'Zed' },
    extensions: [
      {
        urn: URN,
        values: {
          tags: 'x',
          level: 7.5,
          desk: { room: 'A' },
          items: [
            { value: 'q', size: 3, sharp: true },
            { value: 'r', size: 5, at: '2026-01-31T08:00:00.000Z' },
          ],
        },
      },
    ],
  },
  {
    userName: 'ana',
    emails: [{ value: 'ANA@acme.example', type: 'Work', display: 'A' }],
    addresses: [{ locality: 'Bern', type: 'home' }],
  },
];

let bed: CompanyBed;
let users: UserService;
let stored: UserView[];
beforeAll(async () => {
  bed = await CompanyBed.open();
  users = new UserService(bed.db, bed.program());
  for (const fields of PEOPLE) await users.create(fields);
  stored = (await users.list({})).nodes;
});
afterAll(() => bed?.close());

async function found(filter: UserFilter): Promise<string[]> {
  const page = await users.list({ filter, wantTotal: true });
  expect(page.totalCount).toBe(page.nodes.length);
  return page.nodes.map(({ userName }) => userName);
}
const [ANA, BEN, CY, SLASH, SMILE, ZED, ANA2] = PEOPLE.map(({ userName }) => userName!) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

describe('a filter', () => {
  it.each<[string, UserFilter, string[]]>([
    ['finds a user name in any case', { userName: { eq: 'ben@ACME.example' } }, [BEN]],
    ['finds nobody by another', { userName: { eq: 'nobody' } }, []],
    ['minds the case of externalId', { externalId: { eq: 'e1' } }, [CY]],
    [
      'takes "not" to be true where nothing is assigned',
      { not: { externalId: { eq: 'e1' } } },
      [ANA, BEN, SLASH, SMILE, ZED, ANA2],
    ],
    ['takes "ne" to be true where nothing is assigned', { title: { ne: 'BOSS' } }, [BEN, CY, SLASH, SMILE, ZED, ANA2]],
    ['takes "not" inside "not" back', { not: { not: { title: { eq: 'boss' } } } }, [ANA]],
    ['takes % for a letter', { userName: { contains: '%' } }, [CY]],
    ['takes _ for a letter', { title: { endsWith: 's_1' } }, [BEN]],
    ['takes \\ for a letter', { userName: { startsWith: 'a\\' } }, [SLASH]],
    ['finds beginnings', { userName: { startsWith: 'ANA' } }, [ANA, ANA2]],
    ['finds letters beyond ASCII in any case', { displayName: { eq: 'ärger' } }, [SLASH]],
    ['orders texts by code points', { userName: { ge: 'zed' } }, [SMILE, ZED]],
    ['finds one of several', { userName: { in: ['ZED', 'cy%'] } }, [CY, ZED]],
    ['finds nobody among none', { userName: { in: [] } }, []],
    ['holds all operators of a field', { userName: { gt: 'ana', lt: 'b' } }, [ANA]],
    ['holds always when it is empty', {}, PEOPLE.map(({ userName }) => userName!)],
    ['holds never for an empty or', { or: [] }, []],
    ['finds an address of any type', { emails: { some: { value: { eq: 'Ana@acme.example' } } } }, [ANA, BEN, ANA2]],
    [
      'finds an address of one type',
      { emails: { some: { and: [{ type: { eq: 'WORK' } }, { value: { eq: 'ana@acme.example' } }] } } },
      [ANA, ANA2],
    ],
    ['asks both of one element', { emails: { some: { value: { eq: 'ana@acme.example' }, type: { eq: 'home' } } } }, []],
    [
      'asks more than equality of an address',
      { emails: { some: { value: { eq: 'ana@acme.example' }, primary: { eq: true } } } },
      [ANA],
    ],
    ['negates inside an element', { emails: { some: { not: { type: { eq: 'work' } } } } }, [BEN]],
    [
      'negates outside of an element',
      { not: { emails: { some: { type: { eq: 'work' } } } } },
      [BEN, CY, SLASH, SMILE, ZED],
    ],
    ['finds lists that are set', { phoneNumbers: { isSet: true } }, [SLASH]],
    ['finds members of addresses', { addresses: { some: { locality: { startsWith: 'BER' } } } }, [ANA2]],
    ['finds members of enterprise', { enterprise: { department: { eq: 'sales' }, managerValue: { eq: 'M1' } } }, [CY]],
    ['minds the case of ids', { enterprise: { managerValue: { eq: 'm1' } } }, []],
    ['finds names that are set', { name: { isSet: true } }, [SLASH, ZED]],
    ['finds names that are not set', { name: { isSet: false }, active: { eq: false } }, [CY]],
    [
      'finds values of an extension, in lists and alone',
      { custom: { urn: URN, attribute: 'tags', string: { eq: 'x' } } },
      [SMILE, ZED],
    ],
    [
      'takes "ne" of a list to be about all its values',
      { custom: { urn: URN, attribute: 'tags', string: { ne: 'Y' } } },
      [ANA, BEN, CY, SLASH, ZED, ANA2],
    ],
    [
      'compares numbers of an extension',
      { custom: { urn: URN, attribute: 'level', number: { gt: 3, le: 7.5 } } },
      [ZED],
    ],
    ['compares booleans of an extension', { custom: { urn: URN, attribute: 'lead', boolean: { eq: true } } }, [SMILE]],
    [
      'compares times of an extension',
      { custom: { urn: URN, attribute: 'at', dateTime: { lt: '2026-02-01T00:00:00+02:00' } } },
      [SMILE],
    ],
    [
      'does not compare what is no time',
      { custom: { urn: URN, attribute: 'tags', dateTime: { gt: '2026-02-01T00:00:00Z' } } },
      [],
    ],
    [
      'finds members of a complex attribute',
      { custom: { urn: URN, attribute: 'desk', subAttribute: 'room', string: { eq: 'a' } } },
      [ZED],
    ],
    [
      'names an extension, its attributes and their members in any case',
      { custom: { urn: URN.toUpperCase(), attribute: 'DESK', subAttribute: 'Room', string: { eq: 'a' } } },
      [ZED],
    ],
    [
      'takes the value of a simple attribute by that name, in any case',
      { custom: { urn: URN, attribute: 'Tags', subAttribute: 'VALUE', string: { eq: 'x' } } },
      [SMILE, ZED],
    ],
    ['finds the value of objects', { custom: { urn: URN, attribute: 'items', string: { eq: 'Q' } } }, [ZED]],
    [
      'asks all of one element',
      {
        custom: {
          urn: URN,
          attribute: 'items',
          some: { and: [{ member: { string: { eq: 'Q' } } }, { member: { name: 'SIZE', number: { lt: 5 } } }] },
        },
      },
      [ZED],
    ],
    [
      'does not put an element together of two',
      {
        custom: {
          urn: URN,
          attribute: 'items',
          some: { and: [{ member: { string: { eq: 'Q' } } }, { member: { name: 'size', number: { eq: 5 } } }] },
        },
      },
      [],
    ],
    ['finds extensions that are set', { custom: { urn: URN, attribute: 'level', isSet: true } }, [SMILE, ZED]],
    ['finds nobody by an id that is none', { id: { eq: 'nonsense' } }, []],
    ['finds the unmanaged', { managedBy: { isSet: false }, title: { isSet: true } }, [ANA, BEN]],
    ['compares versions', { version: { ge: 2 } }, []],
    ['compares times', { createdAt: { gt: '2020-01-01T00:00:00Z' }, title: { eq: 'boss' } }, [ANA]],
    ['finds those in no team', { teams: { isSet: false }, userName: { eq: 'zed' } }, [ZED]],
  ])('%s', async (_, filter, expected) => {
    expect((await found(filter)).sort()).toEqual([...expected].sort());
  });

  it.each<[string, UserFilter]>([
    ['nested 41 levels deep', Array.from({ length: 41 }).reduce<UserFilter>((inner) => ({ not: inner }), {})],
    ['of 201 terms', { or: Array.from({ length: 201 }, () => ({ title: { eq: 'x' } })) }],
    ['with NUL', { userName: { eq: 'a\0' } }],
    ['with NUL in a name', { custom: { urn: 'urn:a:\0', attribute: 'x', isSet: true } }],
    ['by a field that is not there', { password: { eq: 'x' } } as UserFilter],
    ['by a member that the list has not', { addresses: { some: { value: { eq: 'x' } } } }],
    ['by a time that is none', { createdAt: { gt: '+020000-01-01T00:00:00Z' } }],
  ])('%s is refused', async (_, filter) => {
    await expect(users.list({ filter })).rejects.toMatchObject({ code: 'UNSUPPORTED_FILTER' });
  });

  it.each<[UserFilter, object | null]>([
    [{ userName: { eq: 'a' } }, { by: 'userName', value: 'a' }],
    [
      { userName: { eq: 'a', ne: null }, active: null },
      { by: 'userName', value: 'a' },
    ],
    [{ externalId: { eq: 'a' } }, { by: 'externalId', value: 'a' }],
    [{ emails: { some: { value: { eq: 'a' } } } }, { by: 'email', value: 'a', type: null }],
    [
      { emails: { some: { and: [{ type: { eq: 't' } }, { value: { eq: 'a' } }] } } },
      { by: 'email', value: 'a', type: 't' },
    ],
    [{ emails: { some: { value: { eq: 'a' }, primary: { eq: true } } } }, null],
    [{ userName: { eq: 'a', ne: 'b' } }, null],
    [{ userName: { eq: 'a' }, active: { eq: true } }, null],
    [{ not: { userName: { eq: 'a' } } }, null],
  ])('%j is the look-up %j', (filter, lookUp) => {
    expect(asLookUp(filter)).toEqual(lookUp);
  });
});

describe('any filter', () => {
  const WORDS = ['a', 'ana', 'ANA@acme.example', 'work', 'Boss', '_', '%', 'ÄR', 'e1', 'zed', '\\'];
  const text = fc
    .tuple(
      fc.constantFrom('eq', 'ne', 'contains', 'startsWith', 'endsWith', 'gt', 'ge', 'lt', 'le', 'isSet' as const),
      fc.constantFrom(...WORDS),
      fc.boolean(),
    )
    .map(([name, word, isSet]) => ({ [name]: name === 'isSet' ? isSet : word }) as StringFilter);
  const element = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2 },
      fc.record({ value: text }),
      fc.record({ type: text }),
      fc.record({ primary: fc.record({ eq: fc.boolean() }) }),
      fc.record({ not: tie('node') }),
      fc.record({ and: fc.array(tie('node'), { maxLength: 2 }) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 2 }) }),
    ),
  })).node;
  const filters = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.record({ userName: text }),
      fc.record({ title: text }),
      fc.record({ externalId: text }),
      fc.record({ active: fc.record({ ne: fc.boolean() }) }),
      fc.record({ emails: fc.record({ some: element }) }),
      fc.record({ not: tie('node') }),
      fc.record({ and: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 3 }) }),
    ),
  })).node;

  // A column is one more element of one member: the evaluation of elements serves for it too.
  const columnHolds = (value: string | null, terms: StringFilter, caseExact = false) =>
    matchesElement(
      { value: terms },
      value === null ? {} : { value },
      listAttribute(caseExact ? 'x509Certificates' : 'ims'),
    );
  const holds = (filter: UserFilter, user: UserView): boolean =>
    (filter.and ?? []).every((each) => holds(each, user)) &&
    (filter.or == null || filter.or.some((each) => holds(each, user))) &&
    (filter.not == null || !holds(filter.not, user)) &&
    (filter.userName == null || columnHolds(user.userName, filter.userName)) &&
    (filter.title == null || columnHolds(user.title, filter.title)) &&
    (filter.externalId == null || columnHolds(user.externalId, filter.externalId, true)) &&
    (filter.active?.ne == null || user.active !== filter.active.ne) &&
    (filter.emails?.some == null ||
      user.emails.some((each) => matchesElement(filter.emails!.some!, each, listAttribute('emails'))));

  const member = (type: string, term: fc.Arbitrary<unknown>) =>
    fc
      .tuple(
        fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
        term,
        fc.constantFrom('value', 'size', 'sharp', 'at', null),
      )
      .map(([op, value, name]) => ({
        member: { name, [type]: { [type === 'boolean' && op !== 'ne' ? 'eq' : op]: value } },
      }));
  const elements = fc.letrec<{ node: CustomElementFilter }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2 },
      fc
        .tuple(text, fc.constantFrom('value', 'size', 'at', null))
        .map(([string, name]) => ({ member: { name, string } })),
      member('number', fc.constantFrom(3, 5, 7.5)),
      member('boolean', fc.boolean()),
      member('dateTime', fc.constantFrom('2026-01-31T08:00:00.000Z', '2025-01-31T08:00:00.000Z')),
      fc.record({ not: tie('node') }),
      fc.record({ and: fc.array(tie('node'), { maxLength: 2 }) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 2 }) }),
    ),
  })).node;

  it('on one value of an extension means the same in SQL as in memory', async () => {
    const attributes = fc.constantFrom('tags', 'level', 'lead', 'at', 'desk', 'items');
    await fc.assert(
      fc.asyncProperty(attributes, elements, async (attribute, some) => {
        const expected = stored.filter(({ extensions }) =>
          [extensions[URN]?.[attribute] ?? []].flat().some((each) => matchesCustom(some, each, () => false)),
        );
        expect(await found({ custom: { urn: URN, attribute, some } })).toEqual(
          expected.map(({ userName }) => userName),
        );
      }),
      { numRuns: 150, seed: 20261128 },
    );
  });

  it('means the same in SQL as in memory', async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = stored.filter((user) => holds(filter, user)).map(({ userName }) => userName);
        expect(await found(filter)).toEqual(expected);
      }),
      { numRuns: 150, seed: 20261122 },
    );
  });
});
