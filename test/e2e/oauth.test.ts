import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

describe.each(MODES)('OAuth client credentials, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let address: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_TRUSTED_PROXIES: 'loopback' } });
    company = await rollcall.newCompany();
    address = `${new URL(company.scimBaseUrl).origin}/oauth/token`;
  });
  afterAll(() => rollcall.stop());

  let visitors = 0;
  /** Each comes from an address of its own, unless it says otherwise: the endpoint counts by address. */
  const post = async (form: Record<string, string> | string, headers: Record<string, string> = {}) => {
    const from = `203.0.${Math.floor(++visitors / 250)}.${visitors % 250}`;
    const response = await fetch(address, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { 'x-forwarded-for': from, ...headers },
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers are asserted member by member
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });
  const GRANT = { grant_type: 'client_credentials' };
  const ask = async (query: string, input: object, of = company) => {
    const { body } = await graphqlClient(of)(query, { input });
    expect(body.errors).toBeUndefined();
    return body.data;
  };
  const aClient = async (more: object = {}, of = company) => {
    const { createOAuthClient } = await ask(
      'mutation ($input: CreateOAuthClientInput!) { createOAuthClient(input: $input) { secret directoryToken { id kind } } }',
      { directoryId: of.directoryId, name: 'Entra', ...more },
      of,
    );
    expect(createOAuthClient.directoryToken.kind).toBe('CLIENT');
    return { id: createOAuthClient.directoryToken.id as string, secret: createOAuthClient.secret as string };
  };
  const accessOf = async ({ id, secret }: { id: string; secret: string }) => {
    const { body } = await post(GRANT, basic(id, secret));
    return body.access_token as string;
  };
  const settles = async (token: string, status: number, of = company) =>
    expect
      .poll(async () => (await scimClient(of).get('/Users', { token })).status, { timeout: 2_000, interval: 50 })
      .toBe(status);

  it('gives an access token for the client’s secret, by Basic and in the body, and it works as a token', async () => {
    const { id, secret } = await aClient();

    for (const answer of [
      await post(GRANT, basic(id, secret)),
      await post(GRANT, basic(encodeURIComponent(id).replaceAll('-', '%2D'), secret)),
      await post({ ...GRANT, client_id: id, client_secret: secret }),
    ]) {
      expect(answer).toMatchObject({
        status: 200,
        body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600, scope: 'all' },
      });
      expect(Object.keys(answer.body)).toHaveLength(4);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      const scim = scimClient({ ...company, scimToken: answer.body.access_token });
      expect(await scim.get('/Users')).toMatchObject({ status: 200 });
    }
  });

  it('narrows to the scopes that were asked for, and never widens', async () => {
    const { id, secret } = await aClient({ scopes: ['users'] });
    const { body } = await post({ ...GRANT, scope: 'read' }, basic(id, secret));
    const reader = scimClient({ ...company, scimToken: body.access_token });

    expect(body.scope).toBe('read');
    expect(await reader.get('/Users')).toMatchObject({ status: 200 });
    expect(await reader.post('/Users', { userName: 'nobody' })).toMatchObject({ status: 403 });
    for (const scope of ['all', 'users groups', 'https://graph.example/.default'])
      expect(await post({ ...GRANT, scope }, basic(id, secret))).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      });
  });

  it('A-04: keeps the client’s secret, its access tokens and directory tokens apart', async () => {
    const client = await aClient();
    const access = await accessOf(client);

    expect(await scimClient(company).get('/Users', { token: client.secret })).toMatchObject({ status: 401 });
    for (const authorization of [
      basic(client.id, client.secret).authorization,
      basic(client.id, access).authorization,
      basic('x', company.scimToken).authorization,
    ])
      expect(await scimClient(company).get('/Users', { headers: { authorization } })).toMatchObject({ status: 401 });
    for (const apiKey of [client.secret, access])
      expect(await graphqlClient({ ...company, apiKey })('{ viewer { actor { id } } }')).toMatchObject({ status: 401 });
    for (const secret of [access, company.scimToken, company.apiKey])
      expect(await post(GRANT, basic(client.id, secret))).toMatchObject({ status: 401 });
    expect(await post(GRANT, { authorization: `Bearer ${access}` })).toMatchObject({ status: 401 });
  });

  it('answers every client that does not do alike (RFC 6749 §5.2)', async () => {
    const { id, secret } = await aClient();
    const other = await aClient();
    const last = secret.at(-1) === 'a' ? 'b' : 'a';

    const answers = [
      await post(GRANT),
      await post(GRANT, basic(id, secret.slice(0, -1) + last)),
      await post(GRANT, basic(other.id, secret)),
      await post(GRANT, basic('', '')),
      await post(GRANT, { authorization: 'Basic !' }),
      await post({ ...GRANT, client_id: id, client_secret: `${secret}x` }),
      await post({ ...GRANT, client_id: id, client_secret: 's'.repeat(5_000) }),
    ];

    for (const { status, headers, body } of answers) {
      expect([status, body]).toEqual([401, { ...answers[0]!.body, error: 'invalid_client' }]);
      expect(headers.get('www-authenticate')).toMatch(/^Basic /);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('reads a form, sent by POST, and not much of it', async () => {
    const { id, secret } = await aClient();
    const credentials = basic(id, secret);
    const refused = async (answer: Promise<{ status: number; body: { error: string } }>) => {
      const { status, body } = await answer;
      return [status, body.error];
    };

    expect(await refused(post({}, credentials))).toEqual([400, 'invalid_request']);
    expect(await refused(post({ grant_type: 'password' }, credentials))).toEqual([400, 'unsupported_grant_type']);
    expect(await refused(post('grant_type=client_credentials&scope=read&scope=users', credentials))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(await refused(post({ ...GRANT, client_id: id, client_secret: secret }, credentials))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(await refused(post(GRANT, { ...credentials, 'content-type': 'application/json' }))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(await refused(post({ ...GRANT, more: 'x'.repeat(10_000) }, credentials))).toEqual([413, 'invalid_request']);
    for (const method of ['GET', 'PUT', 'OPTIONS']) {
      const answer = await fetch(`${address}?grant_type=client_credentials`, { method, headers: credentials });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'POST']);
    }
    expect((await fetch(`${address}/x`, { method: 'POST' })).status).toBe(404);
  });

  it('ends access tokens within a second with their client: revoked, its directory, its company', async () => {
    const theirs = await rollcall.newCompany();
    const [client, other] = [await aClient({}, theirs), await aClient({}, theirs)];
    const [token, second] = [await accessOf(client), await accessOf(other)];
    await settles(token, 200, theirs);

    await ask(
      'mutation ($input: IdInput!) { revokeDirectoryToken(input: $input) { __typename } }',
      { id: client.id },
      theirs,
    );
    await settles(token, 401, theirs);
    expect(await post(GRANT, basic(client.id, client.secret))).toMatchObject({ status: 401 });

    const status = (to: string) =>
      ask(
        'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { __typename } }',
        { id: theirs.directoryId, status: to },
        theirs,
      );
    await status('DISABLED');
    await settles(second, 403, theirs);
    expect(await post(GRANT, basic(other.id, other.secret))).toMatchObject({
      status: 400,
      body: { error: 'unauthorized_client' },
    });
    await status('ENABLED');
    await settles(second, 200, theirs);
    await rollcall.asOwner(`update company set suspended_at = now() where id = '${theirs.companyId}'`);
    await settles(second, 403, theirs);
  });

  it('holds the client and its access tokens to the addresses of the client', async () => {
    const client = await aClient({ allowedAddresses: ['198.51.100.0/24'] });
    const from = (at: string) => ({ 'x-forwarded-for': at });

    expect(await post(GRANT, { ...basic(client.id, client.secret), ...from('192.0.2.1') })).toMatchObject({
      status: 400,
      body: { error: 'unauthorized_client' },
    });
    const { body } = await post(GRANT, { ...basic(client.id, client.secret), ...from('198.51.100.9') });
    const scim = scimClient({ ...company, scimToken: body.access_token });
    expect(await scim.get('/Users', { headers: from('198.51.100.9') })).toMatchObject({ status: 200 });
    expect(await scim.get('/Users', { headers: from('192.0.2.1') })).toMatchObject({ status: 403 });
  });

  it('names the client in the change log for what its access token wrote, and nothing for the token itself', async () => {
    const client = await aClient();
    const token = await accessOf(client);

    const { body: user } = await scimClient(company).post('/Users', { userName: 'by-oauth' }, { token });

    const { rows } = await rollcall.db.inTransaction(async (_tx, em) => ({
      rows: await em.execute('select object_id, kind from change where company_id = ? and credential_id = ?', [
        company.companyId,
        client.id,
      ]),
    }));
    expect(rows).toEqual([{ object_id: user.id, kind: 'user.created' }]);
  });

  it('slows down who asks too often, by address and by client, and nobody else', async () => {
    const [busy, calm] = [await aClient(), await aClient()];
    const times = async (count: number, call: () => Promise<{ status: number }>) =>
      (await Promise.all(Array.from({ length: count }, call))).map(({ status }) => status);

    expect(await times(30, () => post(GRANT, basic(busy.id, busy.secret)))).toContain(429);
    const stranger = { 'x-forwarded-for': '203.0.113.200' };
    // Sent together: on a slow machine the budget grows between two requests.
    const [wrong, right] = await Promise.all([
      times(60, () => post(GRANT, { ...basic(calm.id, 'guessed'), ...stranger })),
      Promise.all(Array.from({ length: 20 }, () => post(GRANT, { ...basic(calm.id, calm.secret), ...stranger }))),
    ]);
    expect(new Set(wrong)).toEqual(new Set([401, 429]));

    const answer = right.find(({ status }) => status === 429)!;
    expect(answer).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await post(GRANT, basic(calm.id, calm.secret))).toMatchObject({ status: 200 });

    // One client after the other, so that only the address can be what is counted.
    let guesses = 0;
    const guess = (from: string) => post(GRANT, { ...basic('x', `${++guesses}`), 'x-forwarded-for': from });
    expect(await times(40, () => guess(`2001:db8:0:7::${guesses.toString(16)}`))).toContain(429);
    expect(await guess('2001:db8:0:8::1')).toMatchObject({ status: 401 });
  });

  it('is named in ServiceProviderConfig beside the bearer token', async () => {
    const { body } = await scimClient(company).get('/ServiceProviderConfig');

    expect(body.authenticationSchemes.map(({ type }: { type: string }) => type)).toEqual([
      'oauthbearertoken',
      'oauth2',
    ]);
  });
});
