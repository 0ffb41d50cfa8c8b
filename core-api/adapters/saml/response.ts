import { SAML } from '@node-saml/node-saml';
import type { SamlExpectation, SamlServiceProvider, VerifiedAssertion } from '#core-api/domain/ports.js';
import type { SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { certificatesOf, checkIssuer, checkNotAhead, checkNotOver, timeOf } from './checks.js';
import { identityIn } from './claims.js';
import { decodeMessage, malformed, readMessage, type SamlMessage } from './message.js';
import { attributeOf, childrenOf, onlyChild, parseXml } from './xml.js';

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/**
 * Takes a response, or says why not. node-saml verifies the signatures and gives back what they cover; everything that is believed is read from that,
 * and everything that SAML Profiles §4.1.4 asks of it is checked here.
 *
 * @throws SsoRefusal
 */
export async function verifyResponse(
  config: SamlConfig,
  sp: SamlServiceProvider,
  samlResponse: string,
  { requestId, now }: SamlExpectation,
): Promise<VerifiedAssertion> {
  const message = readMessage(decodeMessage(samlResponse), 'samlp:Response');
  checkStatus(message.root);
  const assertion = await verifiedAssertion(message, certificatesOf(config, now), sp);
  checkEnvelope(message.root, config, sp, requestId);

  checkIssuer(assertion, config);
  checkNotAhead(assertion, 'IssueInstant', now);
  const subject = onlyChild(assertion, 'saml:Subject')!;
  const confirmedUntil = checkConfirmation(onlyChild(subject, 'saml:SubjectConfirmation')!, sp, requestId, now);
  const validUntil = checkConditions(onlyChild(assertion, 'saml:Conditions')!, sp, now);
  const statement = onlyChild(assertion, 'saml:AuthnStatement')!;
  checkNotAhead(statement, 'AuthnInstant', now);
  if (attributeOf(statement, 'SessionNotOnOrAfter') !== null) checkNotOver(statement, 'SessionNotOnOrAfter', now);
  const authnInstant = timeOf(statement, 'AuthnInstant');
  if (!authnInstant) throw malformed('There is no AuthnInstant.');
  return {
    identity: { ...identityIn(assertion, config), idpSession: attributeOf(statement, 'SessionIndex') },
    assertionId: attributeOf(assertion, 'ID')!,
    notOnOrAfter: new Date(Math.min(confirmedUntil, validUntil)),
    authnInstant,
  };
}

function checkStatus(response: Element): void {
  const code = onlyChild(onlyChild(response, 'samlp:Status')!, 'samlp:StatusCode')!;
  if (attributeOf(code, 'Value') === `${STATUS}Success`) return;
  const [inner] = childrenOf(code, 'samlp:StatusCode');
  const said = [code, inner].map((each) => /^urn:oasis:names:tc:SAML:2\.0:status:(\w{1,40})$/.exec(codeOf(each))?.[1]);
  throw new SsoRefusal('IDP_ERROR', `The identity provider refused: ${said.filter(Boolean).join(', ') || 'unknown'}.`);
}

const codeOf = (status: Element | undefined) => (status && attributeOf(status, 'Value')) ?? '';

/** Every signature that is there must be good, and there must be one. */
async function verifiedAssertion(
  { root, xml }: SamlMessage,
  certificates: string[],
  sp: SamlServiceProvider,
): Promise<Element> {
  const assertion = onlyChild(root, 'saml:Assertion');
  if (!assertion) throw malformed('There is no assertion.');
  const isResponseSigned = onlyChild(root, 'ds:Signature') !== null;
  const isAssertionSigned = onlyChild(assertion, 'ds:Signature') !== null;
  if (!isResponseSigned && !isAssertionSigned) throw new SsoRefusal('SIGNATURE', 'Nothing is signed.');
  const saml = new SAML({
    idpCert: certificates,
    issuer: sp.entityId,
    callbackUrl: sp.acsUrl,
    wantAuthnResponseSigned: isResponseSigned,
    wantAssertionsSigned: isAssertionSigned,
    // By this process's clock; ours is the database's.
    acceptedClockSkewMs: -1,
    audience: false,
  });
  let verified: Element;
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') });
    verified = parseXml(profile!.getAssertionXml!());
  } catch (error) {
    // It reads the times before it gives back what is signed.
    if (error instanceof Error && error.message.startsWith('Error parsing'))
      throw malformed('A time that must be there is missing, or is none.');
    throw new SsoRefusal('SIGNATURE', 'The signature is not the identity provider’s, or not of what it stands in.');
  }
  if (attributeOf(verified, 'ID') !== attributeOf(assertion, 'ID'))
    throw new SsoRefusal('SIGNATURE', 'The signature is of another assertion.');
  return verified;
}

/** What the response says around the assertion, signed or not. */
function checkEnvelope(response: Element, config: SamlConfig, sp: SamlServiceProvider, requestId: string | null): void {
  if (onlyChild(response, 'saml:Issuer')) checkIssuer(response, config);
  const destination = attributeOf(response, 'Destination');
  // What is signed must say for whom it is (SAML Bindings §3.5.5.2).
  const isMissing = destination === null && onlyChild(response, 'ds:Signature') !== null;
  if (isMissing || (destination !== null && destination !== sp.acsUrl))
    throw new SsoRefusal('DESTINATION', 'The response is for another address.');
  checkInResponseTo(response, requestId);
}

function checkInResponseTo(element: Element, requestId: string | null): void {
  if (attributeOf(element, 'InResponseTo') !== requestId)
    throw new SsoRefusal('OTHER_REQUEST', 'The response answers another request, or none where one was made.');
}

function checkConfirmation(
  confirmation: Element,
  sp: SamlServiceProvider,
  requestId: string | null,
  now: Date,
): number {
  if (attributeOf(confirmation, 'Method') !== BEARER) throw malformed('The subject is not confirmed for its bearer.');
  const data = onlyChild(confirmation, 'saml:SubjectConfirmationData')!;
  if (attributeOf(data, 'Recipient') !== sp.acsUrl)
    throw new SsoRefusal('RECIPIENT', 'The assertion is for another address.');
  checkInResponseTo(data, requestId);
  checkNotAhead(data, 'NotBefore', now);
  return checkNotOver(data, 'NotOnOrAfter', now);
}

function checkConditions(conditions: Element, sp: SamlServiceProvider, now: Date): number {
  const restrictions = childrenOf(conditions, 'saml:AudienceRestriction');
  const isForUs = (restriction: Element) =>
    childrenOf(restriction, 'saml:Audience').some(({ textContent }) => textContent === sp.entityId);
  if (restrictions.length === 0 || !restrictions.every(isForUs))
    throw new SsoRefusal('AUDIENCE', 'The assertion is for another audience, or for any.');
  checkNotAhead(conditions, 'NotBefore', now);
  return checkNotOver(conditions, 'NotOnOrAfter', now);
}
