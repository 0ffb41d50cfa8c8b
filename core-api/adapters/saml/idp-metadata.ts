import { X509Certificate } from 'node:crypto';
import { invalidValue } from '#core-api/domain/errors.js';
import type { SamlIdpMetadata } from '#core-api/domain/ports.js';
import { attributeOf, childrenOf, NAMESPACES, nameOf, onlyChild, parseXml, XmlError } from './xml.js';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const COMMENT = /<!--.*?-->/gs;

/**
 * Reads what an identity provider publishes of itself (SAML Metadata §2.4.3): keys for signing or for both are taken, in their order, keys for
 * encryption are not. A signature of the document is not looked at: who gave it, and an admin who confirmed it, are what it is trusted for.
 *
 * @throws INVALID_VALUE (metadata)
 */
export function parseIdpMetadata(xml: string): SamlIdpMetadata {
  const entity = readDocument(xml);
  const issuer = attributeOf(entity, 'entityID');
  if (!issuer) throw refused('it has no entityID');
  const idp = onlyChild(entity, 'md:IDPSSODescriptor');
  if (!idp) throw refused('it must describe one identity provider: one IDPSSODescriptor');
  if (!(attributeOf(idp, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(NAMESPACES.samlp))
    throw refused('its identity provider does not speak SAML 2.0');

  const signIn = redirectService(idp, 'md:SingleSignOnService');
  const entryPoint = signIn && attributeOf(signIn, 'Location');
  if (!entryPoint) throw refused('it has no SingleSignOnService with the binding HTTP-Redirect');
  const logout = redirectService(idp, 'md:SingleLogoutService');
  const certificates = signingCertificates(idp);
  if (certificates.length === 0) throw refused('it has no key for signing');
  return {
    issuer,
    entryPoint: entryPoint.trim(),
    // Only answers are sent there.
    logoutUrl: logout ? (attributeOf(logout, 'ResponseLocation') ?? attributeOf(logout, 'Location')) : null,
    certificates: [...new Set(certificates)],
  };
}

function readDocument(xml: string): Element {
  try {
    // Comments are common here and, unlike in messages, nothing that is signed depends on how they are read.
    const root = parseXml(
      xml
        .replace(/^\ufeff/, '')
        .replace(COMMENT, '')
        .trimStart(),
    );
    if (nameOf(root) === 'md:EntityDescriptor') return root;
  } catch (error) {
    if (error instanceof XmlError) throw refused(error.message);
    throw error;
  }
  throw refused('it must be one EntityDescriptor of SAML 2.0');
}

function redirectService(idp: Element, name: string): Element | undefined {
  return childrenOf(idp, name).find((service) => attributeOf(service, 'Binding') === REDIRECT);
}

function signingCertificates(idp: Element): string[] {
  return childrenOf(idp, 'md:KeyDescriptor')
    .filter((key) => ['signing', null].includes(attributeOf(key, 'use')))
    .map((key) => {
      const data = childrenOf(key, 'ds:KeyInfo').flatMap((info) => childrenOf(info, 'ds:X509Data'));
      const [certificate, ...others] = data.flatMap((each) => childrenOf(each, 'ds:X509Certificate'));
      // Of a chain only one is the key's own, and which one is not said.
      if (!certificate || others.length > 0) throw refused('a key for signing must come with exactly one certificate');
      return toPem(certificate.textContent ?? '');
    });
}

function toPem(base64: string): string {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).toString();
  } catch {
    throw refused('the certificate of a key for signing cannot be read');
  }
}

function refused(why: string) {
  return invalidValue('metadata', `The metadata cannot be used: ${why}.`);
}
