import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionAddresses } from '#core-api/domain/sso/connection-addresses.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { type Forgery, OidcIdp } from '#test/support/oidc-idp.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { CookieJar } from '#test/support/saml-bed.js';
import { ownerOf, signedIn } from '#test/support/sign-in.js';

const person = (name: string) => ({
  sub: `subject-of-${name}`,
  claims: { preferred_username: `${name}@acme.example`, email: `${name}@acme.example`, email_verified: true },
});
const idp = new OidcIdp({ users: [person('ana'), person('ben'), person('nobody')] });
const other = new OidcIdp({ users: [person('ana')], clientId: 'other' });
let rollcall: TestRollcall;
let company: TestCompany;
let connectionId: string;

beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  await idp.listen();
  await other.listen();
});
afterAll(async () => {
  await idp.close();
  await other.close();
  await rollcall?.stop();
});
beforeEach(async () => {
  Object.assign(idp, { forgery: null, redirect: null, discovery: {}, isDown: { keys: false, token: false } });
  await rollcall.asOwner('delete from sign_in_attempt');
  company = await rollcall.newCompany();
  connectionId = await connect(idp);
});

/** Makes a connection that the company's directory belongs with, as an owner would. */
async function connect(to: OidcIdp, name = 'OpenID'): Promise<string> {
  const ask = graphqlClient(company);
  const made = await ask(
    'mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id } } }',
    { input: { name, kind: 'OIDC', config: to.config, clientSecret: to.clientSecret, status: 'ACTIVE' } },
  );
  const { id } = made.body.data.createSsoConnection.ssoConnection;
  const before = await ask(
    'query ($id: String!) { directories(filter: { id: { eq: $id } }) { nodes { ssoConnections { id } } } }',
    {
      id: company.directoryId,
    },
  );
  const ids = before.body.data.directories.nodes[0].ssoConnections.map((each: { id: string }) => each.id);
  await ask('mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }', {
    input: { id: company.directoryId, ssoConnectionIds: [...ids, id] },
  });
  return id;
}

async function provision(name: string): Promise<string> {
  const { body } = await scimClient(company).post('/Users', { userName: `${name}@acme.example` });
  return body.id;
}

const at = (path: string, id = connectionId) =>
  new URL(`/sso/${company.companyId}/${id}/${path}`, rollcall.graphqlUrl).href;

/** Off to the provider, and as that person back: the address that the browser is sent to. */
async function come(name: string, jar: CookieJar, path = 'start'): Promise<URL> {
  const sent = await jar.send(at(path));
  return idp.signIn(sent.headers.get('location') ?? '', `subject-of-${name}`);
}

async function signIn(name: string, jar = new CookieJar(), path = 'start') {
  return { jar, response: await jar.send((await come(name, jar, path)).href) };
}

async function who(jar: CookieJar): Promise<string | null> {
  const response = await jar.send(rollcall.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { userId } }' }),
  });
  const body = (await response.json()) as { data?: { viewer: { userId: string } } };
  return body.data?.viewer.userId ?? null;
}

async function refusals(): Promise<string[]> {
  const rows = await rollcall.asOwner<{ reason: string }>(
    `select after ->> 'reason' as reason from change where company_id = '${company.companyId}' and kind = 'sign_in.refused' order by epoch, xid, no`,
  );
  return rows.map(({ reason }) => reason);
}

async function expectRefused(response: Response, jar: CookieJar, reason: string): Promise<void> {
  expect([400, 403]).toContain(response.status);
  expect(await response.text()).toContain('Sign-in is not possible');
  expect(await who(jar)).toBeNull();
  expect(await refusals()).toEqual([reason]);
}

