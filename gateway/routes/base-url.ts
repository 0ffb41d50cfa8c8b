import type { Request } from 'express';
import type { GatewayConfig } from '#gateway/config.js';

/** A name or an address, with or without a port: nothing that could be more of a URL than its host. */
const HOST = /^(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Express's own reading of `trust proxy`. */
type TrustProxy = (address: string | undefined, hop: number) => boolean;

/**
 * Where clients reach this server, as its answers say it: ROLLCALL_PUBLIC_URL where it is set; else what a trusted proxy says in X-Forwarded-Host and
 * X-Forwarded-Proto; else where it listens. The Host header never counts: anybody may send any.
 *
 * @returns without a slash at its end.
 */
export function publicUrlFor(
  req: Request,
  { publicUrl, isPublicUrlSet, trustedProxies }: Pick<GatewayConfig, 'publicUrl' | 'isPublicUrlSet' | 'trustedProxies'>,
): string {
  if (isPublicUrlSet || trustedProxies.length === 0) return publicUrl;
  const host = lastOf(req, 'x-forwarded-host');
  const trusts: TrustProxy = req.app.get('trust proxy fn');
  if (host === null || !HOST.test(host) || !trusts(req.socket.remoteAddress, 0)) return publicUrl;
  const protocol = lastOf(req, 'x-forwarded-proto')?.toLowerCase();
  return `${protocol === 'https' ? 'https' : 'http'}://${host.toLowerCase()}`;
}

/** Of several the last one is the proxy's own: those before it were in the request that the proxy got. */
function lastOf({ headers }: Request, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(value.lastIndexOf(',') + 1).trim() : null;
}
