import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openHttpDoor } from '#gateway/core/http-door.js';
import type { DoorResponse } from '#schema/gateway-door.js';
import { AppendRequestLog, type AppendRequestLogInput, type RequestLogEntryInput } from '#schema/generated/gateway.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { GATEWAY_KEY, MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { PAINTBOX, paintbox } from './scim-every-attribute.js';

const SECRET = 'Zebra-9731';
const TEXT_COLUMNS = `concat_ws(' ', path, client_address, user_agent, error, request_body, response_body, tolerances, operations, request_id, method)`;

describe.each(MODES)('secrets and the request log, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall.stop());

  it('E-01, T-09: no password and no token that was sent by any way stands in it', async () => {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const user = {
      userName: 'ann',
      password: SECRET,
      'urn:ietf:params:scim:schemas:core:2.0:User': { password: SECRET },
    };
    const made = await scim.post('/Users', user);
    const group = await scim.post('/Groups', { displayName: 'A', password: SECRET, secret: [SECRET] });
    const item = { user: `/Users/${made.body.id}`, group: `/Groups/${group.body.id}` };
    const operations = [
      { op: 'replace', path: 'password', value: SECRET },
      { op: 'Replace', value: { password: SECRET } },
      { op: 'add', path: `x[password eq "${SECRET}"].y`, value: 1 },
    ];
    const sent = [
      made,
      group,
      await scim.put(item.user, { ...user, nickName: SECRET }),
      await scim.put(item.group, { displayName: 'A', accessToken: SECRET }),
    ];
    for (const path of [item.user, item.group, '/Users/nobody', '/Groups/nobody', '/Nowhere', '/Users', '/Bulk']) {
      for (const operation of operations) sent.push(await scim.patch(path, [operation]));
      sent.push(await scim.post(path, user));
      sent.push(await scim.post(path, undefined, { raw: `{"password": "${SECRET}` }));
      sent.push(await scim.post(path, undefined, { raw: Buffer.from(`{"password":"${SECRET}"}`, 'utf16le') }));
      sent.push(
        await scim.post(path, undefined, { raw: `password=${SECRET}`, headers: { 'content-type': 'text/plain' } }),
      );
      sent.push(await scim.get(`${path}?access_token=${SECRET}`));
      sent.push(await scim.get(`${path}?filter=password%20eq%20%22${SECRET}%22`));
      sent.push(await scim.get(`${path}?access_token=${company.scimToken}`, { token: null }));
      sent.push(await scim.get(path, { token: `${company.scimToken}${SECRET}` }));
      sent.push(await scim.get(path, { headers: { 'user-agent': `curl token=${SECRET} ${company.scimToken}` } }));
      sent.push(await scim.delete(`${path}?password=${SECRET}`));
    }
    expect(sent.filter(({ status }) => status >= 500 && status !== 501)).toEqual([]);
    const last = sent.findLast(({ status }) => status !== 401)!.headers.get('x-request-id');
    await vi.waitFor(
      async () =>
        expect(await rollcall.asOwner(`select 1 from request_log where request_id = '${last}'`)).toHaveLength(1),
      { timeout: 5_000, interval: 100 },
    );

    const rows = await rollcall.asOwner<{ text: string }>(`select ${TEXT_COLUMNS} as text from request_log`);
    expect(rows.length).toBeGreaterThan(50);
    for (const { text } of rows) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(encodeURIComponent(SECRET));
      expect(text).not.toContain(company.scimToken.slice(27, 60));
    }
  });

  it('nor does what a profile declares write-only', async () => {
    const company = await rollcall.newCompany();
    const { body } = await graphqlClient(company)(
      'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
      { input: { id: company.directoryId, profile: { extensions: [paintbox] } } },
    );
    expect(body.errors).toBeUndefined();
    const pin = 'Giraffe-2048';
    const scim = scimClient(company);
    const taken = { userName: 'pinned', [PAINTBOX]: { pin } };
    const { body: user } = await scim.post('/Users', taken);
    expect((await scim.post('/Users', taken)).status).toBe(409);
    const operations = [{ op: 'add', path: `${PAINTBOX}:pin`, value: pin }, { op: 'remove' }];
    const last = await scim.patch(`/Users/${user.id}`, operations);
    expect(last.status).toBe(400);

    const find = () =>
      rollcall.asOwner<{ text: string; id: string }>(
        `select ${TEXT_COLUMNS} as text, request_id as id from request_log where company_id = '${company.companyId}'`,
      );
    const id = last.headers.get('x-request-id');
    await vi.waitFor(async () => expect((await find()).some((row) => row.id === id)).toBe(true), {
      timeout: 5_000,
      interval: 100,
    });
    const texts = (await find()).map(({ text }) => text);
    expect(texts.filter((text) => text.includes('pin'))).toHaveLength(3);
    expect(texts.filter((text) => text.includes(pin))).toEqual([]);
  });

  const anEntry = (entry: Partial<RequestLogEntryInput>): RequestLogEntryInput => ({
    requestId: randomUUID(),
    companyId: randomUUID(),
    at: new Date().toISOString(),
    method: 'GET',
    path: '/scim/v2/Users',
    status: 200,
    durationMs: 1,
    tolerances: [],
    operations: [],
    ...entry,
  });

  interface As {
    authorization?: string | null;
    gatewayKey?: string;
  }

  const append = (as: As, ...entries: RequestLogEntryInput[]) =>
    appendInput(as, { entriesJson: entries.map((each) => ({ ...each, at: Date.parse(each.at) })) });

  async function appendInput(
    { authorization = null, gatewayKey }: As,
    input: AppendRequestLogInput,
  ): Promise<DoorResponse> {
    const opened = openHttpDoor(new URL(rollcall.graphqlUrl).origin);
    const rest = { authorization, requestId: randomUUID(), clientAddress: null, userAgent: null };
    const request = { operationId: AppendRequestLog.id, variables: { input }, ...rest };
    try {
      return await opened.door({ ...request, gatewayKey: gatewayKey ?? GATEWAY_KEY });
    } finally {
      await opened.close();
    }
  }

  const found = ({ requestId }: RequestLogEntryInput) =>
    rollcall.asOwner(
      `select company_id, directory_id, credential_id from request_log where request_id = '${requestId}'`,
    );

  it('A-17: nobody but the gateway itself appends to it', async () => {
    const company = await rollcall.newCompany();
    const entry = anEntry({ companyId: company.companyId });

    const byToken = await append({ authorization: `Bearer ${company.scimToken}` }, entry);
    const withoutKey = await append({ gatewayKey: 'not-the-key' }, entry);
    const byApiKey = await graphqlClient(company)(
      'mutation ($input: AppendRequestLogInput!) { appendRequestLog(input: $input) { appended } }',
      { input: { entries: [entry] } },
    );

    expect(byToken.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect(withoutKey.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(byApiKey.body.errors[0].extensions.code).toBe('FORBIDDEN');
    expect(await found(entry)).toEqual([]);
  });

  it('A-17: an entry lands in no other company than its token’s', async () => {
    const [ours, theirs] = [await rollcall.newCompany(), await rollcall.newCompany()];
    const [token] = await rollcall.asOwner<{ id: string; hash: string }>(
      `select id, encode(hash, 'hex') as hash from directory_token where company_id = '${theirs.companyId}'`,
    );
    const own = anEntry({ companyId: theirs.companyId, credentialId: token!.id });
    const foreign = anEntry({ companyId: ours.companyId, credentialId: token!.id });
    const claimed = anEntry({ companyId: ours.companyId, tokenHash: token!.hash });
    const nowhere = anEntry({ tokenHash: token!.hash });

    // The answer may be lost, and the same entries come again.
    for (let i = 0; i < 2; i++)
      expect(await append({}, own, foreign, claimed, nowhere)).toEqual({
        data: { appendRequestLog: { appended: true } },
      });

    expect(await found(own)).toEqual([
      { company_id: theirs.companyId, directory_id: theirs.directoryId, credential_id: token!.id },
    ]);
    expect(await found(foreign)).toEqual([]);
    // The token that was sent claims to be of ours, and there it is unknown.
    expect(await found(claimed)).toEqual([{ company_id: ours.companyId, directory_id: null, credential_id: null }]);
    expect(await found(nowhere)).toEqual([]);
  });

  it('takes entries as gateways of the version before send them', async () => {
    const company = await rollcall.newCompany();
    const entry = anEntry({ companyId: company.companyId, tokenHash: '00' });

    expect(await appendInput({}, { entries: [entry] })).toEqual({ data: { appendRequestLog: { appended: true } } });

    expect(await found(entry)).toHaveLength(1);
  });

  it('takes entries of clocks that are days off', async () => {
    const company = await rollcall.newCompany();
    const off = ['2001-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'].map((at) =>
      anEntry({ companyId: company.companyId, tokenHash: '00', at }),
    );

    expect((await append({}, ...off)).errors).toBeUndefined();

    for (const entry of off) expect(await found(entry)).toHaveLength(1);
  });
});
