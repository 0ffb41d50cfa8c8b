import type { OrderType, PageBounds, PageCursor } from '#core-api/persistence/stores/page-sql.js';
import { invalidValue } from './errors.js';
import { isId } from './new-id.js';
import type { Page, PageRequest } from './paging.js';

const DEFAULT_SIZE = 50;
/** Rows of a page at most, and at the gateway's door, whose callers count in pages of their own. */
export const MOST_ROWS = 100;
export const MOST_ROWS_AT_THE_DOOR = 1000;

/**
 * Reads which rows a list is asked for: `first` with `after` or `offset`, or `last` with `before`; 50 when no size is given.
 *
 * @param type what the list is ordered by; null for the id alone.
 * @throws INVALID_VALUE (a size out of 0..most, members that do not go together, a cursor that this list did not give)
 */
export function readBounds(
  { first, after, last, before, offset }: Omit<PageRequest<unknown, string>, 'orderBy'>,
  { most, type }: { most: number; type: OrderType | null },
): PageBounds {
  if (first != null && last != null) throw invalidValue('last', 'Give either first or last.');
  const backwards = last != null || (first == null && before != null);
  if (backwards && after != null) throw invalidValue('after', 'after goes with first.');
  if (!backwards && before != null) throw invalidValue('before', 'before goes with last.');
  const limit = checkSize(backwards ? 'last' : 'first', last ?? first ?? Math.min(DEFAULT_SIZE, most), most);
  const cursor = backwards ? before : after;
  if (offset != null && (backwards || cursor != null)) throw invalidValue('offset', 'offset goes with first alone.');
  return {
    limit,
    backwards,
    from: cursor == null ? null : readCursor(backwards ? 'before' : 'after', cursor, type),
    offset: checkSize('offset', offset ?? 0, MOST_OFFSET),
  };
}

const MOST_OFFSET = 2_147_483_647;

function checkSize(field: string, size: number, most: number): number {
  if (!Number.isInteger(size) || size < 0 || size > most)
    throw invalidValue(field, `${field} must be a whole number from 0 to ${most}.`);
  return size;
}

function makeCursor({ value, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

function readCursor(field: string, text: string, type: OrderType | null): PageCursor {
  const [value, id, ...rest] = parseCursor(text);
  const isFitting = value === null || (typeof value === 'string' && isValueOf(type, value));
  if (!isFitting || typeof id !== 'string' || !isId(id) || rest.length > 0)
    throw invalidValue(field, `${field} is not a cursor of this list.`);
  return { value, id };
}

function parseCursor(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** A cursor comes from outside: nothing in it may make the statement fail. */
function isValueOf(type: OrderType | null, value: string): boolean {
  switch (type) {
    case 'text':
      return !value.includes('\0');
    case 'int':
      return /^-?\d{1,9}$/.test(value);
    case 'float8':
      return /^-?\d{1,17}(\.\d{1,17})?(e[+-]\d{1,3})?$/.test(value) && Number.isFinite(Number(value));
    case 'timestamptz':
      return /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) && isDay(value);
    default:
      return false;
  }
}

function isDay(value: string): boolean {
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value;
}

/** A row as a statement of a page returns it. */
export interface Listed {
  id: string;
  orderValue: string | null;
}

/**
 * Makes a page of the rows that were fetched: at most one more than `bounds.limit`, in the order they were read.
 *
 * @param totalCount -1 when nobody asked for it.
 */
export function toPage<R extends Listed>(
  rows: readonly R[],
  bounds: PageBounds,
  totalCount: number,
): Page<Omit<R, 'orderValue'>> {
  const page = rows.slice(0, bounds.limit);
  if (bounds.backwards) page.reverse();
  const hasMore = rows.length > bounds.limit;
  const hasLess = bounds.from !== null || bounds.offset > 0;
  return {
    nodes: page.map(({ orderValue: _, ...node }) => node),
    cursors: page.map((row) => makeCursor({ value: row.orderValue, id: row.id })),
    hasNextPage: bounds.backwards ? hasLess : hasMore,
    hasPreviousPage: bounds.backwards ? hasMore : hasLess,
    totalCount,
  };
}

/**
 * Reads a page and, where it is asked for, the total: that of a page with which the list ends is known without counting.
 *
 * @param read `rows`: at most one more than `bounds.limit`.
 */
export async function readPage<R extends Listed>(
  { wantRows, wantTotal }: Pick<PageRequest<unknown, string>, 'wantRows' | 'wantTotal'>,
  bounds: PageBounds,
  read: { rows(): Promise<R[]>; total(): Promise<{ total: number }[]> },
): Promise<Page<Omit<R, 'orderValue'>>> {
  const isRead = wantRows !== false && bounds.limit > 0;
  const rows = isRead ? await read.rows() : [];
  const isAll =
    isRead && bounds.from === null && rows.length <= bounds.limit && (rows.length > 0 || bounds.offset === 0);
  if (isAll || !wantTotal) return toPage(rows, bounds, isAll ? bounds.offset + rows.length : -1);
  const [counted] = await read.total();
  return toPage(rows, bounds, counted!.total);
}
