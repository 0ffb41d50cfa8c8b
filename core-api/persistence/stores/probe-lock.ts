import { type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';

/** Until the transaction ends nobody else gets past this for the same company. */
export const lockProbe = statement<{ companyId: string }, { locked: boolean }>((db, p) =>
  db.selectNoFrom(
    sql<SqlBool>`pg_advisory_xact_lock(hashtextextended('probe of ' || ${p('companyId')}::text, 0)) is not null`.as(
      'locked',
    ) as never,
  ),
);
