import { afterEach, describe, expect, it } from 'vitest';
import { findRoute } from '#gateway/routes/route-table.js';
import { ScimError } from '#gateway/scim/error.js';
import { parseFilter } from '#gateway/scim/filter.js';
import { parseJson } from '#gateway/scim/json.js';
import { isJsonContentType } from '#gateway/scim/media-type.js';
import { parsePatch } from '#gateway/scim/patch.js';
import { parsePath } from '#gateway/scim/path.js';
import { parseQuery } from '#gateway/scim/query.js';
import { userSchema } from '#gateway/scim/schemas.js';

const USER = userSchema([]);
const MOST_CPU_MS = 50;

/** The least of five runs: what others do to the machine, and compiling, only ever add to it. */
function cpuMs(work: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}

/** Reads it, or refuses it as the caller's mistake; the mistake. */
function refusalOf(work: () => unknown): ScimError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof ScimError && error.status >= 400 && error.status < 500) return error;
    throw error;
  }
}

const repeated = (part: string, length: number) => part.repeat(Math.ceil(length / part.length)).slice(0, length);

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
});

/** Whatever a reader could be made to look at again and again. */
const PARTS = [
  '(',
  '[',
  '((a pr) or ',
  'not (',
  'not ',
  'a[',
  'a[b pr] or ',
  'a pr or ',
  'a pr and (',
  'a eq "x" or ',
  'a eq "',
  '"',
  '\\',
  '"\\',
  '"\\u0041',
  ' ',
  '\t',
  '.',
  'a.',
  ':',
  'urn:',
  'urn:a:',
  'urn:a:2.0:',
  '-',
  '9',
  'e9',
  '1e',
  '_',
  '%',
  '*',
  '.*',
  '$',
  'a eq a.',
  '\u0130',
  '\ud800',
  '\0',
  '__proto__.',
];

describe('hostile texts', () => {
  it.each(PARTS)(
    'I-10: a filter of %j without end, of 65,536 characters or 100,000, costs no more than 50 ms of CPU',
    (part) => {
      for (const before of ['', 'a eq ', 'a eq "', 'a[', 'userName eq "x" and '])
        for (const length of [65_536 - before.length, 100_000]) {
          const text = before + repeated(part, length);
          expect(cpuMs(() => refusalOf(() => parseFilter(text)))).toBeLessThan(MOST_CPU_MS);
        }
      expect(refusalOf(() => parseFilter(repeated(part, 100_000)))).toMatchObject({
        status: 400,
        scimType: 'invalidFilter',
      });
    },
  );

  it.each(PARTS)('I-06: a path of %j without end is refused within 50 ms of CPU', (part) => {
    for (const before of ['', 'emails[', 'emails[type eq "'])
      for (const length of [500, 2_000, 5_000, 100_000]) {
        const text = before + repeated(part, length);
        expect(cpuMs(() => refusalOf(() => parsePath(text, USER)))).toBeLessThan(MOST_CPU_MS);
      }
    expect(refusalOf(() => parsePath(repeated(part, 5_000), USER))).toMatchObject({
      status: 400,
      scimType: 'invalidPath',
    });
  });

  it.each([
    '__proto__[x eq "y"].z',
    'x'.repeat(5_000),
    `emails${'['.repeat(500)}`,
    'emails[type eq "work"',
    '__proto__.x[',
    'constructor.prototype.x.y',
  ])('I-06: the path %j changes nothing, whatever it is read as', (path) => {
    const body = { Operations: [{ op: 'replace', path, value: { polluted: true } }] };
    expect(cpuMs(() => refusalOf(() => parsePatch(body, USER, () => undefined)))).toBeLessThan(MOST_CPU_MS);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it('I-10: 10,000 or, 1,000 parentheses and 1 MB of text are refused; 200 terms and 40 levels are not', () => {
    const terms = (count: number) => Array(count).fill('userName eq "x"').join(' or ');
    const levels = (count: number) => `${'('.repeat(count)}a pr${')'.repeat(count)}`;
    for (const text of [terms(201), terms(10_000), levels(41), levels(1_000), `userName eq "${'x'.repeat(1_000_000)}"`])
      expect(refusalOf(() => parseFilter(text))).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    for (const text of [terms(200), levels(40), 'userName co ""', 'userName eq "%_\\\\*.+("'])
      expect(refusalOf(() => parseFilter(text))).toBeNull();
  });

  it.each<[string, string, number]>([
    ['I-13', 'a[]=1&'.repeat(100_000), 414],
    ['I-13', 'a=1&'.repeat(10_000), 400],
    ['I-13', `filter=${'x'.repeat(100_000)}`, 414],
    ['I-13', `a=${'+'.repeat(99_990)}`, 200],
    ['I-13', `${'%41'.repeat(30_000)}`, 200],
    ['I-13', `a=${'%'.repeat(90_000)}`, 400],
    ['I-13', '&'.repeat(100_000), 200],
  ])('%s: a query such as %.20s… is read or refused within 50 ms of CPU', (_row, query, status) => {
    expect(cpuMs(() => refusalOf(() => parseQuery(query)))).toBeLessThan(MOST_CPU_MS);
    expect(refusalOf(() => parseQuery(query))?.status ?? 200).toBe(status);
  });

  it.each(['-', 'x', '/', '%2F', '%', '%41', '..', ';', '.search/', 'a/'])(
    'I-14: an address of 100 kB of %j is found or not within 50 ms of CPU',
    (part) => {
      for (const path of [`/Users/${repeated(part, 100_000)}`, `/${repeated(part, 100_000)}`])
        expect(cpuMs(() => refusalOf(() => findRoute(path)))).toBeLessThan(MOST_CPU_MS);
    },
  );

  it.each(['application/json;', ' ', ';charset=', 'a/', '"', '\\', 'application/', '+json', ';=', '; charset="utf-8'])(
    'I-12: a Content-Type of 16 kB of %j is read within 50 ms of CPU',
    (part) => {
      for (const type of [repeated(part, 16_000), `application/json${repeated(part, 16_000)}`])
        expect(cpuMs(() => isJsonContentType(type))).toBeLessThan(MOST_CPU_MS);
    },
  );

  it.each(['[', '{"a":', '[{"a":', '{"__proto__":', '"\\u0000",', '1e400,', '-'])(
    'I-03: a body of 100 kB of %j is refused within 50 ms of CPU',
    (part) => {
      for (const text of [repeated(part, 100_000), `[${repeated(part, 100_000)}0]`]) {
        expect(cpuMs(() => refusalOf(() => parseJson(text)))).toBeLessThan(MOST_CPU_MS);
        expect(refusalOf(() => parseJson(text))?.status).toBe(400);
      }
    },
  );

  it.each([64, 65, 10_000])('I-03: JSON nested %i deep is read up to 64 levels, and then refused', (depth) => {
    for (const text of [
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`,
    ])
      expect(refusalOf(() => parseJson(text))?.scimType ?? null).toBe(depth > 64 ? 'invalidSyntax' : null);
  });
});
