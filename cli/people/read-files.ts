import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '#cli/command-error.js';
import { readCsv } from '#core-api/domain/import/csv.js';
import { readMemberships, readTeams, readUsers } from '#core-api/domain/import/read-import.js';
import { type FileRows, readScim } from './scim-import.js';

/** What an export writes into a folder, by its form. */
export const FILES = {
  csv: ['users.csv', 'teams.csv', 'memberships.csv'],
  scim: ['users.json', 'groups.json'],
} as const;

const MOST_BYTES = 64 * 1024 * 1024;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a file, or those of an export in a folder.
 *
 * @throws CommandError | INVALID_VALUE (a CSV text as a whole)
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
  if (forms.length > 1) throw new CommandError(`${path} has an export in both forms; name a file.`);
  if (forms.length === 0) throw new CommandError(`${path} has none of ${Object.values(FILES).flat().join(', ')}.`);
  const parts = forms[0]!.map(readFile);
  return {
    users: parts.flatMap(({ users }) => users),
    teams: parts.flatMap(({ teams }) => teams),
    memberships: parts.flatMap(({ memberships }) => memberships),
  };
}

function readFile(path: string): FileRows {
  if (statSync(path).size > MOST_BYTES) throw new CommandError(`${path} is larger than ${MOST_BYTES} bytes; split it.`);
  let text: string;
  try {
    text = UTF_8.decode(readFileSync(path));
  } catch {
    throw new CommandError(`${path} is not a text in UTF-8.`);
  }
  return path.toLowerCase().endsWith('.json') ? readScim(text, path) : readCsvFile(text, path);
}

/** What a CSV file is about its columns say. */
function readCsvFile(text: string, path: string): FileRows {
  const nothing: FileRows = { users: [], teams: [], memberships: [] };
  const [firstLine] = /^.*/.exec(text) ?? [''];
  const [head] = readCsv(firstLine, path);
  const columns = new Set(head?.cells.map((name) => name.trim().toLowerCase()));
  if (columns.has('team') || columns.has('teamid')) return { ...nothing, memberships: readMemberships(text) };
  if (columns.has('username')) return { ...nothing, users: readUsers(text) };
  if (columns.has('displayname')) return { ...nothing, teams: readTeams(text) };
  throw new CommandError(`${path} names no column userName, displayName or team in its first line.`);
}
