import { createSign, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { SamlServiceProvider } from '#core-api/domain/ports.js';
import { aSigningKey, type SigningKey } from './certificate.js';

/*
 * A SAML 2.0 identity provider whose key is ours, so that it can say and sign whatever a test wants it to: in process, or as an HTTP server
 * that people and browsers can use. What it builds by default is right; every part of it can be given otherwise.
 */

export interface SamlUser {
  nameId: string;
  attributes?: Record<string, string | string[]>;
}

export interface ResponseParts {
  sp: SamlServiceProvider;
  user: SamlUser;
  /** The AuthnRequest that it answers; null: none. */
  inResponseTo: string | null;
  now?: Date;
  issuer?: string;
  responseIssuer?: string | null;
  destination?: string | null;
  recipient?: string | null;
  audience?: string | null;
  /** Of the assertion's own, where it is another than the response's. */
  subjectInResponseTo?: string | null;
  notBefore?: Date | null;
  notOnOrAfter?: Date | null;
  /** Of the subject's confirmation. */
  confirmedUntil?: Date | null;
  conditions?: string;
  status?: string;
  nameIdFormat?: string | null;
  nameId?: string;
  authnInstant?: Date;
  sessionIndex?: string | null;
  responseId?: string;
  assertionId?: string;
}

export interface Signing {
  key?: SigningKey;
  signatureAlgorithm?: string;
  digestAlgorithm?: string;
  canonicalization?: string;
  transforms?: string[];
  /** Signs by HMAC with this text as the secret. */
  hmacSecret?: string;
}

export interface LogoutParts {
  sp: SamlServiceProvider;
  nameId: string;
  sessionIndexes?: string[];
  now?: Date;
  issuer?: string;
  destination?: string | null;
  id?: string;
  notOnOrAfter?: Date | null;
}

const SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const HMAC_SHA1 = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1';
const XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';

export class SamlIdp {
  readonly key: SigningKey;
  readonly users: SamlUser[];
  /** Set by `listen`. */
  url: string;
  entityId: string;
  private server: Server | null = null;

  constructor(options: { entityId?: string; key?: SigningKey; users?: SamlUser[] } = {}) {
    this.key = options.key ?? aSigningKey();
    this.url = 'https://idp.example';
    this.entityId = options.entityId ?? `${this.url}/metadata`;
    this.users = options.users ?? [];
  }

  /** `config` of a connection to it. */
  get config() {
    return {
      issuer: this.entityId,
      entryPoint: `${this.url}/sso`,
      logoutUrl: `${this.url}/slo`,
      certificates: [this.key.certificate],
    };
  }

  get metadata(): string {
    return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${escaped(this.entityId)}">
  <md:IDPSSODescriptor protocolSupportEnumeration="${SAMLP}" WantAuthnRequestsSigned="false">
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(this.key.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${escaped(this.url)}/slo"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${escaped(this.url)}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
  }

  /** A response, not signed. */
  response(parts: ResponseParts): string {
    const { sp, user, inResponseTo } = parts;
    const now = parts.now ?? new Date();
    const until = parts.notOnOrAfter === undefined ? minutes(now, 5) : parts.notOnOrAfter;
    const audience = parts.audience === undefined ? sp.entityId : parts.audience;
    const restriction =
      audience === null
        ? ''
        : `<saml:AudienceRestriction><saml:Audience>${escaped(audience)}</saml:Audience></saml:AudienceRestriction>`;
    const conditions =
      parts.conditions ??
      `<saml:Conditions${instant('NotBefore', parts.notBefore === undefined ? minutes(now, -5) : parts.notBefore)}${instant('NotOnOrAfter', until)}>${restriction}</saml:Conditions>`;
    const confirmation = [
      attribute('Recipient', parts.recipient === undefined ? sp.acsUrl : parts.recipient),
      instant('NotOnOrAfter', parts.confirmedUntil === undefined ? minutes(now, 5) : parts.confirmedUntil),
      attribute('InResponseTo', parts.subjectInResponseTo === undefined ? inResponseTo : parts.subjectInResponseTo),
    ].join('');
    const format =
      parts.nameIdFormat === undefined ? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified' : parts.nameIdFormat;
    const issuer = parts.issuer ?? this.entityId;
    const responseIssuer = parts.responseIssuer === undefined ? issuer : parts.responseIssuer;
    const assertion = `<saml:Assertion xmlns:saml="${SAML}" ID="${parts.assertionId ?? newId()}" Version="2.0"${instant('IssueInstant', now)}><saml:Issuer>${escaped(issuer)}</saml:Issuer><saml:Subject><saml:NameID${attribute('Format', format)}>${parts.nameId ?? escaped(user.nameId)}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData${confirmation}/></saml:SubjectConfirmation></saml:Subject>${conditions}<saml:AuthnStatement${instant('AuthnInstant', parts.authnInstant ?? now)}${attribute('SessionIndex', parts.sessionIndex === undefined ? newId() : parts.sessionIndex)}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${statementOf(user)}</saml:Assertion>`;
    const status = parts.status ?? 'urn:oasis:names:tc:SAML:2.0:status:Success';
    return `<samlp:Response xmlns:samlp="${SAMLP}" xmlns:saml="${SAML}" ID="${parts.responseId ?? newId()}" Version="2.0"${instant('IssueInstant', now)}${attribute('Destination', parts.destination === undefined ? sp.acsUrl : parts.destination)}${attribute('InResponseTo', inResponseTo)}>${responseIssuer === null ? '' : `<saml:Issuer>${escaped(responseIssuer)}</saml:Issuer>`}<samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>${assertion}</samlp:Response>`;
  }

  /** A response with its assertion signed, in base64: what a browser posts. */
  answer(parts: ResponseParts, signing: Signing = {}): string {
    return base64(this.sign(this.response(parts), 'Assertion', signing));
  }

  /** Signs the first element of that local name, with the signature behind its Issuer. */
  sign(xml: string, element: 'Assertion' | 'Response' | 'LogoutRequest', signing: Signing = {}): string {
    const key = signing.key ?? this.key;
    const signer = new SignedXml({
      privateKey: signing.hmacSecret ?? key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicCert: signing.hmacSecret === undefined ? key.certificate : undefined,
      signatureAlgorithm: signing.hmacSecret === undefined ? (signing.signatureAlgorithm ?? RSA_SHA256) : HMAC_SHA1,
      canonicalizationAlgorithm: signing.canonicalization ?? EXCLUSIVE,
    });
    if (signing.hmacSecret !== undefined) signer.enableHMAC();
    // Signed truly, by transforms that do nothing: so that only a list of what is allowed can refuse them.
    for (const name of [XSLT, XPATH]) signer.CanonicalizationAlgorithms[name] = nothing(name);
    const xpath = `(//*[local-name(.)='${element}'])[1]`;
    signer.addReference({
      xpath,
      transforms: signing.transforms ?? [ENVELOPED, EXCLUSIVE],
      digestAlgorithm: signing.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signer.computeSignature(xml, {
      prefix: 'ds',
      location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
    });
    return signer.getSignedXml();
  }

  /** A log-out request, not signed. */
  logoutRequest(parts: LogoutParts): string {
    const now = parts.now ?? new Date();
    const indexes = (parts.sessionIndexes ?? []).map(
      (each) => `<samlp:SessionIndex>${escaped(each)}</samlp:SessionIndex>`,
    );
    return `<samlp:LogoutRequest xmlns:samlp="${SAMLP}" xmlns:saml="${SAML}" ID="${parts.id ?? newId()}" Version="2.0"${instant('IssueInstant', now)}${attribute('Destination', parts.destination === undefined ? parts.sp.sloUrl : parts.destination)}${instant('NotOnOrAfter', parts.notOnOrAfter === undefined ? minutes(now, 5) : parts.notOnOrAfter)}><saml:Issuer>${escaped(parts.issuer ?? this.entityId)}</saml:Issuer><saml:NameID>${escaped(parts.nameId)}</saml:NameID>${indexes.join('')}</samlp:LogoutRequest>`;
  }

  /** The query of the redirect binding, signed as a whole (SAML Bindings §3.4.4.1). */
  redirectQuery(
    xml: string,
    options: { relayState?: string; privateKey?: KeyObject; algorithm?: string } = {},
  ): string {
    const algorithm = options.algorithm ?? RSA_SHA256;
    const parameters = [
      ['SAMLRequest', deflateRawSync(xml).toString('base64')],
      ...(options.relayState === undefined ? [] : [['RelayState', options.relayState]]),
      ['SigAlg', algorithm],
    ];
    const signed = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join('&');
    const hash = algorithm.endsWith('sha1') ? 'sha1' : 'sha256';
    const signature = createSign(hash)
      .update(signed)
      .sign(options.privateKey ?? this.key.privateKey, 'base64');
    return `${signed}&Signature=${encodeURIComponent(signature)}`;
  }

  /** Serves `/metadata`, `/sso` and `/slo`; with `user=` in its query, `/sso` asks nobody. Its entity id becomes that of its metadata. */
  async listen(port = 0, host = 'localhost'): Promise<this> {
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(String(error));
      });
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
    this.server = server;
    this.url = `http://${host}:${(server.address() as AddressInfo).port}`;
    this.entityId = `${this.url}/metadata`;
    return this;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(null)));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const fields = url.searchParams;
    if (request.method === 'POST')
      for (const [name, value] of new URLSearchParams(await bodyOf(request))) fields.set(name, value);
    if (url.pathname === '/metadata')
      return void response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(this.metadata);
    if (url.pathname === '/slo') return sendPage(response, '<p>Signed out.</p>');
    if (url.pathname === '/sso') return sendPage(response, this.signInPage(fields));
    response.writeHead(404).end();
  }

  /** Whoever is chosen is signed in, as the request asks it or, without one, unasked at `acs` for `audience`. */
  private signInPage(fields: URLSearchParams): string {
    const wanted = fields.get('user');
    const user = this.users.find(({ nameId }) => nameId === wanted);
    if (!user) {
      const kept = ['SAMLRequest', 'RelayState', 'acs', 'audience'].map((name) => hidden(name, fields.get(name)));
      const buttons = this.users.map(
        ({ nameId }) => `<p><button name="user" value="${escaped(nameId)}">${escaped(nameId)}</button></p>`,
      );
      return `<h1>Who are you?</h1><form method="post" action="/sso">${kept.join('')}${buttons.join('')}</form>`;
    }
    const text = fields.get('SAMLRequest');
    const asked = text === null ? null : inflateRawSync(Buffer.from(text, 'base64')).toString('utf8');
    const acsUrl = asked === null ? fields.get('acs') : attributeIn(asked, 'AssertionConsumerServiceURL');
    const entityId = asked === null ? fields.get('audience') : />([^<]+)<\/(?:\w+:)?Issuer>/.exec(asked)?.[1];
    if (!acsUrl || !entityId) throw new Error('For whom? Send a SAMLRequest, or acs and audience.');
    const sp = { entityId, acsUrl, sloUrl: '' };
    const answer = this.answer({ sp, user, inResponseTo: asked === null ? null : attributeIn(asked, 'ID') });
    return `<form method="post" action="${escaped(acsUrl)}">${hidden('SAMLResponse', answer)}${hidden('RelayState', fields.get('RelayState'))}<button>Go on as ${escaped(user.nameId)}</button></form><script>document.forms[0].submit()</script>`;
  }
}

export const base64 = (xml: string) => Buffer.from(xml).toString('base64');
const newId = () => `_${randomUUID()}`;
const minutes = (from: Date, count: number) => new Date(from.getTime() + count * 60_000);
const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${escaped(value)}"`);
const instant = (name: string, date: Date | null) => attribute(name, date?.toISOString() ?? null);
const bare = (certificate: string) => certificate.replace(/-----[^-]+-----|\s/g, '');
const hidden = (name: string, value: string | null) =>
  value === null ? '' : `<input type="hidden" name="${name}" value="${escaped(value)}">`;
const attributeIn = (xml: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(xml)?.[1] ?? null;

function statementOf({ attributes }: SamlUser): string {
  const all = Object.entries(attributes ?? {}).map(([name, values]) => {
    const texts = [values].flat().map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`);
    return `<saml:Attribute Name="${escaped(name)}">${texts.join('')}</saml:Attribute>`;
  });
  return all.length === 0 ? '' : `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`;
}

function nothing(name: string) {
  return class {
    includeComments = false;
    process = (node: Node) => node;
    getAlgorithmName = () => name;
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function sendPage(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>Test identity provider</title><body>${body}</body></html>`);
}
