import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { GARDEN, keepGarden } from './scim-garden.js';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** By name, in the order of their creation; `d` has nothing but a name. */
const PEOPLE: Record<string, object> = {
  a: {
    externalId: 'x',
    active: false,
    name: { familyName: 'Ruiz' },
    title: 'b',
    emails: [{ value: 'z@x.example' }, { value: 'B@x.example', primary: true }],
    [ENTERPRISE]: { department: 'sales', manager: { value: 'm2' } },
    [GARDEN]: { plot: 'north', beds: 9, tidy: true, sown: '2026-04-01T10:00:00+02:00', tools: [{ key: 'rake' }] },
  },
  b: {
    externalId: 'X',
    name: { familyName: 'ruiz' },
    title: 'B',
    emails: [{ value: 'a@x.example' }],
    [ENTERPRISE]: { department: 'Lab' },
    [GARDEN]: { plot: 'South', beds: 12, tidy: false, sown: '2026-04-01T08:30:00Z' },
  },
  c: { name: { familyName: 'Abel' }, title: 'a', emails: [{ value: 'c@x.example' }], [GARDEN]: { beds: 1 } },
  d: {},
};

/** The log is written in batches. */
const SECONDS = { timeout: 10_000 };

/** The page or its total. */
const isOfList = (sql: string) => /from (app_user u where|"resource_count")/.test(sql);

