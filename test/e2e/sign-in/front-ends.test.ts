import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { signedIn } from '#test/support/sign-in.js';

/* A front end on another origin: by the browser's sign-in to a code, by the code to a session of its own (RFC 6749 §4.1, RFC 7636). */

const APP = 'https://app.example.com';
const BACK = `${APP}/callback?from=rollcall`;

describe('a front end on another origin', () => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let people = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({
      mode: 'one-process',
      env: { ROLLCALL_ALLOWED_ORIGINS: `${APP},https://other.example.com` },
    });
    company = await rollcall.newCompany();
  });
  afterAll(() => rollcall?.stop());

  const at = (path: string) => new URL(path, rollcall.graphqlUrl).href;
  const member = async () =>
    (await scimClient(company).post('/Users', { userName: `user-${++people}` })).body.id as string;
  const cookieOf = ({ token }: { token: string }) => `rollcall-session=${token}`;
  const pkce = () => {
    const verifier = randomBytes(32).toString('base64url');
    return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
  };
  const authorize = async (parameters: Record<string, string>, cookie = '') => {
    const answer = await fetch(at(`/sign-in/authorize?${new URLSearchParams(parameters)}`), {
      redirect: 'manual',
      headers: { cookie },
    });
    const location = answer.headers.get('location');
    return { status: answer.status, location: location === null ? null : new URL(location, rollcall.graphqlUrl) };
  };
  const asking = (challenge: string, more: Record<string, string> = {}) => ({
    response_type: 'code',
    redirect_uri: BACK,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'a state',
    ...more,
  });
  const redeem = async (parameters: Record<string, string>, origin: string | null = APP) => {
    const answer = await fetch(at('/sign-in/token'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(origin && { origin }) },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: BACK, ...parameters }).toString(),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  const codeFor = async (session: { token: string }, challenge: string) =>
    (await authorize(asking(challenge), cookieOf(session))).location!.searchParams.get('code')!;
  const statusWith = async (token: string) =>
    (await graphqlClient({ ...company, apiKey: token })('{ viewer { userId } }')).status;

  it('gets a session that is as old as the browser’s, and no cookie', async () => {
    const user = await member();
    const session = await signedIn(rollcall, company.companyId, user, { method: 'SAML' });
    await rollcall.asOwner(
      `update session set authenticated_at = now() - interval '20 minutes', idp_session = 'index' where id = '${session.sessionId}'`,
    );
    const { verifier, challenge } = pkce();

    const sent = await authorize(asking(challenge), cookieOf(session));

    expect(sent.status).toBe(303);
    expect(sent.location!.href).toMatch(
      /^https:\/\/app\.example\.com\/callback\?from=rollcall&code=rct_\w+&state=a\+state$/,
    );
    const code = sent.location!.searchParams.get('code')!;
    const { status, headers, body } = await redeem({ code, code_verifier: verifier });
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.stringMatching(/^rcu_/), token_type: 'Bearer', expires_in: expect.any(Number) },
    });
    expect([
      headers.get('access-control-allow-origin'),
      headers.get('cache-control'),
      headers.get('set-cookie'),
    ]).toEqual([APP, 'no-store', null]);
    const viewer = await graphqlClient({ ...company, apiKey: body.access_token })(
      '{ viewer { userId } }',
      {},
      { origin: APP },
    );
    expect([viewer.body.data.viewer.userId, viewer.headers.get('access-control-allow-origin')]).toEqual([user, APP]);
    const [row] =
      await rollcall.asOwner(`select b.kind, b.origin, b.method, b.idp_session, b.authenticated_at = a.authenticated_at as as_old
      from session b join session a on a.id = '${session.sessionId}' where b.user_id = '${user}' and b.kind = 'BEARER'`);
    expect(row).toEqual({ kind: 'BEARER', origin: APP, method: 'SAML', idp_session: 'index', as_old: true });
  });

  it('sends whoever is not signed in to the sign-in, and comes back to the same place', async () => {
    const { challenge } = pkce();
    const { status, location } = await authorize(asking(challenge));

    expect([status, location!.pathname]).toEqual([303, '/sign-in']);
    const returnTo = location!.searchParams.get('returnTo')!;
    const back = await fetch(at(returnTo), {
      redirect: 'manual',
      headers: { cookie: cookieOf(await signedIn(rollcall, company.companyId, await member())) },
    });
    expect(back.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/callback\?from=rollcall&code=rct_/);
  });

  it.each<[string, Record<string, string | undefined>, string | null]>([
    ['an origin that is not listed', { redirect_uri: 'https://evil.example/callback' }, null],
    ['a host that begins like one', { redirect_uri: `${APP}.evil.example/` }, null],
    ['a name before it', { redirect_uri: 'https://app.example.com@evil.example/' }, null],
    ['somebody’s name in it', { redirect_uri: 'https://ann@app.example.com/' }, null],
    ['plain http', { redirect_uri: 'http://app.example.com/' }, null],
    ['another port', { redirect_uri: `${APP}:8443/` }, null],
    ['a script', { redirect_uri: 'javascript:alert(1)//https://app.example.com' }, null],
    ['a fragment', { redirect_uri: `${APP}/#x` }, null],
    ['no address', { redirect_uri: undefined }, null],
    ['a token instead of a code', { response_type: 'token' }, 'unsupported_response_type'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge of another length', { code_challenge: 'short' }, 'invalid_request'],
    ['a state that is too long', { state: 'x'.repeat(513) }, 'invalid_request'],
  ])('gets no code with %s', async (_what, changes, error) => {
    const cookie = cookieOf(await signedIn(rollcall, company.companyId, await member()));
    const asked = Object.entries({ ...asking(pkce().challenge), ...changes }).filter(
      ([, value]) => value !== undefined,
    );

    const { status, location } = await authorize(Object.fromEntries(asked) as Record<string, string>, cookie);

    if (error === null) expect([status, location]).toEqual([400, null]);
    else
      expect([
        status,
        location!.origin,
        location!.searchParams.get('error'),
        location!.searchParams.get('code'),
      ]).toEqual([303, APP, error, null]);
  });

  it('gets nothing for a code with another verifier, address or origin, or too late; and the code is gone', async () => {
    const session = await signedIn(rollcall, company.companyId, await member());
    const wrongs: [string, (right: Record<string, string>) => Promise<{ status: number; body: object }>][] = [
      ['another verifier', (right) => redeem({ ...right, code_verifier: pkce().verifier })],
      ['another address', (right) => redeem({ ...right, redirect_uri: `${APP}/other` })],
      ['another origin', (right) => redeem(right, 'https://other.example.com')],
      [
        'after a minute',
        async (right) => {
          await rollcall.asOwner(
            `update one_time_token set expires_at = now() where kind = 'AUTHORIZATION_CODE' and used_at is null`,
          );
          return redeem(right);
        },
      ],
      [
        'after the browser’s sign-out',
        async (right) => {
          await rollcall.asOwner(
            `update session set ended_at = now(), end_reason = 'SIGNED_OUT' where id = '${session.sessionId}'`,
          );
          return redeem(right);
        },
      ],
    ];
    for (const [what, wrong] of wrongs) {
      const { verifier, challenge } = pkce();
      const right = { code: await codeFor(session, challenge), code_verifier: verifier };
      const { status, body } = await wrong(right);
      expect([what, status, body]).toEqual([what, 400, { error: 'invalid_grant' }]);
      expect([what, (await redeem(right)).body]).toEqual([what, { error: 'invalid_grant' }]);
    }
    expect(
      await rollcall.asOwner(
        `select 1 from session where kind = 'BEARER' and user_id = (select user_id from session where id = '${session.sessionId}')`,
      ),
    ).toEqual([]);
    expect((await redeem({ grant_type: 'password' })).body).toEqual({ error: 'unsupported_grant_type' });
    expect((await redeem({ code: 'x' })).body).toEqual({ error: 'invalid_request' });
    const stranger = await redeem({ code: 'x', code_verifier: 'y' }, 'https://evil.example');
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([400, null]);
  });

  it('loses the session that a code gave when the code comes a second time, also at once', async () => {
    const session = await signedIn(rollcall, company.companyId, await member());
    const { verifier, challenge } = pkce();
    const right = { code: await codeFor(session, challenge), code_verifier: verifier };
    const { body } = await redeem(right);
    expect(await statusWith(body.access_token)).toBe(200);

    expect((await redeem(right)).body).toEqual({ error: 'invalid_grant' });

    expect([await statusWith(body.access_token), await statusWith(session.token)]).toEqual([401, 200]);
    const again = { code: await codeFor(session, challenge), code_verifier: verifier };
    const answers = await Promise.all([1, 2, 3].map(() => redeem(again)));
    const tokens = answers.flatMap((answer) => answer.body.access_token ?? []);
    expect([tokens.length, await statusWith(tokens[0])]).toEqual([1, 401]);
  });

  it('L-03: a code is dead once its user is deactivated', async () => {
    const user = await member();
    const session = await signedIn(rollcall, company.companyId, user);
    const { verifier, challenge } = pkce();
    const code = await codeFor(session, challenge);
    await scimClient(company).patch(`/Users/${user}`, [{ op: 'replace', path: 'active', value: false }]);

    expect((await redeem({ code, code_verifier: verifier })).body).toEqual({ error: 'invalid_grant' });
  });

  it('A-15: that wants a fresh sign-in sends an older one round by the step-up, each by its own way', async () => {
    const challenge = pkce().challenge;
    const local = await signedIn(rollcall, company.companyId, await member());
    const sso = await signedIn(rollcall, company.companyId, await member(), { method: 'SAML' });
    const [connection] = await rollcall.asOwner<{ id: string }>(
      `select id from sso_connection where company_id = '${company.companyId}'`,
    );
    await rollcall.asOwner(`update session set connection_id = '${connection!.id}' where id = '${sso.sessionId}'`);
    const fresh = await authorize(asking(challenge, { prompt: 'login' }), cookieOf(local));
    expect(fresh.location!.origin).toBe(APP);
    await rollcall.asOwner(`update session set authenticated_at = now() - interval '16 minutes'`);

    for (const [session, way] of [
      [local, `/sign-in/${company.companySlug}`],
      [sso, `/sso/${company.companyId}/${connection!.id}/step-up`],
    ] as const) {
      const cookie = cookieOf(session);
      const first = (await authorize(asking(challenge, { prompt: 'login' }), cookie)).location!;
      expect(first.pathname).toBe('/sign-in/step-up');
      const second = await fetch(first, { redirect: 'manual', headers: { cookie } });
      const then = new URL(second.headers.get('location')!, rollcall.graphqlUrl);
      expect(then.pathname).toBe(way);
      expect(then.searchParams.get('returnTo')).toBe(first.searchParams.get('returnTo'));
    }
    await rollcall.asOwner(`update session set authenticated_at = now() where id = '${local.sessionId}'`);
    const done = await fetch(at('/sign-in/step-up?returnTo=%2Fsign-in%2Fdone%3Fa%3D1'), {
      redirect: 'manual',
      headers: { cookie: cookieOf(local) },
    });
    expect(done.headers.get('location')).toBe('/sign-in/done?a=1');
    const away = await fetch(at('/sign-in/step-up?returnTo=https%3A%2F%2Fevil.example'), {
      redirect: 'manual',
      headers: { cookie: cookieOf(local) },
    });
    expect(away.headers.get('location')).toBe('/sign-in/done');
  });

  it('A-09: whoever guesses codes has to wait', async () => {
    const guess = () => redeem({ code: 'x', code_verifier: 'y' });
    let answer = await guess();
    for (let tries = 0; tries < 61 && answer.status !== 429; tries++) answer = await guess();

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  });
});
