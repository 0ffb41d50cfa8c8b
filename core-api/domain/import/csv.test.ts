import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../change/change-export.js';
import { readCsv, readTable } from './csv.js';

const cellsOf = (text: string) => readCsv(text, 'csv').map(({ cells }) => cells);

const read = (text: string) =>
  readTable(text, 'csv', {
    of: (name) => (name.toLowerCase() === 'a' || name === 'b' ? { key: name.toLowerCase() } : null),
    hint: (name) => `${JSON.stringify(name)} it is not.`,
  });

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
    expect(() => read('a,shoeSize\n')).toThrow(/There is no column "shoeSize"\. "shoeSize" it is not\.$/);
    expect(() => read('x,a,y\n')).toThrow(/There are no columns "x", "y"\. "x" it is not\. "y" it is not\.$/);
    expect(() => read(`a,${'x,'.repeat(99)}x\n`)).toThrow(/"x", "x" and 90 others\. "x" it is not\.$/);
    expect(() => read('a,A\n')).toThrow(/"A" is there twice/);
    expect(() => read('')).toThrow(/names its columns/);
    expect(() => read('a\n'.repeat(30_000))).toThrow(/more than 25000 lines\. Split it: users first, 5000 at once/);
    expect(() => read('a,'.repeat(3_000))).toThrow(/more than 2000 columns/);
    expect(read(' A ,b\n1\n1,2\n').rows).toEqual([
      { line: 2, cells: [], problem: expect.stringContaining('1 cells') },
      { line: 3, cells: ['1', '2'], problem: null },
    ]);
  });

  it('passes over what spreadsheets leave: empty cells at the ends of lines, and lines of them', () => {
    const { columns, rows } = read('a;b;;\n1;2;;\n;;;\n;;x;\n3;;\n');
    expect(columns.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(rows).toEqual([
      { line: 2, cells: ['1', '2'], problem: null },
      { line: 4, cells: [], problem: expect.stringContaining('3 cells') },
      { line: 5, cells: ['3', ''], problem: null },
    ]);
  });

  it('takes tabs, and what a line before the first says that cells end with', () => {
    expect(cellsOf('a\tb\n1,2\t3;4\n')).toEqual([
      ['a', 'b'],
      ['1,2', '3;4'],
    ]);
    expect(readCsv('\uFEFFsep=;\r\na,b;c\r\n', 'csv')).toEqual([{ line: 2, cells: ['a,b', 'c'] }]);
    expect(cellsOf('sep=x\n')).toEqual([['sep=x']]);
  });
});
