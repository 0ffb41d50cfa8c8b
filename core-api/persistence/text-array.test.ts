import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { textArray } from './text-array.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

it.each<[string, (string | null)[]]>([
  ['nothing', []],
  ['texts and nulls', ['a', null, '', 'NULL', null]],
  ['what arrays as text have to escape', ['{"a","b\\"}', "it's", '\\', '"', ',', ' ', '\n\t']],
  ['letters of all lengths', ['é', '€', '\u{1f600}', '\u0001', `${'ß'.repeat(70_000)}.`]],
  ['many', Array.from({ length: 3_000 }, (_, i) => (i % 7 === 0 ? null : `text ${i}`))],
])('hands over %s as they are', async (_, texts) => {
  const { rows } = await bed.owner.query('select to_json($1::text[]) as texts', [textArray(texts)]);

  expect(rows).toEqual([{ texts }]);
});
