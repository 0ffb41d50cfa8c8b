import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser says that a request comes from a page of ours, or that nobody's page sent it. Programs that are no browsers say nothing, and
 * have no cookie of somebody else to misuse.
 */
export function isOwnOrigin({ headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return headers.origin === undefined || headers.origin === new URL(publicUrl).origin;
}
