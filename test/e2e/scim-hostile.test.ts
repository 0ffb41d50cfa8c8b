import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { rawClient, statusOf } from './scim-raw.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

describe.each(MODES)('a hostile client, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let userId: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
    scim = scimClient(company);
    userId = (await scim.post('/Users', { userName: 'zoe', displayName: 'Zoë' })).body.id;
  });
  afterAll(() => rollcall.stop());

  const request = (...parts: Parameters<ReturnType<typeof rawClient>['request']>) =>
    rawClient(company).request(...parts);

  it('I-04: survives headers without end, and requests that contradict themselves', async () => {
    expect(
      statusOf(await request('GET /scim/v2/Users HTTP/1.1', { headers: [`X-Long: ${'x'.repeat(100_000)}`] })),
    ).toBe(431);
    const both = await request('POST /scim/v2/Users HTTP/1.1', {
      headers: ['Content-Type: application/json', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
      body: '16\r\n{"userName":"smuggled"}\r\n0\r\n\r\n',
    });
    expect(statusOf(both)).toBe(400);
    const twice = await request('POST /scim/v2/Users HTTP/1.1', {
      headers: ['Content-Length: 23', 'Content-Length: 24'],
      body: '{"userName":"smuggled"}',
    });
    expect(statusOf(twice)).toBe(400);
    expect((await scim.get('/Users?filter=userName%20eq%20%22smuggled%22')).body.totalResults).toBe(0);
  });

  it('takes a chunked body, and one with a byte order mark', async () => {
    const body = '\ufeff{"userName":"chunky"}';
    const answer = await request('POST /scim/v2/Users HTTP/1.1', {
      headers: ['Content-Type: application/scim+json', 'Transfer-Encoding: chunked'],
      body: `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    });
    expect(statusOf(answer)).toBe(201);
  });

  it('I-04: makes nobody of a body that breaks off', async () => {
    await rawClient(company).send(
      [
        'POST /scim/v2/Users HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${company.scimToken}`,
        'Content-Type: application/json',
        'Content-Length: 500',
        '',
        '{"userName":"half"}',
      ].join('\r\n'),
      200,
    );
    expect((await scim.get('/Users?filter=userName%20eq%20%22half%22')).body.totalResults).toBe(0);
  });

  it('I-04, I-12: refuses compressed bodies before it unpacks them, and bytes that are no UTF-8', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '));
    expect(await scim.post('/Users', undefined, { raw: bomb, headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 415,
    });
    expect(await scim.post('/Users', undefined, { raw: Buffer.from([0x7b, 0xff, 0x7d]) })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidSyntax' },
    });
    expect(
      await scim.post('/Users', undefined, {
        raw: '{}',
        headers: { 'content-type': 'application/json; charset=utf-7' },
      }),
    ).toMatchObject({ status: 415 });
  });

  it.each<[string, number, number, number | null]>([
    ['count=0', 1, 0, null],
    ['count=-1', 1, 0, null],
    ['count=1000000000', 1, 1, null],
    ['startIndex=0', 1, 1, null],
    ['startIndex=-5&count=1', 1, 1, null],
    ['startIndex=9223372036854775808', 0, 0, null],
    [`startIndex=${'9'.repeat(400)}`, 0, 0, null],
    ['count=abc', 0, 0, 400],
    ['count=1.5', 0, 0, 400],
    ['startIndex=1e3', 0, 0, 400],
    ['count=1&count=0', 1, 1, null],
    ['COUNT=0', 1, 0, null],
    ['count=', 0, 0, 400],
    ['aadOptscim062020', 1, 1, null],
    ['attributes=userName&excludedAttributes=name', 0, 0, 400],
    ['sortBy=userName&sortOrder=asc;%20drop%20table', 0, 0, 400],
    ['sortBy=userName&sortOrder=ASC%20NULLS%20FIRST,%20(select%201)', 0, 0, 400],
  ])('I-09, I-13, I-17: GET /Users?%s', async (query, startIndex, least, error) => {
    const { status, body } = await scim.get(`/Users?${query}`);
    if (error !== null) {
      expect(status).toBe(error);
      expect(body).toMatchObject({ schemas: [ERROR], scimType: 'invalidValue' });
      return;
    }
    expect(status).toBe(200);
    expect(body.totalResults).toBeGreaterThan(0);
    if (startIndex > 0) expect(body.startIndex).toBe(startIndex);
    expect(Math.min(body.Resources.length, 1)).toBe(least);
    expect(body.itemsPerPage).toBe(body.Resources.length);
  });

  it.each([
    [{ userName: { __raw: true, sql: '1=1' } }],
    [{ userName: { $or: [] } }],
    [{ userName: ['a', 'b'] }],
    [{ userName: true }],
    [{ userName: 'n1', active: { $ne: null } }],
    [{ userName: 'n2', displayName: { $gt: '' } }],
    [{ userName: 'n3', externalId: 7 }],
    [{ userName: 'n4', emails: [{ value: { a: 1 } }] }],
    [{ userName: 'n5', emails: [7] }],
    [{ userName: 'n6', emails: [[{ value: 'x' }]] }],
    [{ userName: 'n7', name: [{}, {}] }],
    [{ userName: 'n8', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': 'x' }],
  ])('I-03, I-07: POST %j is a type error, never a 500', async (body) => {
    expect(await scim.post('/Users', body)).toMatchObject({
      status: 400,
      body: { schemas: [ERROR], scimType: 'invalidValue' },
    });
  });

  it('I-08, I-16: keeps what looks dangerous as it was sent (T-07)', async () => {
    const odd = [
      `=HYPERLINK("x")`,
      '<img onerror=x>',
      "'; drop table app_user; --",
      '\u001b[31m',
      '\r\n{"level":"error"}',
      '%_\\',
      '\u202eabc',
      '$1::text',
    ];
    for (const [index, text] of odd.entries()) {
      const sent = { userName: `odd${index}`, displayName: text, title: text, externalId: `${text}${index}` };
      const { status, body } = await scim.post('/Users', sent);
      expect(status, JSON.stringify(body)).toBe(201);
      expect(body).toMatchObject(sent);
      const found = await scim.get(`/Users?filter=${encodeURIComponent(`title eq ${JSON.stringify(text)}`)}`);
      expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: body.id }] });
    }
  });

  it('lets a body set nothing that is not the provider’s to set (T-06, T-09)', async () => {
    const { status, body } = await scim.post('/Users', {
      id: userId,
      userName: 'nosy',
      password: 'hunter2-secret',
      isAdmin: true,
      tenantId: 'x',
      companyId: 'x',
      groups: [{ value: 'x' }],
      meta: { created: '1999-01-01T00:00:00Z', version: 'W/"99"' },
      emails: [{ value: 'nosy@x.example', verified: true }],
    });
    expect(status).toBe(201);
    expect(body.id).not.toBe(userId);
    expect(Object.keys(body).sort()).toEqual(['active', 'emails', 'id', 'meta', 'schemas', 'userName']);
    expect(body.emails).toEqual([{ value: 'nosy@x.example' }]);
    expect(body.meta.version).toBe('W/"1"');
    const put = await scim.put(`/Users/${body.id}`, { id: userId, userName: 'nosy2', password: 'hunter2-secret' });
    expect(put).toMatchObject({ status: 200, body: { id: body.id, userName: 'nosy2' } });
    expect(JSON.stringify(put.body)).not.toContain('hunter2');
  });
});
