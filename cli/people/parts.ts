import { CommandError } from '#cli/command-error.js';
import { wholeNumber } from '#cli/whole-number.js';
import { MOST_ROWS_OF_IMPORT } from '#core-api/domain/import/import-request.js';
import type { FileRows } from './scim-import.js';

const KINDS = ['users', 'teams', 'memberships'] as const;

/**
 * As much of `rows` as one import takes.
 *
 * @param part counted from 1, of a file with more; undefined: all there is
 * @throws CommandError, which says how to bring in what is too much
 */
export function partOf(rows: FileRows, path: string, part: string | undefined): FileRows {
  const kinds = KINDS.filter((kind) => rows[kind].length > 0);
  const [tooMany] = kinds.filter((kind) => rows[kind].length > MOST_ROWS_OF_IMPORT[kind]);
  if (part === undefined && !tooMany) return rows;
  const [kind, ...others] = kinds;
  if (others.length > 0) throw new CommandError(tooMany ? howToDivide(rows, path, tooMany) : NO_PARTS);
  const most = MOST_ROWS_OF_IMPORT[kind ?? 'users'];
  const parts = Math.max(1, Math.ceil((kind ? rows[kind].length : 0) / most));
  if (part === undefined)
    throw new CommandError(
      `${tooManyOf(rows, path, kind!)} Bring it in by parts, one after the other: --part 1 to --part ${parts}.`,
    );
  const from = (wholeNumber('part', part, 1, parts) - 1) * most;
  return kind ? { ...rows, [kind]: rows[kind].slice(from, from + most) } : rows;
}

/** Members may be of users that come later. */
const NO_PARTS =
  '--part is for a file of users, of teams or of memberships alone; this is all of them, and few enough without.';

function howToDivide(rows: FileRows, path: string, kind: (typeof KINDS)[number]): string {
  const files = 'import users.csv first, then teams.csv, then memberships.csv, each by --part where it is as large';
  return `${tooManyOf(rows, path, kind)} From an export as CSV (rollcall export --format csv), ${files}.`;
}

function tooManyOf(rows: FileRows, path: string, kind: (typeof KINDS)[number]): string {
  return `${path} has ${rows[kind].length} ${kind}, and an import takes ${MOST_ROWS_OF_IMPORT[kind]} at once.`;
}
