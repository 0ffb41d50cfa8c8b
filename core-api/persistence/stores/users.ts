import { type RawBuilder, sql } from 'kysely';
import type { UserRole, UserRow, UserTeam } from '../rows.js';
import { type Arguments, type Builder, compileNow, type Statement, statement } from '../statement.js';
import { ALWAYS, allOf, type Condition } from './filter-sql.js';
import {
  beyondCursor,
  inOrder,
  orderAndLimit,
  orderValue,
  type PageBounds,
  type PageOrder,
  untold,
} from './page-sql.js';
import { queueAtTeam, teamLock } from './team-write-parts.js';
import { totalOf } from './totals.js';
import { USER_SELECTION } from './user-columns.js';
import { type Parts, partsKey, partsOf } from './user-parts.js';

/** A user as it is read, with the parts that were asked for. */
export type StoredUser = UserRow & { teams?: UserTeam[]; outerTeams?: UserTeam[]; roles?: UserRole[] };

/** Whom the reader sees: everyone, or for a directory its own rows and, with `seesLocal`, local ones that are not of last resort. */
export interface Scope {
  companyId: string;
  directoryId: string | null;
  seesLocal: boolean;
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** One statement for each combination of parts, made when it is first needed. */
function byParts<P, R>(build: (parts: Parts, argument: Arguments<P>) => RawBuilder<R>) {
  const made = new Map<string, Statement<P, R>>();
  return (parts: Parts): Statement<P, R> => {
    const key = partsKey(parts);
    let found = made.get(key);
    if (!found) {
      found = statement<P, R>((db, p) => asCompilable(db, build(parts, p)));
      made.set(key, found);
    }
    return found;
  };
}

const ofCompany = (p: Arguments<Scope>) => ({ company: sql<string>`${p('companyId')}::uuid` });

const seen = (p: Arguments<Scope>) => sql`u.company_id = ${p('companyId')}::uuid and u.deleted_at is null
  and (${p('directoryId')}::uuid is null or (not u.break_glass and (u.directory_id = ${p('directoryId')}::uuid
    or (${p('seesLocal')}::boolean and u.directory_id is null))))`;

export const userById = byParts<Scope & { id: string }, StoredUser>(
  (parts, p) =>
    sql`select ${USER_SELECTION}${partsOf(parts, ofCompany(p))} from app_user u where u.id = ${p('id')}::uuid and ${seen(p)}`,
);

/** The row as it is, locked until the transaction ends: nobody writes it, and no team or role gets it meanwhile. */
export const lockUser = statement<Scope & { id: string }, UserRow>((db, p) =>
  asCompilable(
    db,
    sql`select ${USER_SELECTION} from app_user u where u.id = ${p('id')}::uuid and ${seen(p)} for no key update of u`,
  ),
);

const lockedWithTeams = (p: Arguments<Scope>, isOne: (id: string) => RawBuilder<unknown>) =>
  sql`with team_of as (select m.team_id from team_membership m
        where m.company_id = ${p('companyId')}::uuid and ${isOne('m.user_id')} group by m.team_id order by ${teamLock(sql`m.team_id`)} offset 0),
      queued as (select ${queueAtTeam(sql`team_of.team_id`)} from team_of),
      locked as (select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id in (select team_id from team_of)
        and (select count(*) from queued) >= 0 order by t.id for no key update of t)
    select ${USER_SELECTION} from app_user u where ${isOne('u.id')} and ${seen(p)} and (select count(*) from locked) >= 0
    order by u.id for no key update of u`;

/** `lockUser`, and before it the teams that the user is in, which is the order of those who write teams. */
export const lockUserWithTeams = statement<Scope & { id: string }, UserRow>((db, p) =>
  asCompilable(
    db,
    lockedWithTeams(p as never, (id) => sql`${sql.raw(id)} = ${p('id')}::uuid`),
  ),
);

/** The same for many users; by id. */
export const lockUsersWithTeams = statement<Scope & { ids: string[] }, UserRow>((db, p) =>
  asCompilable(
    db,
    lockedWithTeams(p as never, (id) => sql`${sql.raw(id)} = any(${p('ids')}::uuid[])`),
  ),
);

/** In no order. */
export const usersByIds = byParts<Scope & { ids: string[] }, StoredUser>(
  (parts, p) =>
    sql`select ${USER_SELECTION}${partsOf(parts, ofCompany(p))} from app_user u where u.id = any(${p('ids')}::uuid[]) and ${seen(p)}`,
);

export const userByUserNameKey = byParts<Scope & { key: string }, StoredUser>(
  (parts, p) =>
    sql`select ${USER_SELECTION}${partsOf(parts, ofCompany(p))} from app_user u where u.user_name_key = ${p('key')}::text and ${seen(p)}`,
);

/** Those of the directory `of` (null: local ones), or of any. By id, at most `most`. */
export const usersByExternalId = byParts<
  Scope & { externalId: string; any: boolean; of: string | null; most: number },
  StoredUser
>(
  (parts, p) => sql`select ${USER_SELECTION}${partsOf(parts, ofCompany(p))} from app_user u
    where u.external_id = ${p('externalId')}::text and (${p('any')}::boolean or u.directory_id is not distinct from ${p('of')}::uuid) and ${seen(p)}
    order by u.id limit ${p('most')}::int`,
);

/** By address, of any type for null. By id, at most `most`. */
export const usersByEmail = byParts<Scope & { key: string; type: string | null; most: number }, StoredUser>(
  (parts, p) => sql`select ${USER_SELECTION}${partsOf(parts, ofCompany(p))} from app_user u
    where u.id in (select v.user_id from user_value v where v.company_id = ${p('companyId')}::uuid and v.attribute = 'emails'
        and v.value_key = ${p('key')}::text and (${p('type')}::text is null or v.type = ${p('type')}::text))
      and ${seen(p)}
    order by u.id limit ${p('most')}::int`,
);

/** On alias `u`. */
export function visible({ companyId, directoryId, seesLocal }: Scope): Condition {
  const conditions: Condition[] = [sql`u.company_id = ${companyId}::uuid`, sql`u.deleted_at is null`];
  if (directoryId !== null) {
    conditions.push(sql`not u.break_glass`);
    const own = sql<boolean>`u.directory_id = ${directoryId}::uuid`;
    conditions.push(seesLocal ? sql`(${own} or u.directory_id is null)` : own);
  }
  return allOf(conditions);
}

/**
 * The ids of a page that begins so many rows down the whole list, read off the index of the list from whichever end is nearer: how far the other one is, the
 * total says. In no order.
 */
function idsBeyond(scope: Scope, order: PageOrder, bounds: PageBounds): RawBuilder<unknown> {
  const offset = sql`${bounds.offset}::int`;
  const wanted = sql`${bounds.limit + 1}::int`;
  const ids = (isNearer: RawBuilder<unknown>, backwards: boolean) =>
    sql`select ${order.id} from app_user u where ${visible(scope)} and ${isNearer} ${inOrder(order, { ...bounds, backwards })}`;
  return sql`(select k.id from (select greatest(${totalOf(scope, 'User')} - ${offset}, 0) as rows offset 0) rest cross join lateral (
      (${ids(sql`rest.rows >= ${offset}`, false)} limit ${untold(bounds.limit + 1)} offset ${untold(bounds.offset)})
      union all (${ids(sql`rest.rows < ${offset}`, true)} limit least(${wanted}, rest.rows) offset greatest(rest.rows - ${wanted}, 0))) k)`;
}

/**
 * One page of a list. Teams and roles are read for the rows of the page only, and the rows before it not at all where the index of the list leads past them.
 *
 * @param condition on alias `u`
 */
export function userPage(scope: Scope, condition: Condition, order: PageOrder, bounds: PageBounds, parts: Parts) {
  const company = sql<string>`${scope.companyId}::uuid`;
  const isWhole = condition === ALWAYS;
  const isSkipping = isWhole && order.by === null && bounds.offset > 0;
  const rows = isSkipping
    ? sql`${idsBeyond(scope, order, bounds)} k join app_user u on u.company_id = ${company} and u.id = k.id`
    : sql`(select u.* from app_user u where ${visible(scope)}
        and ${condition} and ${beyondCursor(order, bounds)} ${orderAndLimit(order, bounds, isWhole)}) u`;
  return compileNow<StoredUser & { orderValue: string | null }>((db) =>
    asCompilable(
      db,
      sql`select ${USER_SELECTION}${partsOf(parts, { company }, true)}, ${orderValue(order)} as "orderValue" from ${rows}
        ${inOrder(isSkipping ? { ...order, id: sql`k.id` } : order, bounds)}`,
    ),
  );
}

export function userCount(scope: Scope, condition: Condition) {
  return compileNow<{ total: number }>((db) =>
    asCompilable(db, sql`select count(*)::int as total from app_user u where ${visible(scope)} and ${condition}`),
  );
}
