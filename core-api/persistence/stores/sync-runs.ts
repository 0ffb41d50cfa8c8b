import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { DirectorySettings } from '../entities/directory.js';
import { type Arguments, type Builder, statement } from '../statement.js';
import type { AdminTable } from './admin-rows.js';
import type { ChangePosition } from './changes.js';
import type { Condition } from './filter-sql.js';

/*
 * A run is told by transactions: all that its directory took away from the one of its first change to the one of its last. A request's changes are
 * therefore in it together, also when a stretch of the log ended between them.
 */

/** What a run is made of. */
const TAKEN_AWAY = [
  'user.deactivated',
  'user.deleted',
  'team.member_removed',
  'team.nested_removed',
  'team.deleted',
  'role.unassigned',
  'project.access_revoked',
];
const kinds = (names: readonly string[]) => sql`(${sql.join(names.map((name) => sql.lit(name)))})`;

/** What makes a flood: users who are gone, and members. */
const FLOODING = kinds(['user.deactivated', 'user.deleted', 'team.member_removed']);
/** What lets a run grow; the rest comes with one of these in the same transaction, or has nothing to do with leaving. */
const GROWING = kinds(['user.deactivated', 'user.deleted', 'team.member_removed', 'team.deleted']);

/** Within so much time what leaves is counted together, and a run that waits so long has ended. */
const SPAN = sql`interval '10 minutes'`;

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface OfDirectory {
  companyId: string;
  directoryId: string;
}

/** Where a run stands in the change log. */
export interface RunScope extends OfDirectory {
  fromEpoch: number;
  fromXid: string;
  throughEpoch: number;
  throughXid: string;
}

export const isByDirectory = (alias: string, p: Arguments<OfDirectory>) => {
  const c = sql.raw(alias);
  return sql<SqlBool>`(${c}.source = 'DIRECTORY' and exists (select from directory_token k where k.company_id = ${c}.company_id
    and k.id = ${c}.credential_id and k.directory_id = ${p('directoryId')}::uuid))`;
};

/** The run's changes of these kinds, as alias `c`: to stand behind `from`. */
export const changesOfRun = (
  p: Arguments<RunScope>,
  ...names: string[]
) => sql`change c where c.company_id = ${p('companyId')}::uuid
  and (c.epoch, c.xid) >= (${p('fromEpoch')}::int, ${p('fromXid')}::text::xid8)
  and (c.epoch, c.xid) <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8)
  and c.kind in ${kinds(names)} and ${isByDirectory('c', p)}`;

/** The same, for `listChanges`. */
export function isOfRun({ directoryId, fromEpoch, fromXid, throughEpoch, throughXid }: RunScope): Condition {
  return sql<SqlBool>`(change.epoch, change.xid) >= (${fromEpoch}::int, ${fromXid}::text::xid8)
    and (change.epoch, change.xid) <= (${throughEpoch}::int, ${throughXid}::text::xid8)
    and change.kind in ${kinds(TAKEN_AWAY)} and change.source = 'DIRECTORY' and t.directory_id = ${directoryId}::uuid`;
}

interface Stretch {
  companyId: string;
  afterEpoch: number;
  afterXid: string;
  afterNo: string;
  throughEpoch: number;
  throughXid: string;
  throughNo: string;
}

const isWithin = (p: Arguments<Stretch>) => sql`c.company_id = ${p('companyId')}::uuid
  and (c.epoch, c.xid, c.no) > (${p('afterEpoch')}::int, ${p('afterXid')}::text::xid8, ${p('afterNo')}::bigint)
  and (c.epoch, c.xid, c.no) <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8, ${p('throughNo')}::bigint)`;

/** The directories that took something away in a stretch of the log. */
export const directoriesTaking = statement<Stretch, { id: string; settings: DirectorySettings }>((db, p) =>
  asCompilable(
    db,
    sql`select d.id, d.settings from directory d where d.company_id = ${p('companyId')}::uuid and d.id in (
      select k.directory_id from change c join directory_token k on k.company_id = c.company_id and k.id = c.credential_id
      where ${isWithin(p)} and c.kind in ${GROWING} and c.source = 'DIRECTORY') order by d.id`,
  ),
);

