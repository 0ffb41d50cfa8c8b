import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { GatewayConfig } from '#gateway/config.js';
import { connectCore } from '#gateway/core/client.js';
import { CoreFailure } from '#gateway/core/core-failure.js';
import { type CallerProfile, Profiles } from '#gateway/core/profiles.js';
import { publicUrlFor } from '#gateway/routes/base-url.js';
import { authorizationOf, noteBareToken } from '#gateway/routes/credentials.js';
import { sendVersioned } from '#gateway/routes/discovery.js';
import { type Exchange, type Handler, sendNothing } from '#gateway/routes/exchange.js';
import { LargeBodies } from '#gateway/routes/large-bodies.js';
import { originOf } from '#gateway/routes/origin.js';
import { PageCursors } from '#gateway/routes/page-cursors.js';
import { RateLimit } from '#gateway/routes/rate-limit.js';
import { readBody } from '#gateway/routes/read-body.js';
import type { Recorder } from '#gateway/routes/recorder.js';
import { Recording } from '#gateway/routes/recording.js';
import { allowedMethods, findRoute, handlerOf, noSuchAddress, type Route } from '#gateway/routes/route-table.js';
import { sendError } from '#gateway/routes/scim-errors.js';
import { serviceProviderConfig } from '#gateway/scim/discovery.js';
import { methodNotAllowed, ScimError } from '#gateway/scim/error.js';
import { negotiate, type ScimMediaType } from '#gateway/scim/media-type.js';
import { parseQuery } from '#gateway/scim/query.js';
import type { ErrorContext } from '#gateway/translate/core-error.js';
import { dialectOf } from '#gateway/translate/dialect.js';
import { resourceLocation } from '#gateway/translate/resource-meta.js';
import { type TrustedProxies, trustedProxies } from '#schema/client-address.js';
import type { Door } from '#schema/gateway-door.js';

export interface GatewayParts {
  config: Pick<GatewayConfig, 'publicUrl' | 'isPublicUrlSet' | 'scimRate' | 'trustedProxies'>;
  door: Door;
  /** Vouches at the door for what the gateway says about its callers. */
  gatewayKey: string;
  log: Logger;
}

export const SCIM_PATH = '/scim/v2';

const LARGE_BODIES = { slots: 4, ofOneDirectory: 2 };
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** What is known of a request before anybody looked at it. */
interface Arrival {
  req: IncomingMessage;
  res: ServerResponse;
  mediaType: ScimMediaType;
  context: ErrorContext;
  recording: Recording;
}

/** Answers SCIM requests: who asks, which route, the body, then the handler. Everything thrown ends in one place. */
export class ScimService {
  readonly #config: GatewayParts['config'];
  readonly #log: Logger;
  readonly #coreFor: ReturnType<typeof connectCore>;
  readonly #profiles = new Profiles();
  readonly #rate: RateLimit;
  readonly #proxies: TrustedProxies;
  readonly #cursors: PageCursors;
  readonly #largeBodies = new LargeBodies(LARGE_BODIES);

  constructor(
    { config, door, gatewayKey, log }: GatewayParts,
    private readonly recorder: Recorder,
  ) {
    this.#config = config;
    this.#log = log;
    this.#coreFor = connectCore(door, gatewayKey);
    this.#rate = new RateLimit(config.scimRate);
    this.#proxies = trustedProxies(config.trustedProxies);
    this.#cursors = new PageCursors(gatewayKey);
  }

