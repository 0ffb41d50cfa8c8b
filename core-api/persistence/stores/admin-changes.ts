import { sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, type NewChange } from './changes.js';

/** Logs changes of admin tables, in the transaction that makes them; `changes` is a JSON array of `NewChange`. */
export const insertAdminChanges = statement<ChangeAuthor & { changes: string }, never>((db, p) =>
  db
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression(
      db
        .selectFrom(
          sql<NewChange>`jsonb_to_recordset(${p('changes')}::jsonb)`.as<'c'>(
            sql`c(kind text, "objectType" text, "objectId" uuid, before jsonb, after jsonb)`,
          ),
        )
        .select([
          sql<string>`${p('companyId')}::uuid`.as('company_id'),
          sql<string>`${p('actorKind')}::text`.as('actor_kind'),
          sql<string>`${p('actorId')}::uuid`.as('actor_id'),
          sql<string>`${p('actorName')}::text`.as('actor_name'),
          sql<string>`${p('source')}::text`.as('source'),
          sql<string | null>`${p('credentialId')}::uuid`.as('credential_id'),
          sql<string | null>`${p('requestId')}::text`.as('request_id'),
          'c.kind',
          'c.objectType as object_type',
          'c.objectId as object_id',
          // A JSON null inside a record is SQL's null only for the column's own type.
          sql<unknown>`nullif(c.before, 'null')`.as('before'),
          sql<unknown>`nullif(c.after, 'null')`.as('after'),
        ]),
    ),
);
