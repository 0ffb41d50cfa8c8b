import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { aSigningKey } from '#test/support/certificate.js';
import { base64, type ResponseParts, SamlIdp, type Signing } from '#test/support/saml-idp.js';
import { saml } from './saml.js';

const idp = new SamlIdp();
const at = 'https://rollcall.example/sso/company/connection';
const sp = { entityId: `${at}/metadata`, acsUrl: `${at}/acs`, sloUrl: `${at}/slo` };
const now = new Date();
const ann = { nameId: 'ann@acme.example', attributes: { email: 'ann@acme.example' } };
const right: ResponseParts = {
  sp,
  user: ann,
  inResponseTo: '_request',
  now,
  assertionId: '_mine',
  responseId: '_outer',
};

/** The subject that was believed, or the reason why nothing was. */
async function outcome(samlResponse: string): Promise<string> {
  return saml.verify(idp.config, sp, samlResponse, { requestId: '_request', now }).then(
    ({ identity }) => `believed ${identity.subject}`,
    (error: { reason?: string }) => error.reason ?? `failed: ${String(error)}`,
  );
}

/** What is right, with its assertion signed, and its pieces. */
const xml = idp.sign(idp.response(right), 'Assertion');
const assertion = /<saml:Assertion.*<\/saml:Assertion>/.exec(xml)![0];
const signature = /<ds:Signature .*<\/ds:Signature>/.exec(assertion)![0];
const unsigned = assertion.replace(signature, '');
const evil = unsigned.replace('_mine', '_evil').replaceAll('ann@acme', 'admin@acme');
const instead = (text: string) => xml.replace(assertion, () => text);
const evilWith = (text: string) => evil.replace('</saml:Issuer>', () => `</saml:Issuer>${text}`);

/** The same for a response that is signed as a whole. */
const whole = idp.sign(idp.response(right), 'Response');
const wholeSignature = /<ds:Signature .*<\/ds:Signature>/.exec(whole)![0];
const wholeUnsigned = whole.replace(wholeSignature, '');
const evilWhole = wholeUnsigned.replace('_outer', '_evil').replaceAll('ann@acme', 'admin@acme');
const around = (text: string) => evilWhole.replace('</saml:Issuer>', () => `</saml:Issuer>${text}`);

it('what nobody forged is believed: the assertion signed, the response, or both, with sha256 or sha512', async () => {
  const both = idp.sign(idp.sign(idp.response(right), 'Assertion'), 'Response');
  const sha512 = idp.sign(idp.response(right), 'Assertion', {
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
  });
  const declared = `<?xml version="1.0" encoding="UTF-8"?>\r\n${xml}`;

  for (const text of [xml, whole, both, sha512, declared])
    expect(await outcome(base64(text))).toBe('believed ann@acme.example');
});

describe('S-01: an assertion that is not signed', () => {
  it.each([
    ['before the signed one', instead(evil + assertion), 'MALFORMED'],
    ['after the signed one', instead(assertion + evil), 'MALFORMED'],
    ['instead of it', instead(evil), 'SIGNATURE'],
    ['instead of it, where its signature was', instead(evilWith(signature)), 'SIGNATURE'],
    ['of our user, without its signature', instead(unsigned), 'SIGNATURE'],
    ['within a signed response that has two', around(wholeSignature), 'SIGNATURE'],
  ])('is refused %s', async (_, text, reason) => {
    expect(await outcome(base64(text))).toBe(reason);
  });
});

