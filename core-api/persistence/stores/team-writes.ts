import { type Expression, type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';
import { ALWAYS } from './filter-sql.js';
import {
  type ChangedTeam,
  type ChangeTeam,
  type CreatedTeam,
  type CreateTeam,
  changedAt,
  type DeleteTeam,
  directoryName,
  droppedPending,
  isOtherVersion,
  isQueued,
  isRefusedForUnknown,
  isStale,
  type Judged,
  keptPending,
  knownUsers,
  lockedTeam,
  memberAdded,
  memberRemoved,
  NOTHING,
  namedUsers,
  queuedAtTeam,
  unknownIds,
  type Verdict,
  wholeTeam,
} from './team-write-parts.js';
import { teamColumns, type View } from './teams.js';

/*
 * Each write is one statement: it locks, judges, writes, and logs what it wrote. Under READ COMMITTED a statement that waited for the team's lock
 * sees the team as it is then, but everything else as it was when the statement began. Adding copes with that (`on conflict do nothing`);
 * taking members away does not, so a statement that does so answers STALE, having changed nothing, when the team was written meanwhile.
 * Run once more in the same transaction, which holds the lock by then, it sees everything.
 *
 * Writers of one team queue at an advisory lock before they touch a row: a transaction gets its id with its first row, and the log is ordered by these
 * ids, so whoever got one and waited then would be in the log before those it waited for. The team is locked next, and after it the users that are
 * added, which is the order in which whoever deletes a user meets them.
 *
 * What a directory wants and cannot have yet (`pending_membership`) is kept and dropped by the same statement; `pending-members.ts` fulfils it.
 */

export const createTeam = statement<CreateTeam, CreatedTeam>((db, p) =>
  db
    .with('named', (q) => namedUsers(q, p))
    .with('known', (q) => knownUsers(q))
    .with('adoptable', (q) =>
      q
        .selectFrom('team')
        .select('team.id')
        .where('team.company_id', '=', p('companyId'))
        .where('team.display_name_key', '=', p('displayNameKey'))
        .where('team.directory_id', 'is', null)
        .where('team.deleted_at', 'is', null)
        .where(sql<SqlBool>`${p('directoryId')}::uuid is not null and ${p('seesLocal')}::boolean`),
    )
    .with('judged', (q) =>
      q.selectNoFrom(
        sql<Verdict>`case when exists (select from adoptable) then 'ADOPTABLE'
          when ${isRefusedForUnknown(p)} then 'UNKNOWN_MEMBER' else 'OK' end`.as('verdict'),
      ),
    )
    .with('created', (q) =>
      q
        .insertInto('team')
        .columns(['company_id', 'id', 'directory_id', 'display_name', 'display_name_key', 'external_id'])
        .expression(
          q
            .selectFrom('judged')
            .where('judged.verdict', '=', 'OK')
            .select([
              sql<string>`${p('companyId')}::uuid`.as('company_id'),
              sql<string>`${p('teamId')}::uuid`.as('id'),
              sql<string | null>`${p('directoryId')}::uuid`.as('directory_id'),
              sql<string>`${p('displayName')}::text`.as('display_name'),
              sql<string>`${p('displayNameKey')}::text`.as('display_name_key'),
              sql<string | null>`${p('externalId')}::text`.as('external_id'),
            ]),
        )
        .returningAll(),
    )
    .with('added', (q) =>
      q
        .insertInto('team_membership')
        .columns(['company_id', 'team_id', 'user_id'])
        .expression(
          q
            .selectFrom('created')
            .innerJoin('known', (join) => join.onTrue())
            .select(['created.company_id', 'created.id as team_id', 'known.id as user_id']),
        )
        .returning('user_id'),
    )
    .with('kept', (q) => keptPending(q, p, 'created'))
    .with('logged', (q) =>
      q
        .insertInto('change')
        .columns([...CHANGE_COLUMNS])
        .expression(
          q
            .selectFrom('created')
            .select(
              changeSelection(p, {
                kind: 'team.created',
                objectType: 'team',
                objectId: sql<string>`created.id`,
                before: NOTHING,
                after: wholeTeam('created'),
              }),
            )
            .unionAll(q.selectFrom('added').select(memberAdded(p))),
        ),
    )
    .selectFrom('judged')
    .leftJoin('created', (join) => join.onTrue())
    .select([
      ...teamColumns('created'),
      'judged.verdict',
      sql<string | null>`(select a.id from adoptable a)`.as('adoptableId'),
      unknownIds(p).as('unknown'),
    ]),
);

/** How many members a change can reach: those that it names (whatever the team's size), or all of them. */
const changeStatement = (reach: 'NAMED' | 'ALL') =>
  statement<ChangeTeam, ChangedTeam>((db, p) => {
    const renames = sql<boolean>`coalesce(ok.display_name <> ${p('displayName')}::text, false)`;
    const rekeys = sql<boolean>`(${p('setsExternalId')}::boolean and ok.external_id is distinct from ${p('externalId')}::text)`;
    const adopts = sql<boolean>`(ok.directory_id is null and ${p('directoryId')}::uuid is not null)`;
    const members = (name: Expression<unknown>, externalId: Expression<unknown>, directoryId: Expression<unknown>) =>
      sql`case when ${renames} then jsonb_build_object('displayName', ${name}) else '{}' end
        || case when ${rekeys} then jsonb_build_object('externalId', ${externalId}) else '{}' end
        || case when ${adopts} then jsonb_build_object('directoryId', ${directoryId}) else '{}' end`;
    const removes = reach === 'ALL' ? sql`true` : sql`cardinality(${p('remove')}::uuid[]) > 0`;

    return (
      db
        .with('queued', (q) => queuedAtTeam(q, p))
        .with('locked', (q) => lockedTeam(q, p).where(isQueued))
        .with('named', (q) => namedUsers(q, p).where(sql<SqlBool>`(select count(*) from locked) >= 0`))
        .with('known', (q) => knownUsers(q))
        .with('judged', (q) =>
          q
            .selectFrom('locked')
            .selectAll('locked')
            .select(
              sql<Verdict>`case
              when ${isOtherVersion(p)} then 'VERSION_MISMATCH'
              when ${p('isTouching')}::boolean and ${p('directoryId')}::uuid is null and locked.directory_id is not null then 'MANAGED_BY_DIRECTORY'
              when ${isRefusedForUnknown(p)} then 'UNKNOWN_MEMBER'
              when ${removes} and ${isStale(p)} then 'STALE'
              else 'OK' end`.as('verdict'),
            ),
        )
        .with('ok', (q) => q.selectFrom('judged').selectAll().where('judged.verdict', '=', 'OK'))
        .with('added', (q) =>
          q
            .insertInto('team_membership')
            .columns(['company_id', 'team_id', 'user_id'])
            .expression(
              q
                .selectFrom('ok')
                .innerJoin('known', (join) => join.onTrue())
                .select(['ok.company_id', 'ok.id as team_id', 'known.id as user_id']),
            )
            .onConflict((conflict) => conflict.doNothing())
            .returning('user_id'),
        )
        .with('removed', (q) =>
          q
            .deleteFrom('team_membership')
            .where('team_membership.company_id', '=', p('companyId'))
            .where('team_membership.team_id', '=', p('teamId'))
            .where(
              reach === 'ALL'
                ? sql<SqlBool>`team_membership.user_id <> all(${p('add')}::uuid[])`
                : sql<SqlBool>`team_membership.user_id = any(${p('remove')}::uuid[])`,
            )
            .where(sql<SqlBool>`exists (select from ok)`)
            .returning('user_id'),
        )
        .with('kept', (q) => keptPending(q, p, 'ok'))
        // Who is a member now or is not wanted any more; of those that the directory names again and still does not see, nothing changes.
        .with('dropped', (q) =>
          droppedPending(
            q,
            p,
            reach === 'ALL'
              ? sql<SqlBool>`pending_membership.user_id <> all(array(select n.id from named n where not n."isSeen"))`
              : sql<SqlBool>`pending_membership.user_id = any(${p('remove')}::uuid[] || array(select k.id from known k))`,
          ),
        )
        .with('updated', (q) =>
          q
            .updateTable('team')
            .from('ok')
            .set({
              display_name: sql<string>`coalesce(${p('displayName')}::text, team.display_name)`,
              display_name_key: sql<string>`coalesce(${p('displayNameKey')}::text, team.display_name_key)`,
              external_id: sql<string>`case when ${p('setsExternalId')}::boolean then ${p('externalId')}::text else team.external_id end`,
              directory_id: sql<string>`coalesce(team.directory_id, ${p('directoryId')}::uuid)`,
              version: sql<number>`team.version + 1`,
              updated_at: changedAt,
            })
            .where('team.company_id', '=', p('companyId'))
            .where('team.id', '=', p('teamId'))
            .where(
              sql<SqlBool>`(${renames} or ${rekeys} or ${adopts} or exists (select from added) or exists (select from removed))`,
            )
            .returningAll('team'),
        )
        .with('logged', (q) =>
          q
            .insertInto('change')
            .columns([...CHANGE_COLUMNS])
            .expression(
              q
                .selectFrom('ok')
                .where(sql<SqlBool>`(${renames} or ${rekeys} or ${adopts})`)
                .select(
                  changeSelection(p, {
                    kind: sql<string>`case when ${adopts} then 'team.adopted' else 'team.changed' end`,
                    objectType: 'team',
                    objectId: sql<string>`ok.id`,
                    before: members(sql`ok.display_name`, sql`ok.external_id`, sql`null::uuid`),
                    after: members(
                      sql`${p('displayName')}::text`,
                      sql`${p('externalId')}::text`,
                      sql`${p('directoryId')}::uuid`,
                    ),
                  }),
                )
                .unionAll(q.selectFrom('added').select(memberAdded(p)))
                .unionAll(q.selectFrom('removed').select(memberRemoved(p))),
            ),
        )
        .with('current', (q) =>
          q
            .selectFrom('updated')
            .selectAll()
            .unionAll(q.selectFrom('locked').selectAll().where(sql<SqlBool>`not exists (select from updated)`)),
        )
        .selectFrom('judged')
        .innerJoin('current', (join) => join.onTrue())
        .select([
          ...teamColumns('current'),
          'judged.verdict',
          directoryName(p).as('directoryName'),
          unknownIds(p).as('unknown'),
          sql<
            string[] | null
          >`case when judged.directory_id is null and ${p('directoryId')}::uuid is not null then array_remove(array[
            case when judged.display_name <> current.display_name then 'displayName' end,
            case when judged.external_id <> current.external_id then 'externalId' end], null) end`.as('overwritten'),
        ])
    );
  });

/** Adds and removes the members it names: never reads the others. No row: no such team. */
export const changeTeam = changeStatement('NAMED');
/** The members become those in `add`; ids among them that name nobody keep the membership they may have. */
export const changeWholeTeam = changeStatement('ALL');

/** Before the team is deleted, in the same transaction: what is deleted with it is seen only by a statement that begins with the lock held. */
export const lockTeam = statement<View & { teamId: string }, { id: string }>((db, p) =>
  db
    .with('queued', (q) => queuedAtTeam(q, p))
    .with('locked', (q) => lockedTeam(q, p).where(isQueued))
    .selectFrom('locked')
    .select('locked.id'),
);

/** Ends memberships and access to projects too; the row stays, for history. The transaction holds its lock. No row: no such team. */
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
