import { sql } from 'kysely';
import { compileNow, statement } from '../statement.js';

/** Makes the days of the request log that are needed next, and drops those that are over. @returns how many were dropped. */
export const maintainRequestLog = compileNow<{ dropped: number }>((db) =>
  db.selectNoFrom(sql<number>`maintain_request_log()`.as('dropped')),
);

/** Every company there is: what is done company by company is done for all of them. */
export const allCompanies = compileNow<{ id: string; slug: string }>((db) =>
  db.selectFrom('company').select(['id', 'slug']).orderBy('id'),
);

/** Access tokens that expired more than a day ago; the client that they were issued to stays, and history names that one. */
export const deleteOldAccessTokens = statement<{ companyId: string }, { id: string }>((db, p) =>
  db
    .deleteFrom('directory_token as t')
    .where('t.company_id', '=', p('companyId'))
    .where('t.kind', '=', 'ACCESS')
    .where(sql<boolean>`t.expires_at < now() - interval '1 day'`)
    .returning('t.id'),
);
