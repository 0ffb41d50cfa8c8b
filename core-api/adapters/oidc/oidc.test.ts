import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OidcClient, OidcSecrets } from '#core-api/domain/ports.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { type Forgery, OidcIdp } from '#test/support/oidc-idp.js';
import { outboundHttp } from '../outbound-http.js';
import { oidc } from './oidc.js';

const ANA = {
  sub: 'ana-1',
  claims: {
    preferred_username: 'ana@acme.example',
    email: 'ana@acme.example',
    email_verified: true,
    given_name: 'Ana',
    family_name: 'Ruiz',
    name: 'Ana Ruiz',
    groups: ['qa', 'staff'],
    sid: 'session-7',
  },
};
const THIN = { sub: 'ben-2', userInfo: { email: 'ben@acme.example', email_verified: 'true', name: 'Ben' } };
const idp = new OidcIdp({ users: [ANA, THIN] });
const other = new OidcIdp({ users: [ANA], clientId: 'other' });
const redirectUri = 'http://127.0.0.1:4000/sso/a/b/callback';
const http = outboundHttp({ allow: ['127.0.0.0/8'] });
let clock = 0;
let port = oidc({ http, now: () => clock });

beforeAll(async () => {
  await idp.listen();
  await other.listen();
});
afterAll(async () => {
  await idp.close();
  await other.close();
});
beforeEach(() => {
  Object.assign(idp, { forgery: null, redirect: null, discovery: {}, isDown: { keys: false, token: false } });
  port = oidc({ http, now: () => clock });
});

const party = (of: OidcIdp = idp): OidcClient => ({ config: of.config, clientSecret: of.clientSecret, redirectUri });

function secrets(name = 'one', isForced = false): OidcSecrets {
  return {
    state: `state-${name}`,
    nonce: `nonce-${name}`,
    codeVerifier: `verifier-${name}-`.padEnd(43, 'x'),
    isForced,
  };
}

async function signIn(as = ANA.sub, { of = secrets(), client = party(), now = new Date() } = {}) {
  const back = await idp.signIn(await port.begin(client, of, null), as);
  return port.complete(client, of, back.searchParams, now);
}

