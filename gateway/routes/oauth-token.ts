import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { connectCore } from '#gateway/core/client.js';
import { CoreFailure, CoreUnreachable } from '#gateway/core/core-failure.js';
import { OAuthError } from '#gateway/routes/oauth-error.js';
import { type ClientAuthentication, readTokenRequest, shownCredentials } from '#gateway/routes/oauth-request.js';
import { originOf } from '#gateway/routes/origin.js';
import { RateLimit } from '#gateway/routes/rate-limit.js';
import type { Recorder } from '#gateway/routes/recorder.js';
import { Recording } from '#gateway/routes/recording.js';
import type { GatewayParts } from '#gateway/routes/scim-service.js';
import { type TrustedProxies, trustedProxies } from '#schema/client-address.js';
import { clientNetworkOf } from '#schema/client-network.js';
import type { ErrorCode } from '#schema/error-codes.js';
import { IssueAccessToken } from '#schema/generated/gateway.js';
import { companyOfToken } from '#schema/token-text.js';

export const OAUTH_TOKEN_PATH = '/oauth/token';

/** An identity provider asks once an hour. */
const RATE = { ofAddress: 5, ofClient: 1 };
const MAX_BODY_BYTES = 8 * 1024;
const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

/** Refusals of the core that the client's administrator, and not the client, has to do something about. */
const UNAUTHORIZED_CLIENT: ReadonlySet<string> = new Set<ErrorCode>([
  'ADDRESS_NOT_ALLOWED',
  'COMPANY_SUSPENDED',
  'DIRECTORY_DISABLED',
  'PLAN_REQUIRED',
  'SSO_REQUIRED',
  'DOMAIN_REQUIRED',
]);

/** The token endpoint for client credentials (RFC 6749 §4.4). The credentials go to the core as they came: it decides. */
export class OAuthToken {
  readonly #log: Logger;
  readonly #coreFor: ReturnType<typeof connectCore>;
  readonly #proxies: TrustedProxies;
  readonly #rateOfAddress = new RateLimit(RATE.ofAddress);
  readonly #rateOfClient = new RateLimit(RATE.ofClient);

  constructor(
    { config, door, gatewayKey, log }: GatewayParts,
    private readonly recorder: Recorder,
  ) {
    this.#log = log;
    this.#coreFor = connectCore(door, gatewayKey);
    this.#proxies = trustedProxies(config.trustedProxies);
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const recording = new Recording(originOf(req, this.#proxies));
    res.setHeader('X-Request-Id', requestId);
    try {
      const answer = await this.#issue(req, requestId, recording);
      recording.keepAnswer(send(res, 200, answer));
    } catch (error) {
      const { status, body, headers, description } = this.#toOAuthError(error, requestId);
      recording.error = res.destroyed ? 'The sender went away.' : description;
      if (!res.destroyed) recording.keepAnswer(send(res, status, body, headers));
    }
    this.recorder.record(req, recording, requestId, res.headersSent ? res.statusCode : null);
  }

  async #issue(req: IncomingMessage, requestId: string, recording: Recording): Promise<object> {
    recording.secret = shownCredentials(req.headers.authorization ?? null, '')?.secret ?? null;
    if (req.method !== 'POST') throw new OAuthError(405, 'invalid_request', 'Use POST.', { Allow: 'POST' });
    requireTurn(this.#rateOfAddress, clientNetworkOf(recording.origin.clientAddress ?? ''));
    const [authentication, form] = [authenticationOf(req), await readForm(req)];
    // By its names: which of its values are secret is known then, however they are written.
    recording.body = membersOf(form);
    const shown = shownCredentials(authentication, form);
    recording.secret = shown?.secret ?? null;
    const { authorization, scopes } = readTokenRequest(authentication, form);
    // By the secret too: whoever only knows the id of a client takes nothing from it.
    requireTurn(this.#rateOfClient, createHash('sha256').update(authorization).digest('base64'));
    const core = this.#coreFor({ authorization, requestId, ...recording.origin }, recording.heard);
    const { issueAccessToken: issued } = await core.request(IssueAccessToken, { input: { scopes } });
    const companyId = companyOfToken(shown?.secret ?? '');
    if (shown && companyId !== null) {
      const { loggedSuccesses, recordsBodiesUntil: until } = issued;
      const recordsBodiesUntil = until === null ? 0 : Date.parse(until);
      recording.caller = { companyId, credentialId: shown.id, loggedSuccesses, recordsBodiesUntil };
    }
    return {
      access_token: issued.secret,
      token_type: 'Bearer',
      expires_in: issued.expiresIn,
      scope: issued.scopes.join(' '),
    };
  }

  #toOAuthError(error: unknown, requestId: string): OAuthError {
    if (error instanceof OAuthError) return error;
    if (error instanceof CoreUnreachable) {
      this.#log.warn({ err: error.cause, requestId }, 'the core cannot be reached');
      return unavailable();
    }
    const code = error instanceof CoreFailure ? (error.code ?? '') : '';
    if (code === 'UNAUTHENTICATED') return OAuthError.invalidClient();
    if (code === 'INVALID_VALUE')
      return new OAuthError(400, 'invalid_scope', 'The scope is unknown, or beyond that of the client.');
    if (UNAUTHORIZED_CLIENT.has(code))
      return new OAuthError(400, 'unauthorized_client', `The client may not be used at the moment: ${code}.`);
    if (code === 'DATABASE_UNAVAILABLE' || code === 'CONFLICT') return unavailable();
    // Of its own unforeseen failures the core has the record, under the same request id.
    if (code !== 'INTERNAL_SERVER_ERROR') this.#log.error({ err: error, code, requestId }, 'unforeseen failure');
    return new OAuthError(500, 'server_error', `Something unforeseen happened. The request id is ${requestId}.`);
  }
}

function unavailable(): OAuthError {
  return new OAuthError(503, 'temporarily_unavailable', 'Try again in a moment.', { 'Retry-After': '2' });
}

/** @throws 429 */
function requireTurn(rate: RateLimit, key: string): void {
  const seconds = rate.secondsToWait(key);
  if (seconds === 0) return;
  throw new OAuthError(429, 'temporarily_unavailable', 'Too many requests.', { 'Retry-After': String(seconds) });
}

/** @throws 400 for two headers: which of them was meant, nobody knows. */
function authenticationOf({ headers, rawHeaders }: IncomingMessage): ClientAuthentication {
  const times = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;
  if (times > 1) throw OAuthError.invalidRequest('The header Authorization may come once.');
  return headers.authorization?.trim() || null;
}

/** @throws 400 for another media type or an encoded body, 413 over 8 KB */
async function readForm(req: IncomingMessage): Promise<string> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded' || req.headers['content-encoding'] !== undefined)
    throw OAuthError.invalidRequest('Send the body as application/x-www-form-urlencoded.');
  const chunks: Buffer[] = [];
  let size = 0;
  // Left early, the iterator must not destroy the socket: the answer goes out on it.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new OAuthError(413, 'invalid_request', 'The body is too large.', { Connection: 'close' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The parameters of a form, those that come more than once as lists. */
function membersOf(form: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(form);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0]! : values]; // it is there
    }),
  );
}

/** @returns the body as it was sent. */
function send(
  res: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): string {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...NO_STORE,
    ...headers,
  });
  res.end(text);
  return text;
}
