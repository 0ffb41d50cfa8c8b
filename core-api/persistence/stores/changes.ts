import { type Expression, type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Arguments, statement } from '../statement.js';

/** The columns of a change that a statement fills; position, time, salt and digest are the table's own. */
export const CHANGE_COLUMNS = [
  'company_id',
  'actor_kind',
  'actor_id',
  'actor_name',
  'source',
  'credential_id',
  'request_id',
  'kind',
  'object_type',
  'object_id',
  'before',
  'after',
] as const;

interface ChangedObject {
  kind: string;
  objectType: string;
  objectId: Expression<string>;
  before: Expression<unknown>;
  after: Expression<unknown>;
}

/**
 * The select list for `insertInto('change').columns(CHANGE_COLUMNS).expression(…)`: the author comes from the statement's arguments, the
 * object from the rows that were written, so that the change is logged by the statement that makes it, once a row.
 */
export function changeSelection(argument: Arguments<ChangeAuthor>, object: ChangedObject) {
  const text = (value: string): RawBuilder<string> => sql<string>`${value}::text`;
  const named = <T>(expression: Expression<T> | RawBuilder<T>, name: string) => sql<T>`${expression}`.as(name);
  return [
    sql<string>`${argument('companyId')}::uuid`.as('company_id'),
    sql<string>`${argument('actorKind')}::text`.as('actor_kind'),
    sql<string>`${argument('actorId')}::uuid`.as('actor_id'),
    sql<string>`${argument('actorName')}::text`.as('actor_name'),
    sql<string>`${argument('source')}::text`.as('source'),
    sql<string | null>`${argument('credentialId')}::uuid`.as('credential_id'),
    sql<string | null>`${argument('requestId')}::text`.as('request_id'),
    named(text(object.kind), 'kind'),
    named(text(object.objectType), 'object_type'),
    named(object.objectId, 'object_id'),
    named(object.before, 'before'),
    named(object.after, 'after'),
  ] as const;
}

export interface NewChange {
  kind: string;
  objectType: string;
  objectId: string;
  /** The members that differ, as they were and as they are; null where the object was made or went away. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** Logs changes of admin tables, in the transaction that makes them; `changes` is a JSON array of `NewChange`. */
export const insertChanges = statement<ChangeAuthor & { changes: string }, never>((db, p) =>
  db
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression(
      db
        .selectFrom(
          sql<{ kind: string; objectType: string; objectId: string; before: unknown; after: unknown }>`jsonb_to_recordset(${p('changes')}::jsonb)
            as c(kind text, "objectType" text, "objectId" uuid, before jsonb, after jsonb)`.as('c'),
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
