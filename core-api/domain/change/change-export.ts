import type { ChangeRow } from '#core-api/persistence/rows.js';
import type { ChangeFilter } from './change-filter.js';
import { type ChangeService, changePosition } from './change-service.js';

/** A format that changes are exported in: the media type and how lines are made. */
interface Format {
  mediaType: string;
  head: string;
  line(change: ExportedChange): string;
}

type ExportedChange = { id: string } & Omit<ChangeRow, 'epoch' | 'xid' | 'no'>;

const COLUMNS = [
  ...([
    'id',
    'at',
    'actorKind',
    'actorId',
    'actorName',
    'source',
    'credentialId',
    'directoryId',
    'directoryName',
  ] as const),
  ...(['requestId', 'kind', 'objectType', 'objectId', 'before', 'after', 'digest'] as const),
];

export type ExportFormat = 'csv' | 'jsonl';

export const EXPORT_FORMATS: Readonly<Record<ExportFormat, Format>> = {
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: `${COLUMNS.join(',')}\r\n`,
    line: (change) => `${COLUMNS.map((column) => csvCell(change[column])).join(',')}\r\n`,
  },
  jsonl: {
    mediaType: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: (change) => `${JSON.stringify(change)}\n`,
  },
};

/** What a spreadsheet takes for the beginning of a formula, the full-width forms too; behind apostrophes, so that the first is always one to take off. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const SPECIAL = /[",\r\n]/;

/** RFC 4180. Objects as JSON. A text that a spreadsheet would run gets an apostrophe in front. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return SPECIAL.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * The change log as text, oldest first, piece by piece: whoever takes the pieces sets the pace, and only one is held at a time. What is not final
 * when it begins is not in it.
 *
 * @throws FORBIDDEN | UNSUPPORTED_FILTER, with the first piece
 */
export async function* exportChanges(
  changes: ChangeService,
  filter: ChangeFilter,
  format: ExportFormat,
): AsyncGenerator<string, void, undefined> {
  const { head, line } = EXPORT_FORMATS[format];
  let begun = head;
  for await (const lot of changes.all(filter)) {
    const piece = begun + lot.map((change) => line(toExported(change))).join('');
    begun = '';
    if (piece !== '') yield piece;
  }
  if (begun !== '') yield begun;
}

function toExported({ epoch, xid, no, ...change }: ChangeRow): ExportedChange {
  return { id: changePosition({ epoch, xid, no }), ...change };
}
