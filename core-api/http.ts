import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { ErrorCode } from '#schema/error-codes.js';
import { DOOR_HEADERS, DOOR_PATH, type Door } from '#schema/gateway-door.js';
import type { Actor } from './domain/actor.js';
import type { Authenticator } from './domain/auth/authenticator.js';
import { DomainError } from './domain/errors.js';
import { type Export, exportAt, sendExport } from './export-routes.js';
import { BEARER } from './graphql/apollo-errors.js';
import type { MakeContext } from './graphql/context.js';
import { EXPLORER_HEADERS, explorerPage } from './graphql/explorer.js';
import { toPublicError } from './graphql/public-error.js';
import type { GraphQLServer } from './graphql/server.js';
import { isForSignIn } from './sign-in/app.js';
import { cookiesFor, readCookie } from './sign-in/cookies.js';
import { isOwnOrigin } from './sign-in/origin.js';

const MAX_GRAPHQL_BYTES = 4 * 1024 * 1024;
/** A group of 70,000 members is 13 MB on the wire; the gateway has its own, tighter limits. */
const MAX_DOOR_BYTES = 32 * 1024 * 1024;
const JSON_TYPE = /^application\/([\w.-]+\+)?json *(;|$)/i;
const CHARSET = /; *charset="?([^\s;"]+)/i;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });
const REQUEST_ID = /^[\w.:-]{1,128}$/;

