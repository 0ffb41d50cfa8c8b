import { attrPathText, splitAttrPath } from '#gateway/scim/attr-path.js';
import { invalidPath, invalidValue, mutability, ScimError } from '#gateway/scim/error.js';
import type { FilterNode } from '#gateway/scim/filter.js';
import { isObject } from '#gateway/scim/json-object.js';
import { type PatchOp, parsePatch } from '#gateway/scim/patch.js';
import { type PatchPath, parsePath } from '#gateway/scim/path.js';
import { ENTERPRISE_URN, urnsOf } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';
import { toCustomChanges } from '#gateway/translate/custom-changes.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isMadeOfEq, toElementFilter } from '#gateway/translate/element-filter.js';
import { noteFilterHabits } from '#gateway/translate/filter-habits.js';
import { isUnassigned } from '#gateway/translate/read-value.js';
import { assignMember, readElement, readElements } from '#gateway/translate/user-elements.js';
import { assignSingle, isSingle, type SingleTarget } from '#gateway/translate/user-fields.js';
import {
  aliasOf,
  findNamesakes,
  findUserTarget,
  isByAlias,
  lacksUrn,
  type UserTarget,
} from '#gateway/translate/user-target.js';
import type { AnyValueInput, AttributeValueFilter, ChangeUserInput, UserChange } from '#schema/generated/gateway.js';

type Op = PatchOp['op'];
type ListTarget = Extract<UserTarget, { kind: 'list' }>;

/**
 * The operations of a PATCH as the ordered changes of the core (RFC 7644 §3.5.2), with the tolerances that
 * idp-behaviour §2.5 to §2.7 list. An operation without a path counts as one operation per member of its value.
 *
 * @returns changes in the order of the operations; none when all that was named is unknown or read-only.
 * @throws invalidPath | invalidValue | invalidFilter | mutability (a path to what only this service writes)
 */
export function toUserChanges(ops: readonly PatchOp[], dialect: Dialect): UserChange[] {
  const writer = new ChangeWriter(dialect);
  for (const { op, path, value } of ops) {
    if (path) writer.write(op, path, value, true);
    else writer.writeMembers(op, value as object, null); // parsePatch lets only objects through
  }
  return writer.changes;
}

/** The body of a PATCH. Throws like `parsePatch` and `toUserChanges`. */
export function toChangeUserInput(
  id: string,
  body: unknown,
  dialect: Dialect,
  expectedVersion: number | null,
): ChangeUserInput {
  const changes = toUserChanges(parsePatch(body, dialect.schema, dialect.note), dialect);
  return { id, changes, expectedVersion, profileVersion: dialect.profileVersion };
}