interface RunPosition extends RunScope {
  id: string;
  status: 'HELD' | 'CONFIRMED' | 'REVERTED';
  throughNo: string;
}

const POSITION =
  sql.raw(`r.id, r.status, r.company_id as "companyId", r.directory_id as "directoryId", r.from_epoch as "fromEpoch",
  r.from_xid::text as "fromXid", r.through_epoch as "throughEpoch", r.through_xid::text as "throughXid", r.through_no::text as "throughNo"`);

/** The newest run of a directory, locked. */
export const lockLastRun = statement<OfDirectory, RunPosition>((db, p) =>
  asCompilable(
    db,
    sql`select ${POSITION} from sync_run r where r.company_id = ${p('companyId')}::uuid and r.directory_id = ${p('directoryId')}::uuid
      order by r.through_epoch desc, r.through_xid desc, r.through_no desc limit 1 for no key update`,
  ),
);

export const lockRun = statement<{ companyId: string; id: string }, RunPosition>((db, p) =>
  asCompilable(
    db,
    sql`select ${POSITION} from sync_run r where r.company_id = ${p('companyId')}::uuid and r.id = ${p('id')}::uuid for no key update`,
  ),
);

/** How many of a directory's own there are: active users, and memberships of its teams. */
export const countManaged = statement<OfDirectory, { users: number; members: number }>((db, p) =>
  asCompilable(
    db,
    sql`select
      (select count(*)::int from app_user u where u.company_id = ${p('companyId')}::uuid and u.directory_id = ${p('directoryId')}::uuid
        and u.deleted_at is null and u.active) as users,
      (select count(*)::int from team_membership m join team t on t.company_id = m.company_id and t.id = m.team_id
        where m.company_id = ${p('companyId')}::uuid and t.directory_id = ${p('directoryId')}::uuid) as members`,
  ),
);

interface Losses extends OfDirectory, Stretch {
  /** Nothing of what an earlier run has is counted. */
  lastEpoch: number;
  lastXid: string;
  lastNo: string;
}

/**
 * What the directory took away in the stretch and within the span before it, as `counted`: each with the number of different users or
 * members that had gone within the span up to it. Members who went with a user that was deleted are the user's; what goes again is not counted twice.
 */
const counted = (
  p: Arguments<Losses>,
) => sql`fresh as materialized (select min(c.at) as at from change c where ${isWithin(p)} and c.kind in ${FLOODING}
      and ${isByDirectory('c', p)}
      and (c.epoch, c.xid, c.no) > (${p('lastEpoch')}::int, ${p('lastXid')}::text::xid8, ${p('lastNo')}::bigint)),
  taken as materialized (select c.epoch, c.xid, c.no, c.at, c.kind, c.object_id, coalesce(c.before->>'userId', '') as user_id
    from change c where c.company_id = ${p('companyId')}::uuid and c.at >= (select f.at - ${SPAN} from fresh f)
      and (c.epoch, c.xid, c.no) > (${p('lastEpoch')}::int, ${p('lastXid')}::text::xid8, ${p('lastNo')}::bigint)
      and (c.epoch, c.xid, c.no) <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8, ${p('throughNo')}::bigint)
      and c.kind in ${FLOODING} and ${isByDirectory('c', p)}),
  event as (select t.epoch, t.xid, t.no, t.at, t.kind = 'team.member_removed' as "isMember",
      case t.kind when 'team.member_removed' then t.object_id::text || t.user_id else t.object_id::text end as subject
    from taken t where t.kind <> 'team.member_removed' or (t.epoch, t.xid::text, t.user_id) not in (
      select d.epoch, d.xid::text, d.object_id::text from taken d where d.kind = 'user.deleted')),
  repeated as materialized (select e.*, lag(e.at) over (partition by e."isMember", e.subject order by e.epoch, e.xid, e.no) as earlier,
      lag(e.at) over (order by e.at, e.epoch, e.xid, e.no) as previous from event e),
  counted as materialized (select r.*, count(*) filter (where r.earlier is null or r.earlier < r.at - ${SPAN})
      over (partition by r."isMember" order by r.at range between ${SPAN} preceding and current row) as n from repeated r)`;

