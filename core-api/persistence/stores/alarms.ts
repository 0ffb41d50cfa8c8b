import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Arguments, type Builder, statement } from '../statement.js';
import type { AdminTable } from './admin-rows.js';
import { authorValues, INTO_CHANGE } from './changes.js';

interface AlarmSubject {
  alarmKind: string;
  directoryId: string | null;
  subjectId: string | null;
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

const logged = (p: Arguments<ChangeAuthor>, kind: string, before: RawBuilder<unknown>, after: RawBuilder<unknown>) =>
  sql`logged as (${INTO_CHANGE} select ${authorValues(p)}, ${kind}::text, 'alarm', a.id, ${before}, ${after} from a)`;

/** Rings unless the same alarm rings already; then there is no row. */
export const raiseAlarm = statement<ChangeAuthor & AlarmSubject & { alarmId: string; details: string }, { id: string }>(
  (db, p) =>
    asCompilable(
      db,
      sql<{ id: string }>`with a as (
        insert into alarm (company_id, id, kind, directory_id, subject_id, details)
        values (${p('companyId')}::uuid, ${p('alarmId')}::uuid, ${p('alarmKind')}::text, ${p('directoryId')}::uuid, ${p('subjectId')}::uuid,
          ${p('details')}::jsonb)
        on conflict (company_id, kind, directory_id, subject_id) where resolved_at is null do nothing
        returning id, kind, directory_id, subject_id, details),
      ${logged(
        p,
        'alarm.raised',
        sql`null::jsonb`,
        sql`jsonb_build_object('kind', a.kind, 'directoryId', a.directory_id, 'subjectId', a.subject_id, 'details', a.details)`,
      )}
      select a.id from a`,
    ),
);

/** Ends the alarm that rings; no row when none does. */
export const resolveAlarm = statement<ChangeAuthor & AlarmSubject, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql<{ id: string }>`with a as (
      update alarm set resolved_at = greatest(now(), raised_at)
      where company_id = ${p('companyId')}::uuid and kind = ${p('alarmKind')}::text and resolved_at is null
        and directory_id is not distinct from ${p('directoryId')}::uuid and subject_id is not distinct from ${p('subjectId')}::uuid
      returning id, kind, directory_id, subject_id, resolved_at),
    ${logged(
      p,
      'alarm.resolved',
      sql`jsonb_build_object('resolvedAt', null)`,
      sql`jsonb_build_object('kind', a.kind, 'directoryId', a.directory_id, 'subjectId', a.subject_id, 'resolvedAt', a.resolved_at)`,
    )}
    select a.id from a`,
  ),
);

export interface AlarmRow {
  id: string;
  kind: string;
  directoryId: string | null;
  subjectId: string | null;
  details: Record<string, unknown>;
  raisedAt: string;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  resolvedAt: string | null;
}

export const ALARMS: AdminTable<AlarmRow> = {
  name: 'alarm',
  company: 'company_id',
  members: {
    id: ['id', 'id'],
    kind: ['kind', 'key'],
    directoryId: ['directory_id', 'id'],
    subjectId: ['subject_id', 'id'],
    details: ['details', 'plain'],
    raisedAt: ['raised_at', 'time'],
    acknowledgedAt: ['acknowledged_at', 'time'],
    acknowledgedBy: ['acknowledged_by', 'plain'],
    resolvedAt: ['resolved_at', 'time'],
  },
};
