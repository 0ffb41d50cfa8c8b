import { type Expression, type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';
import { anyOf, NEVER } from './filter-sql.js';
import {
  namedTeams,
  noTeams,
  nothingNested,
  skippedTeams,
  teamNested,
  teamsNested,
  teamsUnnested,
  teamUnnested,
} from './team-nesting-writes.js';
import {
  type ChangedTeam,
  type ChangeTeam,
  type CreatedTeam,
  type CreateTeam,
  changedAt,
  directoryName,
  droppedPending,
  isOtherVersion,
  isQueued,
  isRefusedForUnknown,
  isStale,
  keptPending,
  knownUsers,
  lockedTeam,
  memberAdded,
  memberRemoved,
  NOTHING,
  namedUsers,
  namesTeams,
  queuedAtTeam,
  unknownIds,
  type Verdict,
  wholeTeam,
} from './team-write-parts.js';
import { teamColumns } from './teams.js';

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

/**
 * Whom a write is about. What is about users alone is what is done all day, and is not to pay for teams inside teams: a statement for users that meets a
 * team answers NESTS, having changed nothing, and the one for both is run instead.
 */
type About = 'USERS' | 'BOTH';

const createStatement = (about: About) =>
  statement<CreateTeam, CreatedTeam>((db, p) =>
    db
      .with('named', (q) => namedUsers(q, p))
      .with('known', (q) => knownUsers(q))
      .with('inside', (q) => (about === 'BOTH' ? namedTeams(q, p) : noTeams))
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
          when ${about === 'USERS' ? namesTeams(p, sql`${p('add')}::uuid[]`) : NEVER} then 'NESTS'
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
      .with('nested', () => (about === 'BOTH' ? teamsNested(p, 'created') : nothingNested))
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
              .unionAll(q.selectFrom('added').select(memberAdded(p)))
              .unionAll(q.selectFrom('nested').select(teamNested(p))),
          ),
      )
      .selectFrom('judged')
      .leftJoin('created', (join) => join.onTrue())
      .select([
        ...teamColumns('created'),
        'judged.verdict',
        sql<string | null>`(select a.id from adoptable a)`.as('adoptableId'),
        unknownIds(p).as('unknown'),
        skippedTeams(p).as('skipped'),
      ]),
  );

export const createTeam = createStatement('USERS');
export const createNestingTeam = createStatement('BOTH');

/** How many members a change can reach: those that it names (whatever the team's size), or all of them. */
const changeStatement = (reach: 'NAMED' | 'ALL', about: About) =>
  statement<ChangeTeam, ChangedTeam>((db, p) => {
    const renames = sql<boolean>`coalesce(ok.display_name <> ${p('displayName')}::text, false)`;
    const rekeys = sql<boolean>`(${p('setsExternalId')}::boolean and ok.external_id is distinct from ${p('externalId')}::text)`;
    const adopts = sql<boolean>`(ok.directory_id is null and ${p('directoryId')}::uuid is not null)`;
    const members = (name: Expression<unknown>, externalId: Expression<unknown>, directoryId: Expression<unknown>) =>
      sql`case when ${renames} then jsonb_build_object('displayName', ${name}) else '{}' end
        || case when ${rekeys} then jsonb_build_object('externalId', ${externalId}) else '{}' end
        || case when ${adopts} then jsonb_build_object('directoryId', ${directoryId}) else '{}' end`;
    const removes = reach === 'ALL' ? sql`true` : sql`cardinality(${p('remove')}::uuid[]) > 0`;
    const named = sql`(${p('add')}::uuid[] || ${p('remove')}::uuid[])`;
    const hasTeams = sql<SqlBool>`exists (select from team_nesting n where n.company_id = ${p('companyId')}::uuid and n.team_id = ${p('teamId')}::uuid)`;
    const isNesting =
      about === 'BOTH' ? NEVER : reach === 'ALL' ? anyOf([namesTeams(p, named), hasTeams]) : namesTeams(p, named);
    const isTaken = (id: string, drops: 'dropsUsers' | 'dropsTeams') => {
      const isNamed = sql<SqlBool>`${sql.ref(id)} = any(${p('remove')}::uuid[])`;
      return reach === 'ALL'
        ? sql<SqlBool>`(${isNamed} or (${p(drops)}::boolean and ${sql.ref(id)} <> all(${p('add')}::uuid[])))`
        : isNamed;
    };

    return (
      db
        .with('queued', (q) => queuedAtTeam(q, p))
        .with('locked', (q) => lockedTeam(q, p).where(isQueued))
        .with('named', (q) => namedUsers(q, p).where(sql<SqlBool>`(select count(*) from locked) >= 0`))
        .with('known', (q) => knownUsers(q))
        .with('inside', (q) =>
          about === 'BOTH' ? namedTeams(q, p).where(sql<SqlBool>`(select count(*) from locked) >= 0`) : noTeams,
        )
        .with('judged', (q) =>
          q
            .selectFrom('locked')
            .selectAll('locked')
            .select(
              sql<Verdict>`case
              when ${isOtherVersion(p)} then 'VERSION_MISMATCH'
              when ${p('isTouching')}::boolean and ${p('directoryId')}::uuid is null and locked.directory_id is not null then 'MANAGED_BY_DIRECTORY'
              when ${isNesting} then 'NESTS'
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
            .where(isTaken('team_membership.user_id', 'dropsUsers'))
            .where(sql<SqlBool>`exists (select from ok)`)
            .returning('user_id'),
        )
        .with('nested', () => (about === 'BOTH' ? teamsNested(p, 'ok') : nothingNested))
        .with('unnested', () =>
          about === 'BOTH' ? teamsUnnested(p, isTaken('n.member_team_id', 'dropsTeams')) : nothingNested,
        )
        .with('kept', (q) => keptPending(q, p, 'ok'))
        // Who is a member now or is not wanted any more; of those that the directory names again and still does not see, nothing changes.
        .with('dropped', (q) =>
          droppedPending(
            q,
            p,
            anyOf([
              sql<SqlBool>`pending_membership.user_id = any(${p('remove')}::uuid[] || array(select k.id from known k))`,
              reach === 'ALL'
                ? sql<SqlBool>`${p('dropsUsers')}::boolean and pending_membership.user_id <> all(array(select n.id from named n where not n."isSeen"))`
                : NEVER,
            ]),
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
              sql<SqlBool>`(${renames} or ${rekeys} or ${adopts} or exists (select from added) or exists (select from removed)
                or exists (select from nested) or exists (select from unnested))`,
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
                .unionAll(q.selectFrom('removed').select(memberRemoved(p)))
                .unionAll(q.selectFrom('nested').select(teamNested(p)))
                .unionAll(q.selectFrom('unnested').select(teamUnnested(p))),
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
          skippedTeams(p).as('skipped'),
          sql<
            string[] | null
          >`case when judged.directory_id is null and ${p('directoryId')}::uuid is not null then array_remove(array[
            case when judged.display_name <> current.display_name then 'displayName' end,
            case when judged.external_id <> current.external_id then 'externalId' end], null) end`.as('overwritten'),
        ])
    );
  });

/** Adds and removes the members it names: never reads the others. No row: no such team. */
export const changeTeam = changeStatement('NAMED', 'USERS');
export const changeNestingTeam = changeStatement('NAMED', 'BOTH');
/** The members become those in `add`; ids among them that name nobody keep the membership they may have. */
export const changeWholeTeam = changeStatement('ALL', 'USERS');
export const changeWholeNestingTeam = changeStatement('ALL', 'BOTH');
