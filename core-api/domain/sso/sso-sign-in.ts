import type { Database } from '#core-api/persistence/database.js';
import type { SsoPurpose } from '#core-api/persistence/entities/sign-in.js';
import { SsoConnection } from '#core-api/persistence/entities/sso-connection.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { inRecordTransaction, logChanges } from '../admin-record.js';
import type { OidcClient, OidcPort, SamlPort } from '../ports.js';
import { countAttempt, takeBack } from '../sign-in/attempts.js';
import { type OpenedSession, type Visitor, visitorActor } from '../sign-in/sessions.js';
import { admit } from './admission.js';
import { connectionAddresses } from './connection-addresses.js';
import { type AssertedIdentity, isComplete, type OidcConfig, type SamlConfig } from './connection-config.js';
import { SsoRefusal } from './refusal.js';
import { noteRefusal } from './refused-sign-in.js';
import {
  type ConnectionKey,
  findUsableConnection,
  isFirstSeen,
  openSsoRequest,
  randomText,
  type SsoRequest,
  takeSsoRequest,
  type UsableConnection,
} from './sso-requests.js';

interface Parts {
  db: Database;
  keyRing: KeyRing;
  saml: SamlPort;
  oidc: OidcPort;
  /** Where people reach the core; without a slash at its end. */
  coreUrl: () => string;
}

/** A sign-in that is about to be sent to an identity provider. */
export interface Departure {
  purpose: SsoPurpose;
  /** Who the browser is signed in as; a step-up and a test need somebody. */
  actor: CompanyActor | null;
  /** The text of the browser's session: it ends when the new one begins. */
  session: string | null;
  /** What the browser's cookie holds. */
  browser: string;
  loginHint: string | null;
  returnTo: string | null;
  visitor: Visitor;
}

/** What came back. */
export interface Return {
  /** RelayState or `state`; null: none. */
  state: string | null;
  browser: string | null;
  session: string | null;
  visitor: Visitor;
}

/** What a protocol made of it, when every check of the protocol has passed. */
export interface Verified {
  identity: AssertedIdentity;
  /** When the person proved to be there; null: that is known from the request. */
  authnInstant: Date | null;
  /** What may be shown once, and until when it would be good; null: the protocol sees to that. */
  once: { id: string; until: Date } | null;
}

export type SsoOutcome =
  | { kind: 'SIGNED_IN'; session: OpenedSession; returnTo: string | null }
  | { kind: 'TESTED'; identity: AssertedIdentity | null; refusal: SsoRefusal | null }
  | { kind: 'REFUSED'; isMalformed: boolean };

const SKEW_MS = 120_000;
const REFUSED = { kind: 'REFUSED', isMalformed: false } as const;

/** Single sign-on from the browser's side, by whichever protocol: off to the identity provider, and back through the gate. */
export class SsoSignIn {
  constructor(private readonly parts: Parts) {}

  /**
   * Where to send the browser, or what is to be said to it: nobody can sign in by that connection, or its provider is not to be reached.
   *
   * @throws FORBIDDEN (a test, by whoever may not change connections) | TOO_MANY_ATTEMPTS
   */
  async begin(key: ConnectionKey, departure: Departure): Promise<string | SsoOutcome> {
    const { db, keyRing } = this.parts;
    const connection = await findUsableConnection(db, key);
    const { purpose, actor, visitor } = departure;
    if (purpose === 'TEST' && actor) requirePermission(actor, 'sso:write');
    const isTheirs = purpose === 'SIGN_IN' || actor?.companyId === key.companyId;
    if (!connection || !isTheirs || !(connection.isOpen || purpose === 'TEST')) return REFUSED;
    if (!isComplete(connection.kind, connection.config, connection.now)) return REFUSED;
    await countAttempt(db, 'SSO_START', null, visitor);
    const state = randomText();
    const userId = purpose === 'SIGN_IN' ? null : (actor?.userId ?? null);
    try {
      const { url, requestId, secrets } = await this.requestOf(connection, key, state, departure);
      await openSsoRequest(db, keyRing, key, {
        ...{ purpose, userId, state, browser: departure.browser, requestId, returnTo: departure.returnTo },
        // An identity provider's post comes without the session's cookie, which is for our own pages' requests.
        secrets: { ...secrets, replaces: departure.session },
      });
      return url;
    } catch (error) {
      if (!(error instanceof SsoRefusal)) throw error;
      if (purpose === 'TEST') return this.tested(connection, { userId }, visitor, null, error);
      // Anybody can come here: each address fills the log only so far.
      await countAttempt(db, 'SSO', null, visitor);
      await noteRefusal(db, visitor, { ...key, reason: error.reason, detail: error.detail });
      return REFUSED;
    }
  }

