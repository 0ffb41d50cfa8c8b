import { invalidPath, mutability } from '#gateway/scim/error.js';
import { isObject } from '#gateway/scim/json-object.js';
import type { PatchOp } from '#gateway/scim/patch.js';
import type { PatchPath } from '#gateway/scim/path.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import { type CustomTarget, subNamed, toCustomElementFilter } from '#gateway/translate/custom-filter.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isMadeOfEq } from '#gateway/translate/element-filter.js';
import { noteFilterHabits } from '#gateway/translate/filter-habits.js';
import { readCustom } from '#gateway/translate/read-value.js';
import type { CustomElementFilter, UserChange } from '#schema/generated/gateway.js';

type Op = PatchOp['op'];

/**
 * One operation on an attribute of an extension as changes of the core; read-only attributes don't come here.
 *
 * @throws invalidPath | invalidValue | invalidFilter | mutability (a read-only sub-attribute behind a value filter)
 */
export function toCustomChanges(
  op: Op,
  target: CustomTarget,
  path: PatchPath,
  value: unknown,
  dialect: Dialect,
): UserChange[] {
  const { urn, attribute, sub, label } = target;
  if (path.filter && !attribute.multiValued) throw invalidPath(`${label} has one value, and takes no value filter.`);
  if (attribute.multiValued && (path.filter || sub)) return toElements(op, target, path, value, dialect);
  if (op === 'remove' && attribute.multiValued && value !== undefined) return withoutListed(target, value, dialect);
  if (op === 'remove' && !sub) return [{ unsetExtension: { urn, names: [attribute.name] } }];
  // One value can be added without a list around it (RFC 7644 §3.5.2.1).
  const isAlone = op === 'add' && attribute.multiValued && value !== null && !Array.isArray(value);
  const given = op === 'remove' ? null : isAlone ? [value] : value;
  const read = readCustom(sub ? { [sub.name]: given } : given, attribute, label, dialect.note);
  return [{ setExtension: { urn, values: { [attribute.name]: read }, add: op === 'add' } }];
}

/** `tools[key eq "rake"]`, `tools[key eq "rake"].colour`, and `tools.colour`, which is that of each element. */
function toElements(op: Op, target: CustomTarget, path: PatchPath, value: unknown, dialect: Dialect): UserChange[] {
  const { attribute, label } = target;
  const where = path.filter ? toCustomElementFilter(path.filter, attribute) : {};
  if (path.filter) noteFilterHabits(path.filter, dialect.schema, dialect, path.attr);
  const at = { urn: target.urn, attribute: attribute.name, where };
  // Plain elements are their own value.
  const isItself = attribute.type !== 'complex' && path.sub?.toLowerCase() === 'value';
  const sub = path.sub === null || isItself ? target.sub : subNamed(attribute, path.sub);
  if (path.sub !== null && !isItself && !sub) {
    dialect.note('UNKNOWN_ATTRIBUTE', `${label}.${path.sub}`);
    return [];
  }
  if (sub?.mutability === 'readOnly') throw mutability(`${label}.${sub.name} is read-only.`);
  if (op === 'remove' && !sub) return [{ removeExtensionValues: at }];

  const set = sub
    ? { [sub.name]: op === 'remove' ? null : readCustom(value, sub, `${label}.${sub.name}`, dialect.note) }
    : oneElement(value, attribute, label, dialect);
  if (set === null) return [{ removeExtensionValues: at }];
  const creates = dialect.createsOnMiss && path.filter !== null && isMadeOfEq(path.filter) && hasValue(set);
  return [{ updateExtensionValues: { ...at, set, ifNone: creates ? 'CREATE' : 'FAIL' } }];
}

function oneElement(value: unknown, attribute: AttributeDefinition, label: string, { note }: Dialect): unknown {
  return readCustom(Array.isArray(value) ? value[0] : value, { ...attribute, multiValued: false }, label, note);
}

function hasValue(set: unknown): boolean {
  return isObject(set) && Object.values(set).some((member) => member !== null);
}

/** Just the listed values (RFC 7644 §3.5.2.2): plain ones as they are, elements by all that is said of them. */
function withoutListed({ urn, attribute, label }: CustomTarget, value: unknown, { note }: Dialect): UserChange[] {
  const listed = readCustom(value, attribute, label, note);
  if (!Array.isArray(listed) || listed.length === 0) return [];
  if (attribute.type !== 'complex')
    return [{ setExtension: { urn, values: { [attribute.name]: listed }, remove: true } }];
  const where = { or: listed.map((element: object) => toSameElement(element, attribute)) };
  return [{ removeExtensionValues: { urn, attribute: attribute.name, where } }];
}

function toSameElement(element: object, attribute: AttributeDefinition): CustomElementFilter {
  const terms = Object.entries(element).flatMap(([name, member]) =>
    member === null ? [] : [{ member: { name, [termsOf(subNamed(attribute, name)?.type)]: { eq: member } } }],
  );
  return { and: terms };
}

function termsOf(type: AttributeDefinition['type'] | undefined): 'boolean' | 'number' | 'dateTime' | 'string' {
  switch (type) {
    case 'boolean':
    case 'dateTime':
      return type;
    case 'integer':
    case 'decimal':
      return 'number';
    default:
      return 'string';
  }
}
