import { type SqlBool, sql } from 'kysely';
import { allOf, anyOf, type Condition, negated } from '#core-api/persistence/stores/filter-sql.js';
import { nests } from '#core-api/persistence/stores/team-nesting.js';
import { isSeen } from '#core-api/persistence/stores/teams.js';
import type { CompanyActor } from '../actor.js';
import { type FieldConditions, FilterTree } from '../filter-tree.js';
import { foldKey } from '../fold-key.js';
import type { TeamReferenceFilter } from '../user/user-types.js';
import type { TeamFilter, TeamMemberFilter } from './team-types.js';

/** Who asks decides who counts as a member. */
type Asking = Pick<CompanyActor, 'companyId' | 'directory'>;

/**
 * The condition on the table `team`. To a directory no account of last resort is a member, and where its profile flattens, members of the teams inside are.
 *
 * @throws UNSUPPORTED_FILTER
 */
export function toTeamCondition(filter: TeamFilter | null | undefined, asking: Asking): Condition {
  if (!filter) return allOf([]);
  const tree = new FilterTree();
  const memberFields: FieldConditions<TeamMemberFilter> = {
    id: (terms) => tree.id(sql.ref('m.user_id'), terms),
    display: (terms) => tree.text({ text: sql`coalesce(u.display_name, u.user_name)`, comparison: 'LOWER' }, terms),
  };
  const teamFields: FieldConditions<TeamReferenceFilter> = {
    id: (terms) => tree.id(sql.ref('i.id'), terms),
    displayName: (terms) => tree.text({ text: sql.ref('i.display_name_key'), comparison: foldKey }, terms),
  };
  return tree.toCondition(filter, {
    id: (terms) => tree.id(sql.ref('team.id'), terms),
    displayName: (terms) => tree.text({ text: sql.ref('team.display_name_key'), comparison: foldKey }, terms),
    externalId: (terms) => tree.text({ text: sql.ref('team.external_id'), comparison: 'EXACT' }, terms),
    managedBy: (terms) => tree.id(sql.ref('team.directory_id'), terms),
    createdAt: (terms) => tree.time(sql.ref('team.created_at'), terms),
    updatedAt: (terms) => tree.time(sql.ref('team.updated_at'), terms),
    version: (terms) => tree.number(sql.ref('team.version'), terms),
    members({ some, isSet }) {
      const conditions: Condition[] = [];
      if (some != null) conditions.push(hasMember(tree.toCondition(some, memberFields), asking));
      if (isSet != null) {
        const hasAny = hasMember(allOf([]), asking);
        conditions.push(isSet ? hasAny : negated(hasAny));
      }
      return allOf(conditions);
    },
    memberTeams({ some, isSet }) {
      const conditions: Condition[] = [];
      if (some != null) conditions.push(hasMemberTeam(tree.toCondition(some, teamFields), asking));
      if (isSet != null) {
        const hasAny = hasMemberTeam(allOf([]), asking);
        conditions.push(isSet ? hasAny : negated(hasAny));
      }
      return allOf(conditions);
    },
  });
}

function hasMember(condition: Condition, { companyId, directory }: Asking): Condition {
  const isMember = allOf([
    sql`u.deleted_at is null`,
    ...(directory ? [sql<SqlBool>`not u.break_glass`] : []),
    condition,
  ]);
  const own = sql<SqlBool>`exists (select from team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
    where m.company_id = team.company_id and m.team_id = team.id and ${isMember})`;
  if (directory?.profile.nestedGroups !== 'FLATTEN') return own;
  const company = sql<string>`${companyId}::uuid`;
  // Found from the members, once for all teams.
  return anyOf([
    own,
    sql`(${nests(company)} and team.id in (select around.id from teams_around(${company}, array(select distinct m.team_id
        from team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
        where m.company_id = ${company} and ${isMember})) as around(id)))`,
  ]);
}

/** Of the teams that the asking directory sees. */
function hasMemberTeam(condition: Condition, { companyId, directory }: Asking): Condition {
  const view = { directoryId: directory?.id ?? null, seesLocal: directory?.profile.listScope === 'ALL' };
  return sql`exists (select from team_nesting n join team i on i.company_id = n.company_id and i.id = n.member_team_id
    where n.company_id = ${companyId}::uuid and n.team_id = team.id and i.deleted_at is null and ${isSeen('i', view)} and ${condition})`;
}
