import { invalidFilter } from '#gateway/scim/error.js';
import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import { type AttributeDefinition, ENTERPRISE_URN, USER_URN } from '#gateway/scim/schemas.js';
import {
  booleanCondition,
  constant,
  type PlainCompare,
  requireEqOnly,
  type TermTranslator,
  textCondition,
  translateTerms,
  unknownAttribute,
  unsuitable,
} from '#gateway/translate/condition.js';
import { customComparison, customElements, customPresence } from '#gateway/translate/custom-filter.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { elementCondition, onElement, toElementFilter } from '#gateway/translate/element-filter.js';
import { noteFilterHabits } from '#gateway/translate/filter-habits.js';
import { metaCondition } from '#gateway/translate/meta-filter.js';
import { toReferenceFilter } from '#gateway/translate/reference-filter.js';
import { textHolds } from '#gateway/translate/text-holds.js';
import { indirectTypeOf } from '#gateway/translate/user-resource.js';
import { findNamesakes, findUserTarget, type UserTarget } from '#gateway/translate/user-target.js';
import type { EnterpriseFilter, UserFilter } from '#schema/generated/gateway.js';

/**
 * A filter on users, as the core asks for it. Names are looked up in the dialect: aliases, custom extensions, the bare
 * `manager` and `emails` that stand for their value.
 *
 * @param baseUrl `https://…/scim/v2`, of which addresses are made.
 * @throws invalidFilter naming the attribute and its position; 501 where the profile supports eq and and alone.
 */
export function toUserFilter(node: FilterNode, dialect: Dialect, baseUrl: string): UserFilter {
  if (dialect.unsupportedFilter === 501) requireEqOnly(node);
  const filter = translate(node, { dialect, baseUrl });
  noteFilterHabits(node, dialect.schema, dialect);
  return filter;
}

interface Asked {
  dialect: Dialect;
  baseUrl: string;
}

function translate(root: FilterNode, asked: Asked): UserFilter {
  return translateTerms(root, userTerms(asked));
}

export function userTerms(asked: Asked): TermTranslator<UserFilter> {
  const { dialect } = asked;
  return {
    present: ({ path }) => {
      const [first, ...more] = findNamesakes(dialect, path).map((target) => presence(target, path));
      if (!first) throw unknownAttribute(path);
      return more.length > 0 ? { or: [first, ...more] } : first;
    },
    compare: (node) => comparison(targetAt(node.path, dialect, false), node, asked),
    valuePath: (node) => valuePath(targetAt(node.path, dialect, true), node.path, node.inner, asked),
  };
}

function targetAt(path: AttrPath, dialect: Dialect, isObject: boolean): UserTarget {
  const target = findUserTarget(dialect, path, isObject);
  if (!target) throw unknownAttribute(path);
  return target;
}

function presence(target: UserTarget, path: AttrPath): UserFilter {
  const isSet = { isSet: true };
  switch (target.kind) {
    case 'text':
      return { [target.field]: isSet };
    case 'active':
    case 'id':
      return constant(true);
    case 'name':
      return { name: target.member ? { [target.member]: isSet } : isSet };
    case 'list':
      return { [target.list.field]: target.sub ? { some: onElement(target.sub, isSet) } : isSet };
    case 'enterprise':
      return { enterprise: { [target.field]: isSet } };
    case 'manager':
      return { enterprise: { [managerField(target.member)]: isSet } };
    case 'custom':
      return { custom: customPresence(target, path) };
    case 'groups':
      return { or: [{ teams: isSet }, { outerTeams: isSet }] };
    case 'meta':
      return constant(true);
    case 'ignored':
      if (target.label === 'schemas') return constant(true);
      throw unknownAttribute(path);
    case 'schema':
      throw unknownAttribute(path);
  }
}

