import type { SignInOffer } from '#core-api/domain/sign-in/discovery.js';
import { errorText, field, hiddenFields, newPasswordField, withQuery } from './forms.js';
import { type Html, html } from './html.js';

/* The pages of sign-in, each without its frame. They work without scripts: each is a form, and each form leads to the next page. */

export interface Body {
  title: string;
  body: Html;
  status?: number;
}

interface Typed {
  email?: string | null;
  returnTo: string | null;
  error?: string | null;
}

const address = (value: string | null | undefined, isFocused: boolean) =>
  field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value, isFocused });

/** The first page: who are you? */
export function startPage({ email, returnTo, error = null }: Typed): Body {
  return {
    title: 'Sign in',
    body: html`${errorText(error)}
<form method="post" action="/sign-in">
${address(email, true)}
${hiddenFields({ returnTo })}<button>Continue</button>
</form>`,
  };
}

/** Nobody has proved that the address's domain is theirs. */
export function whichCompanyPage({ email, returnTo, error = null }: Typed, host: string): Body {
  return {
    title: 'Which company?',
    body: html`<p>Your address alone does not tell us where you belong.</p>
${errorText(error)}
<form method="post" action="/sign-in">
${field({
  name: 'company',
  label: 'Your company',
  type: 'text',
  autocomplete: 'organization',
  hint: `The last part of your company's sign-in address: ${host}/sign-in/…`,
  isFocused: true,
})}
${hiddenFields({ email: email ?? null, returnTo })}<button>Continue</button>
</form>
<p class="more"><a href="${withQuery('/sign-in', { returnTo })}">Use another address</a></p>`,
  };
}

/** A company's own page: its connections, and what there is beside them. */
export function companyPage(offer: SignInOffer, { email, returnTo, error = null }: Typed): Body {
  const { company, connections, isLocalOpen } = offer;
  const start = (id: string) =>
    withQuery(`/sso/${company.id}/${id}/start`, { returnTo, login_hint: email?.trim() || null });
  const buttons = connections.map(
    ({ id, name }) => html`<a class="button" href="${start(id)}">Continue with ${name}</a>\n`,
  );
  const local = localForm(offer, { email, returnTo, error }, connections.length === 0 || error !== null);
  return {
    title: `Sign in to ${company.name}`,
    body: isLocalOpen
      ? html`${buttons}${connections.length > 0 && html`<p class="or"><span>or</span></p>\n`}${local}`
      : html`${connections.length === 0 && html`<p>Single sign-on is not set up yet.</p>`}${buttons}
<details${error !== null && html` open`}>
<summary>Emergency access</summary>
<p class="hint">For administrators, when single sign-on does not work. Every use raises an alarm.</p>
${local}
</details>`,
  };
}

function localForm(
  { company, hasMagicLinks, hasReset, hasRegistration }: SignInOffer,
  typed: Typed,
  isFocused: boolean,
): Html {
  const { email, returnTo, error = null } = typed;
  const carried = { company: company.slug, returnTo };
  const name = { name: 'email', label: 'E-mail address or user name', type: 'text', autocomplete: 'username' } as const;
  return html`${errorText(error)}
<form method="post" action="/sign-in/password">
${field({ ...name, value: email, isFocused: isFocused && !email })}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', isFocused: isFocused && !!email })}
${hiddenFields(carried)}<button>Sign in</button>
${hasMagicLinks && html`<button class="second" formaction="/sign-in/magic-link" formnovalidate>E-mail me a sign-in link</button>`}
</form>
${hasReset && html`<p class="more"><a href="${withQuery('/sign-in/password-reset', carried)}">Forgot your password?</a></p>`}
${hasRegistration && html`<p class="more">New here? <a href="${withQuery('/sign-in/register', carried)}">Create an account</a></p>`}`;
}

/** Whatever was typed: it says nothing of who has an account. */
export function mailSentPage(company: { slug: string }, what: string, minutes: number): Body {
  return {
    title: 'Look into your mail',
    body: html`<p>If there is somebody with that address who may have it, ${what} is on its way. It works for ${minutes} minutes.</p>
<p class="hint">Nothing there? Look among unwanted mail, or check the address and ask for another one.</p>
<p class="more"><a href="/sign-in/${company.slug}">Back to sign-in</a></p>`,
  };
}

/** A link was opened: by a person, or by what looks through mails. Only a press on the button uses it. */
export function magicLinkPage(company: { name: string }, token: string): Body {
  return {
    title: `Sign in to ${company.name}`,
    body: html`<form method="post" action="/sign-in/magic-link">