describe.each(MODES)('lists, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let graphql: ReturnType<typeof graphqlClient>;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    const company = await rollcall.newCompany();
    scim = scimClient(company);
    graphql = graphqlClient(company);
    await keepGarden(company);
    const make = async (path: string, key: string, body: object) => {
      const answer = await scim.post(path, body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      ids[key] = answer.body.id;
    };
    for (const [userName, user] of Object.entries(PEOPLE)) await make('/Users', userName, { userName, ...user });
    await make('/Groups', 'Ops', {
      displayName: 'Ops',
      externalId: 'y',
      members: [{ value: ids.b }, { value: ids.c }],
    });
    await make('/Groups', 'empty', { displayName: 'empty' });
    await make('/Groups', 'Art', { displayName: 'Art', members: [{ value: ids.a }] });
  });
  afterAll(() => rollcall.stop());

  // biome-ignore lint/suspicious/noExplicitAny: resources are asserted member by member
  type Resource = any;
  const namesOf = (resources: Resource[]) => resources.map(({ id }) => Object.keys(ids).find((key) => ids[key] === id));
  const query = (parameters: Record<string, string | number>) =>
    new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)])).toString();
  const list = async (path: string, parameters: Record<string, string | number> = {}) => {
    const { status, body } = await scim.get(`${path}?${query(parameters)}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };

  describe('sorting (RFC 7644 §3.4.2.3)', () => {
    it.each([
      ['userName', 'abcd'],
      ['USERNAME', 'abcd'],
      [`${CORE}:userName`, 'abcd'],
      ['id', 'abcd'],
      ['externalId', 'bacd'],
      ['active', 'abcd'],
      ['title', 'cabd'],
      ['name.familyName', 'cabd'],
      ['emails', 'bacd'],
      ['emails.value', 'bacd'],
      ['meta.created', 'abcd'],
      ['meta.lastModified', 'abcd'],
      [`${ENTERPRISE}:department`, 'bacd'],
      ['department', 'bacd'],
      ['manager', 'abcd'],
      [`${GARDEN}:plot`, 'abcd'],
      [`${GARDEN}:beds`, 'cabd'],
      ['beds', 'cabd'],
      [`${GARDEN}:tidy`, 'bacd'],
      [`${GARDEN}:sown`, 'abcd'],
      [`${GARDEN}:tools.key`, 'abcd'],
      ['groups.display', 'abcd'],
    ])('of users by %s', async (sortBy, expected) => {
      const ascending = await list('/Users', { sortBy });
      const descending = await list('/Users', { sortBy, sortOrder: 'descending' });

      expect(namesOf(ascending.Resources).join('')).toBe(expected);
      // Those who are alike in it keep the order of their creation one way, and so the opposite the other way.
      expect(namesOf(descending.Resources).join('')).toBe([...expected].reverse().join(''));
    });

    it.each([
      ['displayName', ['Art', 'empty', 'Ops']],
      ['externalId', ['Ops', 'empty', 'Art']],
      ['members', ['Art', 'Ops', 'empty']],
      ['meta.created', ['Ops', 'empty', 'Art']],
    ])('of groups by %s, each with its members', async (sortBy, expected) => {
      const { Resources } = await list('/Groups', { sortBy });

      expect(namesOf(Resources)).toEqual(expected);
      const members = Resources.map((group: Resource) => [namesOf([group])[0], group.members.length]);
      expect(Object.fromEntries(members)).toEqual({ Ops: 2, empty: 0, Art: 1 });
    });

    it('is about the whole list, not about its page', async () => {
      const pages = await Promise.all(
        [1, 3].map((startIndex) => list('/Users', { sortBy: 'title', filter: 'userName pr', startIndex, count: 2 })),
      );

      expect(pages.map(({ Resources }) => namesOf(Resources).join(''))).toEqual(['ca', 'bd']);
      expect(pages[1]).toMatchObject({ totalResults: 4, startIndex: 3, itemsPerPage: 2 });
    });

    it.each([
      ['/Users', 'secret'],
      ['/Users', 'password'],
      ['/Users', 'name'],
      ['/Users', 'addresses'],
      ['/Users', 'members'],
      ['/Users', `${GARDEN}:shed`],
      ['/Users', 'urn:example:other:plot'],
      ['/Groups', 'userName'],
      // Row I-08: identifiers come from a fixed map.
      ['/Users', "title'; drop table app_user; --"],
      ['/Users', 'title" desc nulls first, (select 1)'],
      ['/Users', '$1'],
      ['/Users', 'title::text'],
      ['/Users', '__proto__'],
      ['/Users', 'constructor.name'],
    ])('refuses %s by %s with its name (row I-08)', async (path, sortBy) => {
      const { status, body } = await scim.get(`${path}?${query({ sortBy })}`);

      expect([status, body.scimType]).toEqual([400, 'invalidPath']);
      expect(body.detail).toContain(JSON.stringify(sortBy));
    });

    it.each(['asc; drop table app_user', 'ASC NULLS FIRST, (select 1)', 'asc', 'Ascending', '1'])(
      'refuses sortOrder %s (row I-09)',
      async (sortOrder) => {
        for (const path of ['/Users', '/Groups']) {
          const { status, body } = await scim.get(`${path}?${query({ sortBy: 'displayName', sortOrder })}`);
          expect([status, body.scimType]).toEqual([400, 'invalidValue']);
        }
      },
    );

    it('costs no statement of its own: at most two for a page', async () => {
      const before = rollcall.statements.length;
      await list('/Users', { sortBy: `${GARDEN}:beds`, count: 2 });

      expect(rollcall.statements.slice(before).filter(isOfList)).toHaveLength(2);
    });
  });

  describe('pages by cursor (RFC 9865)', () => {
    const walk = async (path: string, parameters: Record<string, string | number>) => {
      const pages: Resource[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: Resource = await list(path, { ...parameters, cursor });
        pages.push(page);
        cursor = page.nextCursor;
      }
      return pages;
    };

    it.each<[string, Record<string, string | number>, string[][]]>([
      ['/Users', {}, [['a', 'b', 'c'], ['d']]],
      ['/Users', { sortBy: 'title', sortOrder: 'descending' }, [['d', 'b', 'a'], ['c']]],
      ['/Users', { sortBy: 'emails', filter: 'emails pr' }, [['b', 'a', 'c']]],
      ['/Groups', { sortBy: 'displayName', count: 2 }, [['Art', 'empty'], ['Ops']]],
    ])('go through %s %j to its end', async (path, parameters, expected) => {
      const pages = await walk(path, { count: 3, ...parameters });

      expect(pages.map(({ Resources }) => namesOf(Resources))).toEqual(expected);
      for (const [index, page] of pages.entries()) {
        expect(page).toMatchObject({ totalResults: expected.flat().length, itemsPerPage: expected[index]!.length });
        expect(page).not.toHaveProperty('startIndex');
        expect('previousCursor' in page).toBe(index > 0);
        expect(page.nextCursor ?? 'A-z_').toMatch(/^[\w.~-]+$/);
      }
    });

    it('go back to the first page', async () => {
      const pages = await walk('/Users', { count: 1, sortBy: 'title' });
      const back = await list('/Users', { count: 1, sortBy: 'title', cursor: pages[2].previousCursor });
      const first = await list('/Users', { count: 1, sortBy: 'title', cursor: back.previousCursor });

      expect(namesOf(back.Resources)).toEqual(namesOf(pages[1].Resources));
      expect(namesOf(first.Resources)).toEqual(namesOf(pages[0].Resources));
      expect(first).not.toHaveProperty('previousCursor');
      const second = await list('/Users', { count: 1, sortBy: 'title', cursor: first.nextCursor });
      expect(namesOf(second.Resources)).toEqual(namesOf(pages[1].Resources));
    });

    it('count the list when the walk begins, and a later page is one statement', async () => {
      const first = await list('/Users', { count: 1, cursor: '' });
      const before = rollcall.statements.length;
      await list('/Users', { count: 1, cursor: first.nextCursor });

      expect(rollcall.statements.slice(before).filter(isOfList)).toHaveLength(1);
      expect(await list('/Users', { count: 0, cursor: '' })).toMatchObject({ totalResults: 4, itemsPerPage: 0 });
    });

    it('refuse what the walk did not begin with', async () => {
      const parameters = { count: 1, sortBy: 'title', filter: 'userName pr' };
      const { nextCursor: cursor } = await list('/Users', { ...parameters, cursor: '' });
      const neighbour = await rollcall.newCompany();
      const refusal = async (changed: Record<string, string | number>, client = scim, path = '/Users') => {
        const { status, body } = await client.get(`${path}?${query({ ...parameters, cursor, ...changed })}`);
        return [status, body.scimType];
      };

      expect(await refusal({ filter: 'title pr' })).toEqual([400, 'invalidCursor']);
      expect(await refusal({ sortBy: 'userName' })).toEqual([400, 'invalidCursor']);
      expect(await refusal({ sortOrder: 'descending' })).toEqual([400, 'invalidCursor']);
      expect(await refusal({ cursor: `${cursor}A` })).toEqual([400, 'invalidCursor']);
      expect(await refusal({ cursor: 'null' })).toEqual([400, 'invalidCursor']);
      expect(await refusal({ filter: '', sortBy: 'displayName' }, scim, '/Groups')).toEqual([400, 'invalidCursor']);
      expect(await refusal({}, scimClient(neighbour))).toEqual([400, 'invalidCursor']);
      expect(await refusal({ count: 2 })).toEqual([400, 'invalidCount']);
      expect(await refusal({ count: 1001 })).toEqual([400, 'invalidCount']);
      expect(await refusal({ count: 'x' })).toEqual([400, 'invalidCount']);
      expect(await refusal({ startIndex: 1 })).toEqual([400, 'invalidValue']);
      expect(await refusal({ attributes: 'userName' })).toEqual([200, undefined]);
    });

    it('meet everybody who is there throughout once, whatever is written meanwhile', async () => {
      const company = await rollcall.newCompany();
      const busy = scimClient(company);
      const there: string[] = [];
      const going: string[] = [];
      for (let i = 0; i < 30; i++) {
        const { body } = await busy.post('/Users', { userName: `u${i}` });
        (i % 3 === 0 ? going : there).push(body.id);
      }
      const met: string[] = [];
      let cursor: string | undefined = '';
      for (let page = 0; cursor !== undefined; page++) {
        const { body } = await busy.get(`/Users?count=4&cursor=${cursor}`);
        met.push(...body.Resources.map(({ id }: Resource) => id));
        cursor = body.nextCursor;
        // One that was met or not goes, one comes, and those who stay are changed.
        const gone = going.splice(page % 2 === 0 ? 0 : -1, 1)[0];
        await Promise.all([
          gone && busy.delete(`/Users/${gone}`),
          busy.post('/Users', { userName: `new${page}`, title: 'a' }),
          busy.patch(`/Users/${there[page % there.length]}`, [{ op: 'replace', path: 'title', value: `t${page}` }]),
        ]);
        if (page > 40) break;
      }

      expect(met.filter((id) => there.includes(id)).toSorted()).toEqual(there.toSorted());
      expect(new Set(met).size).toBe(met.length);
    });
  });

  describe('POST to /.search (RFC 7644 §3.4.3)', () => {
    it.each<[string, Record<string, unknown>]>([
      ['/Users', { filter: 'emails pr', sortBy: 'title', sortOrder: 'descending', startIndex: 2, count: 1 }],
      ['/Users', { attributes: ['userName', 'name.familyName'] }],
      ['/Users', { excludedAttributes: ['emails', 'meta'], filter: `${GARDEN}:beds gt 1` }],
      ['/Groups', { filter: 'members pr', sortBy: 'displayName' }],
      ['/Groups', { excludedAttributes: ['members'], count: 2 }],
    ])('on %s %j answers as GET does', async (path, body) => {
      const parameters = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
      const found = await scim.post(`${path}/.search`, { schemas: [SEARCH], ...body });

      expect(found.status).toBe(200);
      expect(found.body).toEqual(await list(path, parameters));
    });

    it('takes a cursor, also one that GET gave', async () => {
      const first = await scim.post('/Users/.search', { schemas: [SEARCH], count: 3, cursor: '' });
      const rest = { schemas: [SEARCH], count: 3, cursor: first.body.nextCursor };

      expect(namesOf((await scim.post('/Users/.search', rest)).body.Resources)).toEqual(['d']);
      expect(namesOf((await list('/Users', { count: 3, cursor: first.body.nextCursor })).Resources)).toEqual(['d']);
      const other = await scim.post('/Groups/.search', rest);
      expect([other.status, other.body.scimType]).toEqual([400, 'invalidCursor']);
    });

    it.each([
      [{ filter: 'secret eq 1' }, 'invalidFilter'],
      [{ filter: 5 }, 'invalidSyntax'],
      [{ sortBy: 'secret' }, 'invalidPath'],
      [{ sortOrder: 'up' }, 'invalidValue'],
      [{ attributes: ['a'], excludedAttributes: ['b'] }, 'invalidValue'],
      [{ schemas: ['urn:x'] }, 'invalidSyntax'],
    ])('refuses %j as %s', async (body, scimType) => {
      const { status, body: refusal } = await scim.post('/Users/.search', { schemas: [SEARCH], ...body });

      expect([status, refusal.scimType]).toEqual([400, scimType]);
    });

    it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('says what it answers when it is asked by %s', async (method) => {
      for (const path of ['/Users/.search', '/Groups/.search']) {
        const { status, headers } = await scim.call(method, path, method === 'GET' ? undefined : {});
        expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
      }
      expect((await scim.post(`/Users/${ids.a}/.search`, {})).status).toBe(404);
      expect((await scim.post('/Schemas/.search', {})).status).toBe(404);
    });

    it('is in the request log like any other request', async () => {
      const { headers } = await scim.post('/Users/.search', { schemas: [SEARCH], filter: 'title eq "b"' });
      const requestId = headers.get('x-request-id');
      await expect
        .poll(async () => {
          const source = `{ requestLog(filter: { requestId: "${requestId}" }) { nodes { method path status requestBody } } }`;
          return (await graphql(source)).body.data?.requestLog.nodes;
        }, SECONDS)
        .toMatchObject([
          {
            method: 'POST',
            path: '/scim/v2/Users/.search',
            status: 200,
            requestBody: expect.stringContaining('title'),
          },
        ]);
    });
  });

  describe('users and groups in one list, at the root (RFC 7644 §3.4.2.1)', () => {
    const ALL = ['a', 'b', 'c', 'd', 'Ops', 'empty', 'Art'];

    it.each<[Record<string, string | number>, (string | undefined)[]]>([
      [{}, ALL],
      [{ filter: 'meta.resourceType eq "Group"' }, ['Ops', 'empty', 'Art']],
      [{ filter: 'meta.resourceType eq "User" and active eq false' }, ['a']],
      [{ filter: 'externalId eq "x" or displayName sw "o"' }, ['a', 'Ops']],
      // What only one kind has is without a value in the other.
      [{ filter: 'userName pr' }, ['a', 'b', 'c', 'd']],
      [{ filter: 'not (userName pr)' }, ['Ops', 'empty', 'Art']],
      [{ filter: 'title ne "b"' }, ['c', 'd', 'Ops', 'empty', 'Art']],
      [{ filter: 'title eq null' }, ['d', 'Ops', 'empty', 'Art']],
      [{ filter: 'emails[type pr] or members[value pr]' }, ['Ops', 'Art']],
      [{ filter: `${GARDEN}:beds gt 9 or members pr` }, ['b', 'Ops', 'Art']],
      [{ sortBy: 'userName', sortOrder: 'descending', count: 4 }, ['Art', 'empty', 'Ops', 'd']],
      [{ sortBy: 'externalId' }, ['b', 'a', 'Ops', 'c', 'd', 'empty', 'Art']],
      [{ sortBy: 'meta.resourceType', count: 4 }, ['Ops', 'empty', 'Art', 'a']],
      [{ sortBy: 'meta.created', startIndex: 4, count: 2 }, ['d', 'Ops']],
      [{ sortBy: 'beds', count: 3 }, ['c', 'a', 'b']],
    ])('%j finds %j', async (parameters, expected) => {
      const found = await list('', parameters);
      const posted = await scim.post('/.search', { schemas: [SEARCH], ...parameters });

      expect(namesOf(found.Resources)).toEqual(expected);
      if (parameters.count === undefined) expect(found.totalResults).toBe(expected.length);
      expect(posted.body).toEqual(found);
    });

    it('has each resource as its own address has it, members included', async () => {
      const { Resources } = await list('/', { count: 7 });

      for (const resource of Resources) {
        const { resourceType } = resource.meta;
        const own = await scim.get(`/${resourceType}s/${resource.id}`);
        expect(resource).toEqual(own.body);
      }
    });

    it('cuts both to the attributes that are asked for', async () => {
      const { Resources } = await list('', { attributes: 'displayName,title,members.value', filter: 'externalId pr' });

      expect(Resources.map((resource: Resource) => Object.keys(resource).sort())).toEqual([
        ['id', 'schemas', 'title'],
        ['id', 'schemas', 'title'],
        ['displayName', 'id', 'members', 'schemas'],
      ]);
    });

    it.each<Record<string, string>>([
      {},
      { sortBy: 'displayName' },
      { sortBy: 'userName', sortOrder: 'descending', filter: 'id pr' },
    ])('is walked by cursor there and back: %j', async (parameters) => {
      const whole = namesOf((await list('', parameters)).Resources);
      const met: (string | undefined)[] = [];
      let page: Resource = { nextCursor: '' };
      while (page.nextCursor !== undefined) {
        page = await list('', { ...parameters, count: 3, cursor: page.nextCursor });
        expect(page.totalResults).toBe(7);
        met.push(...namesOf(page.Resources));
      }
      const back = await list('', { ...parameters, count: 3, cursor: page.previousCursor });

      expect(met).toEqual(whole);
      expect(namesOf(back.Resources)).toEqual(whole.slice(3, 6));
    });

    it.each([
      ['filter', 'secret eq "x"', 'invalidFilter'],
      ['filter', 'active gt true', 'invalidFilter'],
      ['sortBy', 'secret', 'invalidPath'],
      ['sortBy', 'password', 'invalidPath'],
      ['cursor', 'x', 'invalidCursor'],
    ])('refuses %s %s, which neither has', async (name, value, scimType) => {
      const { status, body } = await scim.get(`?${query({ [name]: value })}`);

      expect([status, body.scimType]).toEqual([400, scimType]);
    });

    it('says what it answers, at the root of a company in the address too', async () => {
      const { company } = (await graphql('{ company { slug } }')).body.data;

      for (const base of ['', `/companies/${company.slug}`]) {
        expect(namesOf((await list(base)).Resources)).toEqual(ALL);
        expect((await scim.post(`${base}/.search`, { schemas: [SEARCH], count: 0 })).body.totalResults).toBe(7);
        expect(await scim.call('PUT', base, {})).toMatchObject({ status: 405 });
        expect((await scim.call('DELETE', base)).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
        expect((await scim.get(`${base}/.search`)).headers.get('allow')).toBe('POST, OPTIONS');
      }
      const neighbour = await rollcall.newCompany();
      expect((await scimClient(neighbour).get('')).body.totalResults).toBe(0);
      expect((await scimClient(neighbour).get(`/companies/${company.slug}`)).status).toBe(404);
    });
  });
});
