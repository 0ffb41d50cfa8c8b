import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { OAUTH_TOKEN_PATH, OAuthToken } from '#gateway/routes/oauth-token.js';
import { Recorder } from '#gateway/routes/recorder.js';
import { type GatewayParts, SCIM_PATH, ScimService } from '#gateway/routes/scim-service.js';

interface Apart {
  /** Whether the core would answer. Given only when the gateway is a program of its own. */
  isCoreReady: () => Promise<boolean>;
}

export interface Gateway extends RequestListener {
  /** Sends what the request log is still owed. Call when the last request is answered, and while the core still is. */
  close(): Promise<void>;
}

const CONFIGURATION_PATH = '/.well-known/scim-configuration';

/**
 * The gateway, not yet listening: a listener of Node's own server, for its few addresses need no router (ADR 23). Apart from the core it answers
 * `/health/live` and `/health/ready`, too.
 */
export function createGateway(parts: GatewayParts, apart?: Apart): Gateway {
  const recorder = new Recorder(parts);
  const scim = new ScimService(parts, recorder);
  const oauthToken = new OAuthToken(parts, recorder);
  const answer = (req: IncomingMessage, res: ServerResponse): Promise<void> | void => {
    const url = req.url ?? '/';
    const question = url.indexOf('?');
    const path = question < 0 ? url : url.slice(0, question);
    if (path.startsWith(SCIM_PATH) && (path.length === SCIM_PATH.length || path[SCIM_PATH.length] === '/')) {
      return scim.answer(req, res, path.slice(SCIM_PATH.length), question < 0 ? '' : url.slice(question + 1));
    }
    if (path === OAUTH_TOKEN_PATH) return oauthToken.answer(req, res);
    if (path === CONFIGURATION_PATH) return scim.answerConfiguration(req, res);
    if (apart && path === '/health/live') return sendHealth(res, 200, 'live');
    if (apart && path === '/health/ready') return apart.isCoreReady().then((isReady) => sendReadiness(res, isReady));
    // Providers feed every body to a JSON parser, whatever it is about.
    return scim.answerUnknown(req, res);
  };
  // Each of these ends in a catch of its own; a failure beyond it must not end the process.
  const listener: RequestListener = async (req, res) => {
    try {
      await answer(req, res);
    } catch (error) {
      parts.log.error({ err: error }, 'a request was broken off');
      res.destroy();
    }
  };
  return Object.assign(listener, { close: () => recorder.close() });
}

function sendReadiness(res: ServerResponse, isReady: boolean): void {
  if (!isReady) res.setHeader('Retry-After', '2');
  sendHealth(res, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
}

function sendHealth(res: ServerResponse, httpStatus: 200 | 503, status: string): void {
  res.writeHead(httpStatus, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  res.end(JSON.stringify({ status }));
}
