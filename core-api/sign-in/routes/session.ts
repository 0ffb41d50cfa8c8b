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

  app.post('/sign-out', async (request, response) => {
    const actor = await signIn.actorOf(request, response);
    if (actor?.session)
      await endSessions(signIn.db.forCompany(actor.companyId), actor, { id: actor.session.id }, 'SIGNED_OUT');
    signIn.forget(response);
    // Whatever the browser kept of the pages goes with it, so that nobody finds it by going back.
    response.set({ 'cache-control': 'no-store', 'clear-site-data': '"cache"' }).redirect(303, '/sign-in');
  });
}
