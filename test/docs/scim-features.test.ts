import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellOf, hasTest, testsIn } from './named-tests.js';

const PAGE = new URL('../../docs/scim.md', import.meta.url);
const FOLDER = new URL('../conformance/', import.meta.url);

const FEATURES = [
  ...readFileSync(PAGE, 'utf8').matchAll(/^\| (§[\d.]+(?:, §[\d.]+)*) \| (.+) \| (.+) \| (.*) ?\|$/gm),
].map(([, section, feature, state, tests]) => ({ section, feature, state: state!, tests: tests!.trim() })); // all groups take part
const TESTS = FEATURES.flatMap(({ section, tests }) => testsIn(tests).map((test) => ({ section, ...test })));

const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.test.ts'));
const RULES = FILES.flatMap((file) => [
  ...readFileSync(new URL(file, FOLDER), 'utf8').matchAll(/\bit\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g),
]).map(([, , title]) => title!);

describe('the features of SCIM in docs/scim.md', () => {
  it.each(FEATURES)('$section, $feature: $state', ({ state, tests }) => {
    expect(state).toMatch(/^(supported$|supported: \S|by setting: \S|not supported: \S)/);
    expect(cellOf(testsIn(tests))).toBe(tests);
    if (!state.startsWith('not supported')) expect(tests).not.toBe('');
  });

  it.each(TESTS)('$section: $file has the test "$title"', (test) => {
    expect(hasTest(PAGE, test)).toBe(true);
  });

  it.each(FILES)('name a test of test/conformance/%s', (file) => {
    expect(TESTS.map((test) => test.file)).toContain(`../test/conformance/${file}`);
  });
});

describe('test/conformance', () => {
  it('holds at least 300 rules, each once and with the section that it comes from', () => {
    expect(RULES.length).toBeGreaterThanOrEqual(300);
    expect(new Set(RULES).size).toBe(RULES.length);
    expect(RULES.filter((title) => !/^RFC (7643|7644|9865) §\d+(\.\d+)*: \S/.test(title))).toEqual([]);
  });
});