/** The most that went within any span, and how many different ones in all; no row when the stretch has nothing new. */
export const lossesOf = statement<Losses, { users: number; members: number; allUsers: number; allMembers: number }>(
  (db, p) =>
    asCompilable(
      db,
      sql`with ${counted(p)}
        select coalesce(max(c.n) filter (where not c."isMember"), 0)::int as users,
          coalesce(max(c.n) filter (where c."isMember"), 0)::int as members,
          (count(distinct c.subject) filter (where not c."isMember"))::int as "allUsers",
          (count(distinct c.subject) filter (where c."isMember"))::int as "allMembers"
        from counted c having count(*) > 0`,
    ),
);

/** How much a run took away, of the changes `g`; set where it is made, and where it grows. */
const COUNTS = {
  users_deactivated: `count(distinct g.object_id) filter (where g.kind = 'user.deactivated')`,
  users_deleted: `count(distinct g.object_id) filter (where g.kind = 'user.deleted')`,
  members_removed: `count(*) filter (where g.kind = 'team.member_removed')`,
};

const COUNTED = sql.raw(
  Object.entries(COUNTS)
    .map(([name, count]) => `${count} as ${name}`)
    .join(', '),
);

/**
 * Holds a run: from the first change of the span in which there were too many, as far as it goes on without a pause. No row when there were not too
 * many.
 */
export const holdRun = statement<
  Losses & { runId: string; users: number; members: number },
  { id: string; usersDeactivated: number; usersDeleted: number; membersRemoved: number }
>((db, p) =>
  asCompilable(
    db,
    sql`with ${counted(p)},
      crossing as materialized (select min(c.at) as at from counted c
        where c.n >= case when c."isMember" then ${p('members')}::int else ${p('users')}::int end),
      run as materialized (select e.*, count(*) filter (where e.previous < e.at - ${SPAN}) over (order by e.at, e.epoch, e.xid, e.no) as pauses,
          row_number() over (order by e.at, e.epoch, e.xid, e.no) as place
        from repeated e, crossing x where e.at >= x.at - ${SPAN}),
      part as materialized (select r.* from run r where r.pauses = (select min(f.pauses) from run f)),
      ends as materialized (select min(a.at) as "startedAt", max(a.at) as "lastAt" from part a),
      head as materialized (select a.epoch, a.xid, a.no from part a order by a.epoch, a.xid, a.no limit 1),
      tail as materialized (select a.epoch, a.xid, a.no from part a order by a.epoch desc, a.xid desc, a.no desc limit 1),
      g as (select k.kind, k.object_id from taken k join head h on (k.epoch, k.xid) >= (h.epoch, h.xid)
        join tail t on (k.epoch, k.xid, k.no) <= (t.epoch, t.xid, t.no)),
      sums as materialized (select ${COUNTED} from g)
    insert into sync_run (company_id, id, directory_id, started_at, last_at, from_epoch, from_xid, from_no, through_epoch, through_xid, through_no,
        ${sql.raw(Object.keys(COUNTS).join(', '))})
      select ${p('companyId')}::uuid, ${p('runId')}::uuid, ${p('directoryId')}::uuid, n."startedAt", n."lastAt", h.epoch, h.xid, h.no,
        t.epoch, t.xid, t.no, ${sql.raw(Object.keys(COUNTS).join(', '))}
      from head h cross join tail t cross join ends n cross join sums
    returning id, users_deactivated as "usersDeactivated", users_deleted as "usersDeleted", members_removed as "membersRemoved"`,
  ),
);

/** Lets a held run that the transaction has locked go on up to a position, as far as there is no pause. */
export const growRun = statement<
  OfDirectory & RunScope & { id: string; throughNo: string; upToEpoch: number; upToXid: string; upToNo: string },
  ChangePosition
