import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { UserService } from './user-service.js';
import type { UserFields } from './user-types.js';

const URN = 'urn:example:params:scim:garden:2.0:User';

const attribute = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  multiValued: false,
  description: `${name}.`,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  ...more,
});

const garden = {
  urn: URN,
  name: 'Garden',
  description: 'What grows.',
  attributes: [
    attribute('plot', 'string'),
    attribute('code', 'string', { caseExact: true }),
    attribute('beds', 'integer'),
    attribute('yield', 'decimal'),
    attribute('tidy', 'boolean'),
    attribute('sown', 'dateTime'),
    attribute('pin', 'string', { mutability: 'writeOnly' }),
    attribute('plants', 'string', { multiValued: true }),
    attribute('shed', 'complex', { subAttributes: [attribute('colour', 'string')] }),
    attribute('tools', 'complex', {
      multiValued: true,
      subAttributes: [attribute('value', 'string'), attribute('weight', 'integer')],
    }),
  ],
} as never;

/** In the order of their creation. `d` has nothing but a name. */
const PEOPLE: Record<string, UserFields> = {
  a: {
    externalId: 'x',
    active: false,
    name: { familyName: 'Ruiz', givenName: 'ana' },
    title: 'b',
    emails: [{ value: 'z@x.example' }, { value: 'B@x.example', primary: true, type: 'work' }],
    addresses: [{ locality: 'Thun' }],
    enterprise: { department: 'sales', manager: { value: 'm2' } },
    extensions: [
      {
        urn: URN,
        values: {
          plot: 'north',
          code: 'b',
          beds: 9,
          yield: 0.5,
          tidy: true,
          sown: '2026-04-01T10:00:00+02:00',
          plants: ['leek', 'kale'],
          shed: { colour: 'red' },
          tools: [{ value: 'rake', weight: 2 }],
        },
      },
    ],
  },
  b: {
    externalId: 'X',
    name: { familyName: 'ruiz', givenName: 'Bea' },
    title: 'B',
    emails: [{ value: 'a@x.example', type: 'home' }],
    addresses: [{ locality: 'Bern', primary: true }, { locality: 'Zug' }],
    enterprise: { department: 'Lab' },
    extensions: [
      {
        urn: URN.toUpperCase(),
        values: { PLOT: 'South', code: 'B', beds: 12, yield: -1e-7, tidy: false, sown: '2026-04-01T08:30:00Z' },
      },
    ],
  },
  c: {
    name: { familyName: 'Abel' },
    title: `a${'x'.repeat(600)}`,
    emails: [{ value: 'c@x.example' }],
    enterprise: { manager: { value: 'm1' } },
    extensions: [{ urn: URN, values: { plants: ['Apple'], tools: [{ weight: 10 }, { value: 'spade', weight: 1 }] } }],
  },
  d: {},
};

let bed: CompanyBed;
let okta: CompanyActor;
beforeAll(async () => {
  bed = await CompanyBed.open();
  okta = await bed.directory({ extensions: [garden] });
  const users = new UserService(bed.db, okta);
  for (const [userName, fields] of Object.entries(PEOPLE)) await users.create({ userName, ...fields });
});
afterAll(() => bed?.close());

const namesOf = (nodes: { userName: string }[]) => nodes.map(({ userName }) => userName).join('');