describe('sign-in by OpenID Connect', () => {
  it('goes to the provider and comes back signed in, to where the browser was on its way', async () => {
    const id = await provision('ana');
    const { jar, response } = await signIn('ana', new CookieJar(), 'start?returnTo=/sign-in/done%3Fx%3D1');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in/done?x=1']);
    expect(await who(jar)).toBe(id);
  });

  it('is told to the provider with the addresses that GraphQL shows', async () => {
    const url = new URL((await new CookieJar().send(at('start?login_hint=ana@acme.example'))).headers.get('location')!);
    const { redirectUri } = connectionAddresses(new URL(rollcall.graphqlUrl).origin, company.companyId, connectionId);
    expect(url.searchParams.get('redirect_uri')).toBe(redirectUri);
    expect(url.searchParams.get('login_hint')).toBe('ana@acme.example');
  });

  it('knows whoever signed in once by the subject, whatever they are called then', async () => {
    const id = await provision('ana');
    await signIn('ana');
    idp.forgery = { claims: { preferred_username: 'renamed@acme.example', email: 'renamed@acme.example' } };
    expect(await who((await signIn('ana')).jar)).toBe(id);
  });

  it('ends the session that the browser came with (A-11)', async () => {
    await provision('ana');
    const { jar } = await signIn('ana');
    const before = jar.cookies.get('rollcall-session');
    await signIn('ana', jar);
    expect(jar.cookies.get('rollcall-session')).not.toBe(before);
    const rows = await rollcall.asOwner<{ end_reason: string | null }>(
      `select end_reason from session where company_id = '${company.companyId}' order by id`,
    );
    expect(rows.map(({ end_reason }) => end_reason)).toEqual(['REPLACED', null]);
  });

  it('tries a draft out for an owner, and lets nobody in by it', async () => {
    await rollcall.asOwner(`update sso_connection set status = 'DRAFT' where id = '${connectionId}'`);
    const owner = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    const jar = new CookieJar();
    jar.cookies.set('rollcall-session', owner.token);
    const { response } = await signIn('nobody', jar, 'test');
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('nobody@acme.example')]);
    expect(await who(jar)).toBe(owner.userId);
    expect((await new CookieJar().send(at('start'))).status).toBe(403);
  });

  it('asks for a fresh proof in a step-up, and takes nobody else for it', async () => {
    const id = await provision('ana');
    await provision('ben');
    const { jar } = await signIn('ana');
    const sent = new URL((await jar.send(at('step-up'))).headers.get('location')!);
    expect([sent.searchParams.get('prompt'), sent.searchParams.get('max_age')]).toEqual(['login', '0']);
    const { response } = await signIn('ben', jar, 'step-up');
    expect([response.status, await refusals()]).toEqual([403, ['OTHER_USER']]);
    expect((await signIn('ana', jar, 'step-up')).response.status).toBe(303);
    expect(await who(jar)).toBe(id);
  });
});

describe('S-19 who is found', () => {
  it.each([false, undefined])('is nobody by an address of which email_verified is %s', async (email_verified) => {
    await provision('ana');
    await rollcall.asOwner(`update sso_connection set subject_match = 'EMAIL' where id = '${connectionId}'`);
    idp.forgery = { claims: { email_verified } };
    const { jar, response } = await signIn('ana');
    expect(response.status).toBe(403);
    expect(await who(jar)).toBeNull();
    expect(['EMAIL_NOT_VERIFIED', 'DOMAIN_NOT_VERIFIED']).toContain((await refusals())[0]);
  });

  it('is nobody by the address of somebody whom the connection knows by another subject', async () => {
    await provision('ana');
    await signIn('ana');
    idp.forgery = { claims: { sub: 'a-stranger' } };
    const { jar, response } = await signIn('ana');
    await expectRefused(response, jar, 'SUBJECT_CHANGED');
  });
});

describe('S-22 and S-24 an ID token that is for somebody else, or is not signed as it must be', () => {
  it.each<[string, Forgery, string]>([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }, 'ISSUER'],
    ['for another client', { claims: { aud: 'other' } }, 'AUDIENCE'],
    ['for another party', { claims: { azp: 'other' } }, 'AUDIENCE'],
    ['not signed', { signature: 'none' }, 'SIGNATURE'],
    ['signed by a secret', { signature: 'hmac' }, 'SIGNATURE'],
    ["signed by a stranger's key", { signature: 'stranger' }, 'SIGNATURE'],
    ['with another nonce', { claims: { nonce: 'another' } }, 'OTHER_REQUEST'],
    ['that is over', { claims: { exp: 1_700_000_000 } }, 'EXPIRED'],
  ])('%s is refused without a word, and logged with the reason', async (_, forgery, reason) => {
    await provision('ana');
    idp.forgery = forgery;
    const { jar, response } = await signIn('ana');
    await expectRefused(response, jar, reason);
  });
});

