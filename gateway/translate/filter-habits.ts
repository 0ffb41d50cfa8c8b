import { attrPathText } from '#gateway/scim/attr-path.js';
import type { AttrPath, FilterNode } from '#gateway/scim/filter.js';
import { type AttributeDefinition, findAttribute, type ResourceSchema } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isDateTime } from '#gateway/translate/read-value.js';
import { aliasOf } from '#gateway/translate/user-target.js';

/**
 * Notes where a filter that can be evaluated deviates all the same: in its names and in the types of its values.
 *
 * @param parent the attribute between whose brackets the filter stands; null at the top.
 */
export function noteFilterHabits(
  node: FilterNode,
  schema: ResourceSchema,
  dialect: Dialect,
  parent: AttrPath | null = null,
): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      for (const operand of node.operands) noteFilterHabits(operand, schema, dialect, parent);
      return;
    case 'not':
      noteFilterHabits(node.operand, schema, dialect, parent);
      return;
    case 'valuePath':
      if (!parent) noteName(node.path, schema, dialect);
      noteFilterHabits(node.inner, schema, dialect, node.path);
      return;
    case 'present':
      if (!parent) noteName(node.path, schema, dialect);
      return;
    case 'compare':
      if (!parent) noteName(node.path, schema, dialect);
      noteValue(node, definitionOf(node.path, parent, schema, dialect), dialect);
  }
}

function noteName(path: AttrPath, schema: ResourceSchema, dialect: Dialect): void {
  const found = findAttribute(schema, path.urn, path.name, path.sub);
  if (!found) {
    if (schema === dialect.schema && aliasOf(dialect, path)) dialect.note('ALIAS_IN_FILTER', attrPathText(path));
  } else if (found.extension !== null && path.urn === null) dialect.note('NO_URN_IN_FILTER', attrPathText(path));
}

function noteValue(
  { path, value }: Extract<FilterNode, { kind: 'compare' }>,
  definition: AttributeDefinition | null,
  { note }: Dialect,
): void {
  if (!definition || value === null) return;
  const at = attrPathText(path);
  switch (definition.type) {
    case 'boolean':
      if (typeof value === 'string') note('TEXT_BOOLEAN_IN_FILTER', at, value);
      return;
    case 'integer':
    case 'decimal':
      if (typeof value === 'string') note('TEXT_NUMBER_IN_FILTER', at, value);
      return;
    case 'dateTime':
      if (typeof value === 'string' && !isDateTime(value)) note('LOOSE_TIME_IN_FILTER', at, value);
      return;
    case 'complex':
      // Of a multi-valued attribute the value is meant (RFC 7644 §3.4.2.2).
      if (!definition.multiValued) note('COMPLEX_IN_FILTER', at);
      return;
    default:
      if (typeof value !== 'string') note('UNQUOTED_VALUE', at, String(value));
  }
}

function definitionOf(
  path: AttrPath,
  parent: AttrPath | null,
  schema: ResourceSchema,
  dialect: Dialect,
): AttributeDefinition | null {
  const named = parent ? { ...parent, sub: path.name } : path;
  const { urn, name, sub } = (schema === dialect.schema && !parent && aliasOf(dialect, named)) || named;
  const found = findAttribute(schema, urn, name, sub);
  return found && (found.sub ?? found.attribute);
}
