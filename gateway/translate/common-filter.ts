import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import { findAttribute, GROUP } from '#gateway/scim/schemas.js';
import {
  type Combinable,
  constant,
  requireEqOnly,
  type TermTranslator,
  translateTerms,
  unknownAttribute,
} from '#gateway/translate/condition.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { noteFilterHabits } from '#gateway/translate/filter-habits.js';
import { groupTerms } from '#gateway/translate/group-filter.js';
import { userTerms } from '#gateway/translate/user-filter.js';
import { findUserTarget } from '#gateway/translate/user-target.js';
import type { TeamFilter, UserFilter } from '#schema/generated/gateway.js';

/**
 * A filter on users and groups together: what only one of them has is without a value in the other (RFC 7644 §3.4.2.1).
 *
 * @throws as `toUserFilter`, for what neither has
 */
export function toCommonFilters(
  node: FilterNode,
  dialect: Dialect,
  baseUrl: string,
): { users: UserFilter; teams: TeamFilter } {
  if (dialect.unsupportedFilter === 501) requireEqOnly(node);
  const isOfUsers = (path: AttrPath) => [false, true].some((isObject) => findUserTarget(dialect, path, isObject));
  const isOfGroups = ({ urn, name, sub }: AttrPath) => findAttribute(GROUP, urn, name, sub) !== null;
  const filters = {
    users: translateTerms(node, among(userTerms({ dialect, baseUrl }), isOfUsers, isOfGroups)),
    teams: translateTerms(node, among(groupTerms(dialect, baseUrl), isOfGroups, isOfUsers)),
  };
  // Of what groups alone have, all is text: there is no habit to meet.
  noteFilterHabits(node, dialect.schema, dialect);
  return filters;
}

type IsAttribute = (path: AttrPath) => boolean;

function among<F extends Combinable<F>>(
  terms: TermTranslator<F>,
  isOwn: IsAttribute,
  isOthers: IsAttribute,
): TermTranslator<F> {
  const ifOwn = (path: AttrPath, translate: () => F): F => {
    if (isOwn(path)) return translate();
    if (isOthers(path)) return constant<F>(false);
    throw unknownAttribute(path);
  };
  return {
    present: (node) => ifOwn(node.path, () => terms.present(node)),
    compare: (node) => ifOwn(node.path, () => terms.compare(node)),
    valuePath: (node) => ifOwn(node.path, () => terms.valuePath(node)),
  };
}
