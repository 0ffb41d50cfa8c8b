import { invalidFilter } from '#gateway/scim/error.js';
import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import { constant, textCondition, translateTerms, unknownAttribute } from '#gateway/translate/condition.js';
import type { StringFilter } from '#schema/generated/gateway.js';

type ReferenceFilter<N extends 'displayName' | 'display'> = {
  and?: ReferenceFilter<N>[] | null;
  or?: ReferenceFilter<N>[] | null;
  not?: ReferenceFilter<N> | null;
  id?: StringFilter | null;
} & { [name in N]?: StringFilter | null };

/**
 * A condition on one element of `groups` or of `members`, among those of one type.
 *
 * @param node its paths are relative to the element: `value`, `display`, `type`.
 * @param display what the core calls the name: `displayName` of a team, `display` of a user.
 */
export function toReferenceFilter<N extends 'displayName' | 'display'>(
  node: FilterNode,
  display: N,
  type: 'direct' | 'indirect' | 'User' | 'Group',
): ReferenceFilter<N> {
  return translateTerms<ReferenceFilter<N>>(node, {
    present: ({ path }) => {
      if (memberAt(path) === 'display') return { [display]: { isSet: true } } as ReferenceFilter<N>; // the name is N
      return constant<ReferenceFilter<N>>(true);
    },
    compare: (compare) => {
      switch (memberAt(compare.path)) {
        case 'value':
          return { id: textCondition(compare) } as ReferenceFilter<N>; // every N has an id
        case 'display':
          return { [display]: textCondition(compare) } as ReferenceFilter<N>; // the name is N
        default:
          if (compare.op !== 'eq') throw invalidFilter('type can be compared by eq and ne only', compare.valueAt);
          return constant<ReferenceFilter<N>>(String(compare.value).toLowerCase() === type.toLowerCase());
      }
    },
    valuePath: ({ path }) => {
      throw invalidFilter('A value filter cannot stand inside another', path.at);
    },
  });
}

function memberAt(path: AttrPath): 'value' | 'display' | 'type' {
  const name = path.sub === null && path.urn === null ? path.name.toLowerCase() : '';
  if (name === 'value' || name === 'display' || name === 'type') return name;
  throw unknownAttribute(path);
}
