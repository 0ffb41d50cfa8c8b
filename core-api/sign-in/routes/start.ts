import type { Express, Response } from 'express';
import { companyOfAddress, offerOf } from '#core-api/domain/sign-in/discovery.js';
import { signInByPassword } from '#core-api/domain/sign-in/password-sign-in.js';
import { signInByCode } from '#core-api/domain/sign-in/second-factor.js';
import type { SignInCompany } from '#core-api/persistence/stores/local-accounts.js';
import type { SignIn } from '../app.js';
import { withQuery } from '../pages/forms.js';
import { companyPage, startPage, whichCompanyPage } from '../pages/local-pages.js';
import { sendPage } from '../pages/page.js';
import { arrivalOf, asked, companyNamed, posted, sendEntry } from './requests.js';

const NOT_RIGHT =
  'That did not work. Check the name and the password; some accounts have no password and come in another way.';

/** The first pages of a sign-in: the address, the company, the password, the code. */
export function startRoutes(app: Express, signIn: SignIn): void {
  const offer = (company: SignInCompany) => offerOf(signIn.db, company, signIn.mail.isAvailable);

  app.get('/sign-in', (request, response) => sendPage(response, startPage({ returnTo: asked(request, 'returnTo') })));

  app.post('/sign-in', async (request, response) => {
    const { visitor, returnTo } = arrivalOf(signIn, request, response);
    const email = posted(request, 'email').trim();
    const slug = slugOf(posted(request, 'company'));
    const company = slug
      ? await companyNamed(signIn, response, slug)
      : await companyOfAddress(signIn.db, email, visitor);
    if (company) return sendCompany(response, await offer(company), email, returnTo);
    if (!response.headersSent)
      sendPage(response, whichCompanyPage({ email, returnTo }, new URL(signIn.publicUrl()).host));
  });

  /** Where single sign-on is all there is, and one connection of it, there is nothing to choose. */
  function sendCompany(
    response: Response,
    found: Awaited<ReturnType<typeof offer>>,
    email: string,
    returnTo: string | null,
  ) {
    const { company, connections, isLocalOpen } = found;
    const [only] = connections;
    if (isLocalOpen || !only || connections.length > 1)
      return sendPage(response, companyPage(found, { email, returnTo }));
    const start = withQuery(`/sso/${company.id}/${only.id}/start`, { returnTo, login_hint: email });
    response.set('cache-control', 'no-store').redirect(303, start);
  }

  app.get('/sign-in/password', (_request, response) => response.redirect(303, '/sign-in'));

  app.post('/sign-in/password', async (request, response) => {
    const company = await companyNamed(signIn, response, posted(request, 'company'));
    if (!company) return;
    const arrival = arrivalOf(signIn, request, response);
    const email = posted(request, 'email');
    const entry = await signInByPassword(
      signIn,
      company,
      { name: email, password: posted(request, 'password') },
      arrival,
    );
    const again = companyPage(await offer(company), { email, returnTo: arrival.returnTo, error: NOT_RIGHT });
    sendEntry(signIn, response, entry, { ...again, status: 403 });
  });

  app.get('/sign-in/second-factor', (_request, response) => response.redirect(303, '/sign-in'));

  app.post('/sign-in/second-factor', async (request, response) => {
    const arrival = arrivalOf(signIn, request, response);
    const entry = await signInByCode(signIn, posted(request, 'token'), posted(request, 'code'), arrival);
    sendEntry(signIn, response, entry);
  });
}

/** A company's own page. Its name can stand for any page's, so it comes after all others. */
export function companyRoutes(app: Express, signIn: SignIn): void {
  app.get('/sign-in/:slug', async (request, response) => {
    const company = await companyNamed(signIn, response, request.params.slug);
    if (!company) return;
    const offer = await offerOf(signIn.db, company, signIn.mail.isAvailable);
    sendPage(response, companyPage(offer, { returnTo: asked(request, 'returnTo') }));
  });
}

/** People write the whole address, or capitals, where the last part is asked for. */
function slugOf(text: string): string {
  return text.trim().toLowerCase().replace(/\/+$/, '').split('/').at(-1) ?? '';
}
