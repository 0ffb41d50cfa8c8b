import express, { type Express, type Response } from 'express';
import { type GatewayParts, SCIM_PATH, ScimService } from '#gateway/routes/scim-service.js';

interface Apart {
  /** Whether the core would answer. Given only when the gateway is a program of its own. */
  isCoreReady: () => Promise<boolean>;
}

const CONFIGURATION_PATH = '/.well-known/scim-configuration';

/**
 * The gateway, not yet listening. Mounted beside the core it leaves other addresses to the next handler; apart it answers
 * them all, and `/health/live` and `/health/ready`.
 */
export function createGateway(parts: GatewayParts, apart?: Apart): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', [...parts.config.trustedProxies]);

  const scim = new ScimService(parts);
  // One layer: Express's own routing would cost a request more than the rest of the gateway does.
  app.use((req, res, next) => {
    const question = req.url.indexOf('?');
    const path = question < 0 ? req.url : req.url.slice(0, question);
    if (path.startsWith(SCIM_PATH) && (path.length === SCIM_PATH.length || path[SCIM_PATH.length] === '/')) {
      return scim.answer(req, res, path.slice(SCIM_PATH.length), question < 0 ? '' : req.url.slice(question + 1));
    }
    if (path === CONFIGURATION_PATH) return scim.answerConfiguration(req, res);
    if (!apart) return next();
    if (path === '/health/live') return sendHealth(res, 200, 'live');
    if (path === '/health/ready') return apart.isCoreReady().then((isReady) => sendReadiness(res, isReady));
    return scim.answerUnknown(req, res);
  });
  return app;
}

function sendReadiness(res: Response, isReady: boolean): void {
  if (!isReady) res.setHeader('Retry-After', '2');
  sendHealth(res, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
}

function sendHealth(res: Response, httpStatus: 200 | 503, status: string): void {
  res.writeHead(httpStatus, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  res.end(JSON.stringify({ status }));
}