describe('ordering users by a path', () => {
  it.each([
    ['id', 'abcd'],
    ['userName', 'abcd'],
    ['USERNAME', 'abcd'],
    ['externalId', 'bacd'],
    ['active', 'abcd'],
    ['createdAt', 'abcd'],
    ['version', 'abcd'],
    ['title', 'cabd'],
    ['displayName', 'abcd'],
    ['name.familyName', 'cabd'],
    ['name.givenName', 'abcd'],
    ['enterprise.department', 'bacd'],
    ['enterprise.manager.value', 'cabd'],
    ['emails.value', 'bacd'],
    ['emails.type', 'bacd'],
    ['emails.primary', 'abcd'],
    ['addresses.locality', 'bacd'],
    ['teams.displayName', 'abcd'],
    [`${URN}:plot`, 'abcd'],
    [`${URN.toLowerCase()}:PLOT`, 'abcd'],
    [`${URN}:code`, 'bacd'],
    [`${URN}:beds`, 'abcd'],
    [`${URN}:yield`, 'bacd'],
    [`${URN}:tidy`, 'bacd'],
    [`${URN}:sown`, 'abcd'],
    [`${URN}:plants`, 'cabd'],
    [`${URN}:shed.colour`, 'abcd'],
    [`${URN}:tools`, 'abcd'],
    [`${URN}:tools.weight`, 'acbd'],
  ])('%s: ascending with those who have no value last, descending the other way round', async (path, expected) => {
    const users = new UserService(bed.db, okta);
    const ascending = await users.list({ orderBy: { path } });
    const descending = await users.list({ orderBy: { path, direction: 'DESC' } });

    expect(namesOf(ascending.nodes)).toBe(expected);
    expect(namesOf(descending.nodes)).toBe([...expected].reverse().join(''));
  });

  it.each([`${URN}:yield`, `${URN}:beds`, `${URN}:sown`, `${URN}:tidy`, 'title', 'emails.value', 'active', 'version'])(
    'walks by %s both ways, one by one',
    async (path) => {
      const users = new UserService(bed.db, okta);
      for (const direction of ['ASC', 'DESC'] as const) {
        const orderBy = { path, direction };
        const all = namesOf((await users.list({ orderBy })).nodes);
        let forwards = '';
        let after: string | null = null;
        for (let more = true; more; ) {
          const page = await users.list({ orderBy, first: 1, after });
          forwards += namesOf(page.nodes);
          after = page.cursors[0]!;
          more = page.hasNextPage;
        }
        let backwards = forwards.slice(-1);
        let before: string | null = after;
        for (let more = true; more; ) {
          const page = await users.list({ orderBy, last: 1, before });
          backwards = namesOf(page.nodes) + backwards;
          before = page.cursors[0]!;
          more = page.hasPreviousPage;
        }
        expect([forwards, backwards]).toEqual([all, all]);
      }
    },
  );

  it('keeps cursors short, however long the texts are', async () => {
    const { cursors } = await new UserService(bed.db, okta).list({ orderBy: { path: 'title' }, first: 1 });

    expect(cursors[0]!.length).toBeLessThan(500);
  });

  it('costs one statement more than by id for people only, who have to look up what an extension declares', async () => {
    const statementsOf = async (actor: CompanyActor, path: string) => {
      const before = bed.statements.length;
      await new UserService(bed.db, actor).list({ orderBy: { path }, filter: { active: { eq: true } } });
      return bed.statements.length - before;
    };

    expect(await statementsOf(okta, `${URN}:beds`)).toBe(1);
    expect(await statementsOf(bed.program(), 'emails.value')).toBe(1);
    const people = await new UserService(bed.db, bed.program()).list({ orderBy: { path: `${URN}:beds` } });
    expect(namesOf(people.nodes)).toBe('abcd');
  });

  it.each([
    { path: 'secret' },
    { path: '' },
    { path: 'name' },
    { path: 'addresses' },
    { path: 'emails' },
    { path: 'emails.value.x' },
    { path: '__proto__' },
    { path: "title'; drop table app_user; --" },
    { path: `${URN}:nothing` },
    { path: `${URN}:shed` },
    { path: `${URN}:plot.x` },
    { path: `${URN}:pin` },
    { path: 'urn:example:other:plot' },
    { path: `${URN}:plot', (select 1)` },
    { path: 'id', field: 'ID' as const },
  ])('refuses %j by name', async (orderBy) => {
    await expect(new UserService(bed.db, okta).list({ orderBy })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: expect.stringMatching(/^orderBy/) },
    });
  });

  it('refuses a cursor of another order', async () => {
    const users = new UserService(bed.db, okta);
    const { cursors } = await users.list({ orderBy: { path: 'title' }, first: 1 });

    await expect(users.list({ orderBy: { path: `${URN}:beds` }, after: cursors[0] })).rejects.toMatchObject({
      details: { field: 'after' },
    });
  });
});
