import { expect, it } from 'vitest';
import { checkSlug, freeSlug, toSlug } from './slug.js';

it.each([
  ['Acme', 'acme'],
  ['  Über & Söhne, GmbH ', 'uber-sohne-gmbh'],
  ['株式会社', 'company'],
  ['x'.repeat(80), 'x'.repeat(63)],
  [`${'x'.repeat(62)} y`, 'x'.repeat(62)],
])('%s suggests %s', (name, slug) => {
  expect(toSlug(name)).toBe(slug);
  expect(checkSlug(slug)).toBe(slug);
});

it.each(['', 'Acme', 'a_b', '-a', 'a-', 'x'.repeat(64), '01a202a9-94f0-7000-b0c3-bd25bb4e8983'])(
  '"%s" is no slug',
  (slug) => {
    expect(() => checkSlug(slug)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  },
);

it.each([
  [[], 'acme'],
  [['acme-2'], 'acme'],
  [['acme'], 'acme-2'],
  [['acme', 'acme-2', 'acme-4'], 'acme-3'],
])('with %j taken the next is %s', (taken, slug) => {
  expect(freeSlug('acme', new Set(taken))).toBe(slug);
});

it('keeps a numbered slug within 63 characters', () => {
  const long = 'x'.repeat(63);

  expect(freeSlug(long, new Set([long]))).toBe(`${'x'.repeat(61)}-2`);
});
