import type { Express } from 'express';
import type { SignIn } from '../app.js';
import { browserOf, keyOf, queryOf, sendOutcome } from './sso.js';

/** Where an OpenID provider sends the browser back to, with a code or with a refusal (OpenID Connect Core §3.1.2.5). */
export function oidcRoutes(app: Express, signIn: SignIn): void {
  app.get('/sso/:companyId/:connectionId/callback', async (request, response) => {
    // As it was sent: a parameter that comes twice is not for us to choose from.
    const { searchParams } = new URL(request.originalUrl, 'http://here.invalid');
    const outcome = await signIn.sso.answerOidc(keyOf(request), searchParams, {
      state: queryOf(request, 'state'),
      browser: browserOf(signIn, request),
      session: signIn.sessionText(request),
      visitor: signIn.visitor(request, response),
    });
    sendOutcome(signIn, response, outcome);
  });
}
