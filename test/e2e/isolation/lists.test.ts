import fc from 'fast-check';
import { getNamedType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, graphqlClient, scimClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { CONNECTIONS, selectionOf } from './core-schema.js';
import { HOUSES, MARK, Neighbour } from './neighbour.js';

interface Person {
  id: string;
  userName: string;
  title: string;
  active: boolean;
}
interface Tenant {
  company: TestCompany;
  people: Person[];
}

/** The same people's names and titles in every company. */
const NAMES = ['ada', 'bert', 'cleo', 'dora', 'emil', 'fred', 'gina'];
const TITLES = ['Tester', 'Lead'];

interface Question {
  scim: string | null;
  graphql: object;
  holds: (person: Person) => boolean;
}
const nobodyOrAll: Question[] = [
  { scim: null, graphql: {}, holds: () => true },
  { scim: 'title pr', graphql: { title: { isSet: true } }, holds: () => true },
  { scim: 'userName eq "nobody"', graphql: { userName: { eq: 'nobody' } }, holds: () => false },
];
const question = fc.oneof(
  fc.constantFrom(...nobodyOrAll),
  fc.constantFrom(...NAMES).map(
    (name): Question => ({
      scim: `userName eq "${name.toUpperCase()}"`,
      graphql: { userName: { eq: name } },
      holds: ({ userName }) => userName === name,
    }),
  ),
  fc.constantFrom('a', 'e', 'd').map(
    (part): Question => ({
      scim: `userName co "${part}"`,
      graphql: { userName: { contains: part } },
      holds: ({ userName }) => userName.includes(part),
    }),
  ),
  fc.tuple(fc.constantFrom(...TITLES), fc.boolean()).map(
    ([title, active]): Question => ({
      scim: `title eq "${title}" and active eq ${active}`,
      graphql: { title: { eq: title }, active: { eq: active } },
      holds: (person) => person.title === title && person.active === active,
    }),
  ),
  fc.constantFrom(...TITLES).map(
    (title): Question => ({
      scim: `not (title eq "${title}") or userName sw "a"`,
      graphql: { or: [{ not: { title: { eq: title } } }, { userName: { startsWith: 'a' } }] },
      holds: (person) => person.title !== title || person.userName.startsWith('a'),
    }),
  ),
);

describe.each(HOUSES)('lists of several companies, $mode, row-level security $rowSecurity', ({ mode, rowSecurity }) => {
  let rollcall: TestRollcall;
  let tenants: Tenant[];
  let everybody: Set<string>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
    tenants = [];
    for (let tenant = 0; tenant < 3; tenant++) {
      const company = await rollcall.newCompany({ preset: 'rollcall' });
      const scim = scimClient(company);
      const people: Person[] = [];
      for (const [index, userName] of NAMES.entries()) {
        const title = TITLES[(index + tenant) % TITLES.length]!;
        const active = (index + tenant) % 3 !== 0;
        const { body } = await scim.post('/Users', { userName, title, active, externalId: `x-${index}` });
        people.push({ id: body.id, userName, title, active });
      }
      tenants.push({ company, people });
    }
    const stored = await rollcall.asOwner<{ id: string }>('select id from app_user where directory_id is not null');
    everybody = new Set(stored.map(({ id }) => id));
  });
  afterAll(() => rollcall?.stop());

  /** All pages of what one company is shown, in order. */
  const walk = async ({ company }: Tenant, { scim: filter }: Question, count: number, descending: boolean) => {
    const ids: string[] = [];
    let total = 0;
    for (let startIndex = 1; startIndex === 1 || startIndex <= total; startIndex += count) {
      const search = new URLSearchParams({ startIndex: `${startIndex}`, count: `${count}`, sortBy: 'userName' });
      search.set('sortOrder', descending ? 'descending' : 'ascending');
      // The owner of last resort is nobody's but the company's own.
      search.set('filter', filter === null ? 'externalId pr' : `(${filter}) and externalId pr`);
      const { status, body } = await scimClient(company).get(`/Users?${search}`);
      expect(status).toBe(200);
      expect(total === 0 || total === body.totalResults).toBe(true);
      total = body.totalResults;
      ids.push(...(body.Resources ?? []).map(({ id }: { id: string }) => id));
    }
    expect(ids).toHaveLength(total);
    return ids;
  };

  it('T-04: what the companies are shown by SCIM is together everything, and nothing is shown to two', async () => {
    await fc.assert(
      fc.asyncProperty(question, fc.integer({ min: 1, max: 8 }), fc.boolean(), async (asked, count, descending) => {
        const shown = [];
        for (const tenant of tenants) {
          const ids = await walk(tenant, asked, count, descending);
          expect(new Set(ids)).toEqual(new Set(tenant.people.filter(asked.holds).map(({ id }) => id)));
          shown.push(...ids);
        }
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.every((id) => everybody.has(id))).toBe(true);
        if (asked.scim === null) expect(new Set(shown)).toEqual(everybody);
      }),
      { numRuns: 25 },
    );
  });

  it('T-04: nor by GraphQL, by offset and by cursor', async () => {
    await fc.assert(
      fc.asyncProperty(question, fc.integer({ min: 1, max: 8 }), fc.boolean(), async (asked, first, byCursor) => {
        const shown: string[] = [];
        for (const { company, people } of tenants) {
          const ids: string[] = [];
          const filter = { and: [asked.graphql, { managedBy: { isSet: true } }] };
          const expected = people.filter(asked.holds).map(({ id }) => id);
          for (let position: object | null = byCursor ? {} : { offset: 0 }; position !== null; ) {
            const { body } = await graphqlClient(company)(
              `query ($filter: UserFilter, $first: Int, $offset: Int, $after: String) {
                users(filter: $filter, first: $first, offset: $offset, after: $after, orderBy: { field: USER_NAME }) {
                  totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`,
              { filter, first, ...position },
            );
            expect(body.errors).toBeUndefined();
            const { totalCount, nodes, pageInfo } = body.data.users;
            expect(totalCount).toBe(expected.length);
            ids.push(...nodes.map(({ id }: { id: string }) => id));
            position = pageInfo.hasNextPage
              ? byCursor
                ? { after: pageInfo.endCursor }
                : { offset: ids.length }
              : null;
          }
          expect(new Set(ids)).toEqual(new Set(expected));
          expect(ids).toHaveLength(expected.length);
          shown.push(...ids);
        }
        expect(new Set(shown).size).toBe(shown.length);
      }),
      { numRuns: 25 },
    );
  });

  it('T-04: a filter that names a neighbour’s person, group or external id finds nothing', async () => {
    const [own, other] = tenants as [Tenant, Tenant];
    const group = await scimClient(other.company).post('/Groups', {
      displayName: 'Theirs',
      externalId: 'theirs',
      members: [{ value: other.people[0]!.id }],
    });
    const scim = scimClient(own.company);
    for (const [resource, filter] of [
      ['Users', `id eq "${other.people[0]!.id}"`],
      ['Users', `groups.value eq "${group.body.id}"`],
      ['Groups', `id eq "${group.body.id}"`],
      ['Groups', 'displayName eq "Theirs"'],
      ['Groups', 'externalId eq "theirs"'],
      ['Groups', `members.value eq "${other.people[0]!.id}"`],
      ['Groups', `members[value eq "${other.people[0]!.id}"]`],
    ]) {
      const { status, body } = await scim.get(`/${resource}?filter=${encodeURIComponent(filter!)}`);
      expect([filter, status, body.totalResults]).toEqual([filter, 200, 0]);
    }
  });

  it('T-05: neither the change log nor any other list of a company shows anything of a neighbour', async () => {
    const neighbour = await Neighbour.moveIn(rollcall);
    const theirs = await neighbour.allIds();
    const { company } = tenants[0]!;
    const graphql = graphqlClient(company);
    expect(CONNECTIONS.length).toBeGreaterThan(8);
    for (const { name, type } of CONNECTIONS) {
      if (name === 'companies') continue; // an operator's
      // To the end: what is another's may stand behind a hundred of one's own.
      for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
        const { body }: Answer = await graphql(
          `query ($after: String) { ${name}(first: 20, after: $after) ${selectionOf(getNamedType(type), 2)} }`,
          { after },
        );
        const text = JSON.stringify(body);
        expect([name, body.errors]).toEqual([name, undefined]);
        expect(text, name).not.toContain(MARK);
        expect(
          theirs.filter((id) => text.includes(id)),
          name,
        ).toEqual([]);
        after = body.data[name].pageInfo.hasNextPage ? body.data[name].pageInfo.endCursor : null;
      }
    }
    const { body: own } = await graphqlClient(neighbour.company)('{ changes(first: 100) { nodes { after } } }');
    expect(JSON.stringify(own)).toContain(MARK);
  });

  it('T-18: many companies that ask at once for the same things each get their own', async () => {
    const ask = async ({ company, people }: Tenant) => {
      const [{ body }, listed] = await Promise.all([
        graphqlClient(company)(
          '{ company { id defaultRole { id } } users(first: 50, filter: { managedBy: { isSet: true } }) { nodes { id managedBy { id } teams { id } roles { id } projects { id } } } teams { nodes { id memberCount members { nodes { id } } } } }',
        ),
        scimClient(company).get('/Users?count=50'),
      ]);
      expect(body.errors).toBeUndefined();
      expect(body.data.company.id).toBe(company.companyId);
      const ids = new Set(people.map(({ id }) => id));
      expect(new Set(body.data.users.nodes.map(({ id }: { id: string }) => id))).toEqual(ids);
      for (const { managedBy } of body.data.users.nodes) expect(managedBy.id).toBe(company.directoryId);
      const known = new Set(listed.body.Resources.map(({ id }: { id: string }) => id));
      expect([...ids].every((id) => known.has(id))).toBe(true);
      for (const other of tenants)
        if (other.company !== company)
          expect(other.people.filter(({ id }) => JSON.stringify([body, listed.body]).includes(id))).toEqual([]);
    };
    for (let round = 0; round < 10; round++)
      await Promise.all(tenants.flatMap((tenant) => [ask(tenant), ask(tenant), ask(tenant)]));
  });
});
