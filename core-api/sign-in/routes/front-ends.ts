import type { Express, Response } from 'express';
import { DomainError } from '#core-api/domain/errors.js';
import { countAttempt, takeBack } from '#core-api/domain/sign-in/attempts.js';
import {
  issueFrontEndCode,
  readFrontEndRequest,
  redeemFrontEndCode,
} from '#core-api/domain/sign-in/front-end-codes.js';
import type { SignIn } from '../app.js';
import { html } from '../pages/html.js';
import { sendPage, TO_SIGN_IN } from '../pages/page.js';
import { safePath } from '../safe-path.js';

/** Sessions for front ends on other origins, and the way back to a fresh sign-in. */
export function frontEndRoutes(app: Express, signIn: SignIn): void {
  app.get('/sign-in/authorize', async (request, response) => {
    const asked = readFrontEndRequest((name) => textIn(request.query, name), signIn.allowedOrigins);
    if (!asked) return sendPage(response, UNKNOWN_FRONT_END);
    if ('error' in asked) return sendTo(response, asked.redirectUri, { error: asked.error, state: asked.state });
    const actor = await signIn.actorOf(request, response);
    if (!actor?.session || actor.userId === undefined) return sendOn(response, '/sign-in', request.originalUrl);
    if (asked.wantsFresh && !actor.session.isFresh) return sendOn(response, '/sign-in/step-up', request.originalUrl);
    const { userId, session } = actor;
    const code = await issueFrontEndCode(signIn.db, { ...actor, userId, session }, asked);
    sendTo(response, asked.redirectUri, { code, state: asked.state });
  });

  app.post('/sign-in/token', async (request, response) => {
    const { origin } = request.headers;
    const isFrontEnd = origin !== undefined && signIn.allowedOrigins.includes(origin);
    response.set({ 'cache-control': 'no-store', vary: 'Origin' });
    if (isFrontEnd)
      response.set({ 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Retry-After' });
    const refuse = (error: string, status = 400) => void response.status(status).json({ error });
    const [code, redirectUri, verifier] = ['code', 'redirect_uri', 'code_verifier'].map((n) => textIn(request.body, n));
    if (textIn(request.body, 'grant_type') !== 'authorization_code') return refuse('unsupported_grant_type');
    if (!code || !redirectUri || !verifier) return refuse('invalid_request');
    const visitor = signIn.visitor(request, response);
    try {
      const attempt = await countAttempt(signIn.db, 'PAGE', null, visitor);
      const offer = { code, redirectUri, verifier, origin: origin ?? null };
      const session = await redeemFrontEndCode(signIn.db, offer, visitor);
      if (!session) return refuse('invalid_grant');
      await takeBack(signIn.db, attempt);
      const expires_in = Math.floor((Date.parse(session.expiresAt) - Date.now()) / 1000);
      response.json({ access_token: session.token, token_type: 'Bearer', expires_in });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'TOO_MANY_ATTEMPTS') throw error;
      response.set('retry-after', String(error.details.retryAfterSeconds));
      refuse('temporarily_unavailable', 429);
    }
  });

  app.get('/sign-in/step-up', async (request, response) => {
    const returnTo = safePath(textIn(request.query, 'returnTo'));
    const actor = await signIn.actorOf(request, response);
    if (!actor?.session) return sendOn(response, '/sign-in', returnTo);
    const { isFresh, connectionId, slug } = actor.session;
    if (isFresh) return response.set('cache-control', 'no-store').redirect(303, returnTo);
    // Whichever way it is, it is a whole sign-in: it ends the session that the browser has, and gives it a new one.
    sendOn(response, connectionId ? `/sso/${actor.companyId}/${connectionId}/step-up` : `/sign-in/${slug}`, returnTo);
  });
}

const UNKNOWN_FRONT_END = {
  status: 400,
  title: 'That is no front end of ours',
  body: html`<p class="error">The address that you would be sent back to belongs to none of the origins in <code>ROLLCALL_ALLOWED_ORIGINS</code>.</p>${TO_SIGN_IN}`,
};

/** One value of a name; null for none, or several. */
function textIn(values: unknown, name: string): string | null {
  const value = (values as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** To a page of ours, which comes back afterwards. */
function sendOn(response: Response, page: string, returnTo: string): void {
  response.set('cache-control', 'no-store').redirect(303, `${page}?${new URLSearchParams({ returnTo })}`);
}

/** Back to the front end. */
function sendTo(response: Response, address: string, said: Record<string, string | null>): void {
  const url = new URL(address);
  for (const [name, value] of Object.entries(said)) if (value !== null) url.searchParams.set(name, value);
  response.set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).redirect(303, url.href);
}
