import { OAuthError } from '#gateway/routes/oauth-error.js';

/** The Authorization header, if there is one. */
export type ClientAuthentication = string | null;

/** What a client shows of itself. */
interface ShownCredentials {
  id: string;
  secret: string;
}

interface TokenRequest {
  /** `Basic`, with the client's id and secret: as it came, or made of the body's. */
  authorization: string;
  /** Null when the request names none. */
  scopes: string[] | null;
}

const BASIC = /^basic +[A-Za-z0-9+/_-]{1,2000}={0,2}$/i;

/**
 * Reads a token request (RFC 6749 §4.4.2) with the client's authentication by Basic or in the body (§2.3.1).
 *
 * @param form the body, application/x-www-form-urlencoded.
 * @throws OAuthError invalid_request | unsupported_grant_type | invalid_client (none, or nothing that could be one)
 */
export function readTokenRequest(authentication: ClientAuthentication, form: string): TokenRequest {
  const parameters = readParameters(form);
  const grantType = parameters.get('grant_type');
  if (grantType === undefined) throw OAuthError.invalidRequest('grant_type is missing.');
  if (grantType !== 'client_credentials')
    throw new OAuthError(400, 'unsupported_grant_type', 'grant_type must be client_credentials.');
  const scopes = parameters.get('scope')?.split(' ').filter(Boolean) ?? null;
  return { authorization: authorizationOf(authentication, parameters), scopes };
}

/** Those without a value count as left out, and none may come twice (§3.2). */
function readParameters(form: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(form)) {
    if (value === '') continue;
    if (parameters.has(name)) throw OAuthError.invalidRequest('A parameter comes twice.');
    parameters.set(name, value);
  }
  return parameters;
}

function authorizationOf(authentication: ClientAuthentication, parameters: ReadonlyMap<string, string>): string {
  const id = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  if (authentication !== null && secret !== undefined)
    throw OAuthError.invalidRequest('The client authenticates in two ways.');
  const authorization = authentication ?? (id === undefined || secret === undefined ? '' : basicOf(id, secret));
  if (!BASIC.test(authorization)) throw OAuthError.invalidClient();
  return authorization;
}

/** What the client shows by Basic or in the body, right or wrong; null when it is not whole, or in a form that nobody can read. */
export function shownCredentials(authentication: ClientAuthentication, form: string): ShownCredentials | null {
  const parameters = new URLSearchParams(form);
  const [id, secret] =
    authentication === null ? [parameters.get('client_id'), parameters.get('client_secret')] : byBasic(authentication);
  return id && secret ? { id, secret } : null;
}

function byBasic(authentication: string): (string | null)[] {
  const base64 = BASIC.test(authentication) ? authentication.slice('basic '.length) : '';
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(base64, 'base64').toString('utf8')) ?? [];
  // Names and values of a form are encoded as these are (RFC 6749 §2.3.1).
  const decoded = new URLSearchParams(`id=${id.replaceAll('&', '%26')}&secret=${secret.replaceAll('&', '%26')}`);
  return [decoded.get('id'), decoded.get('secret')];
}

function basicOf(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}
