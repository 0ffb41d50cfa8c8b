import { type RawBuilder, sql } from 'kysely';
import { compileNow } from '../statement.js';
import { ALWAYS, type Condition } from './filter-sql.js';
import { beyondCursor, orderAndLimit, orderValue, type PageBounds, type PageOrder } from './page-sql.js';
import { isSeen } from './teams.js';
import { type Scope, visible } from './users.js';

/** A row of a list of users and teams: which it is, and where it stands. */
export interface UserOrTeamKey {
  type: 'User' | 'Team';
  id: string;
  orderValue: string | null;
}

/** Conditions and orders of the two speak of `u` and of `team`; both orders are of one direction, and their values of one type. */
export interface UsersAndTeams<T> {
  users: T;
  teams: T;
}

/**
 * One page of users and teams in one order, as keys. Each kind is cut to what the page can hold of it before they are put together, so that a page by
 * cursor costs what two pages cost.
 */
export function userOrTeamPage(
  scope: Scope,
  conditions: UsersAndTeams<Condition>,
  orders: UsersAndTeams<PageOrder>,
  bounds: PageBounds,
) {
  const { users, teams } = orders;
  const part = ({ id, by }: PageOrder) => sql`${id} as id, ${by ? by.value : sql`null::text`} as value`;
  const whole = { ...bounds, limit: bounds.limit + bounds.offset, offset: 0 };
  // The parts of a union forget their collation.
  const value = users.by?.type === 'text' ? sql`k.value collate "C"` : sql`k.value`;
  const order: PageOrder = { ...users, id: sql`k.id`, by: users.by && { ...users.by, value } };
  return compileNow<UserOrTeamKey>((db) => {
    const query: RawBuilder<UserOrTeamKey> = sql`select k.type, k.id, ${orderValue(order)} as "orderValue" from (
      (select 'User' as type, ${part(users)} from app_user u
        where ${visible(scope)} and ${conditions.users} and ${beyondCursor(users, bounds)} ${orderAndLimit(users, whole, conditions.users === ALWAYS)})
      union all
      (select 'Team', ${part(teams)} from team
        where ${visibleTeams(scope)} and ${conditions.teams} and ${beyondCursor(teams, bounds)} ${orderAndLimit(teams, whole, conditions.teams === ALWAYS)})
    ) k ${orderAndLimit(order, bounds)}`;
    return { compile: () => query.compile(db) };
  });
}

export function userAndTeamCount(scope: Scope, conditions: UsersAndTeams<Condition>) {
  return compileNow<{ total: number }>((db) => {
    const query: RawBuilder<{ total: number }> =
      sql`select ((select count(*) from app_user u where ${visible(scope)} and ${conditions.users})
      + (select count(*) from team where ${visibleTeams(scope)} and ${conditions.teams}))::int as total`;
    return { compile: () => query.compile(db) };
  });
}

const visibleTeams = (scope: Scope): Condition =>
  sql`team.company_id = ${scope.companyId}::uuid and team.deleted_at is null and ${isSeen('team', scope)}`;
