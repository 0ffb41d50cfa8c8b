import { sql } from 'kysely';
import { compileNow, statement } from '../statement.js';
import type { ChangePosition } from './changes.js';

/** Rows that one seal covers at most: a transaction of some 30 ms. */
export const MOST_ROWS_OF_A_SEAL = 5_000;
/** With the company's hash, the lock of whoever seals its log; any fixed number of our own. */
const SEALING_LOCK = 7_305_004;

const isFinal = sql`(c.epoch < current_change_epoch() or c.xid < pg_snapshot_xmin(pg_current_snapshot()))`;

/**
 * What a seal takes of a row: all that an erasure leaves, so that an erased row cannot be rewritten either. The name of who made the change is a person's
 * at times, and therefore stands in the digest alone.
 */
export const LEAF = sql<Buffer>`sha256(convert_to(jsonb_build_array(c.epoch, c.xid::text, c.no, (extract(epoch from c.at) * 1000)::bigint,
  c.actor_kind, c.actor_id, c.source, c.credential_id, c.request_id, c.kind, c.object_type, c.object_id)::text, 'UTF8') || c.digest)`;

export interface SealRow extends ChangePosition {
  /** 1, 2, 3, … as decimal text. */
  sealNo: string;
  rows: number;
  /** Hexadecimal. */
  root: string;
  previousRoot: string | null;
}

/** How far the log goes, without reading it: the newest number that was drawn (null before the first), and between which transactions it may still move. */
export const logHead = compileNow<{ newest: string | null; oldestRunning: string; next: string }>((db) =>
  db
    .selectFrom(sql<object>`pg_current_snapshot()`.as<'s'>(sql`s(now)`))
    .select([
      sql<string | null>`pg_sequence_last_value('change_no_seq')::text`.as('newest'),
      sql<string>`pg_snapshot_xmin(s.now)::text`.as('oldestRunning'),
      sql<string>`pg_snapshot_xmax(s.now)::text`.as('next'),
    ]),
);

/** The companies whose log has final changes that no seal covers yet. */
export const companiesToSeal = compileNow<{ id: string }>((db) =>
  db.selectFrom(sql<{ id: string }>`companies_to_seal()`.as<'c'>(sql`c(id)`)).select('c.id'),
);

/** Holds until the transaction ends; false when another process is at it. */
export const tryToLockLog = statement<{ companyId: string }, { locked: boolean }>((db, p) =>
  db.selectNoFrom(
    sql<boolean>`pg_try_advisory_xact_lock(${SEALING_LOCK}, hashtext(${p('companyId')}::text))`.as('locked'),
  ),
);

const SEAL_COLUMNS = sql`s.no::text as "sealNo", s.through_epoch as epoch, s.through_xid::text as xid, s.through_no::text as no, s.rows,
  encode(s.root, 'hex') as root, encode(s.previous_root, 'hex') as "previousRoot"`;

export const lastSeal = statement<{ companyId: string }, SealRow>((db, p) => ({
  compile: () =>
    sql<SealRow>`select ${SEAL_COLUMNS} from change_seal s where s.company_id = ${p('companyId')}::uuid
      order by s.no desc limit 1`.compile(db),
}));

/** Seals after the one with that number, in their order. */
export const sealsAfter = statement<{ companyId: string; sealNo: string; limit: number }, SealRow>((db, p) => ({
  compile: () =>
    sql<SealRow>`select ${SEAL_COLUMNS} from change_seal s where s.company_id = ${p('companyId')}::uuid and s.no > ${p('sealNo')}::bigint
      order by s.no limit ${p('limit')}::int`.compile(db),
}));

interface NextSeal extends ChangePosition {
  companyId: string;
  sealNo: string;
  previousRoot: string | null;
}

export interface NewSeal extends ChangePosition {
  rows: number;
  kinds: string[];
}

/**
 * Seals the final rows after a position, 5,000 at most: sha256 of the root before and of each row's leaf. No row when there is nothing to seal.
 * Whoever runs it holds the lock of the company's log.
 */
export const appendSeal = statement<NextSeal, NewSeal>((db, p) => ({
  compile: () =>
    sql<NewSeal>`with batch as materialized (
        select c.epoch, c.xid, c.no, c.kind, ${LEAF} as leaf from change c
        where c.company_id = ${p('companyId')}::uuid and (c.epoch, c.xid, c.no) > (${p('epoch')}::int, ${p('xid')}::text::xid8, ${p('no')}::bigint)
          and ${isFinal}
        order by c.epoch, c.xid, c.no limit ${MOST_ROWS_OF_A_SEAL}),
      last as (select b.epoch, b.xid, b.no from batch b order by b.epoch desc, b.xid desc, b.no desc limit 1),
      whole as (select count(*)::int as rows, array_agg(distinct b.kind) as kinds,
        sha256(coalesce(decode(${p('previousRoot')}::text, 'hex'), '') || string_agg(b.leaf, ''::bytea order by b.epoch, b.xid, b.no)) as root
        from batch b),
      sealed as (insert into change_seal (company_id, no, through_epoch, through_xid, through_no, rows, root, previous_root)
        select ${p('companyId')}::uuid, ${p('sealNo')}::bigint, l.epoch, l.xid, l.no, w.rows, w.root, decode(${p('previousRoot')}::text, 'hex')
        from last l cross join whole w)
      select l.epoch, l.xid::text as xid, l.no::text as no, w.rows, w.kinds from last l cross join whole w`.compile(db),
}));

export interface SealedRow extends ChangePosition {
  leaf: Buffer;
  /** Whether the row says what its digest says; null for an erased one, which says nothing any more. */
  isWhole: boolean | null;
  /** Whether the log tells that its object was erased; null for a row that was not. */
  isErasureTold: boolean | null;
}

/** The digest as the table's trigger makes it, in words of our own: a function of the database could have been exchanged. */
const DIGEST = sql`sha256(c.salt || convert_to(jsonb_build_array(c.company_id, c.actor_kind, c.actor_id, c.actor_name, c.source, c.credential_id,
  c.request_id, c.kind, c.object_type, c.object_id, c.before, c.after)::text, 'UTF8'))`;

/** Rows after a position and up to another (null: to the end, also those that are not final yet), with what verifying them takes. */
export const rowsToVerify = statement<
  ChangePosition & { companyId: string; throughEpoch: number; throughXid: string; throughNo: string; limit: number },
  SealedRow
>((db, p) => ({
  compile: () =>
    sql<SealedRow>`select c.epoch, c.xid::text as xid, c.no::text as no, ${LEAF} as leaf, ${DIGEST} = c.digest as "isWhole",
        case when c.salt is null then c.before is null and c.after is null and c.object_type = 'user' and exists (
          select from change e where e.company_id = c.company_id and e.object_id = c.object_id and e.kind = 'user.erased'
            and e.salt is not null) end as "isErasureTold"
      from change c where c.company_id = ${p('companyId')}::uuid
        and (c.epoch, c.xid, c.no) > (${p('epoch')}::int, ${p('xid')}::text::xid8, ${p('no')}::bigint)
        and (c.epoch, c.xid, c.no) <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8, ${p('throughNo')}::bigint)
      order by c.epoch, c.xid, c.no limit ${p('limit')}::int`.compile(db),
}));
