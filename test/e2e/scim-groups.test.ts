import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const MANY = 25_000;

describe.each(MODES)('groups, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  const people: string[] = [];
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    for (let index = 0; index < 6; index++)
      people.push((await scim.post('/Users', { userName: `p${index}`, displayName: `P ${index}` })).body.id);
  });
  afterAll(() => rollcall.stop());

  const membersOf = (body: { members: { value: string }[] }) =>
    body.members.map(({ value }) => people.indexOf(value)).sort();
  const member = (...which: number[]) => which.map((index) => ({ value: people[index] }));
  /** Members of a table, which is made before the people are. */
  const named = (...which: number[]) => which.map((index) => ({ value: `<${index}>` }));
  const newGroup = async (displayName: string, ...which: number[]) => {
    const { status, body } = await scim.post('/Groups', { displayName, members: member(...which) });
    expect(status).toBe(201);
    return body;
  };

  it.each<[string, object[], number[]]>([
    ['add one', [{ op: 'add', path: 'members', value: named(2) }], [0, 1, 2]],
    ['add an object', [{ op: 'add', path: 'members', value: named(2)[0] }], [0, 1, 2]],
    ['add without a path', [{ op: 'add', value: { members: named(2) } }], [0, 1, 2]],
    ['add what is there', [{ op: 'add', path: 'members', value: named(0, 1) }], [0, 1]],
    ['add one twice', [{ op: 'add', path: 'members', value: named(2, 2) }], [0, 1, 2]],
    ['remove by filter', [{ op: 'remove', path: 'members[value eq "<0>"]' }], [1]],
    ['remove two by one filter', [{ op: 'remove', path: 'members[value eq "<0>" or value eq "<1>"]' }], []],
    ['remove a list', [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: '<0>' }] }], [1]],
    ['remove all', [{ op: 'remove', path: 'members' }], []],
    ['remove all, with a null', [{ op: 'remove', path: 'members', value: null }], []],
    ['remove an empty list', [{ op: 'remove', path: 'members', value: [] }], [0, 1]],
    ['remove who is not there', [{ op: 'remove', path: 'members[value eq "<5>"]' }], [0, 1]],
    ['remove by an id of no form', [{ op: 'remove', path: 'members[value eq "nobody"]' }], [0, 1]],
    ['replace', [{ op: 'replace', path: 'members', value: named(3) }], [3]],
    ['replace by none', [{ op: 'replace', path: 'members', value: [] }], []],
    [
      'replace without a path',
      [{ op: 'replace', value: { id: 'x', displayName: 'Same', members: named(3, 4) } }],
      [3, 4],
    ],
    ['null members without a path', [{ op: 'replace', value: { members: null } }], [0, 1]],
    [
      'by the core URN',
      [{ op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:Group:members', value: named(2) }],
      [0, 1, 2],
    ],
    [
      'in order',
      [
        { op: 'replace', path: 'members', value: [] },
        { op: 'add', path: 'members', value: named(1) },
        { op: 'add', path: 'members', value: named(2) },
        { op: 'remove', path: 'members[value eq "<1>"]' },
      ],
      [2],
    ],
    [
      'by $ref alone',
      [{ op: 'add', path: 'members', value: [{ $ref: 'https://x.example/scim/v2/Users/<2>' }] }],
      [0, 1, 2],
    ],
    [
      'with what nobody knows',
      [
        { op: 'add', path: 'members', value: [{ value: '<2>', displayName: 'x', type: 'User' }] },
        { op: 'add', path: 'owner', value: 'x' },
      ],
      [0, 1, 2],
    ],
  ])('PATCH of members: %s', async (label, operations, expected) => {
    const group = await newGroup(`patch ${label}`, 0, 1);
    const text = JSON.stringify(operations).replace(/<(\d)>/g, (_, index) => people[Number(index)] ?? '');
    const patched = await scim.patch(`/Groups/${group.id}`, JSON.parse(text));
    expect(patched, JSON.stringify(patched.body)).toMatchObject({ status: 204, body: null });
    const { body, headers } = await scim.get(`/Groups/${group.id}`);
    expect(membersOf(body)).toEqual(expected);
    expect(patched.headers.get('etag')).toBe(headers.get('etag'));
    if (JSON.stringify(expected) === '[0,1]') expect(body).toEqual(group);
  });

  it.each<[string, object[], string]>([
    ['remove of the name', [{ op: 'remove', path: 'displayName' }], 'mutability'],
    ['an empty name', [{ op: 'replace', path: 'displayName', value: '' }], 'invalidValue'],
    ['a number as name', [{ op: 'replace', path: 'displayName', value: 5 }], 'invalidValue'],
    ['a write to id', [{ op: 'replace', path: 'id', value: 'x' }], 'mutability'],
    ['a filter that is no list of ids', [{ op: 'remove', path: 'members[display co "x"]' }], 'invalidPath'],
    ['a filter behind a sub-attribute', [{ op: 'remove', path: 'members.value[value eq "x"]' }], 'invalidPath'],
    ['a member without an id', [{ op: 'add', path: 'members', value: [{ display: 'x' }] }], 'invalidValue'],
    ['a number as member', [{ op: 'add', path: 'members', value: [7] }], 'invalidValue'],
    ['remove of everything', [{ op: 'remove', path: 'urn:ietf:params:scim:schemas:core:2.0:Group' }], 'mutability'],
  ])('PATCH with %s is refused, and nothing of the request is done', async (label, operations, scimType) => {
    const group = await newGroup(`refused ${label}`, 0);
    const answer = await scim.patch(`/Groups/${group.id}`, [
      { op: 'add', path: 'members', value: member(1) },
      ...operations,
    ]);
    expect(answer).toMatchObject({ status: 400, body: { scimType } });
    expect((await scim.get(`/Groups/${group.id}`)).body).toEqual(group);
  });

  it('PUT is the whole group, and keeps what it cannot set', async () => {
    const group = await newGroup('put', 0, 1);
    const put = await scim.put(`/Groups/${group.id}`, {
      ...group,
      members: member(1, 2),
      externalId: 'e',
      meta: { version: 'x' },
    });
    expect(put).toMatchObject({ status: 200, body: { id: group.id, displayName: 'put', externalId: 'e' } });
    expect(membersOf(put.body)).toEqual([1, 2]);
    const again = await scim.put(`/Groups/${group.id}`, put.body);
    expect(again.body).toEqual(put.body);
    const empty = await scim.put(`/Groups/${group.id}`, { displayName: 'put', members: [] });
    expect(empty.body).toMatchObject({ members: [], externalId: 'e' });
    expect(await scim.put(`/Groups/${group.id}`, { members: [] })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
  });

  it.each([
    ['attributes=displayName', ['displayName', 'id', 'schemas']],
    ['attributes=members.value', ['id', 'members', 'schemas']],
    ['attributes=urn:ietf:params:scim:schemas:core:2.0:Group:members', ['id', 'members', 'schemas']],
    ['attributes=shoes', ['id', 'schemas']],
    ['attributes=MEMBERS.VALUE,%20displayname', ['displayName', 'id', 'members', 'schemas']],
    ['excludedAttributes=members', ['displayName', 'id', 'meta', 'schemas']],
    ['excludedAttributes=Members,meta,id', ['displayName', 'id', 'schemas']],
    [
      'excludedAttributes=members.display,members.$ref,members.type',
      ['displayName', 'id', 'members', 'meta', 'schemas'],
    ],
    ['attributes=', ['displayName', 'id', 'members', 'meta', 'schemas']],
  ])('GET ?%s shows %j, of one as of many, and of a PATCH', async (query, keys) => {
    const group = await newGroup(`projected ${mode} ${query}`, 0, 1);
    const one = (await scim.get(`/Groups/${group.id}?${query}`)).body;
    expect(Object.keys(one).sort()).toEqual(keys);
    if (query.includes('members.')) expect(one.members.map(Object.keys)).toEqual([['value'], ['value']]);
    const many = (await scim.get(`/Groups?count=1000&${query}`)).body;
    expect(many.Resources).toContainEqual(one);
    if (query === 'attributes=') return;
    const patched = await scim.patch(`/Groups/${group.id}?${query}`, [
      { op: 'add', path: 'members', value: member(0) },
    ]);
    expect(patched).toMatchObject({ status: 200, body: one });
  });

  it('pages by startIndex and count, members and all, without a gap', async () => {
    const { body: whole } = await scim.get('/Groups?count=1000');
    const seen = [];
    for (let startIndex = 1; startIndex <= whole.totalResults; startIndex += 7) {
      const { body } = await scim.get(`/Groups?startIndex=${startIndex}&count=7`);
      expect(body).toMatchObject({ totalResults: whole.totalResults, startIndex, itemsPerPage: body.Resources.length });
      seen.push(...body.Resources);
    }
    expect(seen).toEqual(whole.Resources);
    expect((await scim.get('/Groups?count=0')).body).toMatchObject({
      totalResults: whole.totalResults,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  it(`streams a group of ${MANY} members whole, to slow readers and to those who leave`, {
    timeout: 60_000,
  }, async () => {
    const group = await newGroup('crowd');
    await rollcall.asOwner(`
      insert into app_user (company_id, id, user_name, user_name_key, directory_id, display_name)
      select company_id, ('01a20000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'crowd' || n, 'crowd' || n, directory_id, 'Ä "crowd" ' || n
      from app_user, generate_series(1, ${MANY}) n where id = '${people[0]}';
      insert into team_membership (company_id, team_id, user_id)
      select company_id, '${group.id}', id from app_user where id::text like '01a20000-%';
      analyze app_user, team_membership;
    `);
    const { status, body, headers } = await scim.get(`/Groups/${group.id}`);
    expect(status, JSON.stringify(body).slice(0, 500)).toBe(200);
    expect(body.members).toHaveLength(MANY);
    expect(new Set(body.members.map(({ value }: { value: string }) => value)).size).toBe(MANY);
    expect(body.members[0]).toMatchObject({ display: expect.stringMatching(/^Ä "crowd" \d+$/), type: 'User' });
    expect(headers.get('etag')).toBe(body.meta.version);

    const url = `${company.scimBaseUrl}/Groups/${group.id}`;
    const authorization = `Bearer ${company.scimToken}`;
    for (let turn = 0; turn < 5; turn++) {
      const gone = new AbortController();
      const response = await fetch(url, { headers: { authorization }, signal: gone.signal });
      await response.body?.getReader().read();
      gone.abort();
    }
    const slow = await fetch(url, { headers: { authorization } });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of slow.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(JSON.parse(text)).toEqual(body);

    const list = await scim.get('/Groups?count=1000&attributes=members.value');
    expect(list.body.Resources.find(({ id }: { id: string }) => id === group.id).members).toHaveLength(MANY);
    const one = await scim.patch(`/Groups/${group.id}`, [
      { op: 'remove', path: `members[value eq "${body.members[7].value}"]` },
    ]);
    expect(one.status).toBe(204);
    const put = await scim.put(`/Groups/${group.id}`, { displayName: 'crowd', members: body.members.slice(100) });
    expect(put.status).toBe(200);
    expect(put.body.members).toHaveLength(MANY - 100);
    const head = await scim.call('HEAD', `/Groups/${group.id}`);
    expect(head).toMatchObject({ status: 200, body: null });
  });
});
