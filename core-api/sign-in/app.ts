import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { CompanyActor } from '#core-api/domain/actor.js';
import type { Authenticator } from '#core-api/domain/auth/authenticator.js';
import { DomainError } from '#core-api/domain/errors.js';
import type { OidcPort, SamlPort } from '#core-api/domain/ports.js';
import type { OpenedSession, Visitor } from '#core-api/domain/sign-in/sessions.js';
import type { SignInMail } from '#core-api/domain/sign-in/sign-in-mail.js';
import { SsoSignIn } from '#core-api/domain/sso/sso-sign-in.js';
import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import type { HttpHandler } from '../http.js';
import { clearSessionCookie, cookiesFor, isSafeForSignIn, readCookie, setSessionCookie } from './cookies.js';
import { isOwnOrigin } from './origin.js';
import { html } from './pages/html.js';
import { requestIdOf, sendPage, sendRefusal, TO_SIGN_IN } from './pages/page.js';
import { STYLE } from './pages/style.js';
import { frontEndRoutes } from './routes/front-ends.js';
import { linkRoutes } from './routes/links.js';
import { oidcRoutes } from './routes/oidc.js';
import { samlRoutes } from './routes/saml.js';
import { sessionRoutes } from './routes/session.js';
import { ssoRoutes } from './routes/sso.js';
import { companyRoutes, startRoutes } from './routes/start.js';
import { safePath } from './safe-path.js';

/** What the sign-in pages are made of. */
export interface SignInParts {
  db: Database;
  keyRing: KeyRing;
  authenticator: Authenticator;
  saml: SamlPort;
  oidc: OidcPort;
  mail: SignInMail;
  /** Of front ends, which may have sessions of their own. */
  allowedOrigins: readonly string[];
  clientAddressOf: (request: IncomingMessage) => string | null;
  /** Without a slash at its end; known once the server listens. */
  publicUrl: () => string;
  log: Logger;
}

/** What the routes share. */
export interface SignIn extends SignInParts {
  sso: SsoSignIn;
  visitor(request: Request, response: Response): Visitor;
  /** The text of the browser's session, whether or not it is good for anything. */
  sessionText(request: Request): string | null;
  /** Who the browser is signed in as; null: nobody. */
  actorOf(request: Request, response: Response): Promise<CompanyActor | null>;
  /** Gives the browser its session and sends it on; `returnTo` is checked here. */
  finish(response: Response, session: OpenedSession, returnTo: unknown): void;
  /** Takes the cookie away. */
  forget(response: Response): void;
}

const PATHS = /^\/(?:sign-in|sign-out|sso)(?:[/?]|$)/;
/** Posts that come from elsewhere by their nature: an identity provider's, and those of front ends, which have no cookie. */
const FROM_ELSEWHERE = /^\/sso\/[^/]+\/[^/]+\/(?:acs|slo)$|^\/sign-in\/token$/;
/** A SAML response in a form: 256 kB of XML in base64, and what stands beside it. */
const LARGEST_FORM = '400kb';

/** Whether the sign-in pages answer at this address. */
export function isForSignIn(url: string): boolean {
  return PATHS.test(url);
}

/** Everything of the core that a person sees in a browser. The response carries `X-Request-Id` already. */
export function signInApp(parts: SignInParts): HttpHandler {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.get('/sign-in/style.css', (_request, response) => {
    response.set({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=3600' }).end(STYLE);
  });
  app.use((_request, response, next) => {
    if (isSafeForSignIn(parts.publicUrl())) return next();
    sendPage(response, { status: 403, title: 'Sign-in needs https', body: NEEDS_HTTPS });
  });
  app.use((request, response, next) => {
    const isPost = request.method !== 'GET' && request.method !== 'HEAD' && !FROM_ELSEWHERE.test(request.path);
    if (isPost && !isOwnOrigin(request, parts.publicUrl())) return sendRefusal(response);
    next();
  });
  app.use(express.urlencoded({ extended: false, limit: LARGEST_FORM, parameterLimit: 50 }));
  const signIn = sharedBy(parts);
  // A company's page comes last: its name could be any page's.
  for (const addRoutes of [
    sessionRoutes,
    frontEndRoutes,
    ssoRoutes,
    samlRoutes,
    oidcRoutes,
    startRoutes,
    linkRoutes,
    companyRoutes,
  ])
    addRoutes(app, signIn);
  app.use((_request, response) =>
    sendPage(response, { status: 404, title: 'There is nothing here', body: TO_SIGN_IN }),
  );
  app.use(failureOf(parts.log));
  return app;
}

const NEEDS_HTTPS = html`<p>This server is reached by plain http, and a password or a session would be read on the way. Ask whoever runs it to put it behind
https and to say so in <code>ROLLCALL_PUBLIC_URL</code>.</p>`;

function sharedBy(parts: SignInParts): SignIn {
  const cookies = () => cookiesFor(parts.publicUrl());
  const visitor = (request: Request, response: Response): Visitor => ({
    address: parts.clientAddressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: requestIdOf(response),
  });
  const sessionText = (request: Request) => readCookie(request, cookies().session);
  return {
    ...parts,
    sso: new SsoSignIn({ ...parts, coreUrl: parts.publicUrl }),
    visitor,
    sessionText,
    async actorOf(request, response) {
      const text = sessionText(request);
      const { address, ...origin } = visitor(request, response);
      return text === null
        ? null
        : parts.authenticator.byCookie(text, { ...origin, clientAddress: address, companyHeader: null });
    },
    finish(response, { token, expiresAt }, returnTo) {
      setSessionCookie(response, cookies(), token, expiresAt);
      response.set('cache-control', 'no-store').redirect(303, safePath(returnTo));
    },
    forget: (response) => clearSessionCookie(response, cookies()),
  };
}

/** What a route threw, as a page: a rule's refusal in its own words, anything else by its request id alone. */
function failureOf(log: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const requestId = requestIdOf(response);
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error, requestId }, 'a sign-in page failed');
    if (response.headersSent) return void response.destroy();
    const { retryAfterSeconds } = error instanceof DomainError ? error.details : {};
    if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds));
    const said = error instanceof DomainError && status < 500 ? html`<p class="error">${error.message}</p>` : null;
    sendPage(response, {
      status,
      title: status >= 500 ? 'Something went wrong' : 'That did not work',
      body: html`${said}<p>If you ask for help, give this number: <code>${requestId}</code></p>${TO_SIGN_IN}`,
    });
  };
}

const STATUS: Partial<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  COMPANY_SUSPENDED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNIQUENESS: 409,
  TOO_MANY_ATTEMPTS: 429,
  DATABASE_UNAVAILABLE: 503,
};

function statusOf(error: unknown): number {
  if (error instanceof DomainError) return STATUS[error.code] ?? 400;
  // Of a body that cannot be read: too large, or no form.
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