  /** Everything under /scim/v2. `path` is what follows that, `search` what follows the first `?`. */
  async answer(req: IncomingMessage, res: ServerResponse, path: string, search: string): Promise<void> {
    const { context, recording } = await this.#guard(req, res, async (arrival) => {
      const route = findRoute(path);
      arrival.context.resourceType = route.resourceType;
      arrival.context.id = route.id === '' ? null : route.id;
      // What is possible at an address is the same for everybody, as with 405: it takes no credential.
      if (req.method === 'OPTIONS') return sendAllowed(arrival, allowedMethods(route.methods));
      await this.#serve(arrival, route, handlerOf(route.methods, req.method ?? ''), search);
    });
    if (!res.writableEnded) recording.error ??= 'The sender went away.';
    this.recorder.record(req, recording, context.requestId, res.headersSent ? res.statusCode : null);
  }

  /** `/.well-known/scim-configuration`: open, since it tells nothing about anybody. */
  async answerConfiguration(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await this.#guard(req, res, async (arrival) => {
      const allowed = ['GET', 'HEAD', 'OPTIONS'];
      if (req.method === 'OPTIONS') return sendAllowed(arrival, allowed);
      if (!allowed.includes(req.method ?? '')) throw methodNotAllowed(req.method ?? '', allowed);
      sendVersioned(arrival, serviceProviderConfig(this.#baseUrl(req)));
    });
  }

  async answerUnknown(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await this.#guard(req, res, () => Promise.reject(noSuchAddress()));
  }

  async #guard(
    req: IncomingMessage,
    res: ServerResponse,
    answer: (arrival: Arrival) => Promise<void>,
  ): Promise<Arrival> {
    const requestId = randomUUID();
    res.setHeader('X-Request-Id', requestId);
    const mediaType = negotiate(req.headers.accept);
    const context: ErrorContext = { resourceType: null, id: null, requestId };
    const arrival: Arrival = { req, res, mediaType, context, recording: new Recording(originOf(req, this.#proxies)) };
    try {
      await answer(arrival);
    } catch (error) {
      sendError(arrival, error, this.#log);
    }
    return arrival;
  }

  async #serve(
    { req, res, mediaType, context, recording }: Arrival,
    route: Route,
    handler: Handler,
    search: string,
  ): Promise<void> {
    const { heard, keepBytes: keep } = recording;
    const authorization = authorizationOf(req);
    const core = this.#coreFor({ authorization, requestId: context.requestId, ...recording.origin }, heard);
    const caller = await (route.readsProfile
      ? this.#profiles.refresh(core, authorization)
      : this.#profiles.get(core, authorization));
    recording.caller = caller;
    if (route.companySlug !== null && route.companySlug !== caller.companySlug) throw noSuchAddress();
    this.#rate.take(caller.directoryId);
    const { note } = dialectOf(caller.profile, recording.count);
    noteBareToken(req, note);
    if (route.endsWithSlash) note('SLASH_AT_END', 'address');
    const baseUrl = this.#baseUrl(req);
    const id = await this.#idFor(route, caller, () => this.#profiles.refresh(core, authorization));
    if (route.tokens === 'USER') {
      context.id = id;
      res.setHeader('Location', resourceLocation('User', id, baseUrl));
    }

    let isLarge = false;
    const whenLarge = async () => {
      await this.#largeBodies.enter(caller.directoryId);
      isLarge = true;
    };
    try {
      const query = parseQuery(search, note);
      const body = WITH_BODY.has(req.method ?? '')
        ? await readBody(req, route.maxBytes, { whenLarge, keep, note })
        : null;
      if (body !== null) recording.body = body;
      if (route.costOf) this.#rate.charge(caller.directoryId, route.costOf(body));
      const { directoryId, userId } = caller;
      const answer = { req, res, mediaType, baseUrl, recording, requestId: context.requestId };
      const exchange = { ...answer, core, query, id, body, directoryId, userId, cursors: this.#cursors };
      await this.#handle(exchange, handler, caller, authorization);
    } finally {
      if (isLarge) this.#largeBodies.leave(caller.directoryId);
    }
  }

  #baseUrl(req: IncomingMessage): string {
    return publicUrlFor(req, this.#config, this.#proxies) + SCIM_PATH;
  }

  /**
   * The id that the request is about, of a caller who may ask here.
   *
   * @param check whether the token still works: where a request ends here, the core is asked nothing else.
   * @throws 501 at `/Me` for a directory's token | 403 elsewhere for one of a single user
   */
  async #idFor(route: Route, { userId }: CallerProfile, check: () => Promise<unknown>): Promise<string> {
    if (route.tokens === 'BOTH') return route.id;
    if ((route.tokens === 'USER') === (userId !== null)) return userId ?? route.id;
    await check();
    throw userId === null
      ? new ScimError(501, null, 'Me is for tokens that are bound to a user; this one is not.')
      : new ScimError(403, null, 'This token is good for one user, whose address is Me, and for nothing else.');
  }

  /** A write that was translated by an older profile is refused before it does anything: once, it is translated anew. */
  async #handle(
    exchange: Omit<Exchange, 'dialect' | 'renewDialect'>,
    handler: Handler,
    caller: CallerProfile,
    authorization: string,
  ): Promise<void> {
    const { recording } = exchange;
    const takeBack = recording.mark();
    const renewDialect = async () => {
      const { profile } = await this.#profiles.refresh(exchange.core, authorization);
      return dialectOf(profile, recording.count);
    };
    try {
      await handler({ ...exchange, dialect: dialectOf(caller.profile, recording.count), renewDialect });
    } catch (error) {
      if (!(error instanceof CoreFailure) || error.code !== 'PROFILE_CHANGED') throw error;
      const dialect = await renewDialect();
      takeBack();
      await handler({ ...exchange, dialect, renewDialect });
    }
  }
}

function sendAllowed(arrival: Arrival, methods: readonly string[]): void {
  sendNothing(arrival, { headers: { Allow: methods.join(', ') } });
}
