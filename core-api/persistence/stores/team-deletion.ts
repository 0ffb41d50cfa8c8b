import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Arguments, statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';
import { ALWAYS } from './filter-sql.js';
import { type Nested, teamUnnested } from './team-nesting-writes.js';
import {
  changedAt,
  type DeleteTeam,
  directoryName,
  droppedPending,
  isOtherVersion,
  isQueued,
  type Judged,
  lockedTeam,
  memberRemoved,
  NOTHING,
  queueAtTeam,
  teamLock,
  type Verdict,
  wholeTeam,
} from './team-write-parts.js';
import { isSeenBy, type View } from './teams.js';

/* Two statements in one transaction, the second of which begins when the first one holds the locks. */

/**
 * Before a team is deleted, in the same transaction: what is deleted with it is seen only by a statement that begins with the lock held. The teams that
 * it is in are locked too, in the order of all who lock several; nobody can put it into another one meanwhile.
 */
export const lockTeam = statement<View & { teamId: string }, { id: string }>((db, p) => ({
  compile: () =>
    sql<{
      id: string;
    }>`with team_of as (select x.id from (select ${p('teamId')}::uuid as id union select n.team_id from team_nesting n
        where n.company_id = ${p('companyId')}::uuid and n.member_team_id = ${p('teamId')}::uuid) x order by ${teamLock(sql`x.id`)} offset 0),
      queued as (select ${queueAtTeam(sql`team_of.id`)} from team_of)
    select team.id from team where team.company_id = ${p('companyId')}::uuid and team.id in (select t.id from team_of t)
      and team.deleted_at is null and (team.id <> ${p('teamId')}::uuid or ${isSeenBy('team', p)}) and ${isQueued}
    order by team.id for update of team`.compile(db),
}));

/** Of the team that is deleted: what is in it, and what it is in. To be named `unnested`. */
const teamsUnnestedAnywhere = (p: Arguments<View & { teamId: string }>): RawBuilder<Nested> =>
  sql`(delete from team_nesting n where n.company_id = ${p('companyId')}::uuid
    and (n.team_id = ${p('teamId')}::uuid or n.member_team_id = ${p('teamId')}::uuid) and exists (select from ok)
    returning n.team_id, n.member_team_id)`;

/** Those that it was in have changed. */
const outerTeamsRisen = (p: Arguments<View & { teamId: string }>): RawBuilder<{ id: string }> =>
  sql`(update team o set version = version + 1, updated_at = greatest(now(), o.updated_at) where o.company_id = ${p('companyId')}::uuid
    and o.id in (select x.team_id from unnested x where x.team_id <> ${p('teamId')}::uuid) returning o.id)`;

/** Ends memberships, of teams both ways, and access to projects too; the row stays, for history. The transaction holds its lock. No row: no such team. */
export const deleteTeam = statement<DeleteTeam, Judged>((db, p) =>
  db
    .with('locked', (q) => lockedTeam(q, p))
    .with('judged', (q) =>
      q
        .selectFrom('locked')
        .selectAll('locked')
        .select(
          sql<Verdict>`case
            when ${p('directoryId')}::uuid is null and locked.directory_id is not null then 'MANAGED_BY_DIRECTORY'
            when ${p('directoryId')}::uuid is not null and locked.directory_id is null then 'NOT_MANAGED'
            when ${isOtherVersion(p)} then 'VERSION_MISMATCH'
            else 'OK' end`.as('verdict'),
        ),
    )
    .with('ok', (q) => q.selectFrom('judged').selectAll().where('judged.verdict', '=', 'OK'))
    .with('removed', (q) =>
      q
        .deleteFrom('team_membership')
        .where('team_membership.company_id', '=', p('companyId'))
        .where('team_membership.team_id', '=', p('teamId'))
        .where(sql<SqlBool>`exists (select from ok)`)
        .returning('user_id'),
    )
    .with('unnested', () => teamsUnnestedAnywhere(p))
    .with('risen', () => outerTeamsRisen(p))
    .with('dropped', (q) => droppedPending(q, p, ALWAYS))
    .with('revoked', (q) =>
      q
        .deleteFrom('project_access')
        .where('project_access.company_id', '=', p('companyId'))
        .where('project_access.team_id', '=', p('teamId'))
        .where(sql<SqlBool>`exists (select from ok)`)
        .returning('project_id'),
    )
    .with('deleted', (q) =>
      q
        .updateTable('team')
        .from('ok')
        .set({ deleted_at: changedAt, updated_at: changedAt, version: sql<number>`team.version + 1` })
        .where('team.company_id', '=', p('companyId'))
        .where('team.id', '=', p('teamId')),
    )
    .with('logged', (q) =>
      q
        .insertInto('change')
        .columns([...CHANGE_COLUMNS])
        .expression(
          q
            .selectFrom('removed')
            .select(memberRemoved(p))
            .unionAll(q.selectFrom('unnested').select(teamUnnested(p)))
            .unionAll(
              q.selectFrom('revoked').select(
                changeSelection(p, {
                  kind: 'project.access_revoked',
                  objectType: 'project',
                  objectId: sql<string>`revoked.project_id`,
                  before: sql`jsonb_build_object('teamId', ${p('teamId')}::uuid)`,
                  after: NOTHING,
                }),
              ),
            )
            .unionAll(
              q.selectFrom('ok').select(
                changeSelection(p, {
                  kind: 'team.deleted',
                  objectType: 'team',
                  objectId: sql<string>`ok.id`,
                  before: wholeTeam('ok'),
                  after: NOTHING,
                }),
              ),
            )
            // A refused attempt that matters leaves an entry too.
            .unionAll(
              q
                .selectFrom('judged')
                .where('judged.verdict', '=', 'NOT_MANAGED')
                .select(
                  changeSelection(p, {
                    kind: 'team.delete_refused',
                    objectType: 'team',
                    objectId: sql<string>`judged.id`,
                    before: NOTHING,
                    after: sql`jsonb_build_object('code', 'NOT_MANAGED')`,
                  }),
                ),
            ),
        ),
    )
    .selectFrom('judged')
    .select(['judged.verdict', directoryName(p).as('directoryName')]),
);