describe('S-02: a signed element that was moved aside is refused', () => {
  const object = (text: string) =>
    signature.replace('</ds:Signature>', () => `<ds:Object>${text}</ds:Object></ds:Signature>`);
  const wholeObject = (text: string) =>
    wholeSignature.replace('</ds:Signature>', () => `<ds:Object>${text}</ds:Object></ds:Signature>`);
  it.each([
    ['XSW1: the response within the signature of a forged one', around(wholeObject(wholeUnsigned))],
    ['XSW2: the response beside the signature in a forged one', around(wholeUnsigned + wholeSignature)],
    ['XSW3: the assertion after a forged one', instead(evil + assertion)],
    [
      'XSW4: the assertion within a forged one',
      instead(evil.replace('<saml:Subject>', () => `${assertion}<saml:Subject>`)),
    ],
    ['XSW5: its signature in a forged one, itself beside it', instead(evilWith(signature) + unsigned)],
    [
      'XSW6: its signature in a forged one, itself within the signature',
      instead(evilWith(signature.replace('</ds:Signature>', () => `${unsigned}</ds:Signature>`))),
    ],
    [
      'XSW7: a forged one in Extensions',
      xml.replace('<samlp:Status>', () => `<samlp:Extensions>${evil}</samlp:Extensions><samlp:Status>`),
    ],
    [
      'XSW7: the signed one in Extensions',
      instead(evil).replace('<samlp:Status>', () => `<samlp:Extensions>${assertion}</samlp:Extensions><samlp:Status>`),
    ],
    ['XSW8: the assertion in an Object of the signature of a forged one', instead(evilWith(object(unsigned)))],
    [
      'the assertion in the Advice of a forged one',
      instead(evil.replace('<saml:Subject>', () => `<saml:Advice>${assertion}</saml:Advice><saml:Subject>`)),
    ],
    [
      'the assertion in the KeyInfo of a forged one',
      instead(evilWith(signature.replace('<ds:X509Data>', () => `${unsigned}<ds:X509Data>`))),
    ],
    [
      'the assertion in the value of an attribute',
      instead(evil.replace('<saml:AttributeValue>', () => `<saml:AttributeValue>${assertion}`)),
    ],
    [
      'a forged one in the value of an attribute',
      instead(assertion.replace('<saml:AttributeValue>', () => `<saml:AttributeValue>${evil}`)),
    ],
    [
      'the assertion in the StatusDetail',
      instead(evil).replace(
        '</samlp:Status>',
        () => `<samlp:StatusDetail>${assertion}</samlp:StatusDetail></samlp:Status>`,
      ),
    ],
    [
      'the signature of the assertion in the response',
      instead(evil).replace('<samlp:Status>', () => `${signature}<samlp:Status>`),
    ],
    ['a response within a response', evilWhole.replace('<samlp:Status>', () => `${whole}<samlp:Status>`)],
  ])('%s', async (_, text) => {
    expect(['MALFORMED', 'SIGNATURE']).toContain(await outcome(base64(text)));
  });

  it('an assertion that was signed by hand and is alone', async () => {
    expect(await outcome(base64(assertion))).toBe('MALFORMED');
  });
});

describe('S-03: a signature that is not one signature of one element is refused', () => {
  const signedInfo = /<ds:SignedInfo>.*<\/ds:SignedInfo>/.exec(signature)![0];
  const reference = /<ds:Reference .*<\/ds:Reference>/.exec(signature)![0];
  it.each([
    ['two SignedInfo', xml.replace(signedInfo, () => signedInfo + signedInfo)],
    ['two signatures', xml.replace(signature, () => signature + signature)],
    ['two references', xml.replace(reference, () => reference + reference)],
    ['two values', xml.replace(/<ds:SignatureValue>.*<\/ds:SignatureValue>/, (value) => value + value)],
    ['two digests', xml.replace(/<ds:DigestValue>.*<\/ds:DigestValue>/, (value) => value + value)],
    ['no reference', xml.replace(reference, '')],
    ['an empty URI', xml.replace('URI="#_mine"', 'URI=""')],
    ['no URI', xml.replace(' URI="#_mine"', '')],
    ['the URI of the response', xml.replace('URI="#_mine"', 'URI="#_outer"')],
    ['the URI of nothing', xml.replace('URI="#_mine"', 'URI="#_other"')],
    ['an XPointer', xml.replace('URI="#_mine"', `URI="#xpointer(id('_mine'))"`)],
  ])('%s', async (_, text) => {
    expect(['MALFORMED', 'SIGNATURE']).toContain(await outcome(base64(text)));
  });

  it('one by somebody else, whose certificate it carries', async () => {
    expect(await outcome(idp.answer(right, { key: aSigningKey() }))).toBe('SIGNATURE');
  });

  it('two that are both right, but for one of them: a response signed by somebody else around an assertion that is signed', async () => {
    const text = idp.sign(xml, 'Response', { key: aSigningKey() });
    const inside = idp.sign(idp.sign(idp.response(right), 'Assertion', { key: aSigningKey() }), 'Response');

    expect([await outcome(base64(text)), await outcome(base64(inside))]).toEqual(['SIGNATURE', 'SIGNATURE']);
  });
});

describe('S-04: a comment is refused', () => {
  it.each([
    ['in the DigestValue', xml.replace('<ds:DigestValue>', '<ds:DigestValue><!-- x -->')],
    ['in the SignatureValue', xml.replace('<ds:SignatureValue>', '<ds:SignatureValue><!---->')],
    ['in the NameID', xml.replace('ann@acme.example</saml:NameID>', 'ann<!---->@acme.example</saml:NameID>')],
    ['behind the response', `${xml}<!-- x -->`],
  ])('%s', async (_, text) => {
    expect(await outcome(base64(text))).toBe('MALFORMED');
  });

  it('in a NameID that was signed with it', async () => {
    const text = idp.sign(idp.response({ ...right, nameId: 'admin@acme.example<!---->.evil.example' }), 'Assertion');

    expect(await outcome(base64(text))).toBe('MALFORMED');
  });
});

