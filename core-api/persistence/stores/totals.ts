import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { isSeen, isSeenBy, type View } from './teams.js';

type Counted = View & { kinds: ('User' | 'Team')[] };

/** How many there are of these kinds, as exact as counting them; a directory does not see admins of last resort. */
export const countAll = statement<Counted, { total: number }>((db, p) =>
  db
    .selectFrom('resource_count')
    .select(sql<number>`coalesce(sum(resource_count.delta), 0)::int`.as('total'))
    .where('resource_count.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`resource_count.kind = any(${p('kinds')}::text[])`)
    .where(sql<SqlBool>`(${p('directoryId')}::uuid is null or not resource_count.break_glass)`)
    .where(isSeenBy('resource_count', p)),
);

/** `countAll` as a value within another statement, and so of its snapshot. */
export function totalOf(view: View, kind: 'User' | 'Team'): RawBuilder<number> {
  return sql<number>`(select coalesce(sum(c.delta), 0)::int from resource_count c where c.company_id = ${view.companyId}::uuid and c.kind = ${kind}::text
    and (${view.directoryId}::uuid is null or not c.break_glass) and ${isSeen('c', view)})`;
}

/** So many rows are read no slower than one. */
const FEW = 50;

/**
 * Puts what one company's totals consist of into one row for each sum, once it is more than a few. Whoever does it at the same time takes what this one
 * left, so both may, and a reader sees either what was there before or the sums.
 */
export const sumUp = statement<{ companyId: string }, never>((db, p) => ({
  compile: () =>
    sql<never>`with taken as (delete from resource_count c where c.company_id = ${p('companyId')}::uuid
          and exists (select from resource_count m where m.company_id = ${p('companyId')}::uuid offset ${sql.lit(FEW)})
        returning c.company_id, c.kind, c.directory_id, c.break_glass, c.delta)
      insert into resource_count (company_id, kind, directory_id, break_glass, delta)
      select company_id, kind, directory_id, break_glass, sum(delta) from taken group by 1, 2, 3, 4 having sum(delta) <> 0`.compile(
      db,
    ),
}));
