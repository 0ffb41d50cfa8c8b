import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { type OidcClient, type OidcPort, OutboundError, type OutboundHttp } from '#core-api/domain/ports.js';
import { type ProtocolRefusal, SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { type Claims, identityOf, lacksClaims } from './claims.js';
import { MOST_BYTES, Providers } from './provider.js';

const SKEW_SECONDS = 120;
/** An ID token is fetched at once. One that is older was meant for another moment. */
const OLDEST_SECONDS = 300;
/** Never `none`, and never a shared secret: whoever knows the public key could sign by it. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Where a token says itself what it is to be checked with. */
const KEY_HEADERS = ['jwk', 'jku', 'x5u', 'x5c'];

interface Options {
  http: OutboundHttp;
  /** Milliseconds of any clock that never goes back. */
  now?: () => number;
}

/**
 * OpenID Connect by openid-client, with what that leaves to others: the issuer of each connection by the letter, a signature that is always checked, by
 * keys that are read seldom, and every request through the one way out.
 */
export function oidc({ http, now = () => performance.now() }: Options): OidcPort {
  const providers = new Providers(http, now);
  return {
    begin: (party, { state, nonce, codeVerifier, isForced }, loginHint) =>
      refusing(async () => {
        const { config: settings, redirectUri } = party;
        const metadata = await providers.of(settings.issuer).metadata();
        const parameters = new URLSearchParams({
          redirect_uri: redirectUri,
          scope: ['openid', ...(settings.scopes ?? ['profile', 'email'])].join(' '),
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        });
        if (loginHint !== null) parameters.set('login_hint', loginHint);
        if (isForced) {
          parameters.set('prompt', 'login');
          parameters.set('max_age', '0');
        }
        return client.buildAuthorizationUrl(configure(party, metadata, http), parameters).href;
      }),
    complete: (party, { state, nonce, codeVerifier, isForced }, query, date) =>
      refusing(async () => {
        const { config: settings, redirectUri } = party;
        const provider = providers.of(settings.issuer);
        const metadata = await provider.metadata();
        checkIssuerParameter(query, metadata);
        const configured = configure(party, metadata, http, date);
        const answer = new URL(`${redirectUri}?${query}`);
        const tokens = await client.authorizationCodeGrant(configured, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
          maxAge: isForced ? 0 : undefined,
        });
        const claims = await verify(tokens.id_token!, provider.key, settings, date); // idTokenExpected
        const more = lacksClaims(claims, settings.claims)
          ? await userInfo(configured, tokens.access_token, claims)
          : {};
        return identityOf({ ...more, ...claims }, settings.claims);
      }),
  };
}

/** Against mix-up: a provider that says who it is has to be the one that was asked (RFC 9207). The metadata's issuer is the connection's. */
function checkIssuerParameter(query: URLSearchParams, metadata: client.ServerMetadata): void {
  const issuer = query.get('iss');
  if (issuer === null ? metadata.authorization_response_iss_parameter_supported : issuer !== metadata.issuer)
    throw new SsoRefusal('ISSUER', 'The answer comes from another identity provider than the one that was asked.');
}

