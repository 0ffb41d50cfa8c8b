import { createVerify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { SAML } from '@node-saml/node-saml';
import type { SamlLogoutMessage, SamlServiceProvider, VerifiedLogout } from '#core-api/domain/ports.js';
import type { SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { certificatesOf, checkIssuer, checkNotAhead, checkNotOver, SKEW_MS, timeOf } from './checks.js';
import { decodeMessage, MOST_BYTES, malformed, readMessage, type SamlMessage } from './message.js';
import { attributeOf, childrenOf, onlyChild } from './xml.js';

/** For how long a request is good that does not say it. */
const MOST_AGE_MS = 300_000;
const HASHES: Record<string, string> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'RSA-SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'RSA-SHA512',
};

/**
 * Takes a log-out request that its identity provider signed (SAML Profiles §4.4.4.1): in its XML when it is posted, as a query when it is a redirect.
 *
 * @throws SsoRefusal
 */
export async function verifyLogoutRequest(
  config: SamlConfig,
  sp: SamlServiceProvider,
  message: SamlLogoutMessage,
  now: Date,
): Promise<VerifiedLogout> {
  const certificates = certificatesOf(config, now);
  const root =
    message.binding === 'POST'
      ? await verifiedPost(readMessage(decodeMessage(message.samlRequest), 'samlp:LogoutRequest'), certificates, sp)
      : verifiedRedirect(message.query, certificates);
  checkIssuer(root, config);
  if (attributeOf(root, 'Destination') !== sp.sloUrl)
    throw new SsoRefusal('DESTINATION', 'The log-out request is for another address.');
  checkNotAhead(root, 'IssueInstant', now);
  const name = onlyChild(root, 'saml:NameID')!.textContent;
  return {
    requestId: attributeOf(root, 'ID')!,
    subject: config.subjectAttribute ? null : name,
    sessionIndexes: childrenOf(root, 'samlp:SessionIndex').map(({ textContent }) => textContent ?? ''),
    notOnOrAfter: new Date(
      attributeOf(root, 'NotOnOrAfter') === null ? notTooOld(root, now) : checkNotOver(root, 'NotOnOrAfter', now),
    ),
  };
}

function notTooOld(root: Element, now: Date): number {
  const issued = timeOf(root, 'IssueInstant');
  if (!issued) throw malformed('There is no IssueInstant.');
  const last = issued.getTime() + MOST_AGE_MS + SKEW_MS;
  if (now.getTime() >= last) throw new SsoRefusal('EXPIRED', 'The log-out request is too old.');
  return last;
}

/** What is read is the element that is signed: the only one that may carry the signature, and the whole message. */
async function verifiedPost(
  { root, xml }: SamlMessage,
  certificates: string[],
  sp: SamlServiceProvider,
): Promise<Element> {
  if (!onlyChild(root, 'ds:Signature')) throw new SsoRefusal('SIGNATURE', 'The log-out request is not signed.');
  const saml = new SAML({
    idpCert: certificates,
    issuer: sp.entityId,
    callbackUrl: sp.sloUrl,
    acceptedClockSkewMs: -1,
  });
  try {
    await saml.validatePostRequestAsync({ SAMLRequest: Buffer.from(xml).toString('base64') });
  } catch {
    throw new SsoRefusal('SIGNATURE', 'The signature is not the identity provider’s, or not of the log-out request.');
  }
  return root;
}

/** The signature is over the text of three parameters as they were sent, in this order (SAML Bindings §3.4.4.1). node-saml would take one that is not signed. */
function verifiedRedirect(query: string, certificates: string[]): Element {
  const sent = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    const [name = ''] = pair.split('=', 1);
    sent.set(name, [...(sent.get(name) ?? []), pair]);
  }
  const only = (name: string) => {
    const pairs = sent.get(name) ?? [];
    if (pairs.length > 1) throw malformed(`There are several ${name}.`);
    return pairs[0] ?? null;
  };
  const parameters = [only('SAMLRequest'), only('RelayState'), only('SigAlg')];
  const hash = HASHES[decoded(parameters[2]!)];
  const signature = Buffer.from(decoded(only('Signature')), 'base64');
  const text = parameters.filter((pair) => pair !== null).join('&');
  const isGood = (certificate: string) => createVerify(hash!).update(text).verify(certificate, signature);
  if (hash === undefined || !certificates.some(isGood))
    throw new SsoRefusal('SIGNATURE', 'The log-out request is not signed by its identity provider.');
  const { root } = readMessage(inflated(decodeMessage(decoded(parameters[0]!))), 'samlp:LogoutRequest');
  return root;
}

function decoded(pair: string | null): string {
  try {
    return decodeURIComponent((pair ?? '').replace(/^[^=]*=?/, '').replaceAll('+', ' '));
  } catch {
    throw malformed('The query is not encoded as one.');
  }
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    throw malformed('The log-out request cannot be inflated, or is larger than 256 kB.');
  }
}
