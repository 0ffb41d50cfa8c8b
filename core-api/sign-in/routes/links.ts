import type { Express } from 'express';
import { offerOf } from '#core-api/domain/sign-in/discovery.js';
import { acceptInvitation } from '#core-api/domain/sign-in/invitations.js';
import { resetPassword, sendLink, signInByLink } from '#core-api/domain/sign-in/links.js';
import { completeRegistration, requestRegistration } from '#core-api/domain/sign-in/registration.js';
import { MINUTES } from '#core-api/domain/sign-in/sign-in-mail.js';
import type { SignIn } from '../app.js';
import {
  completeRegistrationPage,
  forgotPasswordPage,
  invitationPage,
  LINK_OVER_PAGE,
  magicLinkPage,
  mailSentPage,
  newPasswordPage,
  passwordSetPage,
  registerPage,
} from '../pages/local-pages.js';
import { sendPage, sendRefusal } from '../pages/page.js';
import { arrivalOf, asked, byForm, companyAsked, companyLinked, companyNamed, posted, sendEntry } from './requests.js';

/**
 * Ways in that go by a mail. Each has one address: a GET with a token shows a form, a POST with it does what the link is for, and without a token the
 * same two ask for one. A GET uses nothing up, because what looks through mails opens links, too.
 */
export function linkRoutes(app: Express, signIn: SignIn): void {
  app.get('/sign-in/magic-link', async (request, response) => {
    const token = asked(request, 'token');
    const company = await companyLinked(signIn, response, token);
    if (company) sendPage(response, magicLinkPage(company, token));
  });

  app.post('/sign-in/magic-link', async (request, response) => {
    const arrival = arrivalOf(signIn, request, response);
    const token = posted(request, 'token');
    if (token) return sendEntry(signIn, response, await signInByLink(signIn, token, arrival));
    const company = await companyNamed(signIn, response, posted(request, 'company'));
    if (!company) return;
    await sendLink(signIn, company, { name: posted(request, 'email'), kind: 'MAGIC_LINK' }, arrival);
    sendPage(response, mailSentPage(company, 'a link', MINUTES.MAGIC_LINK));
  });

  app.get('/sign-in/password-reset', async (request, response) => {
    const token = asked(request, 'token');
    const company = await companyAsked(signIn, response, { token, slug: asked(request, 'company') });
    if (!company) return;
    const returnTo = asked(request, 'returnTo');
    sendPage(response, token ? newPasswordPage(company, token, null) : forgotPasswordPage(company, returnTo));
  });

  app.post('/sign-in/password-reset', async (request, response) => {
    const arrival = arrivalOf(signIn, request, response);
    const token = posted(request, 'token');
    const company = await companyAsked(signIn, response, { token, slug: posted(request, 'company') });
    if (!company) return;
    if (!token) {
      await sendLink(signIn, company, { name: posted(request, 'email'), kind: 'PASSWORD_RESET' }, arrival);
      return sendPage(response, mailSentPage(company, 'a link', MINUTES.PASSWORD_RESET));
    }
    const form = (error: string) => newPasswordPage(company, token, error);
    await byForm(response, form, async () => {
      const done = await resetPassword(signIn, token, posted(request, 'password'), arrival.visitor);
      if (done === 'REFUSED') return sendRefusal(response);
      sendPage(response, done === 'DONE' ? passwordSetPage(company) : LINK_OVER_PAGE);
    });
  });

  app.get('/sign-in/invitation', async (request, response) => {
    const token = asked(request, 'token');
    const company = await companyLinked(signIn, response, token);
    if (!company) return;
    const { hasMagicLinks } = await offerOf(signIn.db, company, signIn.mail.isAvailable);
    sendPage(response, invitationPage(company, token, hasMagicLinks, null));
  });

  app.post('/sign-in/invitation', async (request, response) => {
    const token = posted(request, 'token');
    const company = await companyLinked(signIn, response, token);
    if (!company) return;
    const { hasMagicLinks } = await offerOf(signIn.db, company, signIn.mail.isAvailable);
    const password = hasMagicLinks && posted(request, 'without') ? null : posted(request, 'password');
    const form = (error: string) => invitationPage(company, token, hasMagicLinks, error);
    await byForm(response, form, async () =>
      sendEntry(
        signIn,
        response,
        await acceptInvitation(signIn, token, password, arrivalOf(signIn, request, response)),
      ),
    );
  });

  app.get('/sign-in/register', async (request, response) => {
    const token = asked(request, 'token');
    const company = await companyAsked(signIn, response, { token, slug: asked(request, 'company') });
    if (!company) return;
    if (token) return sendPage(response, completeRegistrationPage(company, token, { displayName: '', error: null }));
    const { hasRegistration } = await offerOf(signIn.db, company, signIn.mail.isAvailable);
    if (!hasRegistration) return sendRefusal(response);
    sendPage(response, registerPage(company, { returnTo: asked(request, 'returnTo') }));
  });

  app.post('/sign-in/register', async (request, response) => {
    const arrival = arrivalOf(signIn, request, response);
    const token = posted(request, 'token');
    const company = await companyAsked(signIn, response, { token, slug: posted(request, 'company') });
    if (!company) return;
    const email = posted(request, 'email');
    const displayName = posted(request, 'displayName');
    const form = (error: string) =>
      token
        ? completeRegistrationPage(company, token, { displayName, error })
        : registerPage(company, { email, returnTo: arrival.returnTo, error });
    await byForm(response, form, async () => {
      if (token) {
        const given = { displayName, password: posted(request, 'password') };
        return sendEntry(signIn, response, await completeRegistration(signIn, token, given, arrival));
      }
      await requestRegistration(signIn, company, email, arrival);
      sendPage(response, mailSentPage(company, 'a link', MINUTES.REGISTRATION));
    });
  });
}
