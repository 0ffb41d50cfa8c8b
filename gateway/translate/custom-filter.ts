import { invalidFilter } from '#gateway/scim/error.js';
import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import {
  booleanCondition,
  dateTimeCondition,
  numberCondition,
  type PlainCompare,
  textCondition,
  translateTerms,
  unknownAttribute,
  unsuitable,
} from '#gateway/translate/condition.js';
import type { UserTarget } from '#gateway/translate/user-target.js';
import type { CustomAttributeFilter, CustomElementFilter, CustomMemberFilter } from '#schema/generated/gateway.js';

export type CustomTarget = Extract<UserTarget, { kind: 'custom' }>;

/** Whether an attribute of an extension has a value. */
export function customPresence(target: CustomTarget, path: AttrPath): CustomAttributeFilter {
  requireShown(target.sub ?? target.attribute, path);
  return { ...pathOf(target, target.sub), isSet: true };
}

/** A comparison with an attribute of an extension; a complex one alone means its value, as with those of the standard. */
export function customComparison(target: CustomTarget, node: PlainCompare): CustomAttributeFilter {
  const compared = target.sub ?? target.attribute;
  const definition = compared.type === 'complex' ? subNamed(compared, 'value') : compared;
  if (!definition) throw unsuitable(node, 'complex');
  return { ...pathOf(target, target.sub), ...typedTerms(definition, node) };
}

/** A condition on one element: all terms between the brackets are about the same one. */
export function customElements(target: CustomTarget, inner: FilterNode): CustomAttributeFilter {
  return { ...pathOf(target, null), some: toCustomElementFilter(inner, target.attribute) };
}

/** What stands between the brackets of a multi-valued attribute of an extension; plain elements are their own `value`. */
export function toCustomElementFilter(inner: FilterNode, attribute: AttributeDefinition): CustomElementFilter {
  const onMember = (path: AttrPath, terms: (definition: AttributeDefinition) => CustomMemberFilter) => {
    const { name, definition } = memberAt(path, attribute);
    return { member: { ...(name !== null && { name }), ...terms(definition) } };
  };
  return translateTerms<CustomElementFilter>(inner, {
    present: ({ path }) => onMember(path, () => ({ isSet: true })),
    compare: (node) => onMember(node.path, (definition) => typedTerms(definition, node)),
    valuePath: ({ path }) => {
      throw invalidFilter('A value filter cannot stand inside another', path.at);
    },
  });
}

function memberAt(path: AttrPath, attribute: AttributeDefinition) {
  const isName = path.sub === null && path.urn === null;
  if (isName && attribute.type !== 'complex' && path.name.toLowerCase() === 'value')
    return { name: null, definition: attribute };
  const definition = isName ? subNamed(attribute, path.name) : null;
  if (!definition) throw unknownAttribute(path);
  requireShown(definition, path);
  return { name: definition.name, definition };
}

export function subNamed({ subAttributes }: AttributeDefinition, name: string): AttributeDefinition | null {
  const lower = name.toLowerCase();
  return subAttributes?.find((each) => each.name.toLowerCase() === lower) ?? null;
}

function pathOf({ urn, attribute }: CustomTarget, sub: AttributeDefinition | null): CustomAttributeFilter {
  return { urn, attribute: attribute.name, ...(sub && { subAttribute: sub.name }) };
}

/** What nobody may see, nobody may find out by asking either; it is not even kept. */
function requireShown({ returned }: AttributeDefinition, path: AttrPath): void {
  if (returned === 'never') throw unknownAttribute(path);
}

function typedTerms(definition: AttributeDefinition, node: PlainCompare): Omit<CustomMemberFilter, 'name'> {
  requireShown(definition, node.path);
  switch (definition.type) {
    case 'boolean':
      return { boolean: booleanCondition(node) };
    case 'integer':
    case 'decimal':
      return { number: numberCondition(node) };
    case 'dateTime':
      return { dateTime: dateTimeCondition(node) };
    default:
      return { string: textCondition(node) };
  }
}
