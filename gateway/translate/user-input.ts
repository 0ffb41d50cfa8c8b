import { type AttrPath, splitAttrPath } from '#gateway/scim/attr-path.js';
import { noteSchemas } from '#gateway/scim/body-schemas.js';
import { invalidSyntax, invalidValue } from '#gateway/scim/error.js';
import { isObject } from '#gateway/scim/json-object.js';
import { ENTERPRISE_URN, urnsOf } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isUnassigned, readBoolean, readCustom } from '#gateway/translate/read-value.js';
import { assignMember, readElement, readElements } from '#gateway/translate/user-elements.js';
import { assignSingle, isSingle } from '#gateway/translate/user-fields.js';
import { aliasOf, findUserTarget, isByAlias, lacksUrn, type UserTarget } from '#gateway/translate/user-target.js';
import type { AnyValueInput, CreateUserInput, ReplaceUserInput, UserFieldsInput } from '#schema/generated/gateway.js';

/**
 * The body of a POST. Read-only and undeclared members are left out.
 *
 * @throws invalidValue (userName missing, wrong types) | invalidSyntax | what a strict directory refuses
 */
export function toCreateUserInput(body: unknown, dialect: Dialect): CreateUserInput {
  return { ...toFields(body, dialect, false), profileVersion: dialect.profileVersion };
}

/**
 * The body of a PUT. What it clears by leaving something out is the core's rule; "" clears here. Okta sends our own answer back with its values in
 * it, so that what came by an alias is newer than what stands beside it under the standard name.
 */
export function toReplaceUserInput(
  id: string,
  body: unknown,
  dialect: Dialect,
  expectedVersion: number | null,
): ReplaceUserInput {
  return { id, ...toFields(body, dialect, true), expectedVersion, profileVersion: dialect.profileVersion };
}

type Fields = UserFieldsInput & { userName: string };
type ListTarget = Extract<UserTarget, { kind: 'list' }>;

function toFields(body: unknown, dialect: Dialect, aliasesWin: boolean): Fields {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  noteSchemas(body, urnsOf(dialect.schema), dialect.note);
  const reader = new BodyReader(whereReadOnlyIsFine(dialect), aliasesWin);
  reader.readMembers(body, null);
  const fields = reader.finish();
  if (fields.userName == null) throw invalidValue('userName is required.');
  return { ...fields, userName: fields.userName };
}

/** A POST and a PUT may carry what is read-only (RFC 7644 §3.3, §3.5.1), an operation of a PATCH may not: in a body it is no habit. */
function whereReadOnlyIsFine(dialect: Dialect): Dialect {
  const note: Note = (tolerance, ...met) => {
    if (tolerance !== 'READ_ONLY_ATTRIBUTE') dialect.note(tolerance, ...met);
  };
  return { ...dialect, note };
}

class BodyReader {
  readonly #dialect: Dialect;
  readonly #urns: string[];
  readonly #fields: UserFieldsInput = {};
  readonly #extensions = new Map<string, Record<string, unknown>>();
  /** Plain values for a list, as aliases bring them. */
  readonly #elements: { target: ListTarget; value: unknown }[] = [];
  /** What came by an alias and is to win. */
  readonly #winners: { target: UserTarget; value: unknown }[] = [];
  readonly #aliasesWin: boolean;

  constructor(dialect: Dialect, aliasesWin: boolean) {
    this.#dialect = dialect;
    this.#aliasesWin = aliasesWin;
    this.#urns = urnsOf(dialect.schema);
  }

  /** @param urn the schema whose object this is; null at the top. */
  readMembers(body: object, urn: string | null): void {
    for (const [key, value] of Object.entries(body)) {
      const path = splitAttrPath(key, 1, this.#urns);
      const qualified = path && { ...path, urn: path.urn ?? urn };
      const target = qualified && findUserTarget(this.#dialect, qualified, typeof value === 'object' && value !== null);
      if (target) this.#noteHabits(key, path, target);
      if (target && lacksUrn(this.#dialect, qualified, target)) this.#dialect.note('NO_URN', key);
      if (target && this.#aliasesWin && typeof value !== 'object' && aliasOf(this.#dialect, qualified))
        this.#winners.push({ target, value });
      else if (target) this.#assign(target, value);
      else this.#dialect.note('UNKNOWN_ATTRIBUTE', key);
    }
  }

  #noteHabits(key: string, path: AttrPath, target: UserTarget): void {
    const { note } = this.#dialect;
    if (path.urn !== null && path.name !== '') note('URN_IN_KEY', key);
    else if (path.sub !== null) note('KEY_AS_PATH', key);
    if (isByAlias(this.#dialect, path, target)) note('ALIAS', key);
    if (target.label === 'password') note('PASSWORD_DROPPED', key);
  }

  finish(): UserFieldsInput {
    for (const { target, value } of this.#winners) this.#assign(target, value);
    for (const { target, value } of this.#elements) this.#fillIn(target, value);
    const extensions = [...this.#extensions].map(([urn, values]) => ({ urn, values }));
    return extensions.length > 0 ? { ...this.#fields, extensions } : this.#fields;
  }

  #assign(target: UserTarget, value: unknown): void {
    // Null is "not there" in a body (Entra fills it with nulls); "" is an emptied attribute.
    if (value === null) return;
    if (target.kind === 'active') {
      const active = readBoolean(value, target.label, this.#dialect.note);
      if (active !== null) this.#fields.active = active;
      return;
    }
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
    if (isUnassigned(value, urn, this.#dialect.note)) return;
    if (!isObject(value)) throw invalidValue(`${urn} must be an object.`);
    if (urn === this.#dialect.schema.core.id) this.#dialect.note('CORE_URN_AS_KEY', urn);
    if (urn === ENTERPRISE_URN) this.#fields.enterprise ??= {};
    else if (urn !== this.#dialect.schema.core.id) this.#valuesOf(urn);
    this.readMembers(value, urn);
  }

  #assignCustom({ urn, attribute, sub, label }: Extract<UserTarget, { kind: 'custom' }>, value: unknown): void {
    if (attribute.mutability === 'readOnly') return;
    const values = this.#valuesOf(urn);
    const read = readCustom(sub ? { [sub.name]: value } : value, attribute, label, this.#dialect.note);
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

  #assignList(target: ListTarget, value: unknown): void {
    const { list, sub, label } = target;
    if (sub) {
      const element: AnyValueInput = {};
      assignMember(element, sub, value, label, this.#dialect.note);
      this.#fields[list.field] = readElements([element], list, this.#dialect);
    } else if (typeof value === 'string') {
      this.#elements.push({ target, value });
    } else {
      this.#fields[list.field] = readElements(value, list, this.#dialect);
    }
  }

  /** A plain string for a list: the work element, the primary one. If the body has its own, that stays, or gets the value where aliases win. */
  #fillIn({ list }: ListTarget, value: unknown): void {
    const given = this.#fields[list.field] ?? [];
    const isWork = ({ type, primary }: AnyValueInput) =>
      list.field !== 'emails' || type?.toLowerCase() === 'work' || primary;
    const own = given.find(isWork);
    const element = readElement(value, list, this.#dialect);
    if (own && this.#aliasesWin)
      this.#fields[list.field] = given.flatMap((each) =>
        each !== own ? each : element.value == null ? [] : { ...own, value: element.value },
      );
    else if (!own && element.value != null)
      this.#fields[list.field] = [
        ...given,
        list.field === 'emails' ? { ...element, type: 'work', primary: true } : element,
      ];
  }
}
