import { CommandError } from '#cli/command-error.js';
import { invalidValue } from '#core-api/domain/errors.js';
import type { ImportedMembership, ImportedTeam, ImportedUser } from '#core-api/domain/import/import-request.js';
import type { UserFields } from '#core-api/domain/user/user-types.js';
import { ScimError } from '#gateway/scim/error.js';
import { isObject } from '#gateway/scim/json-object.js';
import { ENTERPRISE_URN, GROUP_URN, LIST_URN, USER_URN } from '#gateway/scim/urns.js';
import { toCreateTeamInput } from '#gateway/translate/group-input.js';
import { toCreateUserInput } from '#gateway/translate/user-input.js';
import { FILE_DIALECT } from './scim-dialect.js';

export interface FileRows {
  users: ImportedUser[];
  teams: ImportedTeam[];
  memberships: ImportedMembership[];
}

/**
 * Users and Groups of a ListResponse, of a plain list of resources, or one alone. What is wrong with one of them stands in its `problem`.
 *
 * @throws CommandError
 */
export function readScim(text: string, file: string): FileRows {
  const rows: FileRows = { users: [], teams: [], memberships: [] };
  for (const [i, resource] of resourcesOf(text, file).entries()) {
    if (!isObject(resource)) throw new CommandError(`${file}: resource ${i + 1} is no object.`);
    if (isOf(resource, GROUP_URN)) readGroup(resource, rows);
    else if (isOf(resource, USER_URN)) rows.users.push(readUser(resource));
    else
      throw new CommandError(
        `${file}: the schemas of resource ${i + 1} are neither a User's nor a Group's ("${USER_URN}", "${GROUP_URN}").`,
      );
  }
  return rows;
}

function resourcesOf(text: string, file: string): unknown[] {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const [where = ''] = / at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message) ?? [];
    throw new CommandError(`${file} is not JSON${where}.`);
  }
  if (isObject(content) && (isOf(content, USER_URN) || isOf(content, GROUP_URN))) return [content];
  const resources =
    isObject(content) && isOf(content, LIST_URN) ? (content as { Resources?: unknown }).Resources : content;
  if (!Array.isArray(resources))
    throw new CommandError(
      `${file} is no ListResponse (one has schemas ["${LIST_URN}"]), no list of resources and no resource.`,
    );
  return resources;
}

function isOf(resource: object, urn: string): boolean {
  const { schemas } = resource as { schemas?: unknown };
  return Array.isArray(schemas) && schemas.some((each) => String(each).toLowerCase() === urn.toLowerCase());
}

function idOf(resource: object): string | null {
  const { id } = resource as { id?: unknown };
  return typeof id === 'string' ? id : null;
}

/** Extensions pass as they are; everything else is read as the gateway reads the body of a POST. */
function readUser(resource: object): ImportedUser {
  const id = idOf(resource);
  const isExtension = ([name]: [string, unknown]) => {
    const lower = name.toLowerCase();
    return lower.startsWith('urn:') && lower !== ENTERPRISE_URN.toLowerCase() && lower !== USER_URN.toLowerCase();
  };
  const entries = Object.entries(resource);
  const extensions = entries.filter(isExtension).map(([urn, values]) => ({ urn, values: values as unknown }));
  const body = Object.fromEntries(entries.filter((entry) => !isExtension(entry)));
  try {
    const { profileVersion: _, ...fields } = toCreateUserInput(body, FILE_DIALECT);
    return { id, fields: { ...(fields as UserFields), ...(extensions.length > 0 && { extensions }) } };
  } catch (error) {
    const { userName } = body as { userName?: unknown };
    return { id, fields: typeof userName === 'string' ? { userName } : {}, problem: problemOf(error, 'users') };
  }
}

function readGroup(resource: object, { teams, memberships }: FileRows): void {
  const id = idOf(resource);
  try {
    const { displayName, externalId, members } = toCreateTeamInput(resource, FILE_DIALECT);
    teams.push({ id, displayName, externalId });
    for (const userId of members ?? []) memberships.push({ teamId: id, team: displayName, userId });
  } catch (error) {
    teams.push({ id, problem: problemOf(error, 'teams') });
  }
}

function problemOf(error: unknown, field: string) {
  if (!(error instanceof ScimError)) throw error;
  return invalidValue(field, error.detail);
}
