import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { TeamRow } from '../rows.js';
import { statement } from '../statement.js';
import type { Condition } from './filter-sql.js';
import { isSeenBy, teamColumns, type View } from './teams.js';

/*
 * Who belongs to a team by way of a team inside it, said once: whatever reads teams, roles or projects of users is made of these texts. Nothing is ever
 * copied, so that a change of an inner team holds with the next statement. They name the company by a value and not by a column, so that
 * `nests` is looked up once in a statement, and a company without nested teams pays for nothing else.
 */

/** Whether any team of the company is in another one. */
export const nests = (company: RawBuilder<string>): Condition =>
  sql<SqlBool>`(select exists (select from team_nesting n where n.company_id = ${company}))`;

/**
 * Whether alias `u` is in a team at all. Looked up for each (`offset 0`): of a company's share in a table the server has no notion, and would rather read
 * everybody's memberships beforehand.
 */
export const isInTeam = (company: RawBuilder<string>): Condition =>
  sql<SqlBool>`exists (select from team_membership m where m.company_id = ${company} and m.user_id = u.id offset 0)`;

/**
 * These teams and those around them, in which they are at any depth; not where a directory skips nested teams.
 *
 * @param teams a select of team ids, of no order.
 * @returns an expression of type uuid[], without doubles.
 */
export const teamsAround = (company: RawBuilder<string>, teams: RawBuilder<unknown>): RawBuilder<string[]> =>
  sql`case when ${nests(company)} then array(select teams_around(${company}, array(${teams}))) else array(${teams}) end`;

/** The same with the teams inside them. */
export const teamsWithin = (company: RawBuilder<string>, teams: RawBuilder<unknown>): RawBuilder<string[]> =>
  sql`case when ${nests(company)} then array(select teams_within(${company}, array(${teams}))) else array(${teams}) end`;

interface Relatives extends View {
  teamIds: string[];
}

const relatives = (of: 'team_id' | 'member_team_id', found: 'team_id' | 'member_team_id') =>
  statement<Relatives, TeamRow & { ofId: string }>((db, p) =>
    db
      .selectFrom('team_nesting as n')
      .innerJoin('team', (join) =>
        join.onRef('team.company_id', '=', 'n.company_id').onRef('team.id', '=', `n.${found}`),
      )
      .select([...teamColumns('team'), sql<string>`${sql.ref(`n.${of}`)}`.as('ofId')])
      .where('n.company_id', '=', p('companyId'))
      .where(sql<SqlBool>`${sql.ref(`n.${of}`)} = any(${p('teamIds')}::uuid[])`)
      .where('team.deleted_at', 'is', null)
      .where(isSeenBy('team', p))
      .orderBy('team.display_name_key')
      .orderBy('team.id'),
  );

/** The teams that are members of each, by name. */
export const teamsInTeams = relatives('team_id', 'member_team_id');
/** The teams of which each is a member, by name. */
export const teamsAroundTeams = relatives('member_team_id', 'team_id');
