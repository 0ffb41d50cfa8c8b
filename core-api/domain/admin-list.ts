import type { Database } from '#core-api/persistence/database.js';
import {
  type AdminTable,
  countAdminRows,
  findAdminRows,
  listAdminRows,
  orderTypeOf,
} from '#core-api/persistence/stores/admin-rows.js';
import { notFound } from './errors.js';
import { isId } from './new-id.js';
import { MOST_ROWS, readBounds, toPage } from './page-bounds.js';
import type { Page, PageRequest } from './paging.js';

/** What a list can be ordered by, and the member that each stands for; null is the id. */
type Orders<Row, Field extends string> = Readonly<Record<Field, (keyof Row & string) | null>>;

/**
 * One page of an admin table.
 *
 * @param companyId null: of all companies.
 * @throws INVALID_VALUE (see `readBounds`)
 */
export async function listRecords<Row, Field extends string>(
  db: Database,
  table: AdminTable<Row>,
  orders: Orders<Row, Field>,
  companyId: string | null,
  request: PageRequest<object, Field>,
): Promise<Page<Row>> {
  const by = request.orderBy ? orders[request.orderBy.field] : null;
  const bounds = readBounds(request, { most: MOST_ROWS, type: by === null ? null : orderTypeOf(table, by) });
  const query = {
    companyId,
    filter: request.filter ?? null,
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