  /** What the protocol sends, and what has to be kept for the answer. @throws SsoRefusal */
  private async requestOf(
    connection: UsableConnection,
    key: ConnectionKey,
    state: string,
    { purpose, loginHint }: Departure,
  ): Promise<{ url: string; requestId: string | null; secrets: Record<string, unknown> }> {
    const { saml, oidc } = this.parts;
    const isForced = purpose === 'STEP_UP';
    if (connection.kind === 'OIDC') {
      const secrets = { nonce: randomText(), codeVerifier: randomText() };
      const url = await oidc.begin(this.oidcClientOf(connection), { ...secrets, state, isForced }, loginHint);
      return { url, requestId: null, secrets };
    }
    const request = { relayState: state, forceAuthn: isForced, loginHint };
    return { ...(await saml.begin(samlConfigOf(connection), this.addressesOf(key), request)), secrets: {} };
  }

  /** The service provider's metadata for a SAML connection, be it still a draft; null for any other. */
  async samlMetadata(key: ConnectionKey): Promise<string | null> {
    const connection = await findUsableConnection(this.parts.db, key);
    return connection?.kind === 'SAML' ? this.parts.saml.metadata(this.addressesOf(key)) : null;
  }

  /** @throws TOO_MANY_ATTEMPTS */
  answerSaml(key: ConnectionKey, samlResponse: string, back: Return): Promise<SsoOutcome> {
    return this.answer(key, back, async (connection, request) => {
      if (connection.kind !== 'SAML') throw new SsoRefusal('MALFORMED', 'The connection is not one of SAML.');
      if (!request && !connection.idpInitiated)
        throw new SsoRefusal('UNSOLICITED', 'No sign-in of this browser waits for it.');
      const { now } = connection;
      const expected = { requestId: request?.requestId ?? null, now };
      const verified = await this.parts.saml.verify(
        samlConfigOf(connection),
        this.addressesOf(key),
        samlResponse,
        expected,
      );
      const { identity, authnInstant, assertionId, notOnOrAfter } = verified;
      return { identity, authnInstant, once: { id: assertionId, until: notOnOrAfter } };
    });
  }

  /**
   * @param query what the browser came back with
   * @throws TOO_MANY_ATTEMPTS
   */
  answerOidc(key: ConnectionKey, query: URLSearchParams, back: Return): Promise<SsoOutcome> {
    return this.answer(key, back, async (connection, request) => {
      if (connection.kind !== 'OIDC') throw new SsoRefusal('MALFORMED', 'The connection is not one of OpenID Connect.');
      if (!request || back.state === null)
        throw new SsoRefusal('UNSOLICITED', 'No sign-in of this browser waits for it.');
      const secrets = {
        state: back.state,
        nonce: String(request.secrets.nonce),
        codeVerifier: String(request.secrets.codeVerifier),
        isForced: request.purpose === 'STEP_UP',
      };
      const client = this.oidcClientOf(connection);
      const identity = await this.parts.oidc.complete(client, secrets, query, connection.now);
      return { identity, authnInstant: null, once: null };
    });
  }

