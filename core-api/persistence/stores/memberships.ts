import { type SqlBool, sql } from 'kysely';
import type { TeamMember } from '../rows.js';
import { statement } from '../statement.js';
import { isSeenBy, type View } from './teams.js';

/*
 * Members as they are read: deleted users are none, and a directory sees no break-glass account.
 */

const NIL = '00000000-0000-0000-0000-000000000000';

interface PageMembers extends View {
  teamIds: string[];
  /** The last member of the page before; the nil UUIDs for the first page. */
  afterTeamId: string;
  afterUserId: string;
  limit: number;
}

/**
 * Members of several teams, by team and user; teams that are not seen have none. Each team's members come off the index in order, so that a
 * page costs what it holds.
 */
export const pageMembers = statement<PageMembers, TeamMember>((db, p) => {
  const afterTeam = sql<string>`${p('afterTeamId')}::uuid`;
  const afterUser = sql<string>`${p('afterUserId')}::uuid`;
  return db
    .selectFrom((q) =>
      q
        .selectFrom('team')
        .select(['team.company_id', 'team.id'])
        .where('team.company_id', '=', p('companyId'))
        .where(sql<SqlBool>`team.id = any(${p('teamIds')}::uuid[])`)
        .where('team.deleted_at', 'is', null)
        .where(isSeenBy('team', p))
        .where(sql<SqlBool>`team.id >= ${afterTeam}`)
        .orderBy('team.id')
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
                sql<SqlBool>`team_membership.user_id > case when t.id = ${afterTeam} then ${afterUser} else ${sql.lit(NIL)}::uuid end`,
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
    .orderBy('t.id')
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
