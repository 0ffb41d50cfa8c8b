import { invalidFilter } from '#gateway/scim/error.js';
import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import {
  binaryCondition,
  booleanCondition,
  type PlainCompare,
  textCondition,
  translateTerms,
  unknownAttribute,
} from '#gateway/translate/condition.js';
import type { ListAttribute } from '#gateway/translate/user-target.js';
import type { AttributeValueFilter } from '#schema/generated/gateway.js';

/** What stands between the brackets of `emails[…]`: a condition on one element. */
export function toElementFilter(inner: FilterNode, list: ListAttribute): AttributeValueFilter {
  return translateTerms<AttributeValueFilter>(inner, {
    present: ({ path }) => onElement(subAt(path, list), { isSet: true }),
    compare: (node) => elementCondition(subAt(node.path, list), node),
    valuePath: ({ path }) => {
      throw invalidFilter('A value filter cannot stand inside another', path.at);
    },
  });
}

export function elementCondition(sub: AttributeDefinition, node: PlainCompare): AttributeValueFilter {
  switch (sub.type) {
    case 'boolean':
      return onElement(sub, booleanCondition(node));
    case 'binary':
      return onElement(sub, binaryCondition(node));
    default:
      return onElement(sub, textCondition(node));
  }
}

/** @param condition of the sub-attribute's own type. */
export function onElement(sub: AttributeDefinition, condition: object): AttributeValueFilter {
  return { [sub.name]: condition };
}

/** Whether every term is an eq, so that a missing element can be made from them. */
export function isMadeOfEq(inner: FilterNode): boolean {
  if (inner.kind === 'and') return inner.operands.every(isMadeOfEq);
  return inner.kind === 'compare' && inner.op === 'eq' && inner.value !== null;
}

function subAt(path: AttrPath, { definition }: ListAttribute): AttributeDefinition {
  const lower = path.name.toLowerCase();
  const sub = definition.subAttributes?.find(({ name }) => name.toLowerCase() === lower);
  if (!sub || path.sub !== null || path.urn !== null) throw unknownAttribute(path);
  return sub;
}