interface Parts {
  graphql: GraphQLServer;
  /** Null keeps the gateway's door shut. */
  door: Door | null;
  authenticator: Authenticator;
  makeContext: MakeContext;
  allowedOrigins: readonly string[];
  /** Whether the schema is told, to everyone who asks. */
  introspection: boolean;
  explorer: boolean;
  /** Everything that a person sees in a browser. */
  signIn: HttpHandler;
  /** Null where it is not known. */
  clientAddressOf: (request: IncomingMessage) => string | null;
  /** Where browsers reach the core, without a slash at its end. */
  publicUrl: () => string;
  ready: () => Promise<boolean>;
  log: Logger;
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** core-api's HTTP side: `/graphql`, `/export/`, `/gateway/graphql` and `/health/live|ready`. Every answer carries `X-Request-Id`. */
export function coreHttp(parts: Parts): HttpHandler {
  const { log } = parts;
  return (request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader('x-request-id', requestId);
    route(parts, request, response, requestId).catch((error: unknown) => {
      const shown = toPublicError(error, requestId, log);
      if (response.headersSent) return void response.destroy();
      sendErrors(response, statusOf(error), shown, error);
    });
  };
}

async function route(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (path === '/graphql') return graphql(parts, request, response, requestId, mark < 0 ? '' : url.slice(mark));
  const found = exportAt(path);
  if (found) return exported(parts, request, response, requestId, found, mark < 0 ? '' : url.slice(mark));
  if (path === DOOR_PATH && parts.door) return door(parts.door, request, response, requestId);
  if (isForSignIn(path)) return void parts.signIn(request, response);
  if (path === '/health/live') return sendJson(response, 200, { status: 'live' });
  if (path === '/health/ready') {
    const ready = await parts.ready();
    if (!ready) response.setHeader('retry-after', '2');
    return sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' });
  }
  sendErrors(
    response,
    404,
    refusal('NOT_FOUND', `Nothing is served at ${path.slice(0, 200)}; GraphQL is at /graphql.`, requestId),
  );
}

async function graphql(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  search: string,
) {
  allowOrigin(request, response, parts.allowedOrigins);
  const { method } = request;
  if (method === 'OPTIONS') return void response.writeHead(204, { allow: 'GET, POST' }).end();
  if (method !== 'GET' && method !== 'POST') return refuseMethod(response, 'GET, POST', requestId);
  const { authorization, accept } = request.headers;
  if (parts.explorer && method === 'GET' && !search && accept?.includes('text/html')) {
    const page = await explorerPage();
    response.writeHead(200, EXPLORER_HEADERS);
    return void response.end(page);
  }
  const actor = await actorOf(parts, request, requestId, parts.introspection && !authorization);
  const answer = await parts.graphql.execute({
    method,
    headers: headersOf(request),
    search,
    body: method === 'GET' ? undefined : await readJson(request, MAX_GRAPHQL_BYTES),
    requestId,
    context: actor && parts.makeContext(actor, requestId, 'api'),
  });
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = answer.status ?? 200;
  response.setHeader('cache-control', 'no-store');
  // Apollo answers in pieces only where the schema has @defer or @stream.
  response.end(answer.body.kind === 'complete' ? answer.body.string : undefined);
}

async function exported(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  found: Export,
  search: string,
): Promise<void> {
  allowOrigin(request, response, parts.allowedOrigins);
  if (request.method === 'OPTIONS') return void response.writeHead(204, { allow: 'GET' }).end();
  if (request.method !== 'GET') return refuseMethod(response, 'GET', requestId);
  const actor = await actorOf(parts, request, requestId, false);
  const { services } = parts.makeContext(actor!, requestId, 'api'); // whoever is nobody was refused
  await sendExport(found, services, search, response);
}

/**
 * Who asks: by the Authorization header, else by the browser's session, which counts only for our own pages.
 *
 * @returns null for nobody, where nobody may ask
 * @throws UNAUTHENTICATED | NOT_FOUND (company)
 */
async function actorOf(
  { authenticator, publicUrl, clientAddressOf }: Parts,
  request: IncomingMessage,
  requestId: string,
  mayBeNobody: boolean,
): Promise<Actor | null> {
  const origin = {
    requestId,
    clientAddress: clientAddressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    companyHeader: headerOf(request, 'rollcall-company'),
  };
  const { authorization } = request.headers;
  if (!authorization && request.headers.cookie && isOwnOrigin(request, publicUrl())) {
    const text = readCookie(request, cookiesFor(publicUrl()).session);
    const actor = text === null ? null : await authenticator.byCookie(text, origin);
    if (actor) return actor;
  }
  return mayBeNobody ? null : authenticator.byApiDoor(authorization ?? null, origin);
}

async function door(open: Door, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  if (request.method !== 'POST') return refuseMethod(response, 'POST', requestId);
  const body = (await readJson(request, MAX_DOOR_BYTES)) as { operationId?: unknown; variables?: unknown } | null;
  const answer = await open({
    operationId: typeof body?.operationId === 'string' ? body.operationId : '',
    variables:
      typeof body?.variables === 'object' && body.variables !== null ? (body.variables as Record<string, unknown>) : {},
    authorization: request.headers.authorization ?? null,
    gatewayKey: headerOf(request, DOOR_HEADERS.gatewayKey) ?? '',
    requestId,
    clientAddress: headerOf(request, DOOR_HEADERS.clientAddress),
    userAgent: headerOf(request, DOOR_HEADERS.userAgent),
  });
  sendJson(response, 200, answer);
}

/** Lets the scripts of other origins read the answer; exact origins only. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): void {
  response.setHeader('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !allowed.includes(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'X-Request-Id, Retry-After');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader(
    'access-control-allow-headers',
    'Authorization, Content-Type, Rollcall-Company, X-Request-Id, Apollo-Require-Preflight',
  );
  response.setHeader('access-control-max-age', '600');
}

function refuseMethod(response: ServerResponse, allow: string, requestId: string): void {
  response.setHeader('allow', allow);
  sendErrors(response, 405, refusal('BAD_REQUEST', `Use ${allow.replace(', ', ' or ')}.`, requestId));
}

function refusal(code: ErrorCode, message: string, requestId: string): GraphQLFormattedError {
  return { message, extensions: { code, requestId } };
}

/**
 * Only media types that a browser sends after a preflight are read, so no foreign page can post with what the user's browser adds.
 *
 * @throws BodyError 413 above `most` bytes, 415 for another type or encoding, 400 for what is not JSON.
 */
async function readJson(request: IncomingMessage, most: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type) || (CHARSET.exec(type)?.[1] ?? 'utf-8').toLowerCase() !== 'utf-8')
    throw new BodyError(415, 'Send JSON in UTF-8, with Content-Type: application/json.');
  if (request.headers['content-encoding'] && request.headers['content-encoding'] !== 'identity')
    throw new BodyError(415, 'Send the body without content encoding.');
  if (Number(request.headers['content-length'] ?? 0) > most)
    throw new BodyError(413, `The body is larger than ${most} bytes.`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new BodyError(413, `The body is larger than ${most} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(UTF_8.decode(Buffer.concat(chunks)));
  } catch {
    throw new BodyError(400, 'The body is not JSON in UTF-8.');
  }
}

class BodyError extends DomainError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super('BAD_REQUEST', message);
  }
}

const STATUS: Partial<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  STEP_UP_REQUIRED: 403,
  COMPANY_SUSPENDED: 403,
  NOT_FOUND: 404,
  TOO_MANY_ATTEMPTS: 429,
  DATABASE_UNAVAILABLE: 503,
};

/** What fails outside GraphQL: the credential, the company it names, the body, an export. */
function statusOf(error: unknown): number {
  if (error instanceof BodyError) return error.status;
  return error instanceof DomainError ? (STATUS[error.code] ?? 400) : 500;
}

function sendErrors(response: ServerResponse, status: number, error: GraphQLFormattedError, cause?: unknown): void {
  if (status === 401) response.setHeader('www-authenticate', BEARER);
  if (status === 503) response.setHeader('retry-after', '2');
  if (status === 429) response.setHeader('retry-after', String(error.extensions?.retryAfterSeconds));
  // What was not read of a refused body is not read at all.
  if (cause instanceof BodyError) response.setHeader('connection', 'close');
  sendJson(response, status, { errors: [error] });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function* headersOf(request: IncomingMessage): Iterable<[string, string]> {
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) yield [name, Array.isArray(value) ? value.join(', ') : value];
}

/** The caller's own request id where it is a sane one, so that a request can be followed through proxies. */
function requestIdOf(request: IncomingMessage): string {
  const given = headerOf(request, DOOR_HEADERS.requestId);
  return given !== null && REQUEST_ID.test(given) ? given : randomUUID();
}
