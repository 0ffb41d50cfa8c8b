import { expect, it } from 'vitest';
import { domainNameOf, domainOfAddress } from './domain-name.js';

const LABEL = 'x'.repeat(63);

it.each([
  ['acme.example', 'acme.example'],
  [' ACME.Example. ', 'acme.example'],
  ['Bücher.example', 'xn--bcher-kva.example'],
  ['mail.acme.co.uk', 'mail.acme.co.uk'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  [`${LABEL}.${LABEL}.${LABEL}.${'y'.repeat(43)}.example`, `${LABEL}.${LABEL}.${LABEL}.${'y'.repeat(43)}.example`],
])('%s is the domain %s', (text, name) => {
  expect(domainNameOf(text)).toBe(name);
});

it.each([
  '',
  '.',
  'com',
  'localhost',
  '*.acme.example',
  'acme..example',
  '.acme.example',
  '-acme.example',
  'acme_.example',
  'ac me.example',
  'https://acme.example',
  'acme.example/path',
  'acme.example:53',
  'ann@acme.example',
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '[::1]',
  '::1',
  `${LABEL}x.example`,
  `${LABEL}.${LABEL}.${LABEL}.${'y'.repeat(44)}.example`,
  'acme.example\0',
  'xn--\u0000.example',
  `acme.${'x.'.repeat(130)}example`,
  'acme%2eexample',
  'acme.example?',
  'acme\t.example',
])('%j is none', (text) => {
  expect(domainNameOf(text)).toBeNull();
});

it.each([
  ['ann@acme.example', 'acme.example'],
  ['"a@b"@Acme.Example', 'acme.example'],
  ['ann@bücher.example', 'xn--bcher-kva.example'],
  ['ann', null],
  ['@acme.example', null],
  ['ann@', null],
  ['ann@[127.0.0.1]', null],
])('%s is an address in %s', (address, domain) => {
  expect(domainOfAddress(address)).toBe(domain);
});
