import { splitAttrPath } from '#gateway/scim/attr-path.js';
import { excerpt, invalidPath, invalidSyntax, invalidValue } from '#gateway/scim/error.js';
import { isObject } from '#gateway/scim/json-object.js';
import { ENTERPRISE_URN, urnsOf } from '#gateway/scim/schemas.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { readBoolean, readCustom } from '#gateway/translate/read-value.js';
import { assignMember, readElement, readElements } from '#gateway/translate/user-elements.js';
import { assignSingle, isSingle } from '#gateway/translate/user-fields.js';
import { findUserTarget, type UserTarget } from '#gateway/translate/user-target.js';
import type { AnyValueInput, CreateUserInput, ReplaceUserInput, UserFieldsInput } from '#schema/generated/gateway.js';

/**
 * The body of a POST. Read-only and undeclared members are left out, unless the profile is strict.
 *
 * @throws invalidValue (userName missing, wrong types) | invalidSyntax | invalidPath (strict)
 */
export function toCreateUserInput(body: unknown, dialect: Dialect): CreateUserInput {
  return { ...toFields(body, dialect), profileVersion: dialect.profileVersion };
}

/** The body of a PUT. What it clears by leaving something out is the core's rule; "" clears here. */
export function toReplaceUserInput(
  id: string,
  body: unknown,
  dialect: Dialect,
  expectedVersion: number | null,
): ReplaceUserInput {
  return { id, ...toFields(body, dialect), expectedVersion, profileVersion: dialect.profileVersion };
}

type Fields = UserFieldsInput & { userName: string };

function toFields(body: unknown, dialect: Dialect): Fields {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const reader = new BodyReader(dialect);
  reader.readMembers(body, null);
  const fields = reader.finish();
  if (fields.userName == null) throw invalidValue('userName is required.');
  return { ...fields, userName: fields.userName };
}

class BodyReader {
  readonly #dialect: Dialect;
  readonly #urns: string[];
  readonly #fields: UserFieldsInput = {};
  readonly #extensions = new Map<string, Record<string, unknown>>();
  /** Values that came by an alias to a list: they stand in for an element that is not there. */
  readonly #aliased: { target: Extract<UserTarget, { kind: 'list' }>; value: unknown }[] = [];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#urns = urnsOf(dialect.schema);
  }

  /** @param urn the schema whose object this is; null at the top. */
  readMembers(body: object, urn: string | null): void {
    for (const [key, value] of Object.entries(body)) {
      const path = splitAttrPath(key, 1, this.#urns);
      const qualified = path && { ...path, urn: path.urn ?? urn };
      const target = qualified && findUserTarget(this.#dialect, qualified, typeof value === 'object' && value !== null);
      if (target) this.#assign(target, value);
      else if (this.#dialect.strict) throw invalidPath(`There is no attribute ${excerpt(key)}.`);
    }
  }

  finish(): UserFieldsInput {
    for (const { target, value } of this.#aliased) this.#fillIn(target, value);
    const extensions = [...this.#extensions].map(([urn, values]) => ({ urn, values }));
    return extensions.length > 0 ? { ...this.#fields, extensions } : this.#fields;
  }

  #assign(target: UserTarget, value: unknown): void {
    // Null is "not there" in a body (Entra fills it with nulls); "" is an emptied attribute.
    if (value === null) return;
    if (target.kind === 'active' && readBoolean(value, target.label) === null) return;
    if (isSingle(target)) {
      assignSingle(this.#fields, target, value, this.#dialect);
      return;
    }
    switch (target.kind) {
      case 'schema':
        this.#assignSchema(target.urn, value);
        return;
      case 'custom':
        this.#assignCustom(target, value);
        return;
      case 'list':
        this.#assignList(target, value);
        return;
      default:
        return;
    }
  }

  #assignSchema(urn: string, value: unknown): void {
    if (value === '') return;
    if (!isObject(value)) throw invalidValue(`${urn} must be an object.`);
    if (urn === ENTERPRISE_URN) this.#fields.enterprise ??= {};
    else if (urn !== this.#dialect.schema.core.id) this.#valuesOf(urn);
    this.readMembers(value, urn);
  }

  #assignCustom({ urn, attribute, sub, label }: Extract<UserTarget, { kind: 'custom' }>, value: unknown): void {
    if (attribute.mutability === 'readOnly') return;
    const values = this.#valuesOf(urn);
    const read = readCustom(sub ? { [sub.name]: value } : value, attribute, label);
    const before = values[attribute.name];
    values[attribute.name] = sub && isObject(before) && isObject(read) ? { ...before, ...read } : read;
  }

  #valuesOf(urn: string): Record<string, unknown> {
    let values = this.#extensions.get(urn);
    if (!values) {
      values = {};
      this.#extensions.set(urn, values);
    }
    return values;
  }

  #assignList(target: Extract<UserTarget, { kind: 'list' }>, value: unknown): void {
    const { list, sub, label } = target;
    if (sub) {
      const element: AnyValueInput = {};
      assignMember(element, sub, value, label);
      this.#fields[list.field] = readElements(element, list, this.#dialect);
    } else if (typeof value === 'string') {
      this.#aliased.push({ target, value });
    } else {
      this.#fields[list.field] = readElements(value, list, this.#dialect);
    }
  }

  /** A plain string for a list: the work element, the primary one, unless the body has its own. */
  #fillIn({ list }: Extract<UserTarget, { kind: 'list' }>, value: unknown): void {
    const given = this.#fields[list.field] ?? [];
    const hasSubs = list.field === 'emails';
    const taken = hasSubs
      ? given.some(({ type, primary }) => type?.toLowerCase() === 'work' || primary)
      : given.length > 0;
    const element = readElement(value, list, this.#dialect);
    if (taken || element.value == null) return;
    this.#fields[list.field] = [...given, hasSubs ? { ...element, type: 'work', primary: true } : element];
  }
}
