import { type QueryCreator, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../entities/index.js';
import type { ChangeAuthor } from '../rows.js';
import type { Arguments } from '../statement.js';
import { changeSelection } from './changes.js';
import { NOTHING } from './team-write-parts.js';
import { isSeenBy, type View } from './teams.js';

/*
 * What the statements that write teams need for teams inside teams. Whoever puts a team into another one holds it by a key share, which writers of that
 * team do not mind and who deletes it does: so A into B and B into A never wait for each other.
 */

export interface NestedMembers {
  /** Distinct ids, of users or of teams. */
  add: string[];
  /** Whether teams in `add` are left out: so says the directory's profile. */
  skipsTeams: boolean;
}

type OfTeam = Arguments<NestedMembers & View & { teamId: string }>;

/** The teams that `add` names, apart from the written one. To be named `inside`. */
export const namedTeams = (q: QueryCreator<Tables>, p: OfTeam) =>
  q
    .selectFrom('team')
    .select('team.id')
    .where('team.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`team.id = any(${p('add')}::uuid[])`)
    .where('team.id', '<>', p('teamId'))
    .where('team.deleted_at', 'is', null)
    .where(isSeenBy('team', p))
    .orderBy('team.id')
    .forKeyShare('team');

/** A team in a team, as one of these parts returns it. */
export type Nested = Pick<Tables['team_nesting'], 'team_id' | 'member_team_id'>;

/** @param team the part of the statement that holds the written team. */
export const teamsNested = (p: OfTeam, team: 'created' | 'ok'): RawBuilder<Nested> =>
  sql`(insert into team_nesting (company_id, team_id, member_team_id)
    select w.company_id, w.id, i.id from ${sql.ref(team)} w cross join inside i where not ${p('skipsTeams')}::boolean
    on conflict do nothing returning team_id, member_team_id)`;

export const teamsUnnested = (p: OfTeam, which: RawBuilder<unknown>): RawBuilder<Nested> =>
  sql`(delete from team_nesting n where n.company_id = ${p('companyId')}::uuid and n.team_id = ${p('teamId')}::uuid and (${which})
    and exists (select from ok) returning n.team_id, n.member_team_id)`;

/** Stands for `inside`, `nested` and `unnested` in a statement that is about users only. */
export const noTeams = sql<{ id: string }>`(select null::uuid as id where false)`;
export const nothingNested: RawBuilder<Nested> = sql`(select null::uuid as team_id, null::uuid as member_team_id where false)`;

/** Ids of teams that were named and can't be members: the written team itself, and all where they are skipped. */
export const skippedTeams = (p: OfTeam) =>
  sql<string[]>`array(select i.id::text from inside i where ${p('skipsTeams')}::boolean
    union all select ${p('teamId')}::text where ${p('teamId')}::uuid = any(${p('add')}::uuid[]))`;

const memberTeamId = (part: 'nested' | 'unnested') =>
  sql`jsonb_build_object('memberTeamId', ${sql.ref(`${part}.member_team_id`)})`;

export const teamNested = (p: Arguments<ChangeAuthor>) =>
  changeSelection(p, {
    kind: 'team.nested_added',
    objectType: 'team',
    objectId: sql<string>`nested.team_id`,
    before: NOTHING,
    after: memberTeamId('nested'),
  });

export const teamUnnested = (p: Arguments<ChangeAuthor>) =>
  changeSelection(p, {
    kind: 'team.nested_removed',
    objectType: 'team',
    objectId: sql<string>`unnested.team_id`,
    before: memberTeamId('unnested'),
    after: NOTHING,
  });
