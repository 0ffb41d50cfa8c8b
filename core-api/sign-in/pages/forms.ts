import { type Html, html } from './html.js';

/** What a browser brings along from step to step. */
export type Carried = Readonly<Record<string, string | null>>;

export function hiddenFields(carried: Carried): Html {
  const given = Object.entries(carried).filter(([, value]) => value !== null && value !== '');
  return html`${given.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}`;
}

/** A link that carries what the forms carry. */
export function withQuery(path: string, carried: Carried): string {
  const given = Object.entries(carried).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

interface Field {
  name: string;
  label: string;
  type: 'email' | 'password' | 'text';
  autocomplete: string;
  value?: string | null;
  hint?: string;
  isFocused?: boolean;
  isOptional?: boolean;
  /** A few digits. */
  isCode?: boolean;
}

export function field({ name, label, type, autocomplete, value, hint, isFocused, isOptional, isCode }: Field): Html {
  // A name can be an address or not: the browser should not insist.
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value ?? ''}"${
    hint && html` aria-describedby="${name}-hint"`
  }${isOptional ? null : html` required`}${isFocused && html` autofocus`}${
    isCode && html` inputmode="numeric" maxlength="9"`
  }${type !== 'password' && html` autocapitalize="none" spellcheck="false"`}>
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}`;
}

export function newPasswordField(isFocused: boolean): Html {
  return field({
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 12 characters. A few words in a row are easy to keep and hard to guess.',
    isFocused,
  });
}

export function errorText(error: string | null): Html | null {
  return error === null ? null : html`<p class="error" role="alert">${error}</p>`;
}
