import { expect, it } from 'vitest';
import { html } from './html.js';

it('escapes what is put into it, wherever it stands, and not what is HTML already', () => {
  const hostile = `"><script>alert('&')</script>`;
  const page = html`<a title="${hostile}">${[html`<b>${hostile}</b>`, null, false, 1]}</a>`;
  const escaped = '&#34;&#62;&#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;';
  expect(page.text).toBe(`<a title="${escaped}"><b>${escaped}</b>1</a>`);
});
