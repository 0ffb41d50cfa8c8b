import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../change/change-export.js';
import { readCsv, readTable } from './csv.js';

const cellsOf = (text: string) => readCsv(text, 'csv').map(({ cells }) => cells);

describe('reading CSV', () => {
  it('reads what an export writes, whatever the cells hold (RFC 4180)', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom('"', ',', ';', '\r', '\n', "'", '=', '+', '-', '@', '＝', ' ', 'a', '\uFEFF'),
      }),
    );
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }));
    fc.assert(
      fc.property(table, fc.constantFrom('', '\uFEFF'), (rows, mark) => {
        const records = [['a', 'b'], ...rows].map((cells) => cells.map(csvCell).join(','));
        const isBlank = (cells: string[]) => cells.length === 1 && cells[0] === '';
        expect(cellsOf(`${mark}${records.join('\r\n')}\r\n`)).toEqual([['a', 'b'], ...rows.filter((r) => !isBlank(r))]);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, string[][]]>([
    ['', []],
    ['a', [['a']]],
    [
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'a,b\r1,\r',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    [
      '"a;x",b\r\n\r\n1,2',
      [
        ['a;x', 'b'],
        ['1', '2'],
      ],
    ],
    ['a\n""\n', [['a'], ['']]],
    [
      'a,b\n"say ""x""","two\r\nlines"',
      [
        ['a', 'b'],
        ['say "x"', 'two\r\nlines'],
      ],
    ],
    ["a\n'=1\n''=1\n'x\n", [['a'], ['=1'], ["'=1"], ["'x"]]],
    ['a\nin "the" middle', [['a'], ['in "the" middle']]],
  ])('reads %j', (text, records) => {
    expect(cellsOf(text)).toEqual(records);
  });

  it('counts lines where cells have several', () => {
    const lines = readCsv('a\n"1\n2\r\n3"\n\nx', 'csv').map(({ line }) => line);
    expect(lines).toEqual([1, 2, 6]);
  });

  it.each([
    ['a\n"b', 'line 2 opens'],
    ['a\n\n"b"c', 'Line 3'],
  ])('refuses %j', (text, message) => {
    expect(() => readCsv(text, 'csv')).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', message: expect.stringContaining(message) }),
    );
  });

  it('refuses columns that it does not know or that are there twice, by name, and says which rows are too short', () => {
    const columnOf = (name: string) =>
      name.toLowerCase() === 'a' || name === 'b' ? { key: name.toLowerCase() } : null;
    const read = (text: string) => readTable(text, 'csv', columnOf);
    expect(() => read('a,shoeSize\n')).toThrow(/no column "shoeSize"/);
    expect(() => read('a,A\n')).toThrow(/"A" is there twice/);
    expect(() => read('')).toThrow(/names its columns/);
    expect(() => read('a\n'.repeat(30_000))).toThrow(/more than 25000 lines/);
    expect(() => read('a,'.repeat(3_000))).toThrow(/more than 2000 columns/);
    expect(read(' A ,b\n1\n1,2\n').rows).toEqual([
      { line: 2, cells: [], problem: expect.stringContaining('1 cells') },
      { line: 3, cells: ['1', '2'], problem: null },
    ]);
  });
});
