import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SamlLogoutMessage } from '#core-api/domain/ports.js';
import { aSigningKey } from '#test/support/certificate.js';
import { base64, type LogoutParts, SamlIdp } from '#test/support/saml-idp.js';
import { saml } from './saml.js';

const idp = new SamlIdp();
const now = new Date();
const at = 'https://rollcall.example/sso/company/connection';
const sp = { entityId: `${at}/metadata`, acsUrl: `${at}/acs`, sloUrl: `${at}/slo` };
const right: LogoutParts = { sp, nameId: 'ann@acme.example', sessionIndexes: ['_s1', '_s2'], now, id: '_out' };
const seconds = (count: number) => new Date(now.getTime() + count * 1000);

const post = (xml: string): SamlLogoutMessage => ({ binding: 'POST', samlRequest: base64(xml) });
const redirect = (query: string): SamlLogoutMessage => ({ binding: 'REDIRECT', query });
const signed = (parts: Partial<LogoutParts> = {}, key = idp.key) =>
  idp.sign(idp.logoutRequest({ ...right, ...parts }), 'LogoutRequest', { key });

/** Whose log-out was believed, or the reason why nobody's was. */
function outcome(message: SamlLogoutMessage): Promise<string> {
  return saml.verifyLogout(idp.config, sp, message, now).then(
    ({ subject }) => `believed ${subject}`,
    (error: { reason?: string }) => error.reason ?? `failed: ${String(error)}`,
  );
}

it('a log-out request is taken by either binding', async () => {
  const query = idp.redirectQuery(idp.logoutRequest(right), { relayState: 'theirs+/ &=' });
  const expected = {
    requestId: '_out',
    subject: 'ann@acme.example',
    sessionIndexes: ['_s1', '_s2'],
    notOnOrAfter: seconds(5 * 60 + 120),
  };

  expect(await saml.verifyLogout(idp.config, sp, post(signed()), now)).toEqual(expected);
  expect(await saml.verifyLogout(idp.config, sp, redirect(query), now)).toEqual(expected);
});

it('where an attribute is the subject, its NameID is nobody’s', async () => {
  const config = { ...idp.config, subjectAttribute: 'staffNo' };

  expect((await saml.verifyLogout(config, sp, post(signed()), now)).subject).toBeNull();
});

