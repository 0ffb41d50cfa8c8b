import type { Express, Request, Response } from 'express';
import type { SamlLogoutMessage } from '#core-api/domain/ports.js';
import { logOutBySaml } from '#core-api/domain/sso/saml-log-out.js';
import type { SignIn } from '../app.js';
import { sendPage, sendRefusal, TO_SIGN_IN } from '../pages/page.js';
import { browserOf, keyOf, queryOf, sendOutcome } from './sso.js';

/** What a SAML identity provider sends by way of the browser: answers (HTTP-POST), and log-outs (HTTP-POST and HTTP-Redirect). */
export function samlRoutes(app: Express, signIn: SignIn): void {
  app.get('/sso/:companyId/:connectionId/metadata', async (request, response, next) => {
    const xml = await signIn.sso.samlMetadata(keyOf(request));
    if (xml === null) return next();
    response
      .set({ 'content-type': 'application/samlmetadata+xml; charset=utf-8', 'cache-control': 'no-store' })
      .end(xml);
  });

  app.post('/sso/:companyId/:connectionId/acs', async (request, response) => {
    const outcome = await signIn.sso.answerSaml(keyOf(request), fieldOf(request, 'SAMLResponse') ?? '', {
      state: fieldOf(request, 'RelayState'),
      browser: browserOf(signIn, request),
      session: signIn.sessionText(request),
      visitor: signIn.visitor(request, response),
    });
    sendOutcome(signIn, response, outcome);
  });

  const logOut = async (
    request: Request,
    response: Response,
    message: SamlLogoutMessage,
    relayState: string | null,
  ) => {
    const visitor = signIn.visitor(request, response);
    const outcome = await logOutBySaml({ ...signIn, coreUrl: signIn.publicUrl }, keyOf(request), message, {
      relayState,
      visitor,
    });
    if (outcome.kind === 'REFUSED') return sendRefusal(response, outcome.isMalformed ? 400 : 403);
    if (outcome.url !== null) return response.set('cache-control', 'no-store').redirect(303, outcome.url);
    sendPage(response, { title: 'You are signed out', body: TO_SIGN_IN });
  };

  app.get('/sso/:companyId/:connectionId/slo', async (request, response) => {
    const mark = request.originalUrl.indexOf('?');
    const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
    await logOut(request, response, { binding: 'REDIRECT', query }, queryOf(request, 'RelayState'));
  });

  app.post('/sso/:companyId/:connectionId/slo', async (request, response) => {
    const message = { binding: 'POST', samlRequest: fieldOf(request, 'SAMLRequest') ?? '' } as const;
    await logOut(request, response, message, fieldOf(request, 'RelayState'));
  });
}

/** One field of a form; null for none, or several. */
function fieldOf({ body }: Request, name: string): string | null {
  const value = (body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