>((db, p) =>
  asCompilable(
    db,
    sql<ChangePosition>`with run as (select r.last_at as at from sync_run r where r.company_id = ${p('companyId')}::uuid and r.id = ${p('id')}::uuid),
      fresh as (select c.epoch, c.xid, c.no, c.at, c.kind, c.object_id,
          lag(c.at) over (order by c.epoch, c.xid, c.no) as previous
        from change c where c.company_id = ${p('companyId')}::uuid
          and (c.epoch, c.xid, c.no) > (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8, ${p('throughNo')}::bigint)
          and (c.epoch, c.xid, c.no) <= (${p('upToEpoch')}::int, ${p('upToXid')}::text::xid8, ${p('upToNo')}::bigint)
          and (c.epoch < current_change_epoch() or c.xid < pg_snapshot_xmin(pg_current_snapshot()))
          and c.kind in ${GROWING} and ${isByDirectory('c', p)}),
      paused as materialized (select f.*, count(*) filter (where f.at > coalesce(f.previous, run.at) + ${SPAN}) over (order by f.epoch, f.xid, f.no) as pauses
        from fresh f cross join run),
      part as materialized (select a.* from paused a where a.pauses = 0),
      known as materialized (select c.kind, c.object_id from change c where c.company_id = ${p('companyId')}::uuid
          and c.object_id = any(array(select a.object_id from part a where a.kind in ('user.deactivated', 'user.deleted')))
          and c.kind in ('user.deactivated', 'user.deleted') and c.source = 'DIRECTORY'
          and (c.epoch, c.xid) >= (${p('fromEpoch')}::int, ${p('fromXid')}::text::xid8)
          and (c.epoch, c.xid, c.no) <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8, ${p('throughNo')}::bigint)),
      g as (select a.kind, a.object_id from part a where a.kind = 'team.member_removed'
        or (a.kind, a.object_id) not in (select k.kind, k.object_id from known k)),
      more as materialized (select ${COUNTED} from g),
      tail as materialized (select a.epoch, a.xid, a.no from part a order by a.epoch desc, a.xid desc, a.no desc limit 1)
    update sync_run s set through_epoch = t.epoch, through_xid = t.xid, through_no = t.no,
      last_at = greatest(s.last_at, (select max(a.at) from part a)), ${sql.raw(
        Object.keys(COUNTS)
          .map((name) => `${name} = s.${name} + m.${name}`)
          .join(', '),
      )}, version = s.version + 1, updated_at = greatest(now(), s.updated_at)
    from tail t cross join more m where s.company_id = ${p('companyId')}::uuid and s.id = ${p('id')}::uuid
    returning s.through_epoch as epoch, s.through_xid::text as xid, s.through_no::text as no`,
  ),
);

export interface SyncRunRow {
  id: string;
  directoryId: string;
  status: 'HELD' | 'CONFIRMED' | 'REVERTED';
  startedAt: string;
  lastAt: string;
  fromEpoch: number;
  fromXid: string;
  throughEpoch: number;
  throughXid: string;
  usersDeactivated: number;
  usersDeleted: number;
  membersRemoved: number;
  decidedAt: string | null;
  decidedBy: string | null;
  report: Record<string, unknown> | null;
  version: number;
}

export const SYNC_RUNS: AdminTable<SyncRunRow> = {
  name: 'sync_run',
  company: 'company_id',
  members: {
    id: ['id', 'id'],
    directoryId: ['directory_id', 'id'],
    status: ['status', 'key'],
    startedAt: ['started_at', 'time'],
    lastAt: ['last_at', 'time'],
    fromEpoch: ['from_epoch', 'plain'],
    fromXid: sql`from_xid::text`,
    throughEpoch: ['through_epoch', 'plain'],
    throughXid: sql`through_xid::text`,
    usersDeactivated: ['users_deactivated', 'number'],
    usersDeleted: ['users_deleted', 'number'],
    membersRemoved: ['members_removed', 'number'],
    decidedAt: ['decided_at', 'time'],
    decidedBy: ['decided_by', 'plain'],
    report: ['report', 'plain'],
    version: ['version', 'number'],
  },
};
