import { invalidValue } from '#core-api/domain/errors.js';
import type { ImportedUser, ImportRequest } from '#core-api/domain/import/import-request.js';
import { readMemberships, readTeams, readUsers } from '#core-api/domain/import/read-import.js';
import type { ImportInput } from './import-types.js';

/** @throws INVALID_VALUE (a CSV text that cannot be read, or a list in both forms) */
export function toImportRequest({ users, teams, memberships, csv, removeMissing }: ImportInput): ImportRequest {
  const given = users?.map(({ id, ...fields }): ImportedUser => ({ id, fields }));
  return {
    users: either('users', given, csv?.users, readUsers),
    teams: either('teams', teams, csv?.teams, readTeams),
    memberships: either('memberships', memberships, csv?.memberships, readMemberships),
    removeMissing: removeMissing ?? false,
  };
}

function either<Row>(
  field: string,
  rows: Row[] | null | undefined,
  text: string | null | undefined,
  read: (text: string) => Row[],
): Row[] {
  if (rows != null && text != null) throw invalidValue(field, `${field} are given twice, as a list and as CSV.`);
  return rows ?? (text == null ? [] : read(text));
}