${hiddenFields({ token })}<button autofocus>Sign in</button>
</form>
<p class="hint">The link works once.</p>`,
  };
}

export function codePage(token: string, isWrong: boolean): Body {
  return {
    title: 'Your second factor',
    status: isWrong ? 403 : 200,
    body: html`<p>Open your authenticator app and type the code that it shows.</p>
${errorText(isWrong ? 'That code is wrong, or was used already. Wait for the next one.' : null)}
<form method="post" action="/sign-in/second-factor">
${field({ name: 'code', label: 'Code', type: 'text', autocomplete: 'one-time-code', isFocused: true, isCode: true })}
${hiddenFields({ token })}<button>Continue</button>
</form>
<p class="more"><a href="/sign-in">Begin again</a></p>`,
  };
}

export function invitationPage(
  company: { name: string },
  token: string,
  hasMagicLinks: boolean,
  error: string | null,
): Body {
  return {
    title: `Welcome to ${company.name}`,
    body: html`<p>You were invited. Choose a password, and come in.</p>
${errorText(error)}
<form method="post" action="/sign-in/invitation">
${newPasswordField(true)}
${hiddenFields({ token })}<button>Come in</button>
${
  hasMagicLinks &&
  html`<button class="second" name="without" value="password" formnovalidate>Come in without a password</button>
<p class="hint">Without one, a link by mail lets you in each time.</p>`
}
</form>`,
  };
}

export function forgotPasswordPage(company: { slug: string; name: string }, returnTo: string | null): Body {
  return {
    title: 'Choose a new password',
    body: html`<p>For your account at ${company.name}. We mail you a link.</p>
<form method="post" action="/sign-in/password-reset">
${field({ name: 'email', label: 'E-mail address or user name', type: 'text', autocomplete: 'username', isFocused: true })}
${hiddenFields({ company: company.slug, returnTo })}<button>Send the link</button>
</form>
<p class="more"><a href="${withQuery(`/sign-in/${company.slug}`, { returnTo })}">Back to sign-in</a></p>`,
  };
}

export function newPasswordPage(company: { name: string }, token: string, error: string | null): Body {
  return {
    title: 'Choose a new password',
    body: html`<p>For your account at ${company.name}. Wherever you are signed in, you will be signed out.</p>
${errorText(error)}
<form method="post" action="/sign-in/password-reset">
${newPasswordField(true)}
${hiddenFields({ token })}<button>Set the password</button>
</form>`,
  };
}

export function passwordSetPage(company: { slug: string }): Body {
  return {
    title: 'Your password is set',
    body: html`<p>Sign in with it now.</p>
<p><a class="button" href="/sign-in/${company.slug}">To sign-in</a></p>`,
  };
}

export function registerPage(company: { slug: string; name: string }, { email, returnTo, error = null }: Typed): Body {
  return {
    title: 'Create an account',
    body: html`<p>At ${company.name}. We mail you a link to confirm your address.</p>
${errorText(error)}
<form method="post" action="/sign-in/register">
${address(email, true)}
${hiddenFields({ company: company.slug, returnTo })}<button>Continue</button>
</form>
<p class="more"><a href="${withQuery(`/sign-in/${company.slug}`, { returnTo })}">Back to sign-in</a></p>`,
  };
}

export function completeRegistrationPage(
  company: { name: string },
  token: string,
  { displayName, error }: { displayName: string; error: string | null },
): Body {
  return {
    title: `Your account at ${company.name}`,
    body: html`${errorText(error)}
<form method="post" action="/sign-in/register">
${field({ name: 'displayName', label: 'Your name', type: 'text', autocomplete: 'name', value: displayName, isFocused: true, isOptional: true })}
${newPasswordField(false)}
${hiddenFields({ token })}<button>Create the account</button>
</form>`,
  };
}

export const LINK_OVER_PAGE: Body = {
  title: 'This link is over',
  status: 410,
  body: html`<p>It was used already, or it is too old, or a newer one took its place. Ask for another one.</p>
<p><a class="button" href="/sign-in">To sign-in</a></p>`,
};

export const NO_COMPANY_PAGE: Body = {
  title: 'There is no company here',
  status: 404,
  body: html`<p>Look at the address once more, or begin with your e-mail address.</p>
<p><a class="button" href="/sign-in">To sign-in</a></p>`,
};
