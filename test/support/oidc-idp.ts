import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
  sign,
} from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Events,
  type MutableRedirectUri,
  type MutableResponse,
  type MutableToken,
  OAuth2Server,
  type Payload,
  type JWK as SigningJwk,
  type TokenRequestIncomingMessage,
} from 'oauth2-mock-server';

/*
 * An OpenID provider on oauth2-mock-server that knows people, clients and codes, and whose every answer can be another one: in process, or for people
 * and browsers to use. What it says by default is right.
 */

export interface OidcUser {
  sub: string;
  /** As in the ID token, unless `userInfo` has it. */
  claims?: Record<string, unknown>;
  userInfo?: Record<string, unknown>;
}

export interface Forgery {
  /** Changes the claims of the ID token; undefined takes one out. */
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  /** `stranger`: by a key of somebody else. `hmac`: HS256 with the public key as the secret. `none`: not at all. */
  signature?: 'stranger' | 'hmac' | 'none' | 'broken';
}

interface Code {
  user: OidcUser;
  clientId: string;
  redirectUri: string;
}

const AUTHORIZE = '/authorize';
/** Where oauth2-mock-server's own page of no words is: ours asks who it is, and leads there. */
const GO_ON = '/authorize/go-on';
const KEYS = '/keys';

export class OidcIdp {
  readonly users: OidcUser[];
  readonly clientId: string;
  readonly clientSecret: string;
  /** How often the key set was read, and the discovery document. */
  readonly reads = { keys: 0, discovery: 0 };
  /** Spoils every ID token while it is set. */
  forgery: Forgery | null = null;
  /** Changes the address that the browser is sent back to. */
  redirect: ((url: URL) => void) | null = null;
  /** Changes the discovery document. */
  discovery: Record<string, unknown> = {};
  isDown = { keys: false, token: false };
  private readonly server = new OAuth2Server(undefined, undefined, { endpoints: { authorize: GO_ON } });
  private readonly codes = new Map<string, Code>();
  private readonly stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  private key!: SigningJwk; // made by listen

  constructor(options: { users?: OidcUser[]; clientId?: string; clientSecret?: string } = {}) {
    this.users = options.users ?? [];
    this.clientId = options.clientId ?? 'rollcall';
    this.clientSecret = options.clientSecret ?? `secret-${randomUUID()}`;
  }

  get url(): string {
    return this.server.issuer.url ?? '';
  }

  /** `config` of a connection to it. */
  get config() {
    return { issuer: this.url, clientId: this.clientId };
  }

