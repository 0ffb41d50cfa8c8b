import { sql } from 'kysely';
import { compileNow } from '../statement.js';

/*
 * The planner does not know how much of the log is one company's, and takes it for little: what reads thousands of rows in the order of an index would be
 * planned as reading and sorting the company's whole log, each time, and end at the time limit once much of it waits.
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
