import { type ReadToken, readToken } from './secret-token.js';

const BASIC = /^Basic +([A-Za-z0-9+/_-]{1,2000}={0,2}) *$/i;

/** What an OAuth client shows of itself. */
interface ClientCredentials {
  clientId: string;
  secret: ReadToken;
}

/**
 * Reads `Authorization: Basic` as OAuth clients write it: id and secret are encoded like a form's values before they are joined
 * (RFC 6749 §2.3.1). Null for anything that was never a client's; no look into the database is needed for that.
 */
export function readClientCredentials(authorization: string): ClientCredentials | null {
  const [, base64] = BASIC.exec(authorization) ?? [];
  if (base64 === undefined) return null;
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  const clientId = formDecoded(text.slice(0, colon));
  const secret = readToken(formDecoded(text.slice(colon + 1)) ?? '');
  return clientId === null || secret?.kind !== 'client' ? null : { clientId, secret };
}

function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
