import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, compileNow, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { isoTime } from './page-sql.js';

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface OfConnection {
  companyId: string;
  connectionId: string;
}

const selectNow = compileNow<{ now: string }>((db) => db.selectNoFrom(isoTime(sql`now()`).as('now')));

/** What the database's clock shows; within a transaction, when it began. */
export async function databaseNow(db: Database): Promise<Date> {
  const [row] = await db.run(selectNow);
  return new Date(row!.now); // a select without from is one row
}

/** Sign-ins that are under way: what is answered to them was asked of somebody else. */
export const endOpenRequests = statement<OfConnection, { id: string }>((db, p) =>
  db
    .updateTable('sso_request')
    .set({ ended_at: sql`now()` })
    .where('company_id', '=', p('companyId'))
    .where('connection_id', '=', p('connectionId'))
    .where('ended_at', 'is', null)
    .returning('id'),
);

/** Whatever refers to a connection and has no sense without it; its sessions, which have ended, stay. Directories that it belongs with keep it. */
export const forgetConnection = statement<ChangeAuthor & { connectionId: string }, never>((db, p) =>
  asCompilable(
    db,
    sql`with request as (delete from sso_request r where r.company_id = ${p('companyId')}::uuid and r.connection_id = ${p('connectionId')}::uuid),
      seen as (delete from seen_assertion a where a.company_id = ${p('companyId')}::uuid and a.connection_id = ${p('connectionId')}::uuid),
      former as (update session s set connection_id = null
        where s.company_id = ${p('companyId')}::uuid and s.connection_id = ${p('connectionId')}::uuid),
      gone as (delete from sso_subject g where g.company_id = ${p('companyId')}::uuid and g.connection_id = ${p('connectionId')}::uuid
        returning g.connection_id, g.subject, g.user_id)
    ${INTO_CHANGE} select ${authorValues(p)}, 'sso_subject.unbound', 'user', gone.user_id,
      jsonb_build_object('connectionId', gone.connection_id, 'subject', gone.subject), null::jsonb from gone`,
  ),
);

/** Takes SAML connections on whose metadata nobody has read for a day; whoever takes one reads them. */
export const claimMetadataReads = statement<{ companyId: string }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql<{ id: string }>`with due as (select c.id from sso_connection c
        where c.company_id = ${p('companyId')}::uuid and c.kind = 'SAML' and c.status = 'ACTIVE' and c.config ? 'metadataUrl'
          and (c.metadata_read_at is null or c.metadata_read_at < now() - interval '1 day') for update of c skip locked)
      update sso_connection s set metadata_read_at = now() from due
      where s.company_id = ${p('companyId')}::uuid and s.id = due.id returning s.id`,
  ),
);
