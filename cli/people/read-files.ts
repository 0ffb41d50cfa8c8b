import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '#cli/command-error.js';
import { DomainError } from '#core-api/domain/errors.js';
import { readCsv } from '#core-api/domain/import/csv.js';
import {
  MEMBERSHIP_COLUMNS,
  readMemberships,
  readTeams,
  readUsers,
  TEAM_COLUMNS,
} from '#core-api/domain/import/read-import.js';
import { columnHint, userColumn } from '#core-api/domain/import/user-columns.js';
import { type FileRows, readScim } from './scim-import.js';

/** What an export writes into a folder, by its form. */
export const FILES = {
  csv: ['users.csv', 'teams.csv', 'memberships.csv'],
  scim: ['users.json', 'groups.json'],
} as const;

const MOST_MEGABYTES = 64;
/** Lines of a file, of which an import takes a part. */
const MOST_LINES = 1_000_000;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a file, or those of an export in a folder.
 *
 * @throws CommandError
 */
export function readFiles(path: string): FileRows {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new CommandError(`there is no ${path}.`);
  return stats.isDirectory() ? readFolder(path) : readFile(path);
}

function readFolder(path: string): FileRows {
  const found = Object.values(FILES).map((names) =>
    names.map((name) => join(path, name)).filter((each) => existsSync(each)),
  );
  const forms = found.filter((files) => files.length > 0);
  if (forms.length > 1)
    throw new CommandError(
      `${path} has an export in both forms, CSV and SCIM JSON; move one into a folder of its own.`,
    );
  if (forms.length === 0) throw new CommandError(`${path} has none of ${Object.values(FILES).flat().join(', ')}.`);
  const parts = forms[0]!.map(readFile);
  return {
    users: parts.flatMap(({ users }) => users),
    teams: parts.flatMap(({ teams }) => teams),
    memberships: parts.flatMap(({ memberships }) => memberships),
  };
}

function readFile(path: string): FileRows {
  if (statSync(path).size > MOST_MEGABYTES * 1024 * 1024)
    throw new CommandError(`${path} is larger than ${MOST_MEGABYTES} MB; split it.`);
  const bytes = readFileSync(path);
  if (bytes.subarray(0, ZIP.length).equals(ZIP))
    throw new CommandError(`${path} is a workbook or an archive. ${SAVE_AS}`);
  let text: string;
  try {
    text = UTF_8.decode(bytes);
  } catch {
    throw new CommandError(`${path} is not a text in UTF-8. ${SAVE_AS}`);
  }
  if (path.toLowerCase().endsWith('.json')) return readScim(text, path);
  try {
    return readCsvFile(text, path);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new CommandError(`${path}: ${error.message}`);
  }
}

/** How the file of a workbook begins. */
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const SAVE_AS = 'In a spreadsheet, save the sheet as CSV in UTF-8, and import that.';

/** With what a spreadsheet may put before it. */
const FIRST_LINE = /^\uFEFF?(?:sep=[^\r\n]*)?[\r\n]*[^\r\n]*/i;

/** What a CSV file is about its columns say. @throws CommandError | INVALID_VALUE (the text as a whole) */
function readCsvFile(text: string, path: string): FileRows {
  const nothing: FileRows = { users: [], teams: [], memberships: [] };
  const [begin] = FIRST_LINE.exec(text) ?? [''];
  const [head] = readCsv(begin, path);
  if (!head) throw new CommandError(`${path} is empty.`);
  const names = head.cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const columns = new Set(names.map((name) => name.toLowerCase()));
  const isOneOf = (known: readonly string[]) => (name: string) =>
    known.some((each) => each.toLowerCase() === name.toLowerCase());
  if (columns.has('team') || columns.has('teamid'))
    return { ...nothing, memberships: readMemberships(text, MOST_LINES) };
  if (columns.has('displayname') && names.every(isOneOf(TEAM_COLUMNS)))
    return { ...nothing, teams: readTeams(text, MOST_LINES) };
  if (columns.has('username') || columns.has('id')) return { ...nothing, users: readUsers(text, MOST_LINES) };
  if (names.some((name) => userColumn(name) ?? columnHint(name)))
    throw new CommandError(`${path} has no column userName or id, by which users are known.`);
  const isMembership = names.some(isOneOf(MEMBERSHIP_COLUMNS));
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  const missing = isMembership
    ? 'team or teamId'
    : 'userName (of users), displayName (of teams) or team (of memberships)';
  throw new CommandError(`${path} names no column ${missing} in its first line; there are: ${shown.join(', ')}.`);
}
