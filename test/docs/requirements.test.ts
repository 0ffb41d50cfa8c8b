import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellOf, hasTest, testsIn } from './named-tests.js';

const PAGE = new URL('../../docs/requirements.md', import.meta.url);
const REASONS = ['console', 'webhooks', "the IdP's own side"];
const ITEMS = [...readFileSync(PAGE, 'utf8').matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(
  ([, number, what, where]) => ({ number: Number(number), what, where: where! }), // all groups take part in a match
);
const TESTS = ITEMS.flatMap(({ number, where }) => testsIn(where).map((test) => ({ number, ...test })));

describe('docs/requirements.md', () => {
  it('has each of the 145 promises once, in order', () => {
    expect(ITEMS.map(({ number }) => number)).toEqual(Array.from({ length: 145 }, (_, i) => i + 1));
  });

  it.each(ITEMS)('$number, $what, has tests or one of three reasons', ({ where }) => {
    const tests = testsIn(where);
    if (tests.length === 0) expect(REASONS).toContain(where);
    else expect(cellOf(tests)).toBe(where);
  });

  it.each(TESTS)('$number: $file has the test "$title"', (test) => {
    expect(test.file).toMatch(/^\.\.\/(test|core-api|gateway|cli)\/.*\.(test\.ts|json)$/);
    expect(hasTest(PAGE, test)).toBe(true);
  });

  it('finds no test of another title, nor one that is only named in a comment', () => {
    const { file, title } = TESTS.find((test) => test.file.endsWith('.test.ts'))!; // there are many
    expect(hasTest(PAGE, { file, title })).toBe(true);
    expect(hasTest(PAGE, { file, title: title.slice(1) })).toBe(false);
    expect(hasTest(PAGE, { file, title: 'describe' })).toBe(false);
  });
});
