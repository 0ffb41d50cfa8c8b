import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { aSigningKey } from '#test/support/certificate.js';
import { base64, type ResponseParts, SamlIdp } from '#test/support/saml-idp.js';
import { parseIdpMetadata } from './idp-metadata.js';
import { saml } from './saml.js';

const idp = new SamlIdp();
const now = new Date('2026-11-28T12:00:00Z');
const ofYear = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const key = aSigningKey(ofYear);
const config: SamlConfig = { ...idp.config, certificates: [key.certificate] };
const sp = spOf('company/connection');
const ann = { nameId: 'ann@acme.example' };
const right: ResponseParts = { sp, user: ann, inResponseTo: '_request', now };
const seconds = (count: number) => new Date(now.getTime() + count * 1000);

function spOf(path: string) {
  const at = `https://rollcall.example/sso/${path}`;
  return { entityId: `${at}/metadata`, acsUrl: `${at}/acs`, sloUrl: `${at}/slo` };
}

function verify(parts: Partial<ResponseParts>, of = config, requestId: string | null = '_request') {
  return saml.verify(of, sp, idp.answer({ ...right, ...parts }, { key }), { requestId, now });
}

/** 'taken', or the reason. */
function outcome(...input: Parameters<typeof verify>): Promise<string> {
  return verify(...input).then(
    () => 'taken',
    (error: { reason?: string }) => error.reason ?? `failed: ${String(error)}`,
  );
}

describe('S-09: when an assertion is good', () => {
  it.each<[string, Partial<ResponseParts>, string]>([
    ['ended 119 s ago', { notOnOrAfter: seconds(-119) }, 'taken'],
    ['ended 120 s ago', { notOnOrAfter: seconds(-120) }, 'EXPIRED'],
    ['ended a day ago', { notOnOrAfter: seconds(-86_400) }, 'EXPIRED'],
    ['begins in 120 s', { notBefore: seconds(120) }, 'taken'],
    ['begins in 121 s', { notBefore: seconds(121) }, 'NOT_YET_VALID'],
    ['has no begin', { notBefore: null }, 'taken'],
    ['has no end', { notOnOrAfter: null }, 'MALFORMED'],
    ['has no conditions', { conditions: '' }, 'MALFORMED'],
    ['has conditions twice', { conditions: '<saml:Conditions/><saml:Conditions/>' }, 'MALFORMED'],
    ['is confirmed until 119 s ago', { confirmedUntil: seconds(-119) }, 'taken'],
    ['is confirmed until 120 s ago', { confirmedUntil: seconds(-120) }, 'EXPIRED'],
    ['is confirmed for ever', { confirmedUntil: null }, 'MALFORMED'],
    ['is of a sign-in in 121 s', { authnInstant: seconds(121) }, 'NOT_YET_VALID'],
  ])('one that %s', async (_, parts, expected) => {
    expect(await outcome(parts)).toBe(expected);
  });

  it('a time that is not in UTC, or is none, is refused', async () => {
    const text = idp.response({ ...right, notBefore: null, notOnOrAfter: seconds(60) });
    const answers = ['2026-11-28T12:01:00+00:00', '2026-11-28', 'never'].map((time) =>
      base64(
        idp.sign(text.replace(`NotOnOrAfter="${seconds(60).toISOString()}"`, `NotOnOrAfter="${time}"`), 'Assertion', {
          key,
        }),
      ),
    );

    for (const answer of answers)
      await expect(saml.verify(config, sp, answer, { requestId: '_request', now })).rejects.toMatchObject({
        reason: 'MALFORMED',
      });
  });

  it('until when it must be remembered is said with the skew', async () => {
    expect((await verify({ notOnOrAfter: seconds(60), confirmedUntil: seconds(90) })).notOnOrAfter).toEqual(
      seconds(180),
    );
  });
});

