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
  kind: string | Expression<string>;
  objectType: string;
  objectId: Expression<string>;
  before: Expression<unknown>;
  after: Expression<unknown>;
}

/** Who made the change, from the statement's arguments; cast, because a parameter of a select list has no type of its own. */
function authorSelection(argument: Arguments<ChangeAuthor>) {
  return [
    sql<string>`${argument('companyId')}::uuid`.as('company_id'),
    sql<string>`${argument('actorKind')}::text`.as('actor_kind'),
    sql<string>`${argument('actorId')}::uuid`.as('actor_id'),
    sql<string>`${argument('actorName')}::text`.as('actor_name'),
    sql<string>`${argument('source')}::text`.as('source'),
    sql<string | null>`${argument('credentialId')}::uuid`.as('credential_id'),
    sql<string | null>`${argument('requestId')}::text`.as('request_id'),
  ] as const;
}

/**
 * The select list for `insertInto('change').columns(CHANGE_COLUMNS).expression(…)`: the author comes from the statement's arguments, the
 * object from the rows that were written, so that the change is logged by the statement that makes it, once a row.
 */
export function changeSelection(argument: Arguments<ChangeAuthor>, object: ChangedObject) {
  const kind = typeof object.kind === 'string' ? sql<string>`${object.kind}::text` : object.kind;
  return [
    ...authorSelection(argument),
    sql<string>`${kind}`.as('kind'),
    sql<string>`${object.objectType}::text`.as('object_type'),
    sql<string>`${object.objectId}`.as('object_id'),
    sql<unknown>`${object.before}`.as('before'),
    sql<unknown>`${object.after}`.as('after'),
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
          sql<{
            kind: string;
            objectType: string;
            objectId: string;
            before: unknown;
            after: unknown;
          }>`jsonb_to_recordset(${p('changes')}::jsonb)
            as c(kind text, "objectType" text, "objectId" uuid, before jsonb, after jsonb)`.as('c'),
        )
        .select([
          ...authorSelection(p),
          'c.kind',
          'c.objectType as object_type',
          'c.objectId as object_id',
          // A JSON null inside a record is SQL's null only for the column's own type.
          sql<unknown>`nullif(c.before, 'null')`.as('before'),
          sql<unknown>`nullif(c.after, 'null')`.as('after'),
        ]),
    ),
);
