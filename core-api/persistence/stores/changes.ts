import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ChangeAuthor, ChangeRow } from '../rows.js';
import { type Arguments, type Builder, compileNow, statement } from '../statement.js';
import type { Condition } from './filter-sql.js';
import { isoTime, untold } from './page-sql.js';

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

/** For statements that are written as text: the beginning of an insert, and what each of its rows begins with. */
export const INTO_CHANGE = sql.raw(`insert into change (${CHANGE_COLUMNS.join(', ')})`);
export const authorValues = (
  p: Arguments<ChangeAuthor>,
) => sql`${p('companyId')}::uuid, ${p('actorKind')}::text, ${p('actorId')}::uuid,
  ${p('actorName')}::text, ${p('source')}::text, ${p('credentialId')}::uuid, ${p('requestId')}::text`;

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
          sql<NewChange>`jsonb_to_recordset(${p('changes')}::jsonb)`.as<'c'>(
            sql`c(kind text, "objectType" text, "objectId" uuid, before jsonb, after jsonb)`,
          ),
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

/** Where a change stands in the log; `xid` and `no` are decimal texts of 64-bit numbers. */
export type ChangePosition = Pick<ChangeRow, 'epoch' | 'xid' | 'no'>;

/** Before every change there can be. */
export const BEFORE_ALL: ChangePosition = { epoch: -1, xid: '0', no: '0' };

interface ChangesWanted {
  filter: Condition;
  direction: 'asc' | 'desc';
  /** Exclusive, in the direction that is read. */
  beyond: ChangePosition | null;
  limit: number;
}

export function isAtPosition(position: ChangePosition): Condition {
  return comparedWith(position, sql`=`);
}

/** Exclusive. */
export function isAfterPosition(position: ChangePosition): Condition {
  return comparedWith(position, sql`>`);
}

/** Inclusive. */
export function isUpToPosition(position: ChangePosition): Condition {
  return comparedWith(position, sql`<=`);
}

function comparedWith({ epoch, xid, no }: ChangePosition, operator: RawBuilder<unknown>): Condition {
  return sql`(change.epoch, change.xid, change.no) ${operator} (${epoch}::int, ${xid}::text::xid8, ${no}::bigint)`;
}

/** The directory whose token made the change, whatever became of the token since; for the filters of `listChanges`. */
export const DIRECTORY_OF_CHANGE = sql.ref<string | null>('t.directory_id');

/** Transaction ids of another epoch cannot be compared with this server's. */
const IS_FINAL = sql<SqlBool>`(change.epoch < current_change_epoch() or change.xid < pg_snapshot_xmin(pg_current_snapshot()))`;

/**
 * Changes of a company by position. A transaction that is still running may commit rows before those that are there already, so
 * nothing is shown from the oldest running transaction on: whoever reads on from the last position it saw misses nothing.
 */
export function listChanges(companyId: string, wanted: ChangesWanted) {
  return compileNow<ChangeRow>((db) => changesQuery(db, companyId, wanted));
}

/** The same for each of several conditions; `place` is the index of the one. */
export function listChangesOfEach(
  companyId: string,
  filters: readonly Condition[],
  wanted: Omit<ChangesWanted, 'filter'>,
) {
  const way = sql.raw(wanted.direction);
  return compileNow<ChangeRow & { place: number }>((db) => {
    const parts = filters.map(
      (filter, place) =>
        sql`select ${place}::int as place, part.* from ${changesQuery(db, companyId, { ...wanted, filter })} as part`,
    );
    return {
      compile: () =>
        sql<ChangeRow & { place: number }>`select * from (${sql.join(parts, sql` union all `)}) as lists
          order by lists.place, lists.epoch ${way}, lists.xid::xid8 ${way}, lists.no::bigint ${way}`.compile(db),
    };
  });
}