describe('S-05: what is not plain XML is refused before it is parsed', () => {
  const laughs = `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, n) => `<!ENTITY a${n} "&a${n - 1};&a${n - 1};">`).join('')}]>`;
  it.each([
    ['a DOCTYPE', `<!DOCTYPE samlp:Response>${xml}`],
    ['an internal entity', `<!DOCTYPE a [<!ENTITY b "admin">]>${xml.replace('>ann@', '>&b;@')}`],
    ['an external entity', `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${xml.replace('>ann@', '>&b;@')}`],
    ['an entity from the network', `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">${xml}`],
    ['a parameter entity', `<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/"> %b;]>${xml}`],
    ['a billion laughs', `${laughs}${xml.replace('>ann@', '>&a8;@')}`],
    ['an entity without DOCTYPE', xml.replace('>ann@', '>&admin;@')],
    [
      'XInclude',
      xml.replace(
        '<samlp:Status>',
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><samlp:Status>',
      ),
    ],
    ['a processing instruction', xml.replace('<samlp:Status>', '<?php admin ?><samlp:Status>')],
    ['a style sheet', `<?xml-stylesheet href="http://127.0.0.1:1/"?>${xml}`],
    ['two declarations', `<?xml version="1.0"?><?xml version="1.0"?>${xml}`],
    ['XML 1.1', `<?xml version="1.1"?>${xml}`],
  ])('%s', async (_, text) => {
    expect(await outcome(base64(text))).toBe('MALFORMED');
  });
});

describe('S-06: what two readers could read in two ways is refused', () => {
  it.each([
    ['the same ID twice', xml.replace('ID="_outer"', 'ID="_mine"')],
    ['an attribute twice', xml.replace('ID="_mine"', 'ID="_mine" ID="_evil"')],
    ['xml:id', xml.replace('<samlp:Status>', '<samlp:Status xml:id="_mine">')],
    ['an ID of a namespace', xml.replace('<samlp:Status>', '<samlp:Status xmlns:a="urn:a" a:ID="_mine">')],
    ['an Id', xml.replace('<samlp:Status>', '<samlp:Status Id="_mine">')],
    ['an ID where none may be', xml.replace('<samlp:Status>', '<samlp:Status ID="_mine">')],
    ['an ID that is none', xml.replaceAll('_mine', "1' or '1")],
    ['no ID', xml.replace(' ID="_outer"', '')],
    [
      'an assertion of no namespace',
      instead(evil.replaceAll('saml:', '').replace(/ xmlns:saml="[^"]*"/, '') + assertion),
    ],
    [
      'an assertion of another namespace',
      instead(evil.replace('xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', 'xmlns:saml="urn:x"') + assertion),
    ],
    ['a prefix that is another namespace inside', xml.replace('<saml:Subject>', '<saml:Subject xmlns:saml="urn:x">')],
    [
      'CDATA in the NameID',
      xml.replace('>ann@acme.example</saml:NameID>', '><![CDATA[ann@acme.example]]></saml:NameID>'),
    ],
    ['another encoding than it says', `<?xml version="1.0" encoding="ISO-8859-1"?>${xml}`],
    ['a character that XML has not', xml.replace('>ann@', '>ann\u0001@')],
    ['NUL by its number', xml.replace('>ann@', '>ann&#0;@')],
    ['half of a pair by its number', xml.replace('>ann@', '>ann&#xd800;@')],
    ['SAML 1.1', xml.replace('Version="2.0"', 'Version="1.1"')],
  ])('%s', async (_, text) => {
    expect(['MALFORMED', 'SIGNATURE']).toContain(await outcome(base64(text)));
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${xml}`, 'utf16le')],
    ['UTF-16 as it says', Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${xml}`, 'utf16le')],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(xml.slice(0, -20)), Buffer.from([0xff]), Buffer.from(xml.slice(-20))]),
    ],
    [
      'an overlong form',
      Buffer.from(
        Buffer.from(xml.replace('>ann@', '>\u0001nn@')).toString('latin1').replace('\u0001', '\xc1\xa1'),
        'latin1',
      ),
    ],
  ])('%s', async (_, bytes) => {
    expect(await outcome(bytes.toString('base64'))).toBe('MALFORMED');
  });

  it('but a byte order mark, the order of attributes and how a character is written change no meaning', async () => {
    const reordered = xml.replace(/ ID="_mine" Version="2.0"/, ' Version="2.0" ID="_mine"');
    const numbered = xml.replace('>ann@acme.example</saml:NameID>', '>&#x61;nn&#64;acme.example</saml:NameID>');

    for (const text of [reordered, numbered, `\ufeff${xml}`])
      expect(await outcome(base64(text))).toBe('believed ann@acme.example');
  });
});

