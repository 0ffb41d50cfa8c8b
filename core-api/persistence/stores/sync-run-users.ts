import { type RawBuilder, sql } from 'kysely';
import { type Arguments, type Builder, compileNow } from '../statement.js';
import { beyondCursor, isoTime, orderAndLimit, orderValue, type PageBounds, type PageOrder } from './page-sql.js';
import { changesOfRun, type RunScope } from './sync-runs.js';

/** A user whom a run took away, and what it is now. */
export interface RunUserRow {
  id: string;
  userName: string;
  displayName: string | null;
  /** What the run did to the user last. */
  action: 'DEACTIVATED' | 'DELETED';
  at: string;
  /** Whether the user is there and active by now. */
  isBack: boolean;
}

const BY_ID: PageOrder = { id: sql<string>`u.id`, direction: 'ASC', by: null };

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

const goneOf = (run: RunScope) => {
  const values: Arguments<RunScope> = (name) => run[name];
  return sql`(select distinct on (c.object_id) c.object_id as id, c.kind, c.at from ${changesOfRun(values, 'user.deactivated', 'user.deleted')}
    order by c.object_id, c.epoch desc, c.xid desc, c.no desc)`;
};

/** The same page of the users of each run, by id, of each one row more than the page has; `place` is the index of the run. */
export function usersOfRuns(runs: readonly RunScope[], bounds: PageBounds) {
  const way = sql.raw(bounds.backwards ? 'desc' : 'asc');
  return compileNow<RunUserRow & { place: number; orderValue: string | null }>((db) =>
    asCompilable(
      db,
      sql`select * from (${unionOf(runs, (run, place) => usersOfRun(run, place, bounds))}) as lists order by lists.place, lists.id ${way}`,
    ),
  );
}

/** `place` is the index of the run. */
export function countUsersOfRuns(runs: readonly RunScope[]) {
  return compileNow<{ place: number; total: number }>((db) =>
    asCompilable(
      db,
      unionOf(
        runs,
        (run, place) => sql`select ${place}::int as place, count(*)::int as total from ${goneOf(run)} as gone`,
      ),
    ),
  );
}

const usersOfRun = (run: RunScope, place: number, bounds: PageBounds) =>
  sql`with gone as materialized ${goneOf(run)}
    select ${place}::int as place, u.id, u.user_name as "userName", u.display_name as "displayName",
      case gone.kind when 'user.deleted' then 'DELETED' else 'DEACTIVATED' end as action, ${isoTime(sql`gone.at`)} as at,
      u.active and u.deleted_at is null as "isBack", ${orderValue(BY_ID)} as "orderValue"
    from gone join app_user u on u.company_id = ${run.companyId}::uuid and u.id = gone.id
    where ${beyondCursor(BY_ID, bounds)} ${orderAndLimit(BY_ID, bounds)}`;

const unionOf = (runs: readonly RunScope[], part: (run: RunScope, place: number) => RawBuilder<unknown>) =>
  sql`${sql.join(
    runs.map((run, place) => sql`(${part(run, place)})`),
    sql` union all `,
  )}`;
