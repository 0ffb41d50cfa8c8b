import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { ALWAYS, type Condition } from './filter-sql.js';

/** Where a page begins, exclusively: the row's value in the list's order (null where it has none, or the list is ordered by id) and its id. */
export interface PageCursor {
  value: string | null;
  id: string;
}

/** What of a list is wanted. */
export interface PageBounds {
  /** Rows of the page; a statement fetches one more, to know whether more follow. */
  limit: number;
  /** The rows before `from`, not after it; they come in reverse and are turned round by `toPage`. */
  backwards: boolean;
  from: PageCursor | null;
  /** 0-based; 0 whenever there is a cursor. */
  offset: number;
}

/** A list's order. Ties are broken by id; what has no value comes last ascending and first descending (RFC 7644 §3.4.2.3). */
export interface PageOrder {
  id: Expression<string>;
  direction: 'ASC' | 'DESC';
  /** Null: by id alone. */
  by: OrderBy | null;
}

export interface OrderBy {
  value: Expression<unknown>;
  type: OrderType;
  nullable: boolean;
}

/** `text` must have collation "C". */
export type OrderType = 'text' | 'timestamptz' | 'int' | 'float8';

/** Selected with each row of a page, so that its cursor can be made: texts and numbers as they are, times as ISO 8601 in UTC. */
export function orderValue({ by }: PageOrder): RawBuilder<string | null> {
  if (!by) return sql`null::text`;
  return by.type === 'timestamptz' ? isoTime(by.value) : sql`(${by.value})::text`;
}

/** A timestamptz as it leaves the house: ISO 8601 in UTC with milliseconds. */
export function isoTime(time: Expression<unknown>): RawBuilder<string> {
  return sql<string>`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The rows beyond the cursor, in the direction that is read; everything without a cursor. */
export function beyondCursor(order: PageOrder, { from, backwards }: PageBounds): Condition {
  if (!from) return ALWAYS;
  const { id, by } = order;
  const ascending = (order.direction === 'ASC') !== backwards;
  const beyond = ascending ? sql`>` : sql`<`;
  const fromId = sql`${from.id}::uuid`;
  if (!by) return sql<SqlBool>`${id} ${beyond} ${fromId}`;
  if (from.value === null)
    return sql<SqlBool>`((${by.value}) is null and ${id} ${beyond} ${fromId}${ascending ? sql`` : sql` or (${by.value}) is not null`})`;
  const fromValue = sql`${from.value}::${sql.raw(by.type)}`;
  const inOrder = sql<SqlBool>`(${by.value}, ${id}) ${beyond} (${fromValue}, ${fromId})`;
  return by.nullable && ascending ? sql<SqlBool>`(${inOrder} or (${by.value}) is null)` : inOrder;
}

/** `order by …`; PostgreSQL's own place for nulls (last ascending, first descending) is the one that is wanted. */
export function inOrder({ id, by, direction }: PageOrder, { backwards }: PageBounds): RawBuilder<unknown> {
  const way = (direction === 'ASC') !== backwards ? sql`asc` : sql`desc`;
  const value = by ? sql`${by.value} ${way}, ` : sql``;
  return sql`order by ${value}${id} ${way}`;
}

/**
 * So many rows, without the planner's knowledge: for a list that an index has in its order. It takes a company's share of a table for a few rows, and told
 * that no fewer are wanted it would sort all of them rather than read a page in order.
 */
export function untold(rows: number): RawBuilder<number> {
  return sql<number>`(select ${rows}::int)`;
}

/**
 * `order by … limit … offset …`
 *
 * @param isWhole whether it is a list without a filter, which an index has in the order of ids.
 */
export function orderAndLimit(order: PageOrder, bounds: PageBounds, isWhole = false): RawBuilder<unknown> {
  const count = (rows: number) => (isWhole && !order.by ? untold(rows) : sql`${rows}::int`);
  const offset = bounds.offset > 0 ? sql` offset ${count(bounds.offset)}` : sql``;
  return sql`${inOrder(order, bounds)} limit ${count(bounds.limit + 1)}${offset}`;
}