describe('S-07: an algorithm that is not on the list is refused, although the signature is right', () => {
  const publicKey = createPublicKey(new X509Certificate(idp.key.certificate).toString());
  const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
  it.each<[string, Signing]>([
    ['XSLT', { transforms: [enveloped, 'http://www.w3.org/TR/1999/REC-xslt-19991116', exclusive] }],
    ['XPath', { transforms: [enveloped, 'http://www.w3.org/TR/1999/REC-xpath-19991116', exclusive] }],
    ['XPath alone', { transforms: [enveloped, 'http://www.w3.org/TR/1999/REC-xpath-19991116'] }],
    ['the same transform twice', { transforms: [enveloped, exclusive, exclusive] }],
    ['canonicalization with comments', { transforms: [enveloped, `${exclusive}WithComments`] }],
    ['SignedInfo with comments', { canonicalization: `${exclusive}WithComments` }],
    ['inclusive canonicalization', { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }],
    ['HMAC with the public key', { hmacSecret: publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
    ['HMAC with the certificate', { hmacSecret: idp.key.certificate }],
    ['SHA-1', { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }],
    ['a digest by SHA-1', { digestAlgorithm: 'http://www.w3.org/2000/09/xmldsig#sha1' }],
  ])('%s', async (_, signing) => {
    expect(await outcome(base64(idp.sign(idp.response(right), 'Assertion', signing)))).toBe('SIGNATURE');
  });

  it.each([
    ['an unknown canonicalization', xml.replace(`Method Algorithm="${exclusive}"`, 'Method Algorithm="urn:x"')],
    ['no algorithm', xml.replace(/SignatureMethod Algorithm="[^"]*"/, 'SignatureMethod')],
    [
      'HMACOutputLength',
      xml.replace(
        /(<ds:SignatureMethod [^>]*)\/>/,
        '$1><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>',
      ),
    ],
  ])('%s', async (_, text) => {
    expect(['MALFORMED', 'SIGNATURE']).toContain(await outcome(base64(text)));
  });
});

describe('S-08: encryption is refused, and told apart', () => {
  const encrypted =
    '<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/></saml:EncryptedAssertion>';
  it.each([
    ['an encrypted assertion', instead(encrypted)],
    ['one beside an assertion', instead(assertion + encrypted)],
    ['one in a signed response', whole.replace('<saml:Assertion', () => `${encrypted}<saml:Assertion`)],
    ['an encrypted subject', xml.replace(/<saml:NameID.*<\/saml:NameID>/, '<saml:EncryptedID/>')],
  ])('%s', async (_, text) => {
    expect(await outcome(base64(text))).toBe('ENCRYPTED');
  });
});

describe('S-11: what is too large, or no message at all, is refused', () => {
  it.each([
    ['nothing', ''],
    ['junk', '!!!!'],
    ['base64 of junk', Buffer.alloc(1000, 7).toString('base64')],
    ['base64 that is cut', base64(xml).slice(0, 1001)],
    ['300 kB', base64(xml.replace('</samlp:Response>', () => `${' '.repeat(300_000)}</samlp:Response>`))],
    ['4 MB of junk', 'A'.repeat(4_000_000)],
    ['a response that is compressed', Buffer.from('eJwDAAAAAAE=', 'base64').toString('base64')],
    ['36,000 levels', base64(`${'<a>'.repeat(36_000)}${'</a>'.repeat(36_000)}`)],
    [
      '5,000 levels of what may be nested',
      base64(
        xml.replace(
          /<samlp:StatusCode [^>]*>/,
          (code) => code.replace('/>', '>').repeat(5_000) + '</samlp:StatusCode>'.repeat(5_000),
        ),
      ),
    ],
    ['20,000 attributes', base64(`<a ${Array.from({ length: 20_000 }, (_, n) => `a${n}=""`).join(' ')}/>`)],
  ])('%s', async (_, text) => {
    expect(['MALFORMED', 'SIGNATURE']).toContain(await outcome(text));
  });
});
