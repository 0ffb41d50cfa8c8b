import { type AttrPath, attrPathText } from '#gateway/scim/attr-path.js';
import { excerpt, invalidPath } from '#gateway/scim/error.js';
import type { Query } from '#gateway/scim/query.js';
import { type AttributeDefinition, findAttribute, GROUP } from '#gateway/scim/schemas.js';
import { parseSort } from '#gateway/scim/sort.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { findUserTarget, type UserTarget } from '#gateway/translate/user-target.js';

/** As the core is asked for it; null is its own order, the oldest first. */
interface Order {
  path: string;
  direction: 'ASC' | 'DESC';
}

/** The core's path to what a list of both kinds tells apart: `resourceType`, and what begins with it. */
const TYPE = 'type';

/**
 * The order of a list of users, as `sortBy` and `sortOrder` say. A complex attribute alone means its value, if it has one.
 *
 * @throws invalidPath (what nobody declared, what is not shown, or a complex attribute without a value) | invalidValue (sortOrder)
 */
export function toUserOrder(query: Query, dialect: Dialect): Order | null {
  return alike(orderOf(query, (path) => userPath(path, dialect)));
}

/** Like `toUserOrder`. */
export function toGroupOrder(query: Query): Order | null {
  return alike(orderOf(query, groupPath));
}

/** The order of a list of both; those who do not have the attribute are without a value. */
export function toCommonOrder(query: Query, dialect: Dialect): Order | null {
  return orderOf(query, (path) => userPath(path, dialect) ?? groupPath(path));
}

function orderOf(query: Query, toPath: (path: AttrPath) => string | null): Order | null {
  const sort = parseSort(query);
  if (!sort) return null;
  const path = toPath(sort.path);
  if (path === null) throw invalidPath(`The attribute ${excerpt(attrPathText(sort.path))} cannot be sorted by.`);
  return { path, direction: sort.direction };
}

/** In a list of one kind all are of the same type. */
const alike = (order: Order | null) => (order?.path === TYPE ? null : order);

function userPath(path: AttrPath, dialect: Dialect): string | null {
  const target = findUserTarget(dialect, path, false);
  return target && targetPath(target);
}

function targetPath(target: UserTarget): string | null {
  switch (target.kind) {
    case 'text':
      return target.field;
    case 'active':
    case 'id':
      return target.kind;
    case 'name':
      return target.member && `name.${target.member}`;
    case 'list': {
      const sub = target.sub ?? valueIn(target.list.definition);
      return sub && `${target.list.field}.${sub.name === '$ref' ? 'ref' : sub.name}`;
    }
    case 'enterprise':
      return `enterprise.${target.field}`;
    case 'manager':
      return `enterprise.manager.${target.member ?? 'value'}`;
    case 'custom': {
      const { urn, attribute, sub } = target;
      const leaf = sub ?? (attribute.type === 'complex' ? valueIn(attribute) : attribute);
      if (!leaf || attribute.returned === 'never' || leaf.returned === 'never') return null;
      return `${urn}:${attribute.name}${leaf === attribute ? '' : `.${leaf.name}`}`;
    }
    case 'groups':
      return target.sub === 'display' ? 'teams.displayName' : 'teams.id';
    case 'meta':
      return metaPath(target.sub);
    case 'ignored':
      return target.label === 'schemas' ? TYPE : null;
    case 'schema':
      return null;
  }
}

function groupPath(path: AttrPath): string | null {
  const found = findAttribute(GROUP, path.urn, path.name, path.sub);
  switch (found?.attribute.name) {
    case 'id':
    case 'externalId':
    case 'displayName':
      return found.attribute.name;
    case 'members':
      return found.sub?.name === 'display' ? 'members.display' : 'members.id';
    case 'meta':
      return metaPath(found.sub?.name ?? null);
    case 'schemas':
      return TYPE;
    default:
      return null;
  }
}

function metaPath(sub: string | null): string | null {
  switch (sub) {
    case 'created':
      return 'createdAt';
    case 'lastModified':
      return 'updatedAt';
    case 'version':
      return 'version';
    // An address begins with the type, and ends with the id.
    case 'resourceType':
    case 'location':
      return TYPE;
    default:
      return null;
  }
}

const valueIn = ({ subAttributes = [] }: AttributeDefinition) =>
  subAttributes.find(({ name }) => name.toLowerCase() === 'value') ?? null;
