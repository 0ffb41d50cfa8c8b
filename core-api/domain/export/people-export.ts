import { csvCell } from '../change/change-export.js';
import { DomainError } from '../errors.js';
import { jsonCell, MEMBERSHIP_COLUMNS, TEAM_COLUMNS } from '../import/read-import.js';
import { elementColumn, extensionColumnName, membersOf } from '../import/user-columns.js';
import { MOST_ROWS } from '../page-bounds.js';
import type { Page } from '../paging.js';
import type { Services } from '../services.js';
import type { TeamRow } from '../team/team-types.js';
import { type ElementMember, LIST_ATTRIBUTES, type ListAttribute, TEXT_ATTRIBUTES } from '../user/attributes.js';
import type { UserRow } from '../user/user-types.js';

type Readers = Pick<Services, 'users' | 'teams'>;

/** What can be exported as CSV, each in the form in which an import takes it. */
export const PEOPLE_EXPORTS = { users: usersCsv, teams: teamsCsv, memberships: membershipsCsv } as const;

export type PeopleExport = keyof typeof PEOPLE_EXPORTS;

const MOST_COLUMNS = 2_000;
const MOST_MEMBERS = 1_000;

/** All users, oldest first, page by page; what is created meanwhile may be among them. @throws FORBIDDEN */
export function pagesOfUsers({ users }: Readers): AsyncGenerator<UserRow[]> {
  return pages((after) => users.list({ first: MOST_ROWS, after }));
}

/** All teams, as `pagesOfUsers`. @throws FORBIDDEN */
export function pagesOfTeams({ teams }: Readers): AsyncGenerator<TeamRow[]> {
  return pages((after) => teams.list({ first: MOST_ROWS, after }));
}

/** The members of some teams, in their order and by user, page by page. @throws FORBIDDEN */
export async function* pagesOfMembers({ teams }: Readers, teamIds: readonly string[]) {
  for (let after: string | null = null; ; ) {
    const page = await teams.memberPage(teamIds, MOST_MEMBERS, after);
    yield page.members;
    if (!page.hasNextPage) return;
    after = page.endCursor;
  }
}

async function* pages<Row>(read: (after: string | null) => Promise<Page<Row>>): AsyncGenerator<Row[]> {
  for (let after: string | null = null; ; ) {
    const { nodes, cursors, hasNextPage } = await read(after);
    yield nodes;
    if (!hasNextPage) return;
    after = cursors.at(-1)!;
  }
}

/**
 * Users as CSV. They are read twice, first for the columns that they need: a text has no room for what it did not announce.
 *
 * @throws FORBIDDEN | LIMIT_EXCEEDED (more than 2,000 columns), with the first piece | CONFLICT, when a user came that needs another column
 */
async function* usersCsv(readers: Readers): AsyncGenerator<string, void, undefined> {
  const needed = new Set<string>();
  for await (const page of pagesOfUsers(readers)) {
    for (const user of page) for (const column of listed(user).keys()) needed.add(column);
    if (needed.size > MOST_COLUMNS)
      throw new DomainError('LIMIT_EXCEEDED', `The users need more than ${MOST_COLUMNS} columns; export them as JSON.`);
  }
  const plain = ['id', ...TEXT_ATTRIBUTES.map(({ field }) => field), 'active'];
  // Within a list as they were met, so that elements come back in their order.
  const more = [...needed].sort((a, b) => placeOf(a) - placeOf(b));
  yield lineOf([...plain, ...more]);
  for await (const page of pagesOfUsers(readers)) {
    const lines = page.map((user) => {
      const cells = listed(user);
      for (const column of cells.keys())
        if (!needed.has(column)) throw new DomainError('CONFLICT', 'The users changed meanwhile; export them again.');
      const texts = TEXT_ATTRIBUTES.map(({ key }) => user[key]);
      return lineOf([user.id, ...texts, String(user.active), ...more.map((column) => cells.get(column))]);
    });
    if (lines.length > 0) yield lines.join('');
  }
}

/** @throws FORBIDDEN, with the first piece */
async function* teamsCsv(readers: Readers): AsyncGenerator<string, void, undefined> {
  let head = lineOf(TEAM_COLUMNS);
  for await (const page of pagesOfTeams(readers)) {
    yield head + page.map(({ id, displayName, externalId }) => lineOf([id, displayName, externalId])).join('');
    head = '';
  }
}

/** @throws FORBIDDEN, with the first piece */
async function* membershipsCsv(readers: Readers): AsyncGenerator<string, void, undefined> {
  let head = lineOf(MEMBERSHIP_COLUMNS);
  for await (const page of pagesOfTeams(readers)) {
    const names = new Map(page.map(({ id, displayName }) => [id, displayName]));
    for await (const members of pagesOfMembers(readers, [...names.keys()])) {
      const users = await readers.users.getMany([...new Set(members.map(({ memberId }) => memberId))]);
      const userNames = new Map(users.map(({ id, userName }) => [id, userName]));
      const lines = members.map(({ teamId, memberId }) =>
        lineOf([teamId, names.get(teamId), memberId, userNames.get(memberId)]),
      );
      yield head + lines.join('');
      head = '';
    }
  }
  if (head !== '') yield head;
}

function lineOf(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** What of a user needs columns that not everyone needs, by their names. */
function listed(user: UserRow): Map<string, string> {
  const cells = new Map<string, string>();
  for (const list of LIST_ATTRIBUTES) {
    const counts = new Map<string | null, number>();
    for (const element of user[list.field]) {
      const type = element.type?.toLowerCase() ?? null;
      const nth = (counts.get(type) ?? 0) + 1;
      counts.set(type, nth);
      for (const member of membersOf(list)) {
        const value = (element as Partial<Record<ElementMember, string | boolean>>)[member];
        const isInName = member === 'type' && value === type;
        if (value !== undefined && !isInName) cells.set(elementColumn({ list, type, nth }, member), String(value));
      }
    }
  }
  for (const [urn, values] of Object.entries(user.extensions))
    for (const [name, value] of Object.entries(values)) cells.set(extensionColumnName(urn, name), jsonCell(value));
  return cells;
}

/** Lists in the order of the catalogue, then extensions. */
function placeOf(column: string): number {
  const at = LIST_ATTRIBUTES.findIndex(({ field }: ListAttribute) => column.startsWith(`${field}.`));
  return at < 0 ? LIST_ATTRIBUTES.length : at;
}