function comparison(target: UserTarget, node: PlainCompare, { dialect, baseUrl }: Asked): UserFilter {
  switch (target.kind) {
    case 'text':
      return { [target.field]: textCondition(node) };
    case 'active':
      return { active: booleanCondition(node) };
    case 'id':
      return { id: textCondition(node) };
    case 'name':
      if (!target.member) throw unsuitable(node, 'complex');
      return { name: { [target.member]: textCondition(node) } };
    case 'list':
      return {
        [target.list.field]: { some: elementCondition(target.sub ?? valueIn(target.list.definition, node), node) },
      };
    case 'enterprise':
      return { enterprise: { [target.field]: textCondition(node) } };
    case 'manager':
      return { enterprise: { [managerField(target.member)]: textCondition(node) } };
    case 'custom':
      return { custom: customComparison(target, node) };
    case 'groups':
      return someGroup({ ...node, path: bare(node.path, target.sub) }, dialect);
    case 'meta':
      return metaCondition(target.sub, node, { resourceType: 'User', baseUrl });
    case 'ignored':
      if (target.label === 'schemas') return schemaCondition(node, dialect);
      throw unknownAttribute(node.path);
    case 'schema':
      throw unknownAttribute(node.path);
  }
}

/** As `groups` shows them: those that the user is a member of, and those around them. */
function someGroup(node: FilterNode, { profile }: Dialect): UserFilter {
  return {
    or: [
      { teams: { some: toReferenceFilter(node, 'displayName', 'direct') } },
      { outerTeams: { some: toReferenceFilter(node, 'displayName', indirectTypeOf(profile)) } },
    ],
  };
}

/** Of a complex attribute with one value the brackets are another way to write the dot: `name[familyName eq "x"]`. */
function valuePath(target: UserTarget, path: AttrPath, inner: FilterNode, asked: Asked): UserFilter {
  switch (target.kind) {
    case 'list':
      if (target.sub) throw unknownAttribute(path);
      return { [target.list.field]: { some: toElementFilter(inner, target.list) } };
    case 'groups':
      return someGroup(inner, asked.dialect);
    case 'name':
    case 'manager':
      // What is not there has no parts either, not even by `not`.
      return { and: [presence(target, path), translate(below(path, inner), asked)] };
    case 'meta':
      return translate(below(path, inner), asked);
    case 'custom':
      if (target.sub) throw unknownAttribute(path);
      return { custom: customElements(target, inner) };
    default:
      throw unknownAttribute(path);
  }
}

/** The same filter with each path led through `parent`. */
function below(parent: AttrPath, node: FilterNode): FilterNode {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { ...node, operands: node.operands.map((operand) => below(parent, operand)) };
    case 'not':
      return { ...node, operand: below(parent, node.operand) };
    case 'valuePath':
      throw invalidFilter('A value filter cannot stand inside another', node.path.at);
    default:
      if (node.path.sub !== null || node.path.urn !== null) throw unknownAttribute(node.path);
      return { ...node, path: { ...parent, sub: node.path.name, at: node.path.at } };
  }
}

/** A path as it reads from inside the element; the attribute alone means its value. */
function bare(path: AttrPath, sub: string | null): AttrPath {
  return { urn: null, name: sub ?? 'value', sub: null, at: path.at };
}

/** A multi-valued complex attribute alone means its values (RFC 7644 §3.4.2.2); Ping looks up by `emails eq "…"`. */
function valueIn({ subAttributes = [] }: AttributeDefinition, node: PlainCompare): AttributeDefinition {
  const value = subAttributes.find(({ name }) => name === 'value');
  if (!value) throw unsuitable(node, 'complex');
  return value;
}

function managerField(member: 'value' | 'ref' | 'displayName' | null): keyof EnterpriseFilter {
  switch (member) {
    case 'ref':
      return 'managerRef';
    case 'displayName':
      return 'managerDisplayName';
    default:
      return 'managerValue';
  }
}

/** A user lists the schemas that it has values of; URNs ignore case. */
function schemaCondition(node: PlainCompare, { custom }: Dialect): UserFilter {
  if (textHolds(USER_URN, node, false)) return constant(true);
  const extensions = custom.filter(({ id }) => textHolds(id, node, false));
  const or = extensions.flatMap(({ id, attributes }): UserFilter[] =>
    attributes
      .filter(({ returned }) => returned !== 'never')
      .map(({ name }) => ({ custom: { urn: id, attribute: name, isSet: true } })),
  );
  return { or: textHolds(ENTERPRISE_URN, node, false) ? [{ enterprise: { isSet: true } }, ...or] : or };
}
