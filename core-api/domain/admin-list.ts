import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import {
  type AdminTable,
  countAdminRows,
  findAdminRows,
  isColumn,
  listAdminRows,
  type Member,
  orderTypeOf,
} from '#core-api/persistence/stores/admin-rows.js';
import { allOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { notFound } from './errors.js';
import { type FieldConditions, FilterTree } from './filter-tree.js';
import { isId } from './new-id.js';
import { MOST_ROWS, readBounds, toPage } from './page-bounds.js';
import type { BooleanFilter, DateTimeFilter, Logic, NumberFilter, Page, PageRequest, StringFilter } from './paging.js';

/** What a list can be ordered by, and the member that each stands for; null is the id. */
type Orders<Row, Field extends string> = Readonly<Record<Field, (keyof Row & string) | null>>;

/**
 * One page of an admin table.
 *
 * @param companyId null: of all companies.
 * @param shown what holds for every row of the list, whatever the request filters by.
 * @throws INVALID_VALUE (see `readBounds`) | UNSUPPORTED_FILTER
 */
export async function listRecords<Row, Field extends string>(
  db: Database,
  table: AdminTable<Row>,
  orders: Orders<Row, Field>,
  companyId: string | null,
  request: PageRequest<object, Field>,
  shown: Condition = allOf([]),
): Promise<Page<Row>> {
  const by = request.orderBy ? orders[request.orderBy.field] : null;
  const bounds = readBounds(request, { most: MOST_ROWS, type: by === null ? null : orderTypeOf(table, by) });
  const query = {
    companyId,
    condition: allOf([shown, ...(request.filter ? [conditionOf(table, request.filter)] : [])]),
    by,
    direction: request.orderBy?.direction ?? 'ASC',
    bounds,
  };
  const [rows, total] = await Promise.all([
    request.wantRows === false ? [] : listAdminRows(db, table, query),
    request.wantTotal ? countAdminRows(db, table, query) : -1,
  ]);
  return toPage(rows, bounds, total) as Page<unknown> as Page<Row>;
}

/** A filter's fields are members of the row; what is only shown cannot be filtered by. */
function conditionOf<Row>(table: AdminTable<Row>, filter: object): Condition {
  const tree = new FilterTree();
  const fields = Object.entries<Member>(table.members).flatMap(([name, member]) => {
    const condition = isColumn(member) ? memberCondition(tree, member) : null;
    return condition ? [[name, condition] as const] : [];
  });
  // Which fields a list's filter has is said by its own type; here they are those of the table.
  return tree.toCondition(filter as Logic<never>, Object.fromEntries(fields) as FieldConditions<never>);
}

function memberCondition(tree: FilterTree, [column, comparison]: Exclude<Member, { toOperationNode(): unknown }>) {
  const value = sql.ref<never>(column);
  switch (comparison) {
    case 'id':
      return (terms: StringFilter) => tree.id(value, terms);
    case 'key':
      return (terms: StringFilter) => tree.text({ text: value, comparison: 'EXACT' }, terms);
    case 'text':
      return (terms: StringFilter) => tree.text({ text: value, comparison: 'LOWER' }, terms);
    case 'boolean':
      return (terms: BooleanFilter) => tree.boolean(value, terms);
    case 'number':
      return (terms: NumberFilter) => tree.number(value, terms);
    case 'time':
      return (terms: DateTimeFilter) => tree.time(value, terms);
    case 'plain':
      return null;
  }
}

/** Rows of the company in the order of `ids`; ids that are not found are left out. */
export async function getManyRecords<Row extends { id: string }>(
  db: Database,
  table: AdminTable<Row>,
  companyId: string,
  ids: readonly string[],
): Promise<Row[]> {
  const known = ids.filter(isId);
  if (known.length === 0) return [];
  const rows = new Map((await findAdminRows(db, table, companyId, known)).map((row) => [row.id, row]));
  return ids.flatMap((id) => rows.get(id) ?? []);
}

/** @param type names the object in the error. @throws NOT_FOUND */
export async function getRecord<Row extends { id: string }>(
  db: Database,
  table: AdminTable<Row>,
  type: string,
  companyId: string,
  id: string,
): Promise<Row> {
  const [row] = await getManyRecords(db, table, companyId, [id]);
  if (!row) throw notFound(type, id);
  return row;
}
