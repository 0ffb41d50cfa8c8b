import { type SqlBool, sql } from 'kysely';
import type { TeamMember } from '../rows.js';
import { statement } from '../statement.js';
import { isSeenBy, type View } from './teams.js';

/*
 * Members as they are read: deleted users are none, and a directory sees no break-glass account.
 */

const NIL = '00000000-0000-0000-0000-000000000000';

interface PageMembers extends View {
  /** Each once. */
  teamIds: string[];
  /** The last user of the page before, in the first of the teams; the nil UUID for none. */
  afterUserId: string;
  limit: number;
}

/**
 * Members of several teams, in the order of `teamIds` and by user; teams that are not seen have none. Each team's members come off the index in
 * order, so that a page costs what it holds.
 */
export const pageMembers = statement<PageMembers, TeamMember>((db, p) => {
  const teamIds = sql<string[]>`${p('teamIds')}::uuid[]`;
  const afterUser = sql<string>`${p('afterUserId')}::uuid`;
  return db
    .selectFrom((q) =>
      q
        .selectFrom('team')
        .select(['team.company_id', 'team.id', sql<number>`array_position(${teamIds}, team.id)`.as('place')])
        .where('team.company_id', '=', p('companyId'))
        .where(sql<SqlBool>`team.id = any(${teamIds})`)
        .where('team.deleted_at', 'is', null)
        .where(isSeenBy('team', p))
        .orderBy('place')
        .as('t'),
    )
    .innerJoinLateral(
      (q) =>
        q
          .selectFrom((inner) =>
            inner
              .selectFrom('team_membership')
              .select(['team_membership.company_id', 'team_membership.user_id'])
              .whereRef('team_membership.company_id', '=', 't.company_id')
              .whereRef('team_membership.team_id', '=', 't.id')
              .where(
                sql<SqlBool>`team_membership.user_id > case when t.place = 1 then ${afterUser} else ${sql.lit(NIL)}::uuid end`,
              )
              // Ordered here, so that no more users are looked up than the page holds.
              .orderBy('team_membership.user_id')
              .as('m'),
          )
          .innerJoin('app_user as u', (join) =>
            join.onRef('u.company_id', '=', 'm.company_id').onRef('u.id', '=', 'm.user_id'),
          )
          .where('u.deleted_at', 'is', null)
          .where(sql<SqlBool>`(${p('directoryId')}::uuid is null or not u.break_glass)`)
          .select(['m.user_id', sql<string>`coalesce(u.display_name, u.user_name)`.as('display')])
          .orderBy('m.user_id')
          .limit(sql<number>`${p('limit')}::int`)
          .as('member'),
      (join) => join.onTrue(),
    )
    .select(['t.id as teamId', 'member.user_id as userId', 'member.display'])
    .orderBy('t.place')
    .orderBy('member.user_id')
    .limit(sql<number>`${p('limit')}::int`);
});

/** Teams without members, or that are not seen, are missing. */
export const countMembers = statement<View & { teamIds: string[] }, { teamId: string; total: number }>((db, p) =>
  db
    .selectFrom('team')
    .innerJoin('team_membership as m', (join) =>
      join.onRef('m.company_id', '=', 'team.company_id').onRef('m.team_id', '=', 'team.id'),
    )
    .innerJoin('app_user as u', (join) =>
      join.onRef('u.company_id', '=', 'm.company_id').onRef('u.id', '=', 'm.user_id'),
    )
    .where('team.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`team.id = any(${p('teamIds')}::uuid[])`)
    .where('team.deleted_at', 'is', null)
    .where(isSeenBy('team', p))
    .where('u.deleted_at', 'is', null)
    .where(sql<SqlBool>`(${p('directoryId')}::uuid is null or not u.break_glass)`)
    .groupBy('team.id')
    .select(['team.id as teamId', sql<number>`count(*)::int`.as('total')]),
);
