import { type Expression, sql } from 'kysely';
import type { OrderBy, PageOrder } from '#core-api/persistence/stores/page-sql.js';
import { type OrderPaths, orderBy, orderPath, textOrder, unknownOrder } from '../list-order.js';
import type { PathOrder } from '../paging.js';
import type { TeamOrderField } from './team-types.js';

const FIELDS: Readonly<Record<TeamOrderField, string>> = {
  ID: 'id',
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
  DISPLAY_NAME: 'displayName',
  EXTERNAL_ID: 'externalId',
};

export const TEAM_ID: Expression<string> = sql.ref('team.id');

const PATHS: OrderPaths = new Map<string, OrderBy | null>([
  ['id', null],
  ['displayname', orderBy(sql.ref('team.display_name_key'), 'text')],
  ['externalid', orderBy(sql.ref('team.external_id'), 'text', true)],
  ['createdat', orderBy(sql.ref('team.created_at'), 'timestamptz')],
  ['updatedat', orderBy(sql.ref('team.updated_at'), 'timestamptz')],
  ['version', orderBy(sql.ref('team.version'), 'int')],
]);

/**
 * The order of a list of teams: by id, which is the order of creation, unless something else is asked for.
 *
 * @param seesBreakGlass whether such members count.
 * @throws INVALID_VALUE (a path that leads nowhere)
 */
export function toTeamOrder(order: PathOrder<TeamOrderField> | null | undefined, seesBreakGlass: boolean): PageOrder {
  const path = orderPath(order, FIELDS);
  const by = findTeamOrder(path, seesBreakGlass);
  if (by === undefined) throw unknownOrder(path);
  return { id: TEAM_ID, direction: order?.direction ?? 'ASC', by };
}

/** @returns undefined when the path leads nowhere. */
export function findTeamOrder(path: string, seesBreakGlass: boolean): OrderBy | null | undefined {
  const lower = path.toLowerCase();
  if (lower === 'members.id') return textOrder(ofFirstMember(sql`u.id::text`, seesBreakGlass), true);
  if (lower === 'members.display')
    return textOrder(ofFirstMember(sql`coalesce(u.display_name, u.user_name)`, seesBreakGlass), false);
  return PATHS.get(lower);
}

/** The first in the order in which a team shows its members. */
function ofFirstMember(value: Expression<string>, seesBreakGlass: boolean): Expression<string> {
  return sql`(select ${value} from team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
    where m.company_id = team.company_id and m.team_id = team.id and u.deleted_at is null
      and (${seesBreakGlass}::boolean or not u.break_glass) order by m.user_id limit 1)`;
}
