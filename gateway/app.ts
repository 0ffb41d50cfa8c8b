import express, { type Express, type Response } from 'express';
import { OAUTH_TOKEN_PATH, OAuthToken } from '#gateway/routes/oauth-token.js';
import { Recorder } from '#gateway/routes/recorder.js';
import { type GatewayParts, SCIM_PATH, ScimService } from '#gateway/routes/scim-service.js';

interface Apart {
  /** Whether the core would answer. Given only when the gateway is a program of its own. */
  isCoreReady: () => Promise<boolean>;
}

export interface Gateway extends Express {
  /** Sends what the request log is still owed. Call when the last request is answered, and while the core still is. */
  close(): Promise<void>;
}

const CONFIGURATION_PATH = '/.well-known/scim-configuration';

/** The gateway, not yet listening. Apart from the core it answers `/health/live` and `/health/ready`, too. */
export function createGateway(parts: GatewayParts, apart?: Apart): Gateway {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', [...parts.config.trustedProxies]);

  const recorder = new Recorder(parts);
  const scim = new ScimService(parts, recorder);
  const oauthToken = new OAuthToken(parts, recorder);
  // One layer: Express's own routing would cost a request more than the rest of the gateway does.
  app.use((req, res) => {
    const question = req.url.indexOf('?');
    const path = question < 0 ? req.url : req.url.slice(0, question);
    if (path.startsWith(SCIM_PATH) && (path.length === SCIM_PATH.length || path[SCIM_PATH.length] === '/')) {
      return scim.answer(req, res, path.slice(SCIM_PATH.length), question < 0 ? '' : req.url.slice(question + 1));
    }
    if (path === OAUTH_TOKEN_PATH) return oauthToken.answer(req, res);
    if (path === CONFIGURATION_PATH) return scim.answerConfiguration(req, res);
    if (apart && path === '/health/live') return sendHealth(res, 200, 'live');
    if (apart && path === '/health/ready') return apart.isCoreReady().then((isReady) => sendReadiness(res, isReady));
    // Not Express's own page: providers feed every body to a JSON parser.
    return scim.answerUnknown(req, res);
  });
  return Object.assign(app, { close: () => recorder.close() });
}

function sendReadiness(res: Response, isReady: boolean): void {
  if (!isReady) res.setHeader('Retry-After', '2');
  sendHealth(res, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
}

function sendHealth(res: Response, httpStatus: 200 | 503, status: string): void {
  res.writeHead(httpStatus, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  res.end(JSON.stringify({ status }));
}
