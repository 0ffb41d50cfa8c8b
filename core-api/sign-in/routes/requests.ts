import type { Request, Response } from 'express';
import { DomainError } from '#core-api/domain/errors.js';
import { companyOfLink, companyOfSlug } from '#core-api/domain/sign-in/discovery.js';
import type { Arrival, Entry } from '#core-api/domain/sign-in/entry.js';
import type { SignInCompany } from '#core-api/persistence/stores/local-accounts.js';
import type { SignIn } from '../app.js';
import { type Body, codePage, LINK_OVER_PAGE, NO_COMPANY_PAGE } from '../pages/local-pages.js';
import { sendPage, sendRefusal } from '../pages/page.js';

/** A field of a form; '' where there is none, or several of that name. */
export function posted(request: Request, name: string): string {
  return textIn(request.body, name);
}

/** A parameter of the address, likewise. */
export function asked(request: Request, name: string): string {
  return textIn(request.query, name);
}

function textIn(values: unknown, name: string): string {
  const value = (values as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

export function arrivalOf(signIn: SignIn, request: Request, response: Response): Arrival {
  return {
    visitor: signIn.visitor(request, response),
    replaces: signIn.sessionText(request),
    returnTo: posted(request, 'returnTo') || null,
  };
}

/** The company that a page is about; null when the page that says so was sent instead. */
export async function companyNamed(signIn: SignIn, response: Response, slug: string): Promise<SignInCompany | null> {
  return orNone(response, await companyOfSlug(signIn.db, slug));
}

/** The same by a link of a mail. */
export async function companyLinked(signIn: SignIn, response: Response, token: string): Promise<SignInCompany | null> {
  const company = await companyOfLink(signIn.db, token);
  if (!company) sendPage(response, LINK_OVER_PAGE);
  return company;
}

/** The company of the link where there is one, else the one that is named. */
export function companyAsked(
  signIn: SignIn,
  response: Response,
  { token, slug }: { token: string; slug: string },
): Promise<SignInCompany | null> {
  return token ? companyLinked(signIn, response, token) : companyNamed(signIn, response, slug);
}

function orNone(response: Response, company: SignInCompany | null): SignInCompany | null {
  if (!company) sendPage(response, NO_COMPANY_PAGE);
  return company;
}

/** Sends the browser where an attempt leads. @param refused the page of a refusal, where there is one better than the neutral one. */
export function sendEntry(signIn: SignIn, response: Response, entry: Entry, refused: Body | null = null): void {
  if (entry.kind === 'SESSION') signIn.finish(response, entry.session, entry.returnTo);
  else if (entry.kind === 'SECOND_FACTOR') sendPage(response, codePage(entry.token, entry.isWrong));
  else if (entry.kind === 'LINK_OVER') sendPage(response, LINK_OVER_PAGE);
  else if (refused) sendPage(response, refused);
  else sendRefusal(response);
}

const ON_THE_FORM = { INVALID_VALUE: 400, UNIQUENESS: 409 } as const;

/** Does what a form asks for; what is wrong with its values is said on the form itself, which keeps what may be kept. */
export async function byForm(
  response: Response,
  form: (error: string) => Body,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const status = error instanceof DomainError ? ON_THE_FORM[error.code as keyof typeof ON_THE_FORM] : undefined;
    if (status === undefined) throw error;
    sendPage(response, { ...form((error as DomainError).message), status });
  }
}
