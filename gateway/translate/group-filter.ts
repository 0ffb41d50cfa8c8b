import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import { findAttribute, GROUP, GROUP_URN } from '#gateway/scim/schemas.js';
import {
  constant,
  type PlainCompare,
  requireEqOnly,
  type TermTranslator,
  textCondition,
  translateTerms,
  unknownAttribute,
} from '#gateway/translate/condition.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { noteFilterHabits } from '#gateway/translate/filter-habits.js';
import { metaCondition } from '#gateway/translate/meta-filter.js';
import { toReferenceFilter } from '#gateway/translate/reference-filter.js';
import { textHolds } from '#gateway/translate/text-holds.js';
import type { TeamFilter } from '#schema/generated/gateway.js';

/** A filter on groups, as the core asks for it about teams. Throws like `toUserFilter`. */
export function toGroupFilter(node: FilterNode, dialect: Dialect, baseUrl: string): TeamFilter {
  if (dialect.unsupportedFilter === 501) requireEqOnly(node);
  const filter = translateTerms(node, groupTerms(dialect, baseUrl));
  noteFilterHabits(node, GROUP, dialect);
  return filter;
}

export function groupTerms(dialect: Dialect, baseUrl: string): TermTranslator<TeamFilter> {
  return {
    present: ({ path }) => presence(path, dialect),
    compare: (node) => comparison(node, dialect, baseUrl),
    valuePath: ({ path, inner }) => {
      if (attributeAt(path).name !== 'members' || path.sub !== null) throw unknownAttribute(path);
      return someMember(inner, dialect);
    },
  };
}

/** Where groups are nested they are members beside the users. */
function someMember(node: FilterNode, { profile }: Dialect): TeamFilter {
  const user = { members: { some: toReferenceFilter(node, 'display', 'User') } };
  if (profile.nestedGroups !== 'NEST') return user;
  return { or: [user, { memberTeams: { some: toReferenceFilter(node, 'displayName', 'Group') } }] };
}

interface GroupAttribute {
  name: string;
  sub: string | null;
}

function attributeAt(path: AttrPath): GroupAttribute {
  const found = findAttribute(GROUP, path.urn, path.name, path.sub);
  if (!found) throw unknownAttribute(path);
  return { name: found.attribute.name, sub: found.sub?.name ?? null };
}

function presence(path: AttrPath, { profile }: Dialect): TeamFilter {
  const { name, sub } = attributeAt(path);
  switch (name) {
    case 'id':
    case 'displayName':
    case 'schemas':
    case 'meta':
      return constant(true);
    case 'externalId':
      return { externalId: { isSet: true } };
    case 'members':
      if (sub === '$ref') throw unknownAttribute(path);
      if (profile.nestedGroups !== 'NEST') return { members: { isSet: true } };
      return { or: [{ members: { isSet: true } }, { memberTeams: { isSet: true } }] };
    default:
      throw unknownAttribute(path);
  }
}

function comparison(node: PlainCompare, dialect: Dialect, baseUrl: string): TeamFilter {
  const { name, sub } = attributeAt(node.path);
  switch (name) {
    case 'id':
    case 'displayName':
    case 'externalId':
      return { [name]: textCondition(node) };
    case 'members':
      return someMember({ ...node, path: { ...node.path, urn: null, name: sub ?? 'value', sub: null } }, dialect);
    case 'meta':
      return metaCondition(sub, node, { resourceType: 'Group', baseUrl });
    case 'schemas':
      return constant(textHolds(GROUP_URN, node, false));
    default:
      throw unknownAttribute(node.path);
  }
}
