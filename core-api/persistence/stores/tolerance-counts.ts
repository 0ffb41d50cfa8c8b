import { type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { isoTime } from './page-sql.js';

/** How often a directory's provider had one habit since the last batch of that gateway. */
export interface ToleranceMet {
  directoryId: string;
  name: string;
  count: number;
  /** ISO 8601 in UTC: the last time. */
  lastAt: string;
}

interface Batch {
  companyId: string;
  /** The process that counted. */
  gatewayId: string;
  /** Rises with each batch of that process; one that is in the counts already is passed over. */
  batch: number;
  /** JSON of a list of `ToleranceMet`. */
  met: string;
}

/** Adds a batch to the counts of one company; what is of no directory of the company's is dropped. Clocks differ, but nothing was met in the future. */
export const addToleranceCounts = statement<Batch, never>((db, p) => ({
  compile: () =>
    sql<never>`insert into tolerance_count (company_id, directory_id, name, day, gateway_id, batch, count, last_at)
      select ${p('companyId')}::uuid, d.id, m.name, (now() at time zone 'UTC')::date, ${p('gatewayId')}::uuid, ${p('batch')}::int, sum(m.count),
        max(least(m."lastAt", now()))
      from json_to_recordset(${p('met')}::json) as m("directoryId" uuid, name text, count int, "lastAt" timestamptz)
      join directory d on d.company_id = ${p('companyId')}::uuid and d.id = m."directoryId"
      where m.count > 0
      group by d.id, m.name
      on conflict (company_id, directory_id, name, day, gateway_id) do update
        set batch = excluded.batch, count = tolerance_count.count + excluded.count, last_at = greatest(tolerance_count.last_at, excluded.last_at)
        where tolerance_count.batch < excluded.batch`.compile(db),
}));

export interface ToleranceCountRow {
  directoryId: string;
  name: string;
  count: number;
  lastAt: string;
}

/** What was met in the last 30 days, the most frequent first. */
export const toleranceCountsOf = statement<{ companyId: string; directoryIds: readonly string[] }, ToleranceCountRow>(
  (db, p) =>
    db
      .selectFrom('tolerance_count as t')
      .select(['t.directory_id as directoryId', 't.name'])
      .select([sql<number>`sum(t.count)::int`.as('count'), isoTime(sql`max(t.last_at)`).as('lastAt')])
      .where('t.company_id', '=', p('companyId'))
      .where(sql<SqlBool>`t.directory_id = any(${p('directoryIds')}::uuid[])`)
      .groupBy(['t.directory_id', 't.name'])
      .orderBy('count', 'desc')
      .orderBy('t.name'),
);

export const deleteOldToleranceCounts = statement<{ companyId: string; days: number }, { name: string }>((db, p) =>
  db
    .deleteFrom('tolerance_count as t')
    .where('t.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`t.day < (now() at time zone 'UTC')::date - ${p('days')}::int`)
    .returning('t.name'),
);