describe('S-10: for whom, where and by whom an assertion is', () => {
  const other = spOf('other-company/connection');
  const sibling = spOf('company/other-connection');
  it.each<[string, Partial<ResponseParts>, string]>([
    ['the audience of another company', { audience: other.entityId }, 'AUDIENCE'],
    ['the audience of another connection', { audience: sibling.entityId }, 'AUDIENCE'],
    ['an audience that begins alike', { audience: `${sp.entityId}/` }, 'AUDIENCE'],
    ['no audience', { audience: null }, 'AUDIENCE'],
    ['our audience and, again, another', { conditions: conditions(sp.entityId, other.entityId) }, 'AUDIENCE'],
    ['the recipient of another company', { recipient: other.acsUrl }, 'RECIPIENT'],
    ['the recipient of another connection', { recipient: sibling.acsUrl }, 'RECIPIENT'],
    ['no recipient', { recipient: null }, 'RECIPIENT'],
    ['the destination of another company', { destination: other.acsUrl }, 'DESTINATION'],
    ['the destination of another connection', { destination: sibling.acsUrl }, 'DESTINATION'],
    ['no destination, the assertion alone being signed', { destination: null }, 'taken'],
    ['the issuer of another connection', { issuer: 'https://other.example/metadata' }, 'ISSUER'],
    ['a response by another issuer', { responseIssuer: 'https://other.example/metadata' }, 'ISSUER'],
    ['a response that does not say by whom it is', { responseIssuer: null }, 'taken'],
    ['the answer to another request', { inResponseTo: '_other' }, 'OTHER_REQUEST'],
    ['the answer to no request', { inResponseTo: null }, 'OTHER_REQUEST'],
    ['an assertion for another request', { subjectInResponseTo: '_other' }, 'OTHER_REQUEST'],
    ['an assertion for no request', { subjectInResponseTo: null }, 'OTHER_REQUEST'],
  ])('%s', async (_, parts, expected) => {
    expect(await outcome(parts)).toBe(expected);
  });

  it('a signed response must say where it goes', async () => {
    const text = idp.sign(idp.response({ ...right, destination: null }), 'Response', { key });

    await expect(saml.verify(config, sp, base64(text), { requestId: '_request', now })).rejects.toMatchObject({
      reason: 'DESTINATION',
    });
  });

  it('what nobody asked for answers no request', async () => {
    expect(await outcome({ inResponseTo: null }, config, null)).toBe('taken');
    expect(await outcome({}, config, null)).toBe('OTHER_REQUEST');
    expect(await outcome({ inResponseTo: null, subjectInResponseTo: '_request' }, config, null)).toBe('OTHER_REQUEST');
  });

  it('a subject that is not confirmed for its bearer is refused', async () => {
    const text = idp.response(right).replace('cm:bearer', 'cm:sender-vouches');

    await expect(
      saml.verify(config, sp, base64(idp.sign(text, 'Assertion', { key })), { requestId: '_request', now }),
    ).rejects.toMatchObject({ reason: 'MALFORMED' });
  });
});

function conditions(...audiences: string[]): string {
  const restrictions = audiences.map(
    (audience) => `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`,
  );
  return `<saml:Conditions NotOnOrAfter="${seconds(60).toISOString()}">${restrictions.join('')}</saml:Conditions>`;
}

describe('S-14: certificates', () => {
  const expired = aSigningKey({ ...ofYear, notAfter: new Date('2026-06-01T00:00:00Z') });
  it.each<[string, string[], string]>([
    ['none', [], 'CERTIFICATE'],
    ['an empty one', [''], 'CERTIFICATE'],
    ['an expired one', [expired.certificate], 'CERTIFICATE'],
    ['one of the wrong type', [aSigningKey({ ...ofYear, type: 'ec' }).certificate], 'CERTIFICATE'],
    ['one that begins later', [aSigningKey({ ...ofYear, notBefore: seconds(1) }).certificate], 'CERTIFICATE'],
    ['another one', [aSigningKey(ofYear).certificate], 'SIGNATURE'],
    ['an expired one and the right one', [expired.certificate, key.certificate], 'taken'],
    ['another one and the right one', [aSigningKey(ofYear).certificate, key.certificate], 'taken'],
  ])('%s', async (_, certificates, expected) => {
    expect(await outcome({}, { ...config, certificates })).toBe(expected);
  });

  it('an expired one is not good for what it signs', async () => {
    const answer = idp.answer(right, { key: expired });
    const both = { ...config, certificates: [expired.certificate, key.certificate] };

    await expect(saml.verify(both, sp, answer, { requestId: '_request', now })).rejects.toMatchObject({
      reason: 'SIGNATURE',
    });
  });
});

