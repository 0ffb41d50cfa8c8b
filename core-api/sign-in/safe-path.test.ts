import { expect, it } from 'vitest';
import { HOME, safePath } from './safe-path.js';

it.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'javascript:alert(1)',
  '%2f%2fevil.example',
  '/%2fevil.example',
  '/%5Cevil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' /graphql',
  'graphql',
  '',
  `/${'x'.repeat(10_000)}`,
  null,
  undefined,
  ['/graphql'],
])('S-18: sends nobody to %j, but home', (text) => {
  expect(safePath(text)).toBe(HOME);
});

it.each(['/', '/graphql', '/sign-in/authorize?redirect_uri=https%3A%2F%2Fapp.example&state=a%2Fb', '/a/../b?x=1'])(
  'S-18: sends to %s of our own',
  (text) => {
    expect(safePath(text)).toBe(text === '/a/../b?x=1' ? '/b?x=1' : text);
  },
);
