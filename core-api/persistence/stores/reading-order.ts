import { type CompiledQuery, sql } from 'kysely';
import type { Database } from '../database.js';
import { compileNow } from '../statement.js';
import type { PageBounds, PageOrder } from './page-sql.js';

/*
 * The planner does not know how much of the log is one company's, and takes it for little: what reads thousands of rows in the order of an index would be
 * planned as reading and sorting the company's whole log, each time, and end at the time limit once much of it waits. So it is with other lists.
 */

const whetherToSort = (value: 'on' | 'off') =>
  compileNow((db) =>
    db.selectNoFrom([
      sql`set_config('enable_sort', ${sql.lit(value)}, true)`.as('sort'),
      sql`set_config('enable_bitmapscan', ${sql.lit(value)}, true)`.as('bitmapscan'),
    ]),
  );

/** From here to the end of the transaction rows are read in the order of an index, and no more than are wanted. */
export const readInOrder = whetherToSort('off');

/** From here on the planner chooses again. */
export const readInAnyOrder = whetherToSort('on');

/**
 * Runs the query of a page. Of a whole list by id, one that begins behind a cursor is read off the index: what is left of the list would be sorted for it
 * otherwise. Where a filter is, the planner may know a better way.
 */
export function readPage<Row>(
  db: Database,
  query: CompiledQuery<Row>,
  { order, bounds, isFiltered }: { order: PageOrder; bounds: PageBounds; isFiltered: boolean },
): Promise<Row[]> {
  if (order.by !== null || bounds.from === null || isFiltered) return db.run(query);
  return db.inTransaction(async (tx) => {
    await tx.run(readInOrder);
    return tx.run(query);
  });
}