/** Why it was not taken. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SsoRefusal) return error.reason;
    throw error;
  }
  return 'none';
}

describe('sign-in by OpenID Connect', () => {
  it('sends the browser with state, nonce, PKCE by S256 and the scopes, and brings back what the provider says', async () => {
    const url = new URL(await port.begin(party(), secrets(), 'ana@acme.example'));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'rollcall',
      response_type: 'code',
      scope: 'openid profile email',
      state: 'state-one',
      nonce: 'nonce-one',
      code_challenge_method: 'S256',
      login_hint: 'ana@acme.example',
      redirect_uri: redirectUri,
    });
    expect(await signIn()).toEqual({
      subject: 'ana-1',
      userName: 'ana@acme.example',
      externalId: 'ana-1',
      email: 'ana@acme.example',
      emailVerified: true,
      givenName: 'Ana',
      familyName: 'Ruiz',
      displayName: 'Ana Ruiz',
      groups: ['qa', 'staff'],
      idpSession: 'session-7',
    });
  });

  it('asks the UserInfo endpoint for what the ID token does not say', async () => {
    expect(await signIn(THIN.sub)).toMatchObject({
      userName: null,
      email: 'ben@acme.example',
      emailVerified: true,
      displayName: 'Ben',
    });
  });

  it('takes the claims that the connection names', async () => {
    const client = { ...party(), config: { ...idp.config, claims: { userName: 'sub', displayName: 'given_name' } } };
    expect(await signIn(ANA.sub, { client })).toMatchObject({ userName: 'ana-1', displayName: 'Ana' });
  });

  it('takes a forced sign-in only when the provider says that the person was there just now', async () => {
    const url = new URL(await port.begin(party(), secrets('f', true), null));
    expect([url.searchParams.get('prompt'), url.searchParams.get('max_age')]).toEqual(['login', '0']);
    expect((await signIn(ANA.sub, { of: secrets('f', true) })).subject).toBe('ana-1');
    idp.forgery = { claims: { auth_time: Math.floor(Date.now() / 1_000) - 3_600 } };
    expect(await refusalOf(signIn(ANA.sub, { of: secrets('f', true) }))).toBe('EXPIRED');
    idp.forgery = { claims: { auth_time: undefined } };
    expect(await refusalOf(signIn(ANA.sub, { of: secrets('f', true) }))).not.toBe('none');
  });

  it.each([
    ['an application that the provider does not know', { clientSecret: 'wrong' }],
    ['a client without its secret', { clientSecret: null }],
  ])('is refused for %s', async (_, changed) => {
    expect(await refusalOf(signIn(ANA.sub, { client: { ...party(), ...changed } }))).toBe('IDP_ERROR');
  });

  it('is refused when the token endpoint is away', async () => {
    idp.isDown.token = true;
    expect(await refusalOf(signIn())).toBe('IDP_UNREACHABLE');
  });

  it('is refused when the person cancels', async () => {
    expect(await refusalOf(signIn(''))).toBe('IDP_ERROR');
  });
});

describe('S-19 an e-mail address that is not verified', () => {
  it.each([
    [false, null],
    ['false', null],
    [undefined, 'ana@acme.example'],
  ])(
    'says email_verified %s, and is told on as not verified, nor is it a user name where the provider denies it',
    async (value, userName) => {
      idp.forgery = { claims: { email_verified: value } };
      expect(await signIn()).toMatchObject({ emailVerified: false, userName });
      idp.forgery = { claims: { email_verified: value, preferred_username: undefined } };
      expect(await signIn()).toMatchObject({ emailVerified: false, userName: null });
    },
  );
});

describe('S-22 an ID token for somebody else', () => {
  it.each<[string, Forgery['claims'], string]>([
    ['another issuer', { iss: 'https://evil.example' }, 'ISSUER'],
    ['the issuer with a slash at its end', { iss: 'ISSUER/' }, 'ISSUER'],
    ['another client', { aud: 'other' }, 'AUDIENCE'],
    ['several clients, without a party', { aud: ['rollcall', 'other'] }, 'AUDIENCE'],
    ['another party among several clients', { aud: ['rollcall', 'other'], azp: 'other' }, 'AUDIENCE'],
    ['another party', { azp: 'other' }, 'AUDIENCE'],
    ['no client', { aud: undefined }, 'MALFORMED'],
    ['nobody', { sub: undefined }, 'MALFORMED'],
  ])('says %s, and is refused', async (_, claims, reason) => {
    const iss = typeof claims?.iss === 'string' ? { iss: claims.iss.replace('ISSUER', idp.url) } : {};
    idp.forgery = { claims: { ...claims, ...iss } };
    expect(await refusalOf(signIn())).toBe(reason);
  });

  it('comes from a provider whose discovery document names another issuer or tenant, and is refused before it is fetched', async () => {
    idp.discovery = { issuer: 'https://login.example/{tenantid}/v2.0' };
    expect(await refusalOf(port.begin(party(), secrets(), null))).toBe('ISSUER');
  });
});

describe('S-24 an ID token that is not signed as it must be', () => {
  const inThePast = Math.floor(Date.now() / 1_000) - 3_600;
  it.each<[string, Forgery, string]>([
    ['by nothing (alg none)', { signature: 'none' }, 'SIGNATURE'],
    ['by the public key as a secret (HS256)', { signature: 'hmac' }, 'SIGNATURE'],
    ["by a stranger's key", { signature: 'stranger' }, 'SIGNATURE'],
    ['by a signature of which one bit is another', { signature: 'broken' }, 'SIGNATURE'],
    ['with a path as the name of its key', { header: { kid: '../../../dev/null' } }, 'SIGNATURE'],
    ['with an address as the name of its key', { header: { kid: 'https://evil.example/key' } }, 'SIGNATURE'],
    ['with a jwk of its own', { header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } }, 'SIGNATURE'],
    ['with a jku of its own', { header: { jku: 'https://evil.example/keys' } }, 'SIGNATURE'],
    ['with an x5u of its own', { header: { x5u: 'https://evil.example/certificate' } }, 'SIGNATURE'],
    ['with an extension that must be understood', { header: { crit: ['b64'], b64: false } }, 'SIGNATURE'],
    ['and is over', { claims: { exp: inThePast } }, 'EXPIRED'],
    ['without an end', { claims: { exp: undefined } }, 'MALFORMED'],
    ['and was issued an hour ago', { claims: { iat: inThePast, auth_time: inThePast } }, 'EXPIRED'],
    ['and was issued in the future', { claims: { iat: inThePast + 7_200 } }, 'NOT_YET_VALID'],
    ['and is not good yet', { claims: { nbf: inThePast + 7_200 } }, 'NOT_YET_VALID'],
    ['without a nonce', { claims: { nonce: undefined } }, 'MALFORMED'],
    ['with the nonce of another sign-in', { claims: { nonce: 'nonce-two' } }, 'OTHER_REQUEST'],
  ])('%s, and is refused', async (_, forgery, reason) => {
    idp.forgery = forgery;
    expect(await refusalOf(signIn())).toBe(reason);
  });

  it('is taken within 120 s of skew by the clock that is given, and not beyond', async () => {
    const at = (seconds: number) => new Date(Date.now() + seconds * 1_000);
    expect(await refusalOf(signIn(ANA.sub, { now: at(-110) }))).toBe('none');
    expect(await refusalOf(signIn(ANA.sub, { now: at(-140) }))).toBe('NOT_YET_VALID');
    expect(await refusalOf(signIn(ANA.sub, { now: at(3_600 + 110) }))).toBe('EXPIRED');
  });
});

describe('S-25 an answer that belongs to another request', () => {
  it("is refused at one provider's callback with the code of another", async () => {
    const mine = secrets();
    const back = await other.signIn(await port.begin(party(other), mine, null), ANA.sub);
    expect(await refusalOf(port.complete(party(), mine, back.searchParams, new Date()))).not.toBe('none');
  });

  it.each([
    ['no state', (query: URLSearchParams) => query.delete('state')],
    ['another state', (query: URLSearchParams) => query.set('state', 'state-two')],
    ['two states', (query: URLSearchParams) => query.append('state', 'state-one')],
    ['two codes', (query: URLSearchParams) => query.append('code', 'another')],
    ['no code', (query: URLSearchParams) => query.delete('code')],
    ['another issuer', (query: URLSearchParams) => query.set('iss', 'https://evil.example')],
  ])('is refused with %s', async (_, change) => {
    const back = await idp.signIn(await port.begin(party(), secrets(), null), ANA.sub);
    change(back.searchParams);
    expect(await refusalOf(port.complete(party(), secrets(), back.searchParams, new Date()))).not.toBe('none');
  });

  it('is refused without the issuer where the provider says that it names itself', async () => {
    idp.discovery = { authorization_response_iss_parameter_supported: true };
    expect(await refusalOf(signIn())).toBe('ISSUER');
    idp.redirect = (url) => url.searchParams.set('iss', idp.url);
    expect(await refusalOf(signIn())).toBe('none');
  });

  it('is refused when the code is used again, or was got with the challenge of another, or with none', async () => {
    const back = await idp.signIn(await port.begin(party(), secrets(), null), ANA.sub);
    await port.complete(party(), secrets(), back.searchParams, new Date());
    expect(await refusalOf(port.complete(party(), secrets(), back.searchParams, new Date()))).not.toBe('none');

    const theirs = await idp.signIn(await port.begin(party(), secrets(), null), ANA.sub);
    const mine = { ...secrets('two'), state: 'state-one', nonce: 'nonce-one' };
    expect(await refusalOf(port.complete(party(), mine, theirs.searchParams, new Date()))).not.toBe('none');

    const stripped = new URL(await port.begin(party(), secrets(), null));
    for (const name of ['code_challenge', 'code_challenge_method']) stripped.searchParams.delete(name);
    const unbound = await idp.signIn(stripped.href, ANA.sub);
    expect(await refusalOf(port.complete(party(), secrets(), unbound.searchParams, new Date()))).not.toBe('none');
  });
});

describe("S-26 the provider's keys", () => {
  it('are read once, however many sign in, and once more in 30 s when a name is unknown, however often', async () => {
    const before = { ...idp.reads };
    await Promise.all([signIn(), signIn(THIN.sub), signIn()]);
    expect([idp.reads.keys - before.keys, idp.reads.discovery - before.discovery]).toEqual([1, 1]);

    idp.forgery = { header: { kid: 'unknown' } };
    clock += 30_000;
    for (let flood = 0; flood < 5; flood++) expect(await refusalOf(signIn())).toBe('SIGNATURE');
    expect(idp.reads.keys - before.keys).toBe(2);
  });

  it('are taken anew when they have changed', async () => {
    await signIn();
    await idp.rotateKeys();
    clock += 29_999;
    expect(await refusalOf(signIn())).toBe('SIGNATURE');
    clock += 1;
    expect(await refusalOf(signIn())).toBe('none');
  });

  it('serve on while they cannot be read, and are asked for once in 30 s only', async () => {
    await signIn();
    const before = idp.reads.keys;
    idp.isDown.keys = true;
    clock += 11 * 60_000;
    for (let flood = 0; flood < 3; flood++) expect(await refusalOf(signIn())).toBe('none');
    expect(idp.reads.keys - before).toBe(1);
  });

  it('that were never read let nobody in, and are asked for once in 30 s only', async () => {
    idp.isDown.keys = true;
    const before = idp.reads.keys;
    for (let flood = 0; flood < 3; flood++) expect(await refusalOf(signIn())).toBe('IDP_UNREACHABLE');
    expect(idp.reads.keys - before).toBe(1);
    idp.isDown.keys = false;
    clock += 30_000;
    expect(await refusalOf(signIn())).toBe('none');
  });
});

describe('S-16 discovery and keys', () => {
  it.each(['http://169.254.169.254', 'file:///etc', 'https://10.0.0.1', 'https://127.0.0.1:1'])(
    'are not read from %s',
    async (issuer) => {
      const strict = oidc({ http: outboundHttp({ allow: [] }) });
      const client = { ...party(), config: { issuer, clientId: 'rollcall' } };
      expect(await refusalOf(strict.begin(client, secrets(), null))).toBe('IDP_UNREACHABLE');
    },
  );

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'])(
    'lead nowhere inside by the %s of a discovery document',
    async (name) => {
      for (const url of ['http://169.254.169.254/latest/meta-data', 'javascript:alert(1)', 'file:///etc/passwd']) {
        port = oidc({ http, now: () => clock });
        idp.discovery = { [name]: url };
        expect(await refusalOf(port.begin(party(), secrets(), null))).toBe('IDP_UNREACHABLE');
      }
    },
  );
});
