import type { Express, Request, Response } from 'express';
import { type ConnectionKey, randomText } from '#core-api/domain/sso/sso-requests.js';
import type { SsoOutcome } from '#core-api/domain/sso/sso-sign-in.js';
import type { SsoPurpose } from '#core-api/persistence/entities/sign-in.js';
import type { SignIn } from '../app.js';
import { cookiesFor, readCookie, setBrowserCookie } from '../cookies.js';
import { html } from '../pages/html.js';
import { sendPage, sendRefusal, TO_SIGN_IN } from '../pages/page.js';

/** What a browser's mark looks like when we made it. */
const MARK = /^[\w-]{43}$/;

/** Off to an identity provider, by whichever protocol. */
export function ssoRoutes(app: Express, signIn: SignIn): void {
  const depart = async (request: Request, response: Response, purpose: SsoPurpose) => {
    const actor = purpose === 'SIGN_IN' ? null : await signIn.actorOf(request, response);
    const returnTo = queryOf(request, 'returnTo');
    if (purpose !== 'SIGN_IN' && !actor) {
      const back = new URLSearchParams({ returnTo: request.originalUrl });
      return response.set('cache-control', 'no-store').redirect(303, `/sign-in?${back}`);
    }
    const cookies = cookiesFor(signIn.publicUrl());
    const marked = readCookie(request, cookies.browser);
    // Kept where there is one, so that sign-ins that were begun in several tabs can all end.
    const browser = marked !== null && MARK.test(marked) ? marked : randomText();
    const sent = await signIn.sso.begin(keyOf(request), {
      ...{ purpose, actor, browser, returnTo },
      session: signIn.sessionText(request),
      loginHint: queryOf(request, 'login_hint')?.slice(0, 320) ?? null,
      visitor: signIn.visitor(request, response),
    });
    if (typeof sent !== 'string') return sendOutcome(signIn, response, sent);
    setBrowserCookie(response, cookies, browser);
    response.set('cache-control', 'no-store').redirect(303, sent);
  };

  app.get('/sso/:companyId/:connectionId/start', (request, response) => depart(request, response, 'SIGN_IN'));
  app.get('/sso/:companyId/:connectionId/step-up', (request, response) => depart(request, response, 'STEP_UP'));
  app.get('/sso/:companyId/:connectionId/test', (request, response) => depart(request, response, 'TEST'));
}

/** By which connection, as the address says. */
export function keyOf({ params }: Request): ConnectionKey {
  return { companyId: String(params.companyId), connectionId: String(params.connectionId) };
}

/** One value of the query; null for none, or several. */
export function queryOf({ query }: Request, name: string): string | null {
  const value = query[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The mark of the browser that a request comes from. */
export function browserOf(signIn: SignIn, request: Request): string | null {
  return readCookie(request, cookiesFor(signIn.publicUrl()).browser);
}

export function sendOutcome(signIn: SignIn, response: Response, outcome: SsoOutcome): void {
  if (outcome.kind === 'SIGNED_IN') signIn.finish(response, outcome.session, outcome.returnTo);
  else if (outcome.kind === 'REFUSED') sendRefusal(response, outcome.isMalformed ? 400 : 403);
  else sendTest(response, outcome);
}

function sendTest(response: Response, { identity, refusal }: Extract<SsoOutcome, { kind: 'TESTED' }>): void {
  const shown = Object.entries(identity ?? {}).map(([name, value]) => {
    const text = [value].flat().join(', ');
    return html`<dt>${name}</dt><dd>${text === '' || value === null ? '–' : text}</dd>`;
  });
  sendPage(response, {
    title: refusal ? 'The test did not succeed' : 'The test succeeded',
    body: refusal
      ? html`<p class="error">${refusal.reason}: ${refusal.detail}</p>${TO_SIGN_IN}`
      : html`<p>Nobody was signed in by it. This is what the identity provider says of you:</p><dl>${shown}</dl>`,
  });
}
