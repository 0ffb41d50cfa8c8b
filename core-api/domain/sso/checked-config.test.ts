import { expect, it } from 'vitest';
import { aSigningKey } from '#test/support/certificate.js';
import { MEANS } from '#test/support/means.js';
import { checkedConfig } from './checked-config.js';

const CERTIFICATE = aSigningKey().certificate;

it.each<['SAML' | 'OIDC', unknown, string]>([
  ['SAML', [], 'config'],
  ['SAML', 'text', 'config'],
  ['SAML', { issuer: 7 }, 'config.issuer'],
  ['SAML', { issuer: ' ' }, 'config.issuer'],
  ['SAML', { issuer: 'a\0b' }, 'config.issuer'],
  ['SAML', { issuer: 'x'.repeat(1_025) }, 'config.issuer'],
  ['SAML', { clientId: 'x' }, 'config.clientId'],
  ['SAML', { entryPoint: 'http://idp.example' }, 'config.entryPoint'],
  ['SAML', { entryPoint: 'javascript:alert(1)' }, 'config.entryPoint'],
  ['SAML', { entryPoint: 'https://user:secret@idp.example' }, 'config.entryPoint'],
  ['SAML', { logoutUrl: '/slo' }, 'config.logoutUrl'],
  ['SAML', { certificates: CERTIFICATE }, 'config.certificates'],
  ['SAML', { certificates: ['no certificate'] }, 'config.certificates.0'],
  ['SAML', { certificates: Array.from({ length: 11 }, () => CERTIFICATE) }, 'config.certificates'],
  ['SAML', { metadataUrl: 'https://169.254.169.254/latest' }, 'config.metadataUrl'],
  ['SAML', { metadataUrl: 'file:///etc/passwd' }, 'config.metadataUrl'],
  ['SAML', { claims: { email: ['mail'] } }, 'config.claims.email'],
  ['SAML', { claims: { constructor: 'x' } }, 'config.claims.constructor'],
  ['OIDC', { issuer: 'https://10.0.0.1' }, 'config.issuer'],
  ['OIDC', { scopes: ['two words'] }, 'config.scopes.0'],
  ['OIDC', { entryPoint: 'https://idp.example' }, 'config.entryPoint'],
])('a configuration of %s that is %j is refused, by its field', (kind, config, field) => {
  expect(() => checkedConfig(kind, config, MEANS.outbound)).toThrowError(
    expect.objectContaining({ code: 'INVALID_VALUE', details: { field } }),
  );
});
