import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

describe.each(MODES)('the log, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let written: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_LOG_LEVEL: 'trace' } });
    company = await rollcall.newCompany();
    scim = scimClient(company);
  });
  afterAll(() => rollcall.stop());
  beforeEach(() => {
    written = '';
    const keep = (text: string | Uint8Array) => {
      written += typeof text === 'string' ? text : new TextDecoder().decode(text);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(keep as typeof process.stdout.write);
    vi.spyOn(process.stderr, 'write').mockImplementation(keep as typeof process.stderr.write);
  });
  afterEach(() => vi.restoreAllMocks());

  const MARK = 'Zebra-9731';

  it('holds nothing of a body, a query or a token (A-06)', async () => {
    const answers = [
      await scim.post('/Users', { userName: MARK, password: MARK, emails: [{ value: MARK }] }),
      await scim.post('/Users', { userName: MARK }),
      await scim.post('/Users', { userName: 7, displayName: MARK }),
      await scim.post('/Users', undefined, { raw: `{"userName": "${MARK}` }),
      await scim.post('/Users', { userName: 'x', roles: [{ value: MARK }] }),
      await scim.get(`/Users?filter=userName%20xx%20%22${MARK}%22`),
      await scim.get(`/Users?filter=userName%20eq%20%22${MARK}%22`),
      await scim.get(`/Users/${MARK}`),
      await scim.get(`/Users?access_token=${MARK}`, { token: null }),
      await scim.get('/Users', { token: `${company.scimToken}${MARK}` }),
      await scim.get('/Users', { headers: { 'user-agent': 'agent' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 409, 400, 400, 400, 400, 200, 404, 401, 401, 200]);
    expect(written).not.toContain(MARK);
    expect(written).not.toContain(company.scimToken.slice(4, 40));
  });

  it('takes no client who goes away for a failure of its own', async () => {
    const gone = new AbortController();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"userName": "half')),
    });
    const sent = fetch(`${company.scimBaseUrl}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${company.scimToken}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
      signal: gone.signal,
    } as RequestInit);
    setTimeout(() => gone.abort(), 100);
    await expect(sent).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).not.toMatch(/unforeseen|error/i);
  });

  it('has an unforeseen failure exactly once, under the id that the answer names, and without the values of the row', async () => {
    const { body } = await scim.post('/Users', { userName: `${MARK}-2` });
    written = '';
    await rollcall.asOwner('alter table app_user rename column nick_name to no_nick_name');
    const answers = [
      await scim.get('/Users'),
      await scim.patch(`/Users/${body.id}`, [{ op: 'replace', path: 'nickName', value: MARK }]),
      await scim.post('/Users', { userName: `${MARK}-3`, nickName: MARK }),
    ];
    await rollcall.asOwner('alter table app_user rename column no_nick_name to nick_name');
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 500, body: { status: '500' } });
      const id = answer.headers.get('x-request-id') ?? '';
      expect(answer.body.detail).toContain(id);
      const lines = written.split('\n').filter((line) => line.includes(id));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/error/i);
    }
    expect(written).not.toContain(MARK);
  });
});
