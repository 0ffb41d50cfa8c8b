import { invalidValue } from '../errors.js';

/** One record of a CSV text; `line` is where it begins, counted from 1. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

/** Of one text at most; what is imported has fewer. */
const MOST_RECORDS = 25_000;
const MOST_COLUMNS = 2_000;

/** What `csvCell` puts an apostrophe before; it does so before apostrophes of its own, too, so that one is always the export's. */
const GUARDED = /^''*[=+\-@\t\r\n＝＋－＠]/;

/**
 * The records of a CSV text (RFC 4180), with or without a byte order mark. Cells end with the first `,` or `;` that the first line has outside quotes,
 * records with CRLF, LF or CR. The apostrophe that an export puts before formulas is taken off; lines with nothing in them are passed over.
 *
 * @param field whom errors name
 * @throws INVALID_VALUE (a quote that is not closed, text behind a closing one), naming the line, or for more than 25,000 records
 */
export function readCsv(text: string, field: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let delimiter: string | null = null;
  let line = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const isEnd = (char: string | undefined) => char === undefined || char === '\n' || char === '\r';
  const endsCell = (char: string | undefined) =>
    isEnd(char) || (delimiter === null ? char === ',' || char === ';' : char === delimiter);
  const quoted = (): string => {
    const opened = line;
    let cell = '';
    for (;;) {
      const close = text.indexOf('"', at);
      if (close < 0) throw invalidValue(field, `The quote that line ${opened} opens is not closed.`);
      cell += text.slice(at, close);
      at = close + 1;
      if (text[at] !== '"') break;
      cell += '"';
      at += 1;
    }
    line += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (!endsCell(text[at])) throw invalidValue(field, `Line ${line} goes on behind a closing quote.`);
    return cell;
  };
  const plain = (): string => {
    const begin = at;
    while (!endsCell(text[at])) at += 1;
    return text.slice(begin, at);
  };
  while (at < text.length) {
    const record: CsvRecord = { line, cells: [] };
    let hasQuotes = false;
    for (;;) {
      const isQuoted = text[at] === '"';
      if (isQuoted) at += 1;
      hasQuotes ||= isQuoted;
      const cell = isQuoted ? quoted() : plain();
      record.cells.push(GUARDED.test(cell) ? cell.slice(1) : cell);
      if (isEnd(text[at])) break;
      delimiter ??= text[at]!;
      at += 1;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    const isBlank = record.cells.length === 1 && record.cells[0] === '' && !hasQuotes;
    if (!isBlank) records.push(record);
    if (records.length > MOST_RECORDS)
      throw invalidValue(field, `The text has more than ${MOST_RECORDS} lines; split it.`);
    if (records.length === 1) delimiter ??= ',';
  }
  return records;
}

/** A CSV text by its columns. */
export interface CsvTable<Column> {
  columns: Column[];
  /** `problem` says why a row cannot be read; its cells are none then. */
  rows: { line: number; cells: string[]; problem: string | null }[];
}

/**
 * Reads a text whose first record names its columns.
 *
 * @param columnOf what a name stands for: a key that no other column of the text may have; null when there is no such column.
 * @throws INVALID_VALUE (unknown and double columns, by their names; more than 2,000 of them)
 */
export function readTable<Column extends { key: string }>(
  text: string,
  field: string,
  columnOf: (name: string) => Column | null,
): CsvTable<Column> {
  const [head, ...records] = readCsv(text, field);
  if (!head) throw invalidValue(field, 'The text has no line that names its columns.');
  if (head.cells.length > MOST_COLUMNS) throw invalidValue(field, `The text has more than ${MOST_COLUMNS} columns.`);
  const columns = head.cells.map((name) => {
    const column = columnOf(name.trim());
    if (!column) throw invalidValue(field, `There is no column ${JSON.stringify(name.slice(0, 100))}.`);
    return column;
  });
  const seen = new Set<string>();
  for (const [i, { key }] of columns.entries()) {
    if (seen.has(key)) throw invalidValue(field, `The column ${JSON.stringify(head.cells[i])} is there twice.`);
    seen.add(key);
  }
  const rows = records.map(({ line, cells }) =>
    cells.length === columns.length
      ? { line, cells, problem: null }
      : { line, cells: [], problem: `The line has ${cells.length} cells; there are ${columns.length} columns.` },
  );
  return { columns, rows };
}
