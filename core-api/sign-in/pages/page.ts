import type { Response } from 'express';
import { type Html, html } from './html.js';

export const TO_SIGN_IN = html`<p><a href="/sign-in">To sign-in</a></p>`;

/** By which the request can be found again in the logs. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader('x-request-id'));
}

interface Page {
  title: string;
  body: Html;
  status?: number;
}

/** Nothing but the page itself and its style sheet: no script, no frame, no other origin. A form's answer may lead to an identity provider, wherever that is. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: then a form would be sent without its origin, too.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Sends a page in the house's layout. */
export function sendPage(response: Response, { title, body, status = 200 }: Page): void {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} – Rollcall</title>
<link rel="stylesheet" href="/sign-in/style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  response.status(status).set(HEADERS).end(page.text);
}

/**
 * The one answer to whoever may not come in, whatever the reason, which the change log has.
 *
 * @param status another one where that tells nothing of anybody.
 */
export function sendRefusal(response: Response, status = 403): void {
  sendPage(response, {
    status,
    title: 'Sign-in is not possible',
    body: html`<p>Your sign-in was not accepted. If you think that it should have been, ask an administrator of your company, and give this number:</p>
<p class="request-id"><code>${requestIdOf(response)}</code></p>
${TO_SIGN_IN}`,
  });
}