describe('S-17: a log-out request that is posted', () => {
  const xml = signed();
  const evil = idp.logoutRequest({ ...right, nameId: 'admin@acme.example', id: '_evil' });
  const signature = /<ds:Signature .*<\/ds:Signature>/.exec(xml)![0];
  it.each([
    ['is not signed', idp.logoutRequest(right), 'SIGNATURE'],
    ['is signed by somebody else', signed({}, aSigningKey()), 'SIGNATURE'],
    ['was changed', xml.replace('ann@', 'admin@'), 'SIGNATURE'],
    ['has the signature of another', evil.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`), 'SIGNATURE'],
    [
      'has the signed one in its signature',
      evil.replace(
        '</saml:Issuer>',
        () =>
          `</saml:Issuer>${signature.replace('</ds:Signature>', () => `<ds:Object>${xml.replace(signature, '')}</ds:Object></ds:Signature>`)}`,
      ),
      'MALFORMED',
    ],
    [
      'has the signed one in Extensions',
      evil.replace('<saml:NameID>', () => `<samlp:Extensions>${xml}</samlp:Extensions><saml:NameID>`),
      'MALFORMED',
    ],
    ['has the signed one inside', evil.replace('<saml:NameID>', () => `${xml}<saml:NameID>`), 'MALFORMED'],
    ['names two', xml.replace('<saml:NameID>', '<saml:NameID>admin</saml:NameID><saml:NameID>'), 'MALFORMED'],
    ['names an encrypted one', xml.replace(/<saml:NameID>.*<\/saml:NameID>/, '<saml:EncryptedID/>'), 'ENCRYPTED'],
    ['is by another provider', signed({ issuer: 'https://other.example' }), 'ISSUER'],
    ['is for another address', signed({ destination: sp.acsUrl }), 'DESTINATION'],
    ['is for no address', signed({ destination: null }), 'DESTINATION'],
    ['is over', signed({ notOnOrAfter: seconds(-120) }), 'EXPIRED'],
    [
      'is too old, and does not say until when it is good',
      signed({ now: seconds(-421), notOnOrAfter: null }),
      'EXPIRED',
    ],
    ['is of a time to come', signed({ now: seconds(121) }), 'NOT_YET_VALID'],
    [
      'is a response',
      idp.sign(idp.response({ sp, user: { nameId: 'ann' }, inResponseTo: null }), 'Response'),
      'MALFORMED',
    ],
  ])('is refused when it %s', async (_, text, reason) => {
    expect(await outcome(post(text))).toBe(reason);
  });

  it('that does not say until when it is good is good for five minutes', async () => {
    expect(await outcome(post(signed({ now: seconds(-419), notOnOrAfter: null })))).toBe('believed ann@acme.example');
  });
});

describe('S-17: a log-out request by redirect', () => {
  const xml = idp.logoutRequest(right);
  const evil = encodeURIComponent(deflateRawSync(xml.replace('ann@', 'admin@')).toString('base64'));
  const query = idp.redirectQuery(xml, { relayState: 'theirs' });
  const [request, relayState, sigAlg, signature] = query.split('&') as [string, string, string, string];
  it.each([
    ['is not signed', [request, relayState].join('&')],
    ['has an empty signature', [request, relayState, sigAlg, 'Signature='].join('&')],
    ['does not say how it is signed', [request, relayState, signature].join('&')],
    ['is signed by somebody else', idp.redirectQuery(xml, { privateKey: aSigningKey().privateKey })],
    ['is signed by SHA-1', idp.redirectQuery(xml, { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' })],
    ['was changed', [`SAMLRequest=${evil}`, relayState, sigAlg, signature].join('&')],
    ['has another RelayState', [request, 'RelayState=ours', sigAlg, signature].join('&')],
    ['has a second request before the signed one', `SAMLRequest=${evil}&${query}`],
    ['has a second request after the signed one', `${query}&SAMLRequest=${evil}`],
    ['has its parts in a name that only ends alike', `xSAMLRequest=${evil}&${sigAlg}&${signature}`],
    ['is no query', '%'],
    ['is empty', ''],
    ['is badly encoded', query.replace('SAMLRequest=', 'SAMLRequest=%')],
  ])('is refused when it %s', async (_, text) => {
    expect(['SIGNATURE', 'MALFORMED']).toContain(await outcome(redirect(text)));
  });

  it('S-11: of 1 GB, compressed, is refused after its first 256 kB', async () => {
    // 64 MB, which is enough to tell: what is inflated is bounded, however much there is.
    const bomb = idp.redirectQuery(`${xml}${' '.repeat(64 * 1024 * 1024)}`);

    expect(bomb.length).toBeLessThan(100_000);
    expect(await outcome(redirect(bomb))).toBe('MALFORMED');
  });
});

describe('the answer to a log-out request', () => {
  it('goes where the provider takes it, with what it gave', async () => {
    const url = new URL((await saml.answerLogout(idp.config, sp, { requestId: '_out', relayState: 'theirs' }))!);
    const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLResponse')!, 'base64')).toString();

    expect([url.origin + url.pathname, url.searchParams.get('RelayState')]).toEqual([
      'https://idp.example/slo',
      'theirs',
    ]);
    for (const part of ['InResponseTo="_out"', `>${sp.entityId}<`, 'status:Success']) expect(xml).toContain(part);
  });

  it('is none where the provider takes none', async () => {
    const config = { ...idp.config, logoutUrl: null };

    expect(await saml.answerLogout(config, sp, { requestId: '_out', relayState: null })).toBeNull();
  });
});
