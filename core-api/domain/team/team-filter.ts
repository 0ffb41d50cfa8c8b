import { sql } from 'kysely';
import {
  allOf,
  anyOf,
  type Condition,
  idCondition,
  negated,
  numberCondition,
  textCondition,
  timeCondition,
} from '#core-api/persistence/stores/filter-sql.js';
import type { OrderType, PageOrder } from '#core-api/persistence/stores/page-sql.js';
import { foldKey } from '../fold-key.js';
import type { Logic, PageRequest } from '../paging.js';
import type { TeamFilter, TeamMemberFilter, TeamOrderField } from './team-types.js';

/** The condition on the table `team`. `seesBreakGlass`: whether such members count. */
export function toTeamCondition(filter: TeamFilter | null | undefined, seesBreakGlass: boolean): Condition {
  return whole(filter ?? {}, (node) => {
    const terms: Condition[] = [];
    if (node.id != null) terms.push(idCondition(sql.ref('team.id'), node.id));
    if (node.displayName != null)
      terms.push(textCondition({ text: sql.ref('team.display_name_key'), comparison: foldKey }, node.displayName));
    if (node.externalId != null)
      terms.push(textCondition({ text: sql.ref('team.external_id'), comparison: 'EXACT' }, node.externalId));
    if (node.managedBy != null) terms.push(idCondition(sql.ref('team.directory_id'), node.managedBy));
    if (node.createdAt != null) terms.push(timeCondition(sql.ref('team.created_at'), node.createdAt));
    if (node.updatedAt != null) terms.push(timeCondition(sql.ref('team.updated_at'), node.updatedAt));
    if (node.version != null) terms.push(numberCondition(sql.ref('team.version'), node.version));
    if (node.members?.some != null) terms.push(hasMember(toMemberCondition(node.members.some), seesBreakGlass));
    if (node.members?.isSet != null) {
      const hasAny = hasMember(allOf([]), seesBreakGlass);
      terms.push(node.members.isSet ? hasAny : negated(hasAny));
    }
    return terms;
  });
}

function toMemberCondition(filter: TeamMemberFilter): Condition {
  return whole(filter, (node) => {
    const terms: Condition[] = [];
    if (node.id != null) terms.push(idCondition(sql.ref('m.user_id'), node.id));
    if (node.display != null)
      terms.push(
        textCondition({ text: sql`coalesce(u.display_name, u.user_name)`, comparison: 'LOWER' }, node.display),
      );
    return terms;
  });
}

function hasMember(condition: Condition, seesBreakGlass: boolean): Condition {
  return sql`exists (select from team_membership m join app_user u on u.company_id = m.company_id and u.id = m.user_id
    where m.company_id = team.company_id and m.team_id = team.id and u.deleted_at is null
      and (${seesBreakGlass}::boolean or not u.break_glass) and ${condition})`;
}

/** A node of a filter's tree: its own fields and its branches must all hold. */
function whole<F extends Logic<F>>(node: F, fields: (node: F) => Condition[]): Condition {
  const terms = fields(node);
  if (node.and != null) terms.push(...node.and.map((branch) => whole(branch, fields)));
  if (node.or != null) terms.push(anyOf(node.or.map((branch) => whole(branch, fields))));
  if (node.not != null) terms.push(negated(whole(node.not, fields)));
  return allOf(terms);
}

const ORDERS: Record<TeamOrderField, { column: string; type: OrderType; nullable: boolean } | null> = {
  ID: null,
  CREATED_AT: { column: 'created_at', type: 'timestamptz', nullable: false },
  UPDATED_AT: { column: 'updated_at', type: 'timestamptz', nullable: false },
  DISPLAY_NAME: { column: 'display_name_key', type: 'text', nullable: false },
  EXTERNAL_ID: { column: 'external_id', type: 'text', nullable: true },
};

/** By id, which is the order of creation, unless something else is asked for. */
export function toTeamOrder(orderBy: PageRequest<TeamFilter, TeamOrderField>['orderBy']): PageOrder {
  const by = ORDERS[orderBy?.field ?? 'ID'];
  return {
    id: sql.ref('team.id'),
    direction: orderBy?.direction ?? 'ASC',
    by: by && { value: sql.ref(`team.${by.column}`), type: by.type, nullable: by.nullable },
  };
}
