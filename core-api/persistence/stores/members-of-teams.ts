import { type SqlBool, sql } from 'kysely';
import { statement } from '../statement.js';
import { isSeenBy, type View } from './teams.js';

interface MembersOfTeams extends View {
  teamIds: string[];
  /** Only members beyond this one; a UUID outside of all for the first page. */
  beyond: string;
  /** Of each team. */
  limit: number;
}

/** A membership in the order in which its page is read. */
export interface MemberOfTeam {
  teamId: string;
  id: string;
  /** PostgreSQL's text of a timestamptz(3). */
  since: string;
  orderValue: null;
}

const directed = (beyond: '>' | '<', direction: 'asc' | 'desc') =>
  statement<MembersOfTeams, MemberOfTeam>((db, p) =>
    db
      .selectFrom('team')
      .innerJoinLateral(
        (q) =>
          q
            .selectFrom('team_membership as m')
            .innerJoin('app_user as u', (join) =>
              join.onRef('u.company_id', '=', 'm.company_id').onRef('u.id', '=', 'm.user_id'),
            )
            .whereRef('m.company_id', '=', 'team.company_id')
            .whereRef('m.team_id', '=', 'team.id')
            .where(sql<SqlBool>`m.user_id ${sql.raw(beyond)} ${p('beyond')}::uuid`)
            .where('u.deleted_at', 'is', null)
            .where(sql<SqlBool>`(${p('directoryId')}::uuid is null or not u.break_glass)`)
            .select(['m.user_id', 'm.created_at'])
            .orderBy('m.user_id', direction)
            .limit(sql<number>`${p('limit')}::int`)
            .as('member'),
        (join) => join.onTrue(),
      )
      .where('team.company_id', '=', p('companyId'))
      .where(sql<SqlBool>`team.id = any(${p('teamIds')}::uuid[])`)
      .where('team.deleted_at', 'is', null)
      .where(isSeenBy('team', p))
      .select([
        'team.id as teamId',
        'member.user_id as id',
        sql<string>`member.created_at`.as('since'),
        sql<null>`null`.as('orderValue'),
      ])
      .orderBy('team.id')
      .orderBy('member.user_id', direction),
  );

/** The members of each of several teams, by user id, as many of each team as `limit`; teams that are not seen have none. */
export const membersOfTeams = directed('>', 'asc');
/** The same from the last member on. */
export const lastMembersOfTeams = directed('<', 'desc');
