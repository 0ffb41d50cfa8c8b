import { describe, expect, it } from 'vitest';
import { aSigningKey } from '#test/support/certificate.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import { parseIdpMetadata } from './idp-metadata.js';

const idp = new SamlIdp();
const { metadata } = idp;
const key = /<md:KeyDescriptor.*<\/md:KeyDescriptor>/.exec(metadata)![0];
const other = aSigningKey();
const otherKey = key.replace(/(<ds:X509Certificate>).*(<\/ds:X509Certificate>)/, `$1\n${bare(other.certificate)}\n$2`);

function bare(certificate: string): string {
  return certificate.replace(/-----.*-----/g, '').trim();
}

describe('metadata of an identity provider', () => {
  it('say its name, where it takes people and answers to log-outs, and what it signs with', () => {
    expect(parseIdpMetadata(metadata)).toEqual({
      issuer: idp.entityId,
      entryPoint: 'https://idp.example/sso',
      logoutUrl: 'https://idp.example/slo',
      certificates: [idp.key.certificate],
    });
  });

  it('may come with a byte order mark and comments, and under any prefix', () => {
    const text = `\ufeff<?xml version='1.0' encoding='utf-8' standalone="yes"?>\n<!-- ours -->\n${metadata
      .replace(/^.*\n/, '')
      .replaceAll('md:', '')
      .replace('xmlns:md', 'xmlns')
      .replace('<SingleSignOn', '<!-- here --><SingleSignOn')}`;

    expect(parseIdpMetadata(text)).toEqual(parseIdpMetadata(metadata));
  });

  it('may say where answers go, and nothing of log-outs', () => {
    const answers = metadata.replace('/slo"', '/slo" ResponseLocation="https://idp.example/slo-answer"');
    const none = metadata.replace(/<md:SingleLogoutService.*\/>/, '');

    expect(parseIdpMetadata(answers).logoutUrl).toBe('https://idp.example/slo-answer');
    expect(parseIdpMetadata(none).logoutUrl).toBeNull();
  });

  it('S-15: a key without use signs too, a key for encryption does not, and of several keys each is taken once', () => {
    const keys = [
      key.replace(' use="signing"', ''),
      otherKey,
      key,
      otherKey
        .replace('"signing"', '"encryption"')
        .replace(/(<ds:X509Certificate>).*(<\/ds:X509Certificate>)/s, '$1none$2'),
    ];

    expect(parseIdpMetadata(metadata.replace(key, keys.join(''))).certificates).toEqual([
      idp.key.certificate,
      other.certificate,
    ]);
  });

  it.each([
    ['no key for signing', metadata.replace(key, '')],
    ['only a key for encryption', metadata.replace('"signing"', '"encryption"')],
    ['a key for signing without certificate', metadata.replace(/<ds:X509Certificate>.*<\/ds:X509Certificate>/, '')],
    ['a certificate that is none', metadata.replace(/(<ds:X509Certificate>).*(<\/ds)/, '$1AAAA$2')],
    ['an empty certificate', metadata.replace(/(<ds:X509Certificate>).*(<\/ds)/, '$1$2')],
    ['a chain of certificates', metadata.replace(/(<ds:X509Certificate>.*<\/ds:X509Certificate>)/, '$1$1')],
  ])('S-15: %s is refused: the check of signatures is never switched off', (_, text) => {
    expect(() => parseIdpMetadata(text)).toThrowError(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it.each([
    ['nothing', ''],
    ['no XML', 'https://idp.example/metadata'],
    ['HTML', '<!doctype html><html></html>'],
    ['a DOCTYPE', metadata.replace('<md:Entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><md:Entity')],
    ['an entity of nobody', metadata.replace('https://idp.example/sso', '&b;')],
    ['half of it', metadata.slice(0, 400)],
    ['two roots', `${metadata}${metadata.replace(/^.*\n/, '')}`],
    ['more than 256 kB', `${metadata}${' '.repeat(256 * 1024)}`],
    ['very deep XML', `${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`],
    ['another namespace', metadata.replace('SAML:2.0:metadata', 'SAML:1.1:metadata')],
    ['a service provider', metadata.replaceAll('IDPSSODescriptor', 'SPSSODescriptor')],
    [
      'a federation',
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${metadata.replace(/^.*\n/, '')}</md:EntitiesDescriptor>`,
    ],
    ['SAML 1.1', metadata.replace('SAML:2.0:protocol', 'SAML:1.1:protocol')],
    ['no entity id', metadata.replace(/entityID=".*"/, '')],
    ['no sign-in by redirect', metadata.replace(/(SingleSignOnService Binding="[^"]*)Redirect/, '$1POST')],
  ])('are refused, with the reason, when they are %s', (_, text) => {
    expect(() => parseIdpMetadata(text)).toThrowError(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field: 'metadata' } }),
    );
  });
});