describe('what is believed of a person', () => {
  const identityOf = async (parts: Partial<ResponseParts>, changes: Partial<SamlConfig> = {}) =>
    (await verify(parts, { ...config, ...changes })).identity;
  const emailAddress = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
  const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
  const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';

  it('Okta: the NameID alone', async () => {
    expect(await identityOf({ nameIdFormat: emailAddress, sessionIndex: '_s1' })).toEqual({
      subject: 'ann@acme.example',
      userName: 'ann@acme.example',
      externalId: null,
      email: 'ann@acme.example',
      emailVerified: true,
      givenName: null,
      familyName: null,
      displayName: null,
      groups: [],
      idpSession: '_s1',
    });
  });

  it('Okta: attributes as its guides name them', async () => {
    const attributes = { firstName: 'Ann', lastName: 'Lee', email: 'ann.lee@acme.example', groups: ['QA', 'Dev'] };

    expect(await identityOf({ user: { nameId: 'ann', attributes } })).toMatchObject({
      userName: 'ann',
      email: 'ann.lee@acme.example',
      givenName: 'Ann',
      familyName: 'Lee',
      groups: ['QA', 'Dev'],
    });
  });

  it('Entra ID: its own claims, the NameID being opaque', async () => {
    const attributes = {
      [`${soap}/name`]: 'ann@acme.example',
      [`${soap}/emailaddress`]: 'ann.lee@acme.example',
      [`${soap}/givenname`]: 'Ann',
      [`${soap}/surname`]: 'Lee',
      'http://schemas.microsoft.com/identity/claims/displayname': 'Ann Lee',
      'http://schemas.microsoft.com/identity/claims/objectidentifier': '0b0c',
      'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups': ['g1', 'g2'],
    };

    expect(await identityOf({ nameIdFormat: persistent, user: { nameId: 'x1', attributes } })).toMatchObject({
      subject: 'x1',
      userName: 'ann@acme.example',
      externalId: '0b0c',
      email: 'ann.lee@acme.example',
      givenName: 'Ann',
      familyName: 'Lee',
      displayName: 'Ann Lee',
      groups: ['g1', 'g2'],
    });
  });

  it('OneLogin: attributes as its connector names them', async () => {
    const attributes = {
      'User.email': 'ann@acme.example',
      'User.FirstName': 'Ann',
      'User.LastName': 'Lee',
      memberOf: 'QA',
    };

    expect(await identityOf({ user: { nameId: 'ann', attributes } })).toMatchObject({
      userName: 'ann',
      email: 'ann@acme.example',
      givenName: 'Ann',
      familyName: 'Lee',
      groups: ['QA'],
    });
  });

  it('the names that the connection gives win, and nothing stands in for them', async () => {
    const user = { nameId: 'ann@acme.example', attributes: { login: 'ann', email: 'x@acme.example', staffNo: '17' } };
    const claims = { userName: 'Login', email: 'workMail', externalId: 'staffNo' };

    expect(await identityOf({ user, nameIdFormat: emailAddress }, { claims })).toMatchObject({
      subject: 'ann@acme.example',
      userName: 'ann',
      email: null,
      externalId: '17',
    });
  });

  it('an attribute may be the subject, and must then be there, once', async () => {
    const of = (staffNo: string[]) => ({ user: { nameId: 'ann', attributes: { staffNo } } });
    const by = { ...config, subjectAttribute: 'staffNo' };

    expect((await verify(of(['17']), by)).identity.subject).toBe('17');
    expect(await outcome(of(['17', '18']), by)).toBe('NO_SUBJECT');
    expect(await outcome(of([]), by)).toBe('NO_SUBJECT');
  });

  it.each<[string, Partial<ResponseParts>]>([
    ['a transient NameID', { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }],
    ['an empty NameID', { nameId: '' }],
  ])('nobody is known by %s', async (_, parts) => {
    expect(await outcome(parts)).toBe('NO_SUBJECT');
  });

  it('the subject is taken as it is: neither folded nor trimmed', async () => {
    expect((await identityOf({ nameId: ' Ann@ACME.example ' })).subject).toBe(' Ann@ACME.example ');
  });
});

it('a sign-in that the provider refused is told apart, whether or not that is signed', async () => {
  const status = 'urn:oasis:names:tc:SAML:2.0:status:Responder';
  const text = idp.response({ ...right, status }).replace(/<saml:Assertion.*<\/saml:Assertion>/, '');

  await expect(saml.verify(config, sp, base64(text), { requestId: '_request', now })).rejects.toMatchObject({
    reason: 'IDP_ERROR',
    detail: 'The identity provider refused: Responder.',
  });
});

describe('what we send', () => {
  it('a request by redirect, with where the answer goes and by which means people sign in left open', async () => {
    const { url, requestId } = await saml.begin({ ...config, entryPoint: 'https://idp.example/sso?app=1' }, sp, {
      relayState: 'opaque',
      forceAuthn: true,
      loginHint: 'ann@acme.example',
    });
    const sent = new URL(url);
    const xml = inflateRawSync(Buffer.from(sent.searchParams.get('SAMLRequest')!, 'base64')).toString();

    expect(sent.href.startsWith('https://idp.example/sso?app=1&')).toBe(true);
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      RelayState: 'opaque',
      login_hint: 'ann@acme.example',
    });
    for (const part of [
      ` ID="${requestId}"`,
      `AssertionConsumerServiceURL="${sp.acsUrl}"`,
      `>${sp.entityId}<`,
      'ForceAuthn="true"',
    ])
      expect(xml).toContain(part);
    expect(xml).not.toContain('RequestedAuthnContext');
  });

  it('no hint and no force, unless they are wanted; another request each time', async () => {
    const begin = () => saml.begin(config, sp, { relayState: 'opaque', forceAuthn: false, loginHint: null });
    const [first, second] = [await begin(), await begin()];

    expect(first.requestId).not.toBe(second.requestId);
    expect(first.url).not.toContain('login_hint');
  });

  it('metadata that say who we are and where answers go', () => {
    const xml = saml.metadata(sp);

    for (const part of [
      `entityID="${sp.entityId}"`,
      `Location="${sp.acsUrl}"`,
      `Location="${sp.sloUrl}"`,
      'WantAssertionsSigned="true"',
    ])
      expect(xml).toContain(part);
    expect(() => parseIdpMetadata(xml)).toThrow();
  });
});
