import type { AssertedIdentity, OidcConfig, SamlConfig } from './sso/connection-config.js';

/*
 * What the domain needs of the world outside, and the adapters give it.
 */

/** Rollcall as one SAML connection knows it: every connection has addresses, and so an audience, of its own. */
export interface SamlServiceProvider {
  entityId: string;
  acsUrl: string;
  sloUrl: string;
}

/** What an identity provider's metadata say of it. */
export type SamlIdpMetadata = Pick<SamlConfig, 'issuer' | 'entryPoint' | 'certificates'> & { logoutUrl: string | null };

export interface SamlExpectation {
  /** The AuthnRequest that it must answer; null: it must answer none. */
  requestId: string | null;
  /** The database's clock. */
  now: Date;
}

export interface VerifiedAssertion {
  identity: AssertedIdentity;
  /** Until `notOnOrAfter` it must not be taken again. */
  assertionId: string;
  /** With the skew that is allowed. */
  notOnOrAfter: Date;
  /** When the person proved to be there. */
  authnInstant: Date;
}

/** A log-out request as it came. */
export type SamlLogoutMessage =
  | { binding: 'POST'; samlRequest: string }
  /** The query as it was sent, undecoded: its very text is signed. */
  | { binding: 'REDIRECT'; query: string };

export interface VerifiedLogout {
  requestId: string;
  /** Null where the connection's subject is not the NameID: then only `sessionIndexes` say whose it is. */
  subject: string | null;
  /** None: all sessions of the subject. */
  sessionIndexes: string[];
  /** Until then it must not be taken again; with the skew that is allowed. */
  notOnOrAfter: Date;
}

/** SAML 2.0 web sign-in and log-out (SAML Profiles §4.1, §4.4). */
export interface SamlPort {
  /** @throws INVALID_VALUE (metadata): what it says why. */
  parseIdpMetadata(xml: string): SamlIdpMetadata;
  /** The service provider's own metadata. */
  metadata(sp: SamlServiceProvider): string;
  /** @returns where to send the browser, and the ID of the AuthnRequest. */
  begin(
    config: SamlConfig,
    sp: SamlServiceProvider,
    request: { relayState: string; forceAuthn: boolean; loginHint: string | null },
  ): Promise<{ url: string; requestId: string }>;
  /**
   * Whether it was taken before is the caller's to know.
   *
   * @param samlResponse the form field, in base64
   * @throws SsoRefusal
   */
  verify(
    config: SamlConfig,
    sp: SamlServiceProvider,
    samlResponse: string,
    expected: SamlExpectation,
  ): Promise<VerifiedAssertion>;
  /** @throws SsoRefusal */
  verifyLogout(
    config: SamlConfig,
    sp: SamlServiceProvider,
    message: SamlLogoutMessage,
    now: Date,
  ): Promise<VerifiedLogout>;
  /** @returns where to send the browser with the LogoutResponse; null where the identity provider takes none. */
  answerLogout(
    config: SamlConfig,
    sp: SamlServiceProvider,
    answer: { requestId: string; relayState: string | null },
  ): Promise<string | null>;
}

/**
 * The texts of the TXT records of a name in DNS, each as one; none when the name or its records do not exist.
 *
 * @throws when there was no such answer: in time, or at all.
 */
export type LookUpTxt = (name: string) => Promise<string[]>;

/** Rollcall as one OIDC connection's provider knows it. */
export interface OidcClient {
  config: OidcConfig;
  /** Null: a public client, by PKCE alone. */
  clientSecret: string | null;
  redirectUri: string;
}

/** What one sign-in is known again by. */
export interface OidcSecrets {
  state: string;
  nonce: string;
  codeVerifier: string;
  /** Whether the person has to prove anew to be there: refused of a provider whose ID tokens have no `auth_time`. */
  isForced: boolean;
}

/** Sign-in by OpenID Connect: the authorisation code flow with PKCE (OpenID Connect Core §3.1). */
export interface OidcPort {
  /** @returns where to send the browser. @throws SsoRefusal (IDP_UNREACHABLE, ISSUER, MALFORMED) */
  begin(client: OidcClient, secrets: OidcSecrets, loginHint: string | null): Promise<string>;
  /**
   * Trades the code in and checks what comes for it. Whether the state was taken before is the caller's to know.
   *
   * @param query what the browser came back with
   * @param now the database's clock
   * @throws SsoRefusal
   */
  complete(client: OidcClient, secrets: OidcSecrets, query: URLSearchParams, now: Date): Promise<AssertedIdentity>;
}

export interface OutboundRequest {
  url: string;
  /** Left out: GET. */
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** The longest answer that is read, in bytes; left out: 64 kB. */
  mostBytes?: number;
}

export interface OutboundAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** The one way out to addresses that customers name: metadata, keys, endpoints. */
export interface OutboundHttp {
  /**
   * Looks at what is written, and asks nobody: for the moment in which an address is saved.
   *
   * @throws OutboundError (URL, ADDRESS)
   */
  check(url: string): URL;
  /**
   * Sends one request and reads the whole answer, whatever its status, but for a redirect.
   *
   * @throws OutboundError
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

/**
 * Why a request to a customer's address was not made, or brought nothing. The message is for whoever named the address, and says nothing of what
 * is behind it.
 *
 * URL: not one that requests are sent to. ADDRESS: where it leads to is not for customers. FAILED: no connection, or no HTTP.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly reason: 'URL' | 'ADDRESS' | 'REDIRECT' | 'TIMEOUT' | 'TOO_LARGE' | 'FAILED',
    message: string,
  ) {
    super(message);
  }
}

export interface Mail {
  /** One address. */
  to: string;
  /** One line. */
  subject: string;
  /** Plain text. */
  text: string;
}

/** Sends mails, each once: it keeps nothing, so that no link that lets somebody in lies in a queue. */
export interface Mailer {
  /** False where nobody said by what server: then no way that needs a mail is offered. */
  readonly isAvailable: boolean;
  /** Resolves once the server has taken it. @throws what the server or the network says */
  send(mail: Mail): Promise<void>;
}