  async listen(port = 0, host = '127.0.0.1'): Promise<this> {
    const { issuer, service } = this.server;
    await this.rotateKeys();
    service.on(Events.BeforeWellKnownOpenIdConfiguration, ({ body }: MutableResponse) => {
      this.reads.discovery++;
      Object.assign(body, {
        authorization_endpoint: this.url + AUTHORIZE,
        jwks_uri: this.url + KEYS,
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        ...this.discovery,
      });
    });
    service.on(Events.BeforeAuthorizeRedirect, ({ url }: MutableRedirectUri, request: IncomingMessage) =>
      this.redirected(url, new URL(request.url ?? '/', this.url).searchParams),
    );
    service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken, request: TokenRequestIncomingMessage) => {
      const code = this.codes.get(request.body.code ?? '');
      Object.assign(payload, { sub: code?.user.sub, auth_time: payload.iat, ...code?.user.claims });
    });
    service.on(Events.BeforeResponse, (response: MutableResponse, request: TokenRequestIncomingMessage) =>
      this.respond(response, request),
    );
    service.on(Events.BeforeUserinfo, (response: MutableResponse, { headers }: IncomingMessage) => {
      const { sub } = claimsOf(headers.authorization?.replace('Bearer ', '') ?? '');
      const user = this.users.find((each) => each.sub === sub);
      response.body = { ...user?.claims, ...user?.userInfo, sub };
    });
    service.addRoute('GET', AUTHORIZE, (request, response) => this.askWho(request, response));
    service.addRoute('GET', KEYS, (_, response) => {
      this.reads.keys++;
      response.writeHead(this.isDown.keys ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: issuer.keys.toJSON().filter(({ kid }) => kid === this.key.kid) }));
    });
    await this.server.start(port, host);
    issuer.url = `http://${host}:${this.server.address().port}`;
    return this;
  }

  close(): Promise<void> {
    return this.server.stop();
  }

  /** Signs with a new key from now on, and no longer says the old one. */
  async rotateKeys(): Promise<void> {
    this.key = await this.server.issuer.keys.generate('RS256');
  }

  /** What a browser does there: follows `url` as that user, and is sent back to the address that is returned. */
  async signIn(url: string, sub: string): Promise<URL> {
    const asked = new URL(url);
    asked.pathname = GO_ON;
    asked.searchParams.set('user', sub);
    const answer = await fetch(asked, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? `error:${answer.status}`);
  }

  private redirected(url: URL, asked: URLSearchParams): void {
    const user = this.users.find(({ sub }) => sub === asked.get('user'));
    const code = url.searchParams.get('code');
    if (code && user)
      this.codes.set(code, {
        user,
        clientId: asked.get('client_id') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      });
    if (!user) {
      url.searchParams.delete('code');
      url.searchParams.set('error', 'access_denied');
    }
    this.redirect?.(url);
  }

  private respond(response: MutableResponse, { body: asked, headers }: TokenRequestIncomingMessage): void {
    const code = this.codes.get(asked.code ?? '');
    this.codes.delete(asked.code ?? '');
    const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    const [id, secret] = basic.split(':').map(decodeURIComponent);
    const isKnown = id === this.clientId && secret === this.clientSecret;
    const refused = this.isDown.token
      ? { statusCode: 503, body: { error: 'temporarily_unavailable' } }
      : !isKnown
        ? { statusCode: 401, body: { error: 'invalid_client' } }
        : code?.clientId !== this.clientId || code.redirectUri !== (asked as { redirect_uri?: string }).redirect_uri
          ? { statusCode: 400, body: { error: 'invalid_grant' } }
          : null;
    if (refused) return void Object.assign(response, refused);
    const tokens = response.body as Record<string, unknown>;
    tokens.id_token = this.signed(String(tokens.id_token), this.forgery ?? {});
  }

  /** The claims of a token of oauth2-mock-server, which signs with any of its keys, signed anew. */
  private signed(idToken: string, { claims, header, signature }: Forgery): string {
    const key = createPrivateKey({ key: this.key as JsonWebKey, format: 'jwk' });
    const alg = signature === 'hmac' ? 'HS256' : signature === 'none' ? 'none' : 'RS256';
    const said = `${encoded({ typ: 'JWT', kid: this.key.kid, alg, ...header })}.${encoded({ ...claimsOf(idToken), ...claims })}`;
    if (signature === 'none') return `${said}.`;
    if (signature === 'hmac') {
      const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
      return `${said}.${createHmac('sha256', pem).update(said).digest('base64url')}`;
    }
    const bytes = sign('sha256', Buffer.from(said), signature === 'stranger' ? this.stranger : key);
    if (signature === 'broken') bytes[0] = bytes[0]! ^ 1;
    return `${said}.${bytes.toString('base64url')}`;
  }

  private askWho(request: IncomingMessage, response: ServerResponse): void {
    const asked = new URL(request.url ?? '/', this.url).searchParams;
    const kept = [...asked].map(
      ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
    );
    const buttons = this.users.map(
      ({ sub, claims }) =>
        `<p><button name="user" value="${escaped(sub)}">${escaped(String(claims?.preferred_username ?? sub))}</button></p>`,
    );
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html lang="en"><title>Test identity provider</title><body><h1>Who are you?</h1><form action="${GO_ON}">${kept.join('')}${buttons.join('')}<p><button name="user" value="">Cancel</button></p></form></body></html>`,
    );
  }
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string): Partial<Payload> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}');

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
