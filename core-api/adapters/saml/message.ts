import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { attributeOf, childrenOf, NAMESPACES, nameOf, onlyChild, parseXml, XmlError } from './xml.js';

/** Of a message, decoded and inflated. */
export const MOST_BYTES = 256 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Which elements may stand in which, and how often. What is not listed is refused, which leaves a second assertion, a second signature, or
 * a signed element that was moved aside (signature wrapping) no place to stand in.
 */
const CONTENT: Record<string, Record<string, 'ONE' | 'OPTIONAL' | 'ANY'>> = {
  'samlp:Response': {
    'saml:Issuer': 'OPTIONAL',
    'ds:Signature': 'OPTIONAL',
    'samlp:Status': 'ONE',
    'saml:Assertion': 'OPTIONAL',
  },
  'samlp:Status': { 'samlp:StatusCode': 'ONE', 'samlp:StatusMessage': 'OPTIONAL' },
  'samlp:StatusCode': { 'samlp:StatusCode': 'OPTIONAL' },
  'saml:Assertion': {
    'saml:Issuer': 'ONE',
    'ds:Signature': 'OPTIONAL',
    'saml:Subject': 'ONE',
    'saml:Conditions': 'ONE',
    'saml:AuthnStatement': 'ONE',
    'saml:AttributeStatement': 'ANY',
  },
  'saml:Subject': { 'saml:NameID': 'OPTIONAL', 'saml:SubjectConfirmation': 'ONE' },
  'saml:SubjectConfirmation': { 'saml:SubjectConfirmationData': 'ONE' },
  'saml:Conditions': {
    'saml:AudienceRestriction': 'ANY',
    'saml:OneTimeUse': 'OPTIONAL',
    'saml:ProxyRestriction': 'OPTIONAL',
  },
  'saml:AudienceRestriction': { 'saml:Audience': 'ANY' },
  'saml:ProxyRestriction': { 'saml:Audience': 'ANY' },
  'saml:AuthnStatement': { 'saml:SubjectLocality': 'OPTIONAL', 'saml:AuthnContext': 'ONE' },
  'saml:AuthnContext': {
    'saml:AuthnContextClassRef': 'OPTIONAL',
    'saml:AuthnContextDeclRef': 'OPTIONAL',
    'saml:AuthenticatingAuthority': 'ANY',
  },
  'saml:AttributeStatement': { 'saml:Attribute': 'ANY' },
  'saml:Attribute': { 'saml:AttributeValue': 'ANY' },
  'saml:AttributeValue': { 'saml:NameID': 'ANY' },
  'samlp:LogoutRequest': {
    'saml:Issuer': 'ONE',
    'ds:Signature': 'OPTIONAL',
    'saml:NameID': 'ONE',
    'samlp:SessionIndex': 'ANY',
  },
  'ds:Signature': { 'ds:SignedInfo': 'ONE', 'ds:SignatureValue': 'ONE', 'ds:KeyInfo': 'OPTIONAL' },
  'ds:SignedInfo': { 'ds:CanonicalizationMethod': 'ONE', 'ds:SignatureMethod': 'ONE', 'ds:Reference': 'ONE' },
  'ds:CanonicalizationMethod': { 'ec:InclusiveNamespaces': 'OPTIONAL' },
  'ds:Reference': { 'ds:Transforms': 'ONE', 'ds:DigestMethod': 'ONE', 'ds:DigestValue': 'ONE' },
  'ds:Transforms': { 'ds:Transform': 'ANY' },
  'ds:Transform': { 'ec:InclusiveNamespaces': 'OPTIONAL' },
  'ds:KeyInfo': { 'ds:X509Data': 'ANY', 'ds:KeyValue': 'OPTIONAL', 'ds:KeyName': 'OPTIONAL' },
  'ds:X509Data': {
    'ds:X509Certificate': 'ANY',
    'ds:X509SubjectName': 'OPTIONAL',
    'ds:X509IssuerSerial': 'OPTIONAL',
    'ds:X509SKI': 'OPTIONAL',
  },
  'ds:X509IssuerSerial': { 'ds:X509IssuerName': 'ONE', 'ds:X509SerialNumber': 'ONE' },
  'ds:KeyValue': { 'ds:RSAKeyValue': 'OPTIONAL' },
  'ds:RSAKeyValue': { 'ds:Modulus': 'ONE', 'ds:Exponent': 'ONE' },
};
/** What a signature can refer to by its ID. */
const HAS_ID = new Set(['samlp:Response', 'saml:Assertion', 'samlp:LogoutRequest']);
const DEEPEST = 12;

/** Only what is not broken, and exclusive canonicalization, which is what SAML asks for (SAML Core §5.4.3). */
const ALGORITHMS: Record<string, readonly string[]> = {
  'ds:CanonicalizationMethod': [NAMESPACES.ec],
  'ds:SignatureMethod': [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ],
  'ds:DigestMethod': ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
  'ds:Transform': [`${NAMESPACES.ds}enveloped-signature`, NAMESPACES.ec],
};

