import type { IncomingMessage } from 'node:http';
import type { TrustedProxies } from '#schema/client-address.js';

const MAX_AGENT = 300;

/** Where a request came from, as the core and the request log are told. */
export interface Origin {
  /** Null once the connection is gone. */
  clientAddress: string | null;
  userAgent: string | null;
}

export function originOf(req: IncomingMessage, proxies: TrustedProxies): Origin {
  return {
    clientAddress: proxies.clientAddressOf(req),
    userAgent: req.headers['user-agent']?.slice(0, MAX_AGENT) ?? null,
  };
}
