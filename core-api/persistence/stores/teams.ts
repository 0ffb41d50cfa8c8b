import { type AliasedRawBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { TeamRow } from '../rows.js';
import { type Arguments, compileNow, statement } from '../statement.js';
import { ALWAYS, type Condition } from './filter-sql.js';
import { beyondCursor, orderAndLimit, orderValue, type PageBounds, type PageOrder } from './page-sql.js';

/** From where a company's rows are looked at: a directory sees its own and, unless its profile says otherwise, local ones. */
export interface View {
  companyId: string;
  /** Null: not a directory; every row of the company is seen. */
  directoryId: string | null;
  seesLocal: boolean;
}

type Values<P> = { [K in keyof P]: P[K] | RawBuilder<unknown> };

/** Whether a row of `table` (a team or a user) is seen. */
export function isSeen(table: string, view: Values<Omit<View, 'companyId'>>): Condition {
  const owner = sql.ref(`${table}.directory_id`);
  return sql<SqlBool>`(${view.directoryId}::uuid is null or ${owner} = ${view.directoryId}::uuid or (${view.seesLocal}::boolean and ${owner} is null))`;
}

/** `isSeen` by a statement's arguments. */
export function isSeenBy(table: string, argument: Arguments<View>): Condition {
  return isSeen(table, { directoryId: argument('directoryId'), seesLocal: argument('seesLocal') });
}

/** A team's columns under the names of `TeamRow`. */
export function teamColumns(table: string): AliasedRawBuilder<never, keyof TeamRow>[] {
  const column = (name: string) => sql<never>`${sql.ref(`${table}.${name}`)}`;
  return [
    column('company_id').as('companyId'),
    column('id').as('id'),
    column('directory_id').as('directoryId'),
    column('display_name').as('displayName'),
    column('external_id').as('externalId'),
    column('version').as('version'),
    column('created_at').as('createdAt'),
    column('updated_at').as('updatedAt'),
  ];
}

const TEAM_COLUMNS = sql.join(teamColumns('team'));

/** The team, or no row. */
export const findTeam = statement<View & { teamId: string }, TeamRow>((db, p) =>
  db
    .selectFrom('team')
    .select(teamColumns('team'))
    .where('team.company_id', '=', p('companyId'))
    .where('team.id', '=', p('teamId'))
    .where('team.deleted_at', 'is', null)
    .where(isSeenBy('team', p)),
);

const ofView = (view: View, filter: Condition) =>
  sql`from team where team.company_id = ${view.companyId}::uuid and team.deleted_at is null and ${isSeen('team', view)} and ${filter}`;

/** One row more than the page has. `filter` and `order` speak of the table `team`. */
export function listTeams(view: View, filter: Condition, order: PageOrder, bounds: PageBounds) {
  return compileNow<TeamRow & { orderValue: string | null }>((db) => ({
    compile: () =>
      sql<
        TeamRow & { orderValue: string | null }
      >`select ${TEAM_COLUMNS}, ${orderValue(order)} as "orderValue" ${ofView(view, filter)}
        and ${beyondCursor(order, bounds)} ${orderAndLimit(order, bounds, filter === ALWAYS)}`.compile(db),
  }));
}

export function countTeams(view: View, filter: Condition) {
  return compileNow<{ total: number }>((db) => ({
    compile: () => sql<{ total: number }>`select count(*)::int as total ${ofView(view, filter)}`.compile(db),
  }));
}
