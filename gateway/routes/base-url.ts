import type { IncomingMessage } from 'node:http';
import type { GatewayConfig } from '#gateway/config.js';
import type { TrustedProxies } from '#schema/client-address.js';

/** A name or an address, with or without a port: nothing that could be more of a URL than its host. */
const HOST = /^(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Where clients reach this server, as its answers say it: ROLLCALL_PUBLIC_URL where it is set; else what a trusted proxy says in X-Forwarded-Host and
 * X-Forwarded-Proto; else where it listens. The Host header never counts: anybody may send any.
 *
 * @returns without a slash at its end.
 */
export function publicUrlFor(
  req: IncomingMessage,
  { publicUrl, isPublicUrlSet }: Pick<GatewayConfig, 'publicUrl' | 'isPublicUrlSet'>,
  proxies: TrustedProxies,
): string {
  if (isPublicUrlSet) return publicUrl;
  const host = lastOf(req, 'x-forwarded-host');
  if (host === null || !HOST.test(host) || !proxies.include(req.socket.remoteAddress ?? '')) return publicUrl;
  const protocol = lastOf(req, 'x-forwarded-proto')?.toLowerCase();
  return `${protocol === 'https' ? 'https' : 'http'}://${host.toLowerCase()}`;
}

/** Of several the last one is the proxy's own: those before it were in the request that the proxy got. */
function lastOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(value.lastIndexOf(',') + 1).trim() : null;
}
