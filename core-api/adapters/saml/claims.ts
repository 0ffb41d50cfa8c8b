import type { AssertedIdentity, ClaimNames, SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { attributeOf, childrenOf, onlyChild } from './xml.js';

type Attributes = ReadonlyMap<string, readonly string[]>;

const FORMAT = 'urn:oasis:names:tc:SAML:';
const EMAIL_ADDRESS = `${FORMAT}1.1:nameid-format:emailAddress`;
const TRANSIENT = `${FORMAT}2.0:nameid-format:transient`;
const PERSISTENT = `${FORMAT}2.0:nameid-format:persistent`;

const XMLSOAP = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const MICROSOFT = 'http://schemas.microsoft.com/identity/claims';
/** The attributes that Okta, Entra ID, OneLogin, AD FS and the eduPerson schema send, in the order in which they are tried, whatever their case. */
const USUAL: Record<keyof ClaimNames, readonly string[]> = {
  userName: ['userName', `${XMLSOAP}/upn`, `${XMLSOAP}/name`, 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6'],
  externalId: ['externalId', `${MICROSOFT}/objectidentifier`],
  email: [
    'email',
    'mail',
    'emailAddress',
    'User.email',
    `${XMLSOAP}/emailaddress`,
    'urn:oid:0.9.2342.19200300.100.1.3',
  ],
  givenName: ['givenName', 'firstName', 'User.FirstName', `${XMLSOAP}/givenname`, 'urn:oid:2.5.4.42'],
  familyName: ['familyName', 'lastName', 'surname', 'sn', 'User.LastName', `${XMLSOAP}/surname`, 'urn:oid:2.5.4.4'],
  displayName: ['displayName', `${MICROSOFT}/displayname`, 'urn:oid:2.16.840.1.113730.3.1.241'],
  groups: [
    'groups',
    'group',
    'memberOf',
    'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    'http://schemas.xmlsoap.org/claims/Group',
    'urn:oid:1.3.6.1.4.1.5923.1.5.1.1',
  ],
};

/**
 * What a verified assertion says of whoever signed in, by the connection's own names of claims or, for those it does not name, the usual ones.
 *
 * @throws SsoRefusal (NO_SUBJECT)
 */
export function identityIn(assertion: Element, { claims, subjectAttribute }: SamlConfig): AssertedIdentity {
  const attributes = attributesIn(assertion);
  const of = (claim: keyof ClaimNames) => valuesOf(attributes, claims?.[claim] ? [claims[claim]] : USUAL[claim]);
  const one = (claim: keyof ClaimNames) => of(claim)[0] ?? null;
  const nameId = onlyChild(onlyChild(assertion, 'saml:Subject')!, 'saml:NameID');
  const format = nameId && attributeOf(nameId, 'Format');
  const subject = subjectAttribute ? valuesOf(attributes, [subjectAttribute]) : lastingName(nameId, format);
  // In most set-ups people sign in by their NameID; attributes called UPN or name help where it is opaque.
  const isUserName = format !== PERSISTENT && format !== TRANSIENT && !claims?.userName && !attributes.has('username');
  const name = nameId?.textContent?.trim() || null;
  return {
    subject: subjectOf(subject),
    userName: (isUserName ? name : null) ?? one('userName'),
    externalId: one('externalId'),
    email: one('email') ?? (format === EMAIL_ADDRESS && !claims?.email ? name : null),
    emailVerified: true,
    givenName: one('givenName'),
    familyName: one('familyName'),
    displayName: one('displayName'),
    groups: of('groups'),
    idpSession: null,
  };
}

/** A transient NameID is another one the next time, so nobody can be known by it. */
function lastingName(nameId: Element | null, format: string | null): string[] {
  return nameId?.textContent && format !== TRANSIENT ? [nameId.textContent] : [];
}

function subjectOf([subject, ...others]: string[]): string {
  if (subject === undefined || others.length > 0)
    throw new SsoRefusal('NO_SUBJECT', 'The assertion does not say by one lasting name whom it is about.');
  return subject;
}

/** The values that say something, by their attributes' names in small letters. */
function attributesIn(assertion: Element): Attributes {
  const attributes = new Map<string, string[]>();
  for (const attribute of childrenOf(assertion, 'saml:AttributeStatement').flatMap((each) => childrenOf(each))) {
    const texts = childrenOf(attribute).map(({ textContent }) => textContent?.trim() ?? '');
    const name = attributeOf(attribute, 'Name')?.toLowerCase() ?? '';
    const values = [...(attributes.get(name) ?? []), ...texts.filter((text) => text !== '')];
    if (values.length > 0) attributes.set(name, values);
  }
  return attributes;
}

/** Those of the first name that has any. */
function valuesOf(attributes: Attributes, names: readonly string[]): string[] {
  const found = names.map((name) => attributes.get(name.toLowerCase())).find((values) => values !== undefined);
  return [...(found ?? [])];
}
