import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = new URL('../../docs/requirements.md', import.meta.url);
const REASONS = ['console', 'webhooks', 'sign-in', "the IdP's own side"];
const ITEMS = [...readFileSync(PAGE, 'utf8').matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(
  ([, number, what, where]) => ({ number: Number(number), what, where: where! }), // all groups take part in a match
);
const TESTS = ITEMS.flatMap(({ number, where }) =>
  [...where.matchAll(/\[(.+?)\]\((.+?)\)(?:; |$)/g)].map(([, title = '', file = '']) => ({ number, title, file })),
);
const textOf = (file: string) => readFileSync(new URL(file, PAGE), 'utf8');

/** Whether a test is called exactly that: in a source as it is written there, tables' placeholders included, in an exchange as its title. */
function hasTest(file: string, title: string): boolean {
  if (file.endsWith('.json')) return JSON.parse(textOf(file)).title === title;
  const written = [`'${title.replaceAll("'", "\\'")}'`, `"${title.replaceAll('"', '\\"')}"`, `\`${title}\``];
  return written.some((literal) => textOf(file).includes(`(${literal},`) || opensALine(textOf(file), literal));
}

/** The formatter puts a title on a line of its own where the call is long. */
const opensALine = (source: string, literal: string) =>
  source.split('\n').some((line) => line.trimStart().startsWith(`${literal},`));

describe('docs/requirements.md', () => {
  it('has each of the 145 promises once, in order', () => {
    expect(ITEMS.map(({ number }) => number)).toEqual(Array.from({ length: 145 }, (_, i) => i + 1));
  });

  it.each(ITEMS)('$number, $what, has tests or one of four reasons', ({ number, where }) => {
    const tests = TESTS.filter((test) => test.number === number);
    if (tests.length === 0) expect(REASONS).toContain(where);
    else expect(tests.map(({ title, file }) => `[${title}](${file})`).join('; ')).toBe(where);
  });

  it.each(TESTS)('$number: $file has the test "$title"', ({ title, file }) => {
    expect(file).toMatch(/^\.\.\/(test|core-api|gateway|cli)\/.*\.(test\.ts|json)$/);
    expect(existsSync(new URL(file, PAGE)), file).toBe(true);
    expect(hasTest(file, title)).toBe(true);
  });

  it('finds no test of another title, nor one that is only named in a comment', () => {
    const { file, title } = TESTS.find((test) => test.file.endsWith('.test.ts'))!; // there are many
    expect(hasTest(file, title)).toBe(true);
    expect(hasTest(file, title.slice(1))).toBe(false);
    expect(hasTest(file, 'describe')).toBe(false);
  });
});
