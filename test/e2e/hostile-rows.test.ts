import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { snapshot } from '#test/support/snapshot.js';
import { rawClient, statusOf } from './scim-raw.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe.each(MODES)('one hostile request, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let userId: string;
  let groupId: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    userId = (await scim.post('/Users', { userName: 'zoe', emails: [{ value: 'z@x.example', type: 'work' }] })).body.id;
    groupId = (await scim.post('/Groups', { displayName: 'All', members: [{ value: userId }] })).body.id;
  });
  afterAll(() => rollcall.stop());

  const state = () => snapshot(rollcall.db, company.companyId);
  /** Runs it, and says that nothing changed anywhere: no row, and nothing in the change log. */
  const changesNothing = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = await state();
    const answer = await work();
    expect(await state()).toEqual(before);
    return answer;
  };
  const isClean = () => {
    for (const canary of [{}, [], () => undefined, 'x', new Map()])
      expect([Object.keys(Object.prototype), (canary as { polluted?: unknown }).polluted]).toEqual([[], undefined]);
  };
  const send = (method: string, path: string, raw: string) => scim.call(method, path, undefined, { raw });
  const query = (name: string, text: string) => `${name}=${encodeURIComponent(text.toWellFormed())}`;

  const KEYS = ['__proto__', 'constructor', 'prototype'];
  it.each(KEYS)(
    'I-05: the key %s is 400 at each level of a body, in values and as a path, also dotted',
    async (key) => {
      const poison = `{"${key}":{"polluted":1}}`;
      const wrap = (depth: number) => `{"userName":"p","name":${'{"a":'.repeat(depth)}${poison}${'}'.repeat(depth)}}`;
      const op = (path: string, value: string) =>
        `{"Operations":[{"op":"add","path":${JSON.stringify(path)},"value":${value}}]}`;
      await changesNothing(async () => {
        for (const depth of [0, 1, 3, 8]) {
          expect(await send('POST', '/Users', wrap(depth))).toMatchObject({ status: 400, body: { schemas: [ERROR] } });
          expect(await send('PUT', `/Users/${userId}`, wrap(depth))).toMatchObject({ status: 400 });
        }
        expect(await send('POST', '/Users', `{"userName":"p","${key}":{"polluted":1}}`)).toMatchObject({ status: 400 });
        for (const value of [poison, `[${poison}]`, `{"name":${poison}}`, `{"emails":[${poison}]}`])
          for (const [path, resource] of [
            ['name', `/Users/${userId}`],
            ['members', `/Groups/${groupId}`],
          ] as const)
            expect(await send('PATCH', resource, op(path, value))).toMatchObject({ status: 400 });
        for (const path of [`${key}.polluted`, `name.${key}`, `${ENTERPRISE}:${key}`, `${key}[x eq "y"].polluted`]) {
          expect(await send('PATCH', `/Users/${userId}`, op(path, '{"polluted":1}'))).toMatchObject({ status: 400 });
          const pathLess = JSON.stringify({ Operations: [{ op: 'replace', value: { [path]: { polluted: 1 } } }] });
          expect(await send('PATCH', `/Users/${userId}`, pathLess)).toMatchObject({ status: 400 });
        }
      });
      isClean();
    },
  );

  it('I-02: what no schema knows is skipped in a body, and refused in a filter', async () => {
    const made = await scim.post('/Users', {
      userName: 'extra',
      shoeSize: 7,
      name: { nick: 'x' },
      emails: [{ value: 'e@x.example', isHome: true }],
    });
    expect(made).toMatchObject({ status: 201, body: { userName: 'extra', emails: [{ value: 'e@x.example' }] } });
    expect(JSON.stringify(made.body)).not.toMatch(/shoeSize|nick"|isHome/);
    expect(await scim.get(`/Users?${query('filter', 'shoeSize eq 7')}`)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidFilter' },
    });
  });

  it.each<[string, string, string]>([
    ['an array for an object', '[]', 'invalidSyntax'],
    ['text for an object', '"x"', 'invalidSyntax'],
    ['null', 'null', 'invalidSyntax'],
    ['10,000 levels', `{"userName":"n","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'invalidSyntax'],
    ['1e400', '{"userName":"n","x":1e400}', 'invalidValue'],
    ['half of a surrogate pair', '{"userName":"n\\ud800"}', 'invalidValue'],
    ['a NUL character', '{"userName":"n\\u0000"}', 'invalidValue'],
    ['a NUL character in a key', '{"userName":"n","a\\u0000":1}', 'invalidValue'],
    ['an object for text', '{"userName":{}}', 'invalidValue'],
    ['2^63 for text', '{"userName":9223372036854775808}', 'invalidValue'],
    ['-0 for text', '{"userName":-0}', 'invalidValue'],
  ])('I-03: %s is 400 %s %s', async (_what, raw, scimType) => {
    expect(await changesNothing(() => send('POST', '/Users', raw))).toMatchObject({ status: 400, body: { scimType } });
  });

  it('I-04: a body may have 1 MB to the byte, and no byte more', async () => {
    const bodyOf = (bytes: number) => {
      const [before, after] = ['{"userName":"to-the-byte","unknown":"', '"}'];
      return before + 'x'.repeat(bytes - before.length - after.length) + after;
    };
    const refused = await changesNothing(() => send('POST', '/Users', bodyOf(1024 * 1024 + 1)));
    expect(refused).toMatchObject({ status: 413, body: { schemas: [ERROR], status: '413' } });
    expect((await send('POST', '/Users', bodyOf(1024 * 1024))).status).toBe(201);
  });

  it.each(["'", '"', '\\', ';--', '$1', '::text', 'a b', 'emails[', 'userName;drop', '__proto__', 'constructor'])(
    'I-08: the attribute name userName%s is no name, in filter, sortBy, attributes and PATCH path',
    async (text) => {
      const name = text.startsWith('_') || text.startsWith('c') ? text : `userName${text}`;
      await changesNothing(async () => {
        expect(await scim.get(`/Users?${query('filter', `${name} eq "zoe"`)}`)).toMatchObject({
          status: 400,
          body: { scimType: 'invalidFilter' },
        });
        expect((await scim.get(`/Users?${query('sortBy', name)}`)).status).toBe(400);
        const projected = await scim.get(`/Users?${query('attributes', name)}`);
        // A name that nothing has leaves what is always returned.
        expect([200, 400]).toContain(projected.status);
        if (projected.status === 200) expect(JSON.stringify(projected.body)).not.toContain('zoe');
        const patched = await scim.patch(`/Users/${userId}`, [{ op: 'replace', path: name, value: 'x' }]);
        expect([200, 400]).toContain(patched.status);
      });
    },
  );

  it('I-10: %, _ and what patterns are made of are letters; an empty text is contained in every one', async () => {
    await scim.post('/Users', { userName: 'per%cent_\\back*.+' });
    const found = async (text: string) => (await scim.get(`/Users?${query('filter', text)}`)).body.totalResults;
    for (const part of ['%', '_', '\\\\', 'r%c', 't_\\\\b', '*.+'])
      expect([part, await found(`userName co "${part}"`)]).toEqual([part, 1]);
    expect(await found('userName sw "%"')).toBe(0);
    expect(await found('userName co ".*"')).toBe(0);
    expect(await found('userName co ""')).toBe(await found('userName pr'));
  });

  it.each<[string, string]>([
    ['10,000 or', Array(10_000).fill('userName eq "x"').join(' or ')],
    ['201 terms', Array(201).fill('userName eq "x"').join(' or ')],
    ['1,000 parentheses', `${'('.repeat(1_000)}userName pr${')'.repeat(1_000)}`],
    ['41 levels', `${'('.repeat(41)}userName pr${')'.repeat(41)}`],
    ['100 kB of text', `userName eq "${'x'.repeat(100_000)}"`],
  ])('I-10: a filter with %s is 400 invalidFilter', async (_what, text) => {
    const answer = await changesNothing(() => scim.post('/Users/.search', { filter: text }));
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });

  it('I-10: a filter of 200 terms and 40 levels is answered', async () => {
    const terms = Array.from({ length: 200 }, (_, index) => `userName eq "x${index}"`).join(' or ');
    const text = `${'('.repeat(40)}${terms}${')'.repeat(40)}`;
    expect(await scim.post('/Users/.search', { filter: text })).toMatchObject({
      status: 200,
      body: { totalResults: 0 },
    });
  });

  it.each<[string, string, string]>([
    ['composed and not', 'Zo\u00eb', 'zoe\u0308'],
    ['upper and lower case', 'STRASSE-\u00c4', 'strasse-\u00e4'],
    ['wide and narrow', '\uff41\uff42\uff43', 'abc'],
  ])('I-11: names that differ by %s are one name, stored as it was sent', async (_what, first, second) => {
    const made = await scim.post('/Users', { userName: `${first}-11` });
    expect(made).toMatchObject({ status: 201, body: { userName: `${first}-11` } });
    expect(await scim.post('/Users', { userName: `${second}-11` })).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
    const found = await scim.get(`/Users?${query('filter', `userName eq "${second}-11"`)}`);
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: made.body.id, userName: `${first}-11` }] });
  });

  it('I-11: what looks alike but is another letter is another name, and 64 kB are no name', async () => {
    for (const userName of ['\u0131x11', 'ix11', '\u0445x11', 'xx11', 'x\u200bx11', '\u202exx11'])
      expect(await scim.post('/Users', { userName })).toMatchObject({ status: 201, body: { userName } });
    expect(await changesNothing(() => scim.post('/Users', { userName: 'x'.repeat(65_536) }))).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
  });

  it.each<[string, number]>([
    ['application/json; charset=utf-7', 415],
    ['application/json; charset=iso-8859-1', 415],
    ['text/plain', 415],
    ['multipart/form-data; boundary=x', 415],
    [`application/json${';a=b'.repeat(3_000)}`, 400],
  ])('I-12: Content-Type %.40s is refused', async (type, status) => {
    const answer = await changesNothing(() =>
      send('POST', '/Users', '{"userName":7}').then(() =>
        scim.post('/Users', { userName: 7 }, { headers: { 'content-type': type } }),
      ),
    );
    expect(answer.status).toBe(status);
  });

  it.each<[string, string, number]>([
    ['10,000 parameters', `a=1&`.repeat(3_000), 400],
    ['a[]=1', 'a[]=1&'.repeat(101), 400],
    ['100 kB', `a=${'x'.repeat(100_000)}`, 431],
  ])('I-13: a query of %s is refused', async (_what, search, status) => {
    expect(statusOf(await rawClient(company).request(`GET /scim/v2/Users?${search} HTTP/1.1`))).toBe(status);
  });

  it.each<[string, number]>([
    ['-'.repeat(8_000), 404],
    ['x'.repeat(8_000), 404],
    ['%2F'.repeat(2_000), 404],
    ['-'.repeat(100_000), 431],
  ])('I-14: an id of %.5s… is %i', async (id, status) => {
    expect(statusOf(await rawClient(company).request(`GET /scim/v2/Users/${id} HTTP/1.1`))).toBe(status);
  });
});