/** What openid-client needs to know. What is reached by plain http is for the way out to say. */
function configure(
  { config: { clientId }, clientSecret }: OidcClient,
  metadata: client.ServerMetadata,
  http: OutboundHttp,
  date: Date | null = null,
): client.Configuration {
  const skew = date === null ? 0 : Math.round((date.getTime() - Date.now()) / 1_000);
  const configured = new client.Configuration(
    metadata,
    clientId,
    { [client.clockSkew]: skew, [client.clockTolerance]: SKEW_SECONDS },
    authenticationBy(clientSecret, metadata),
  );
  client.allowInsecureRequests(configured);
  configured[client.customFetch] = async (url, { method, headers, body }) => {
    const answer = await http.send({
      url,
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      body: body == null ? undefined : String(body), // the library sends forms only
      mostBytes: MOST_BYTES,
    });
    if (answer.status >= 500)
      throw new SsoRefusal('IDP_UNREACHABLE', `The identity provider answers with status ${answer.status}.`);
    return new Response(new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
  };
  return configured;
}

/** By the header, which every provider must take (RFC 6749 §2.3.1), unless this one says that it takes it in the form only. */
function authenticationBy(secret: string | null, metadata: client.ServerMetadata): client.ClientAuth {
  if (secret === null) return client.None();
  const methods = metadata.token_endpoint_auth_methods_supported ?? [];
  const isFormOnly = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
  return isFormOnly ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
}

async function verify(
  idToken: string,
  key: JWTVerifyGetKey,
  { issuer, clientId }: OidcClient['config'],
  currentDate: Date,
): Promise<JWTPayload> {
  const { payload, protectedHeader } = await jwtVerify(idToken, key, {
    issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    clockTolerance: SKEW_SECONDS,
    maxTokenAge: OLDEST_SECONDS,
    currentDate,
  });
  if (KEY_HEADERS.some((name) => name in protectedHeader))
    throw new SsoRefusal('SIGNATURE', 'The ID token brings its own key.');
  if (payload.azp !== undefined && payload.azp !== clientId)
    throw new SsoRefusal('AUDIENCE', 'The ID token was issued to another client.');
  return payload;
}

async function userInfo(configured: client.Configuration, accessToken: string, { sub }: Claims): Promise<Claims> {
  if (configured.serverMetadata().userinfo_endpoint === undefined) return {};
  return client.fetchUserInfo(configured, accessToken, String(sub));
}

/** Runs it so that whatever the libraries refuse is a refusal of ours. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toRefusal(error);
  }
}

const BY_CLAIM: Readonly<Record<string, ProtocolRefusal>> = {
  iss: 'ISSUER',
  aud: 'AUDIENCE',
  azp: 'AUDIENCE',
  nonce: 'OTHER_REQUEST',
  exp: 'EXPIRED',
  iat: 'EXPIRED',
  nbf: 'NOT_YET_VALID',
  auth_time: 'EXPIRED',
};

/** @returns what is to be thrown: a refusal, or the very error where it is none of the protocol's. */
function toRefusal(error: unknown): unknown {
  if (error instanceof SsoRefusal) return error;
  const causes = causesOf(error);
  const unreachable = causes.find((each) => each instanceof OutboundError);
  if (unreachable) return new SsoRefusal('IDP_UNREACHABLE', unreachable.message);
  const told = causes.find((each) => each instanceof SsoRefusal);
  if (told) return told;
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    return new SsoRefusal('IDP_ERROR', 'The identity provider refuses.');
  if (error instanceof client.WWWAuthenticateChallengeError)
    return new SsoRefusal('IDP_ERROR', 'The identity provider does not take what it issued.');
  if ((error instanceof errors.JOSEError && isOfSignature(error)) || causes.some((each) => 'header' in each))
    return new SsoRefusal('SIGNATURE', 'The ID token is signed by no key of the identity provider that is allowed.');
  const claim = causes.map((each) => (each as { claim?: unknown }).claim).find((each) => typeof each === 'string');
  if (claim !== undefined)
    return new SsoRefusal(reasonFor(String(claim), error), `The ID token's "${claim}" is not as it must be.`);
  if (error instanceof client.ClientError || error instanceof errors.JOSEError)
    return new SsoRefusal('MALFORMED', 'The answer of the identity provider is not as the protocol wants it.');
  return error;
}

function reasonFor(claim: string, error: unknown): ProtocolRefusal {
  const isAhead = claim === 'iat' && !(error instanceof errors.JWTExpired);
  return isAhead ? 'NOT_YET_VALID' : (BY_CLAIM[claim] ?? 'MALFORMED');
}

function isOfSignature(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** The error and what caused it; openid-client's causes may be plain objects that say which claim it was, or show a header of which it takes no algorithm. */
function causesOf(error: unknown): object[] {
  const causes: object[] = [];
  for (let each = error; typeof each === 'object' && each !== null && causes.length < 5; each = (each as Error).cause)
    causes.push(each);
  return causes;
}
