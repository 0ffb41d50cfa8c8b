import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { ServerMetadata } from 'openid-client';
import { OutboundError, type OutboundHttp } from '#core-api/domain/ports.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { Remembered } from './remembered.js';

/** Of discovery documents, key sets, tokens (that may list a person's groups) and claims. */
export const MOST_BYTES = 262_144;
const DISCOVERY = '/.well-known/openid-configuration';
const MOST_PROVIDERS = 1_000;
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const;

/** What identity providers say of themselves and sign with, read seldom and shared by all connections to them. */
export class Providers {
  readonly #known = new Map<string, Provider>();

  constructor(
    private readonly http: OutboundHttp,
    private readonly now: () => number,
  ) {}

  of(issuer: string): Provider {
    let provider = this.#known.get(issuer);
    if (!provider) {
      provider = new Provider(issuer, this.http, this.now);
      this.#known.set(issuer, provider);
      const [oldest] = this.#known.keys();
      if (this.#known.size > MOST_PROVIDERS && oldest !== undefined) this.#known.delete(oldest);
    }
    return provider;
  }
}

class Provider {
  readonly #metadata: Remembered<ServerMetadata>;
  readonly #keys: Remembered<ReturnType<typeof createLocalJWKSet>>;

  constructor(
    private readonly issuer: string,
    private readonly http: OutboundHttp,
    now: () => number,
  ) {
    this.#metadata = new Remembered(() => this.#discover(), now);
    this.#keys = new Remembered(() => this.#readKeys(), now);
  }

  /** @throws SsoRefusal (IDP_UNREACHABLE, ISSUER, MALFORMED) */
  metadata(): Promise<ServerMetadata> {
    return this.#metadata.get();
  }

  /** The key that a token says it is signed with. A name that is not among the keys may be that of a new one. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#keys.get();
    try {
      return await keys(header, token);
    } catch (error) {
      const renewed = error instanceof errors.JWKSNoMatchingKey ? await this.#keys.renew() : keys;
      if (renewed === keys) throw error;
      return renewed(header, token);
    }
  };

  /** Any two that say to be the same issuer are: so what is said must be the configured text, letter by letter (Discovery §4.3). */
  async #discover(): Promise<ServerMetadata> {
    const document = await this.#read(this.issuer.replace(/\/$/, '') + DISCOVERY);
    if (document.issuer !== this.issuer)
      throw new SsoRefusal('ISSUER', 'The discovery document is that of another issuer than the connection names.');
    for (const name of ENDPOINTS) {
      const url = document[name];
      if (url === undefined && name === 'userinfo_endpoint') continue;
      if (typeof url !== 'string') throw new SsoRefusal('MALFORMED', `The discovery document has no ${name}.`);
      this.#check(url, name);
    }
    return document as ServerMetadata & typeof document;
  }

  async #readKeys() {
    const { jwks_uri } = await this.metadata();
    const keys = await this.#read(jwks_uri!); // #discover has seen it
    try {
      return createLocalJWKSet(keys as unknown as JSONWebKeySet);
    } catch {
      throw new SsoRefusal('MALFORMED', 'The key set of the identity provider is none.');
    }
  }

  #check(url: string, name: string): void {
    try {
      this.http.check(url);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw new SsoRefusal('IDP_UNREACHABLE', `${name} of the discovery document: ${error.message}`);
    }
  }

  async #read(url: string): Promise<Record<string, unknown>> {
    const { status, body } = await this.http
      .send({ url, headers: { accept: 'application/json' }, mostBytes: MOST_BYTES })
      .catch((error: unknown) => {
        throw error instanceof OutboundError ? new SsoRefusal('IDP_UNREACHABLE', error.message) : error;
      });
    if (status !== 200) throw new SsoRefusal('IDP_UNREACHABLE', `The identity provider answers with status ${status}.`);
    try {
      const value: unknown = JSON.parse(body.toString('utf8'));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // no JSON either
    }
    throw new SsoRefusal('MALFORMED', 'The identity provider answers with something else than a JSON object.');
  }
}