  private async answer(
    key: ConnectionKey,
    back: Return,
    verify: (connection: UsableConnection, request: SsoRequest | null) => Promise<Verified>,
  ): Promise<SsoOutcome> {
    const { db, keyRing } = this.parts;
    const { state, browser, visitor } = back;
    const attempt = await countAttempt(db, 'SSO', null, visitor);
    const connection = await findUsableConnection(db, key);
    if (!connection) return REFUSED;
    const request =
      state === null || browser === null ? null : await takeSsoRequest(db, keyRing, key, { state, browser });
    let verified: Verified;
    try {
      verified = await verify(connection, request);
      await this.checkOnce(key, verified, request);
    } catch (error) {
      if (!(error instanceof SsoRefusal)) throw error;
      if (request?.purpose === 'TEST') return this.tested(connection, request, visitor, null, error);
      await noteRefusal(db, visitor, { ...key, reason: error.reason, detail: error.detail });
      return { kind: 'REFUSED', isMalformed: error.reason === 'MALFORMED' };
    }
    if (request?.purpose === 'TEST') return this.tested(connection, request, visitor, verified.identity, null);
    const replaces = request?.secrets.replaces;
    const admission = await admit(db, {
      companyId: key.companyId,
      connection,
      identity: verified.identity,
      session: { kind: 'COOKIE', replaces: typeof replaces === 'string' ? replaces : back.session },
      expectedUserId: request?.userId ?? null,
      visitor,
    });
    if (admission.kind === 'REFUSED') return REFUSED;
    await takeBack(db, attempt);
    return { kind: 'SIGNED_IN', session: admission.session, returnTo: request?.returnTo ?? null };
  }

  /** @throws SsoRefusal (REPLAYED | NOT_FRESH) */
  private async checkOnce(
    key: ConnectionKey,
    { once, authnInstant }: Verified,
    request: SsoRequest | null,
  ): Promise<void> {
    if (once && !(await isFirstSeen(this.parts.db, key, 'ASSERTION', once.id, once.until)))
      throw new SsoRefusal('REPLAYED', 'It was taken before.');
    const isOld = request && authnInstant && authnInstant.getTime() + SKEW_MS < request.createdAt.getTime();
    if (isOld && request.purpose === 'STEP_UP')
      throw new SsoRefusal('NOT_FRESH', 'The person was not asked anew to prove to be there.');
  }

  /** Keeps what a test sign-in brought, without saying of whom. */
  private async tested(
    { id, companyId, now }: UsableConnection,
    { userId }: Pick<SsoRequest, 'userId'>,
    visitor: Visitor,
    identity: AssertedIdentity | null,
    refusal: SsoRefusal | null,
  ): Promise<SsoOutcome> {
    const outcome = {
      succeeded: refusal === null,
      ...(refusal && { reason: refusal.reason, detail: refusal.detail }),
      ...(identity && { claims: Object.entries(identity).flatMap(([name, value]) => (isGiven(value) ? [name] : [])) }),
    };
    await inRecordTransaction(this.parts.db.forCompany(companyId), async ({ tx, em }) => {
      const lastTest = { at: now.toISOString(), ...outcome };
      await em.nativeUpdate(SsoConnection, { companyId, id }, { lastTest });
      await logChanges(tx, visitorActor(companyId, null, visitor), [
        {
          ...{ kind: 'sso_connection.tested', objectType: 'sso_connection', objectId: id },
          ...{ before: null, after: { userId, ...outcome } },
        },
      ]);
    });
    return { kind: 'TESTED', identity, refusal };
  }

  private oidcClientOf({ companyId, id, config, clientSecret }: UsableConnection): OidcClient {
    const context = { companyId, column: 'sso_connection.client_secret' };
    return {
      config: config as unknown as OidcConfig,
      clientSecret: clientSecret && this.parts.keyRing.decrypt(clientSecret, context),
      redirectUri: this.addressesOf({ companyId, connectionId: id }).redirectUri,
    };
  }

  private addressesOf({ companyId, connectionId }: ConnectionKey) {
    return connectionAddresses(this.parts.coreUrl(), companyId, connectionId);
  }
}

const samlConfigOf = ({ config }: UsableConnection) => config as unknown as SamlConfig;
const isGiven = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);
