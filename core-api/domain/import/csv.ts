import { invalidValue } from '../errors.js';
import { HOW_TO_SPLIT } from './import-request.js';

/** One record of a CSV text; `line` is where it begins, counted from 1. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

/** Of one text at most; what is imported has fewer. */
const MOST_RECORDS = 25_000;
const MOST_COLUMNS = 2_000;
/** Unknown columns that a message names. */
const MOST_NAMED = 10;

/** What Excel puts before everything else, to say what cells end with. */
const SEPARATOR_LINE = /^sep=([,;\t])(?:\r\n|\n|\r)/i;

/** What `csvCell` puts an apostrophe before; it does so before apostrophes of its own, too, so that one is always the export's. */
const GUARDED = /^''*[=+\-@\t\r\n＝＋－＠]/;

/**
 * The records of a CSV text (RFC 4180), with or without a byte order mark. Cells end with the first `,`, `;` or tab that the first line has outside quotes,
 * or with what a line `sep=;` before it says; records end with CRLF, LF or CR. The apostrophe that an export puts before formulas is taken off; lines with
 * nothing in them are passed over.
 *
 * @param field whom errors name
 * @throws INVALID_VALUE (a quote that is not closed, text behind a closing one), naming the line, or for more than `most` records
 */
export function readCsv(text: string, field: string, most = MOST_RECORDS): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const [separatorLine = '', said] = SEPARATOR_LINE.exec(text.slice(at, at + 10)) ?? [];
  at += separatorLine.length;
  let delimiter: string | null = said ?? null;
  let line = said === undefined ? 1 : 2;
  const isEnd = (char: string | undefined) => char === undefined || char === '\n' || char === '\r';
  const endsCell = (char: string | undefined) =>
    isEnd(char) || (delimiter === null ? char === ',' || char === ';' || char === '\t' : char === delimiter);
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
    if (records.length > most) throw invalidValue(field, `The text has more than ${most} lines. ${HOW_TO_SPLIT}`);
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

/** The columns that a text can have. */
export interface KnownColumns<Column> {
  /** What a name stands for: a key that no other column of the text may have; null when there is no such column. */
  of(name: string): Column | null;
  /** Says of a name that there is not which one may be meant, or which there are. */
  hint(name: string): string | null;
}

/**
 * Reads a text whose first record names its columns. Spreadsheets leave empty cells at the ends of lines, and lines of empty cells: both are passed over.
 *
 * @param most records
 * @throws INVALID_VALUE (unknown and double columns, by their names; more than 2,000 of them)
 */
export function readTable<Column extends { key: string }>(
  text: string,
  field: string,
  known: KnownColumns<Column>,
  most?: number,
): CsvTable<Column> {
  const [head, ...records] = readCsv(text, field, most);
  if (!head) throw invalidValue(field, 'The text has no line that names its columns.');
  const names = withoutEnd(head.cells, 0);
  if (names.length > MOST_COLUMNS) throw invalidValue(field, `The text has more than ${MOST_COLUMNS} columns.`);
  const columns = names.map((name) => known.of(name.trim()));
  const unknown = names.filter((_, i) => !columns[i]);
  if (unknown.length > 0) throw invalidValue(field, unknownColumns(unknown, known));
  const seen = new Set<string>();
  for (const [i, column] of columns.entries()) {
    if (seen.has(column!.key)) throw invalidValue(field, `The column ${JSON.stringify(names[i])} is there twice.`);
    seen.add(column!.key);
  }
  const rows = records
    .filter(({ cells }) => cells.length === 1 || cells.some((cell) => cell !== ''))
    .map(({ line, cells: all }) => {
      const cells = withoutEnd(all, columns.length);
      return cells.length === columns.length
        ? { line, cells, problem: null }
        : { line, cells: [], problem: `The line has ${cells.length} cells; there are ${columns.length} columns.` };
    });
  return { columns: columns as Column[], rows };
}

/** Without the empty cells behind the first `least`. */
function withoutEnd(cells: readonly string[], least: number): string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, Math.max(last + 1, least));
}

function unknownColumns(names: readonly string[], known: KnownColumns<unknown>): string {
  const shown = names.slice(0, MOST_NAMED).map((name) => JSON.stringify(name.slice(0, 100)));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} others` : '';
  const hints = new Set(names.slice(0, MOST_NAMED).flatMap((name) => known.hint(name.trim()) ?? []));
  const sentence = `There ${names.length > 1 ? 'are no columns' : 'is no column'} ${shown.join(', ')}${more}.`;
  return [sentence, ...hints].join(' ');
}