describe('S-25 an answer that belongs to another request', () => {
  it('is refused in another browser, and still good in its own', async () => {
    const id = await provision('ana');
    const jar = new CookieJar();
    const back = await come('ana', jar);
    const thief = new CookieJar();
    await thief.send(at('start'));
    await expectRefused(await thief.send(back.href), thief, 'UNSOLICITED');
    await jar.send(back.href);
    expect(await who(jar)).toBe(id);
  });

  it('is refused the second time, and twenty at once make one session', async () => {
    await provision('ana');
    const jar = new CookieJar();
    const back = await come('ana', jar);
    const answers = await Promise.all(Array.from({ length: 20 }, () => jar.send(back.href)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    const again = new CookieJar();
    for (const [name, value] of jar.cookies) if (name !== 'rollcall-session') again.cookies.set(name, value);
    expect((await again.send(back.href)).status).toBe(403);
    expect(await who(again)).toBeNull();
  });

  it.each([
    ['without a state', (url: URL) => url.searchParams.delete('state')],
    ['with the state of nobody', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
    ['with two states', (url: URL) => url.searchParams.append('state', 'x')],
    ['with another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['without a code', (url: URL) => url.searchParams.delete('code')],
  ])('is refused %s', async (_, change) => {
    await provision('ana');
    const jar = new CookieJar();
    const back = await come('ana', jar);
    change(back);
    expect([400, 403]).toContain((await jar.send(back.href)).status);
    expect(await who(jar)).toBeNull();
  });

  it("is refused at one connection's callback when it was asked for by another", async () => {
    await provision('ana');
    const second = await connect(other, 'Other');
    const jar = new CookieJar();
    const mine = await come('ana', jar);
    const sent = await jar.send(at('start', second));
    const theirs = await other.signIn(sent.headers.get('location')!, 'subject-of-ana');

    const crossed = await jar.send(`${at('callback')}${theirs.search}`);
    const mixed = new URL(mine);
    mixed.searchParams.set('code', theirs.searchParams.get('code')!);
    const swapped = await jar.send(mixed.href);

    expect([crossed.status, swapped.status].every((status) => status === 400 || status === 403)).toBe(true);
    expect(await who(jar)).toBeNull();
  });
});

describe('S-20 a connection that is no longer there when the answer comes', () => {
  it('lets nobody in', async () => {
    await provision('ana');
    const jar = new CookieJar();
    const back = await come('ana', jar);
    await rollcall.asOwner(`update sso_connection set status = 'DRAFT' where id = '${connectionId}'`);
    await expectRefused(await jar.send(back.href), jar, 'CONNECTION_INACTIVE');
  });
});

describe('S-21 and S-26 whoever is not to come in, and a provider that is away', () => {
  it('is refused when nobody has provisioned them', async () => {
    const { jar, response } = await signIn('nobody');
    await expectRefused(response, jar, 'NOT_PROVISIONED');
  });

  it('goes on with the sessions that there are while the keys cannot be read', async () => {
    const id = await provision('ana');
    const { jar } = await signIn('ana');
    idp.isDown.keys = true;
    expect(await who(jar)).toBe(id);
  });

  it('says without a word that the provider is away, and logs it no more often than an address may fail', async () => {
    const away = await connect(other, 'Away');
    await rollcall.asOwner(
      `update sso_connection set config = '{"issuer": "http://127.0.0.1:9", "clientId": "x"}' where id = '${away}'`,
    );
    const response = await new CookieJar().send(at('start', away));
    await expectRefused(response, new CookieJar(), 'IDP_UNREACHABLE');
    await Promise.all(Array.from({ length: 110 }, () => new CookieJar().send(at('start', away))));
    expect((await refusals()).length).toBeLessThanOrEqual(100);
  });
});

describe('E-01 nothing secret', () => {
  it('stands in the change log, whatever came', async () => {
    await provision('ana');
    const jar = new CookieJar();
    const back = await come('ana', jar);
    idp.forgery = { signature: 'stranger' };
    await jar.send(back.href);
    const rows = await rollcall.asOwner(`select * from change where company_id = '${company.companyId}'`);
    const log = JSON.stringify(rows);
    for (const secret of [back.searchParams.get('code')!, back.searchParams.get('state')!, idp.clientSecret])
      expect(log).not.toContain(secret);
  });
});