class ChangeWriter {
  readonly changes: UserChange[] = [];
  readonly #dialect: Dialect;
  readonly #urns: string[];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#urns = urnsOf(dialect.schema);
  }

  /** Each key is a path: Entra writes `name.givenName` and `urn:…:User:department` there. */
  writeMembers(op: Op, members: object, urn: string | null): void {
    for (const [key, value] of Object.entries(members)) {
      const path = this.#pathOf(key);
      if (path) this.#noteKey(key, path);
      if (path) this.write(op, urn === null ? path : qualify(path, urn), value, false);
      else this.#skip(key);
    }
  }

  /** @param isNamed whether the caller wrote the path itself; members of a value that are read-only are passed over. */
  write(op: Op, path: PatchPath, value: unknown, isNamed: boolean): void {
    const targets = this.#targetsOf(op, path, value);
    if (targets.length === 0) this.#skip(attrPathText(path.attr));
    for (const target of targets) this.#writeTarget(op, target, path, value, isNamed);
  }

  #targetsOf(op: Op, { attr, filter }: PatchPath, value: unknown): UserTarget[] {
    if (op === 'remove' && !filter) return findNamesakes(this.#dialect, attr);
    const takesObject = filter !== null || (typeof value === 'object' && value !== null);
    const target = findUserTarget(this.#dialect, attr, takesObject);
    return target ? [target] : [];
  }

  #writeTarget(op: Op, target: UserTarget, path: PatchPath, value: unknown, isNamed: boolean): void {
    if (isReadOnly(target)) {
      if (isNamed) throw mutability(`${target.label} is read-only.`);
      this.#dialect.note('READ_ONLY_ATTRIBUTE', target.label);
      return;
    }
    // Entra fills bodies with nulls, and an empty flag of a template must not decide who may sign in.
    if (!isNamed && target.kind === 'active' && isUnassigned(value, target.label, this.#dialect.note)) {
      if (value !== '') this.#dialect.note('NULL_PASSED_OVER', target.label);
      return;
    }

    if (isByAlias(this.#dialect, path.attr, target)) this.#dialect.note('ALIAS', attrPathText(path.attr));
    if (lacksUrn(this.#dialect, path.attr, target)) this.#dialect.note('NO_URN', attrPathText(path.attr));
    if (target.label === 'password') this.#dialect.note('PASSWORD_DROPPED', target.label);
    if (isSingle(target)) this.#writeSingle(op, target, path.filter, value);
    else if (target.kind === 'list') this.#writeList(op, target, path, value);
    else if (target.kind === 'custom') this.changes.push(...toCustomChanges(op, target, path, value, this.#dialect));
    else if (target.kind === 'schema') this.#writeSchema(op, target.urn, value);
  }

  #pathOf(key: string): PatchPath | null {
    if (key.includes('[')) return readPath(key, this.#dialect);
    const attr = splitAttrPath(key, 1, this.#urns);
    return attr && { attr, filter: null, sub: null };
  }

  #skip(name: string): void {
    this.#dialect.note('UNKNOWN_ATTRIBUTE', name);
  }

  #noteKey(key: string, { attr, filter }: PatchPath): void {
    if (attr.urn !== null && attr.name !== '') this.#dialect.note('URN_IN_KEY', key);
    else if (attr.sub !== null || filter) this.#dialect.note('KEY_AS_PATH', key);
  }

  /** Entra removes a manager by `manager[value eq "u-9"]`: of what has one value, the filter says nothing more. */
  #writeSingle(op: Op, target: SingleTarget, filter: FilterNode | null, value: unknown): void {
    if (filter && target.kind !== 'manager') throw invalidPath(`${target.label} takes no value filter.`);
    if (filter) this.#dialect.note('FILTER_ON_ONE_VALUE', target.label);
    if (op === 'remove') this.#unset(target);
    else this.#set(target, value);
  }

  /** Neighbouring sets become one change. */
  #set(target: SingleTarget, value: unknown): void {
    const last = this.changes.at(-1);
    if (last?.set) {
      assignSingle(last.set, target, value, this.#dialect);
      return;
    }
    const set = {};
    assignSingle(set, target, value, this.#dialect);
    this.changes.push({ set });
  }

  #unset(target: SingleTarget): void {
    if (target.label === 'userName' || target.label === 'active') {
      throw mutability(`${target.label} cannot be removed.`);
    }
    this.changes.push({ unset: [fieldName(target)] });
  }

  #writeList(op: Op, target: ListTarget, path: PatchPath, value: unknown): void {
    const { attribute } = target.list;
    if (path.filter) {
      const sub = path.sub === null ? null : findSub(target, path.sub);
      if (sub && path.sub?.toLowerCase() !== sub.name.toLowerCase())
        this.#dialect.note('DISPLAY_NAME', `${target.label}.${path.sub}`);
      if (sub !== undefined) this.#writeMatching(op, target, path.filter, sub, value);
      else this.#skip(`${target.label}.${path.sub}`);
    } else if (target.sub) {
      this.#writeEach(op, target, value);
    } else if (op === 'remove') {
      this.#removeListed(target, value);
    } else if (typeof value === 'string' && aliasOf(this.#dialect, path.attr)) {
      this.#writeAliased(target, value);
    } else if (op === 'add') {
      // One element can be added without a list around it (RFC 7644 §3.5.2.1).
      const values = readElements(isObject(value) ? [value] : value, target.list, this.#dialect);
      if (values.length > 0) this.changes.push({ addValues: { attribute, values } });
    } else {
      const values = readElements(value, target.list, this.#dialect);
      this.changes.push({ replaceValues: { attribute, values } });
    }
  }

  /** `emails[type eq "work"].value`: Entra expects the element to come into being when there is none. */
  #writeMatching(op: Op, { list }: ListTarget, filter: FilterNode, sub: ListTarget['sub'], value: unknown): void {
    const { attribute } = list;
    const where = toElementFilter(filter, list);
    noteFilterHabits(filter, this.#dialect.schema, this.#dialect, {
      urn: null,
      name: list.definition.name,
      sub: null,
      at: 1,
    });
    if (op === 'remove' && !sub) {
      this.changes.push({ removeValues: { attribute, where } });
      return;
    }
    const set: AnyValueInput = {};
    if (sub)
      assignMember(set, sub, op === 'remove' ? null : value, `${list.definition.name}.${sub.name}`, this.#dialect.note);
    else Object.assign(set, readElement(Array.isArray(value) ? value[0] : value, list, this.#dialect));

    // Without its value an element says nothing, and an empty one must not come into being.
    if (set.value === null) this.changes.push({ removeValues: { attribute, where } });
    else if (Object.keys(set).length > 0) {
      const creates =
        this.#dialect.createsOnMiss &&
        op !== 'remove' &&
        isMadeOfEq(filter) &&
        Object.values(set).some((member) => member !== null);
      this.changes.push({ updateValues: { attribute, where, set, ifNone: creates ? 'CREATE' : 'FAIL' } });
    }
  }

  /** `emails.type` without a filter is the sub-attribute of each element (RFC 7644 §3.5.2.3). */
  #writeEach(op: Op, { list, sub, label }: ListTarget, value: unknown): void {
    const { attribute } = list;
    const set: AnyValueInput = {};
    if (sub) assignMember(set, sub, op === 'remove' ? null : value, label, this.#dialect.note);
    if (set.value === null) this.changes.push({ removeValues: { attribute } });
    else {
      const ifNone = op !== 'remove' && typeof set.value === 'string' ? 'CREATE' : 'FAIL';
      this.changes.push({ updateValues: { attribute, where: {}, set, ifNone } });
    }
  }

  /** With a value, just the elements it lists; without one, all (RFC 7644 §3.5.2.2). */
  #removeListed({ list }: ListTarget, value: unknown): void {
    const { attribute } = list;
    if (value === undefined) {
      this.changes.push({ removeValues: { attribute } });
      return;
    }
    const listed = readElements(isObject(value) ? [value] : value, list, this.#dialect).map(toSameElement);
    if (listed.length > 0) this.changes.push({ removeValues: { attribute, where: { or: listed } } });
  }

  /** A plain string for a list: the work e-mail address, the primary one; of other lists the only element. */
  #writeAliased({ list }: ListTarget, value: string): void {
    const { attribute } = list;
    const element = readElement(value, list, this.#dialect);
    if (attribute !== 'EMAILS') {
      this.changes.push({ replaceValues: { attribute, values: element.value == null ? [] : [element] } });
      return;
    }
    const where: AttributeValueFilter = { type: { eq: 'work' } };
    if (element.value == null) this.changes.push({ removeValues: { attribute, where } });
    else {
      const set: AnyValueInput = { ...element, primary: true };
      this.changes.push({ updateValues: { attribute, where, set, ifNone: 'CREATE' } });
    }
  }

  #writeSchema(op: Op, urn: string, value: unknown): void {
    if (op === 'remove') {
      if (urn === this.#dialect.schema.core.id) throw mutability(`${urn} cannot be removed.`);
      this.changes.push(urn === ENTERPRISE_URN ? { unset: ['enterprise'] } : { unsetExtension: { urn } });
      return;
    }
    if (isUnassigned(value, urn, this.#dialect.note)) return;
    if (!isObject(value)) throw invalidValue(`${urn} must be an object.`);
    if (urn === this.#dialect.schema.core.id) this.#dialect.note('CORE_URN_AS_KEY', urn);
    this.writeMembers(op, value, urn);
  }
}

/** A key that no path grammar knows is an unknown attribute. */
function readPath(key: string, { schema, note }: Dialect): PatchPath | null {
  const met: Parameters<Note>[] = [];
  let path: PatchPath;
  try {
    path = parsePath(key, schema, (...habit) => met.push(habit));
  } catch (error) {
    if (error instanceof ScimError) return null;
    throw error;
  }
  for (const habit of met) note(...habit);
  return path;
}

function qualify(path: PatchPath, urn: string): PatchPath {
  return { ...path, attr: { ...path.attr, urn: path.attr.urn ?? urn } };
}

function isReadOnly(target: UserTarget): boolean {
  switch (target.kind) {
    case 'id':
    case 'meta':
    case 'groups':
      return true;
    case 'custom':
      return [target.attribute, target.sub].some((each) => each?.mutability === 'readOnly');
    default:
      return false;
  }
}

/** The dotted name under which the core unsets it. */
function fieldName(target: SingleTarget): string {
  switch (target.kind) {
    case 'name':
      return target.member ? `name.${target.member}` : 'name';
    case 'enterprise':
      return `enterprise.${target.field}`;
    case 'manager':
      return target.member && target.member !== 'value' ? `enterprise.manager.${target.member}` : 'enterprise.manager';
    default:
      return target.label;
  }
}

/** Undefined when there is no such sub-attribute. Microsoft's own test set writes `displayName` where `display` is meant. */
function findSub({ list }: ListTarget, name: string): NonNullable<ListTarget['sub']> | undefined {
  const lower = name.toLowerCase() === 'displayname' ? 'display' : name.toLowerCase();
  return list.definition.subAttributes?.find((each) => each.name.toLowerCase() === lower);
}

/** Matches the element by its value, and by its type when one is given; without a value by all that is said of it. */
function toSameElement(element: AnyValueInput): AttributeValueFilter {
  const { value, type } = element;
  const compared = value == null ? element : { value, type };
  return {
    and: Object.entries(compared).flatMap(([name, member]) => (member == null ? [] : [{ [name]: { eq: member } }])),
  };
}
