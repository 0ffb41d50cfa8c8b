import { type SqlBool, sql } from 'kysely';
import type { DirectoryProfile } from '#schema/profile.js';
import type { TeamMember } from '../rows.js';
import { statement } from '../statement.js';
import { nests } from './team-nesting.js';
import { isSeen, isSeenBy, type View } from './teams.js';

/*
 * Members as they are read: deleted users are none, and a directory sees no break-glass account.
 */

const NIL = '00000000-0000-0000-0000-000000000000';

interface PageMembers extends View {
  /** Each once. */
  teamIds: string[];
  /** NEST: teams are members beside the users. FLATTEN: their users are, in their place. SKIP: neither. */
  nestedTeams: DirectoryProfile['nestedGroups'];
  /** The last member of the page before, in the first of the teams; the nil UUID for none. */
  afterMemberId: string;
  limit: number;
}

/**
 * Members of several teams, in the order of `teamIds` and by member; teams that are not seen have none. Each team's own members come off the index in order, so that a
 * page costs what it holds; what comes through teams inside them is worked out only where a company has such.
 */
export const pageMembers = statement<PageMembers, TeamMember>((db, p) => {
  const company = sql<string>`${p('companyId')}::uuid`;
  const teamIds = sql<string[]>`${p('teamIds')}::uuid[]`;
  const view = { directoryId: sql`${p('directoryId')}`, seesLocal: sql`${p('seesLocal')}` };
  const limit = sql`order by 1 limit ${p('limit')}::int`;
  const isShown = sql`u.deleted_at is null and (${p('directoryId')}::uuid is null or not u.break_glass)`;
  const display = sql`coalesce(u.display_name, u.user_name) as display`;
  const isBeyond = (id: string) =>
    sql`${sql.ref(id)} > case when t.place = 1 then ${p('afterMemberId')}::uuid else ${sql.lit(NIL)}::uuid end`;
  const isNested = (as: string) => sql`${p('nestedTeams')}::text = ${sql.lit(as)} and ${nests(company)}`;
  // Ordered inside, so that no more users are looked up than the page holds.
  const users = sql`select m.user_id as id, 'USER' as type, ${display}
    from (select m.company_id, m.user_id from team_membership m where m.company_id = t.company_id and m.team_id = t.id
      and ${isBeyond('m.user_id')} order by m.user_id) m
    join app_user u on u.company_id = m.company_id and u.id = m.user_id where ${isShown} ${limit}`;
  const teams = sql`select i.id, 'TEAM', i.display_name from team_nesting n join team i on i.company_id = n.company_id and i.id = n.member_team_id
    where ${isNested('NEST')} and n.company_id = t.company_id and n.team_id = t.id and ${isBeyond('n.member_team_id')}
      and i.deleted_at is null and ${isSeen('i', view)} ${limit}`;
  const usersOfTeams = sql`select u.id, 'USER', ${display}
    from (select distinct m.user_id from team_membership m where ${isNested('FLATTEN')} and m.company_id = ${company}
      and m.team_id in (select w.id from teams_within(${company}, array[t.id]) as w(id) where w.id <> t.id) and ${isBeyond('m.user_id')}) m
    join app_user u on u.company_id = ${company} and u.id = m.user_id where ${isShown}
      and not exists (select from team_membership d where d.company_id = ${company} and d.team_id = t.id and d.user_id = u.id) ${limit}`;
  return {
    compile: () =>
      sql<TeamMember>`select t.id as "teamId", member.type, member.id as "memberId", member.display
        from (select team.company_id, team.id, array_position(${teamIds}, team.id) as place from team
          where team.company_id = ${company} and team.id = any(${teamIds}) and team.deleted_at is null and ${isSeen('team', view)} order by place) t
        cross join lateral ((${users}) union all (${teams}) union all (${usersOfTeams}) ${limit}) member
        order by t.place, member.id limit ${p('limit')}::int`.compile(db),
  };
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