function changesQuery(db: Builder, companyId: string, { filter, direction, beyond, limit }: ChangesWanted) {
  const rows = db
    .selectFrom('change')
    .leftJoin('directory_token as t', (join) =>
      join.onRef('t.company_id', '=', 'change.company_id').onRef('t.id', '=', 'change.credential_id'),
    )
    .leftJoin('directory as d', (join) =>
      join.onRef('d.company_id', '=', 't.company_id').onRef('d.id', '=', 't.directory_id'),
    )
    .select([
      'change.epoch',
      sql<string>`change.xid::text`.as('xid'),
      sql<string>`change.no::text`.as('no'),
      isoTime(sql.ref('change.at')).as('at'),
      'change.actor_kind as actorKind',
      'change.actor_id as actorId',
      'change.actor_name as actorName',
      'change.source',
      'change.credential_id as credentialId',
      'd.id as directoryId',
      'd.name as directoryName',
      'change.request_id as requestId',
      'change.kind',
      'change.object_type as objectType',
      'change.object_id as objectId',
      'change.before',
      'change.after',
      sql<string>`encode(change.digest, 'hex')`.as('digest'),
    ])
    .where('change.company_id', '=', companyId)
    .where(IS_FINAL)
    .where(filter)
    .orderBy('change.epoch', direction)
    .orderBy('change.xid', direction)
    .orderBy('change.no', direction)
    .limit(untold(limit));
  return beyond ? rows.where(comparedWith(beyond, direction === 'asc' ? sql`>` : sql`<`)) : rows;
}

/** The position of the newest final change of a company. */
export const newestChange = statement<{ companyId: string }, ChangePosition>((db, p) =>
  db
    .selectFrom('change')
    .select(['change.epoch', sql<string>`change.xid::text`.as('xid'), sql<string>`change.no::text`.as('no')])
    .where('change.company_id', '=', p('companyId'))
    .where(IS_FINAL)
    .orderBy('change.epoch', 'desc')
    .orderBy('change.xid', 'desc')
    .orderBy('change.no', 'desc')
    .limit(1),
);

/** The position so many final changes after another one; none when there are not so many. Reads the index alone. */
export const changeFurtherOn = statement<ChangePosition & { companyId: string; steps: number }, ChangePosition>(
  (db, p) =>
    db
      .selectFrom('change')
      .select(['change.epoch', sql<string>`change.xid::text`.as('xid'), sql<string>`change.no::text`.as('no')])
      .where('change.company_id', '=', p('companyId'))
      .where(IS_FINAL)
      .where(
        sql<SqlBool>`(change.epoch, change.xid, change.no) > (${p('epoch')}::int, ${p('xid')}::text::xid8, ${p('no')}::bigint)`,
      )
      .orderBy('change.epoch')
      .orderBy('change.xid')
      .orderBy('change.no')
      .offset(sql<number>`${p('steps')}::int - 1`)
      .limit(1),
);

/** Longer than any transaction: what was logged an hour apart stands in the log in that order. */
const SLACK = sql`interval '1 hour'`;

/**
 * Positions between which all changes of a time stand (null: open), so that the index of positions serves a search by time too. `isAfter`: they stand
 * after it; else up to it.
 */
export const positionsAround = statement<
  { companyId: string; from: string | null; to: string | null },
  ChangePosition & { isAfter: boolean }
>((db, p) => ({
  compile: () =>
    sql<ChangePosition & { isAfter: boolean }>`
      (select true as "isAfter", c.epoch, c.xid::text as xid, c.no::text as no from change c
        where c.company_id = ${p('companyId')}::uuid and c.at <= ${p('from')}::timestamptz - ${SLACK} order by c.at desc limit 1)
      union all
      (select false, c.epoch, c.xid::text, c.no::text from change c
        where c.company_id = ${p('companyId')}::uuid and c.at >= ${p('to')}::timestamptz + ${SLACK} order by c.at limit 1)`.compile(
      db,
    ),
}));
