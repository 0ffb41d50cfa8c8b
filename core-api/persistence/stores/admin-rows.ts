import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import type { Tables } from '../entities/index.js';
import { type Builder, compileNow } from '../statement.js';
import { allOf, type Condition } from './filter-sql.js';
import { beyondCursor, isoTime, orderAndLimit, orderValue, type PageBounds, type PageOrder } from './page-sql.js';

/*
 * Reads of the admin tables, by typed SQL like those of the hot ones: each table says once which columns it shows and how each is compared.
 */

/** `key`: compared as it is. `text`: ignoring case. `plain`: shown, neither filtered nor ordered by. */
type Comparison = 'id' | 'key' | 'text' | 'boolean' | 'number' | 'time' | 'plain';

/** One member of a row: the column it is read from and how filters compare it; or an expression. */
export type Member = readonly [column: string, comparison: Comparison] | RawBuilder<unknown>;

export interface AdminTable<Row> {
  name: keyof Tables & string;
  /** The column that says whose a row is: every statement has it in its predicate. */
  company: 'company_id' | 'id';
  members: { readonly [K in keyof Row & string]-?: Member };
}

interface ListQuery<Row> {
  /** Null: all companies, which only an operator's list of companies may ask for. */
  companyId: string | null;
  condition: Condition;
  /** The member that is ordered by; null for the id. */
  by: (keyof Row & string) | null;
  direction: 'ASC' | 'DESC';
  bounds: PageBounds;
}

/** The rows of a page, at most one more than it holds, each with the value it is ordered by. */
export function listAdminRows<Row>(db: Database, table: AdminTable<Row>, query: ListQuery<Row>) {
  const order = orderOf(table, query.by, query.direction);
  return db.run(
    compileNow<Row & { id: string; orderValue: string | null }>((builder) =>
      rowsOf(builder, table, query.companyId, [query.condition, beyondCursor(order, query.bounds)])
        .select(orderValue(order).as('orderValue'))
        .modifyEnd(orderAndLimit(order, query.bounds)),
    ),
  );
}

export async function countAdminRows<Row>(
  db: Database,
  table: AdminTable<Row>,
  { companyId, condition }: Pick<ListQuery<Row>, 'companyId' | 'condition'>,
): Promise<number> {
  const [row] = await db.run(
    compileNow<{ total: number }>((builder) =>
      rowsOf(builder, table, companyId, [condition]).clearSelect().select(sql<number>`count(*)::int`.as('total')),
    ),
  );
  return row!.total;
}

/** Rows of one company by their ids, in no order. */
export function findAdminRows<Row>(
  db: Database,
  table: AdminTable<Row>,
  companyId: string,
  ids: readonly string[],
): Promise<Row[]> {
  return selectAdminRows(db, table, companyId, sql`id = any(${ids}::uuid[])`);
}

/** Rows of one company that meet the condition, by id. */
export function selectAdminRows<Row>(
  db: Database,
  table: AdminTable<Row>,
  companyId: string,
  condition: Condition,
): Promise<Row[]> {
  return db.run(
    compileNow<Row>((builder) => rowsOf(builder, table, companyId, [condition]).modifyEnd(sql`order by id`)),
  );
}

/** As `selectAdminRows`, of several companies, each row with `more` members than the table shows. */
export function selectWideRows<Row, More>(
  db: Database,
  table: AdminTable<Row>,
  companyIds: readonly string[],
  condition: Condition,
  more: { readonly [K in keyof More & string]: RawBuilder<More[K]> },
): Promise<(Row & More)[]> {
  const isTheirs: Condition = sql`${sql.ref(table.company)} = any(${companyIds}::uuid[])`;
  const added = Object.entries<RawBuilder<unknown>>(more).map(([name, value]) => value.as(name));
  return db.run(
    compileNow<Row & More>((builder) =>
      rowsOf(builder, table, null, [isTheirs, condition]).select(added).modifyEnd(sql`order by id`),
    ),
  );
}

function rowsOf<Row>(builder: Builder, table: AdminTable<Row>, companyId: string | null, conditions: Condition[]) {
  // The table is a value here, so that the builder cannot know its columns: `members` answers for them.
  const from: AnySelect = builder.selectFrom(table.name);
  const selected = Object.entries<Member>(table.members).map(([name, member]) => shown(member).as(name));
  const rows = from.select(selected).where(allOf(conditions));
  return companyId === null ? rows : rows.where(sql.ref(table.company), '=', sql`${companyId}::uuid`);
}

// biome-ignore lint/suspicious/noExplicitAny: a select of any table; its rows are typed by what `db.run` is told
type AnySelect = SelectQueryBuilder<any, any, any>;

function shown(member: Member): RawBuilder<unknown> {
  if (!isColumn(member)) return member;
  const [column, comparison] = member;
  return comparison === 'time' ? isoTime(sql.ref(column)) : sql`${sql.ref(column)}`;
}

/** Whether the member is a column, and not computed. */
export function isColumn(member: Member): member is readonly [string, Comparison] {
  return Array.isArray(member);
}

function orderOf<Row>(table: AdminTable<Row>, by: (keyof Row & string) | null, direction: 'ASC' | 'DESC'): PageOrder {
  const id = sql.ref<string>('id');
  if (by === null) return { id, direction, by: null };
  const member = table.members[by];
  if (!isColumn(member)) throw new TypeError('A computed member cannot be ordered by.');
  const [column, comparison] = member;
  const value: RawBuilder<unknown> =
    comparison === 'text' ? sql`lower(${sql.ref(column)}) collate "C"` : sql`${sql.ref(column)}`;
  return { id, direction, by: { value, type: orderTypeOf(table, by), nullable: false } };
}

/** How the values of a cursor look when the table is listed by that member. */
export function orderTypeOf<Row>(table: AdminTable<Row>, by: keyof Row & string): 'text' | 'timestamptz' | 'int' {
  const member = table.members[by];
  const comparison = isColumn(member) ? member[1] : 'plain';
  return comparison === 'number' ? 'int' : comparison === 'time' ? 'timestamptz' : 'text';
}
