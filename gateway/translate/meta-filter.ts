import { invalidFilter } from '#gateway/scim/error.js';
import {
  constant,
  dateTimeCondition,
  negate,
  numberCondition,
  type PlainCompare,
  unknownAttribute,
  unsuitable,
} from '#gateway/translate/condition.js';
import type { DateTimeFilter, NumberFilter } from '#schema/generated/gateway.js';

/** The members that the filters of users and teams have in common. */
interface MetaFilter<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
  createdAt?: DateTimeFilter | null;
  updatedAt?: DateTimeFilter | null;
  version?: NumberFilter | null;
}

/** A comparison with a member of `meta`. `meta.location` is made up on the way out, so it cannot be searched. */
export function metaCondition<F extends MetaFilter<F>>(
  sub: string | null,
  node: PlainCompare,
  resourceType: string,
): F {
  switch (sub) {
    case 'created':
      return { createdAt: dateTimeCondition(node) } as F; // F has the member
    case 'lastModified':
      return { updatedAt: dateTimeCondition(node) } as F; // likewise
    case 'version':
      return versionCondition(node);
    case 'resourceType':
      return typeCondition(node, resourceType);
    default:
      throw unknownAttribute(node.path);
  }
}

/** `W/"3"`, `"3"` or 3; another text is a version that nothing has. */
function versionCondition<F extends MetaFilter<F>>(node: PlainCompare): F {
  if (node.op !== 'eq') throw unsuitable(node, 'entity tag');
  const digits = /^(?:W\/)?"?(\d{1,9})"?$/.exec(String(node.value))?.[1];
  if (digits === undefined) return constant<F>(false);
  return { version: numberCondition({ ...node, value: Number(digits) }) } as F; // F has the member
}

function typeCondition<F extends MetaFilter<F>>(node: PlainCompare, resourceType: string): F {
  if (node.op !== 'eq') throw invalidFilter('meta.resourceType can be compared by eq and ne only', node.valueAt);
  return node.value === resourceType ? constant<F>(true) : negate(constant<F>(true));
}
