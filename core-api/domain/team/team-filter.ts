import { sql } from 'kysely';
import { allOf, type Condition, negated } from '#core-api/persistence/stores/filter-sql.js';
import { type FieldConditions, FilterTree } from '../filter-tree.js';
import { foldKey } from '../fold-key.js';
import type { TeamFilter, TeamMemberFilter } from './team-types.js';

/**
 * The condition on the table `team`.
 *
 * @param seesBreakGlass whether such members count.
 * @throws UNSUPPORTED_FILTER
 */
export function toTeamCondition(filter: TeamFilter | null | undefined, seesBreakGlass: boolean): Condition {
  if (!filter) return allOf([]);
  const tree = new FilterTree();
  const memberFields: FieldConditions<TeamMemberFilter> = {
    id: (terms) => tree.id(sql.ref('m.user_id'), terms),
    display: (terms) => tree.text({ text: sql`coalesce(u.display_name, u.user_name)`, comparison: 'LOWER' }, terms),
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
      if (some != null) conditions.push(hasMember(tree.toCondition(some, memberFields), seesBreakGlass));
      if (isSet != null) {
        const hasAny = hasMember(allOf([]), seesBreakGlass);
        conditions.push(isSet ? hasAny : negated(hasAny));
      }
      return allOf(conditions);
    },
  });
}

function hasMember(condition: Condition, seesBreakGlass: boolean): Condition {
  return sql`exists (select from team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
    where m.company_id = team.company_id and m.team_id = team.id and u.deleted_at is null
      and (${seesBreakGlass}::boolean or not u.break_glass) and ${condition})`;
}