/** A message that is built as it must be; whether what it says is true is not known yet. */
export interface SamlMessage {
  root: Element;
  /** The very text that `root` was read from. */
  xml: string;
}

/** @throws SsoRefusal (MALFORMED): no base64, too large, not UTF-8 */
export function decodeMessage(text: string): Buffer {
  const compact = text.replace(/\s+/g, '');
  if (compact.length > MOST_BYTES * 1.5) throw malformed('The message is larger than 256 kB.');
  if (!BASE64.test(compact)) throw malformed('The message is not in base64.');
  return Buffer.from(compact, 'base64');
}

/**
 * Reads a message whose every element and algorithm is one that is allowed where it stands, and whose signatures, if it has any, each refer to the
 * element around them.
 *
 * @throws SsoRefusal (MALFORMED, ENCRYPTED, SIGNATURE)
 */
export function readMessage(bytes: Buffer, rootName: 'samlp:Response' | 'samlp:LogoutRequest'): SamlMessage {
  if (bytes.length > MOST_BYTES) throw malformed('The message is larger than 256 kB.');
  // One way of ending lines before anybody reads it, as XML wants it (XML 1.0 §2.11).
  const xml = utf8(bytes).replace(/\r\n?/g, '\n');
  const root = rootOf(xml);
  if (nameOf(root) !== rootName) throw malformed(`The message is no ${rootName}.`);
  const ids = new Set<string>();
  check(root, ids, 0);
  return { root, xml };
}

function utf8(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw malformed('The message is not in UTF-8.');
  }
}

function rootOf(xml: string): Element {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof XmlError) throw malformed(`The message cannot be read: ${error.message}.`);
    throw error;
  }
}

function check(element: Element, ids: Set<string>, depth: number): void {
  const name = nameOf(element);
  if (depth > DEEPEST) throw malformed('The message is nested too deep.');
  checkIds(element, name, ids);
  const algorithms = ALGORITHMS[name];
  if (algorithms && !algorithms.includes(attributeOf(element, 'Algorithm') ?? ''))
    throw new SsoRefusal('SIGNATURE', `The signature has an algorithm that is not allowed, in ${name}.`);
  const content = CONTENT[name] ?? {};
  const counts = new Map<string, number>();
  for (const child of childrenOf(element)) {
    const childName = nameOf(child);
    if (
      childName === 'saml:EncryptedAssertion' ||
      childName === 'saml:EncryptedID' ||
      childName === 'saml:EncryptedAttribute'
    )
      throw new SsoRefusal(
        'ENCRYPTED',
        'The assertion, or a part of it, is encrypted: encryption must be off at the provider.',
      );
    if (!Object.hasOwn(content, childName)) throw malformed(`${name} has an element that may not be in it.`);
    counts.set(childName, (counts.get(childName) ?? 0) + 1);
    check(child, ids, depth + 1);
  }
  for (const [childName, often] of Object.entries(content)) {
    const count = counts.get(childName) ?? 0;
    if (often !== 'ANY' && (count > 1 || (often === 'ONE' && count === 0)))
      throw malformed(`${name} has ${count} ${childName}.`);
  }
  if (name === 'ds:Signature') checkSignature(element);
}

/** An ID is written in the one way that SAML knows, where SAML has one, and once: or two readers could find two elements by it. */
function checkIds(element: Element, name: string, ids: Set<string>): void {
  for (const attribute of Array.from(element.attributes)) {
    const isId = attribute.name === 'ID' && HAS_ID.has(name);
    if (!isId && attribute.localName?.toLowerCase() === 'id')
      throw malformed(`${name} has an ID in a form that is not SAML's.`);
  }
  if (!HAS_ID.has(name)) return;
  const id = attributeOf(element, 'ID') ?? '';
  if (!/^[A-Za-z_][\w.-]{0,255}$/.test(id) || ids.has(id)) throw malformed(`${name} has no ID of its own.`);
  ids.add(id);
  if (attributeOf(element, 'Version') !== '2.0') throw malformed(`${name} is not of SAML 2.0.`);
}

function checkSignature(signature: Element): void {
  const signed = signature.parentNode as Element;
  const reference = childrenOf(onlyChild(signature, 'ds:SignedInfo')!, 'ds:Reference')[0]!;
  if (attributeOf(reference, 'URI') !== `#${attributeOf(signed, 'ID')}`)
    throw new SsoRefusal('SIGNATURE', 'The signature is not of the element that it stands in.');
  const transforms = childrenOf(onlyChild(reference, 'ds:Transforms')!).map((each) => attributeOf(each, 'Algorithm'));
  if (transforms.join(' ') !== ALGORITHMS['ds:Transform']!.join(' '))
    throw new SsoRefusal('SIGNATURE', 'The signature has other transforms than those of SAML.');
}

export const malformed = (detail: string) => new SsoRefusal('MALFORMED', detail);
