import type { Express } from 'express';
import { endSessions } from '#core-api/domain/sign-in/sessions.js';
import type { SignIn } from '../app.js';
import { html } from '../pages/html.js';
import { sendPage } from '../pages/page.js';
import { HOME } from '../safe-path.js';

/** The session that the browser has: who it is, and its end. */
export function sessionRoutes(app: Express, signIn: SignIn): void {
  app.get(HOME, async (request, response) => {
    const actor = await signIn.actorOf(request, response);
    if (!actor) return response.set('cache-control', 'no-store').redirect(303, '/sign-in');
    sendPage(response, {
      title: 'You are signed in',
      body: html`<dl>
<dt>Name</dt><dd>${actor.name}</dd>
</dl>
<form method="post" action="/sign-out"><button class="second">Sign out</button></form>`,
    });
  });

  /**
   * Browsers put away the page that is left, whole, only when the next one is there, and bring it back to whoever goes back, `no-store` or not. So what takes
   * it away has to come with something that this page loads.
   */
  app.get('/sign-out', async (request, response) => {
    if (await signIn.actorOf(request, response)) return response.set('cache-control', 'no-store').redirect(303, HOME);
    sendPage(response, {
      title: 'You are signed out',
      body: html`<link rel="stylesheet" href="/sign-out/forget.css">
<p><a class="button" href="/sign-in">Sign in again</a></p>`,
    });
  });

  app.get('/sign-out/forget.css', (_request, response) => {
    response
      .set({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-store', 'clear-site-data': '"cache"' })
      .end();
  });

  app.post('/sign-out', async (request, response) => {
    const actor = await signIn.actorOf(request, response);
    if (actor?.session)
      await endSessions(signIn.db.forCompany(actor.companyId), actor, { id: actor.session.id }, 'SIGNED_OUT');
    signIn.forget(response);
    response.set('cache-control', 'no-store').redirect(303, '/sign-out');
  });
}
