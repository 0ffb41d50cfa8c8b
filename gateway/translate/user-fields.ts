import { invalidValue } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { Note } from '#gateway/scim/tolerances.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { isUnassigned, readBoolean, readText, unwrap } from '#gateway/translate/read-value.js';
import type { UserTarget } from '#gateway/translate/user-target.js';
import type { ManagerInput, NameInput, UserFieldsInput } from '#schema/generated/gateway.js';

/** Targets that hold one value, or one object. */
export type SingleTarget = Extract<UserTarget, { kind: 'text' | 'active' | 'name' | 'enterprise' | 'manager' }>;

export function isSingle(target: UserTarget): target is SingleTarget {
  switch (target.kind) {
    case 'text':
    case 'active':
    case 'name':
    case 'enterprise':
    case 'manager':
      return true;
    default:
      return false;
  }
}

/**
 * Puts one value into `fields`, beside what is there; null and "" become null, which clears.
 *
 * @throws invalidValue for the wrong type, and for clearing what every user has.
 */
export function assignSingle(fields: UserFieldsInput, target: SingleTarget, value: unknown, dialect: Dialect): void {
  const { note } = dialect;
  switch (target.kind) {
    case 'text':
      fields[target.field] = readText(value, target.label, note);
      if (target.field === 'userName' && fields.userName === null) throw invalidValue('userName must not be empty.');
      return;
    case 'active':
      fields.active = readBoolean(value, target.label, note);
      if (fields.active === null) throw invalidValue('active must be true or false.');
      return;
    case 'enterprise':
      fields.enterprise = { ...fields.enterprise, [target.field]: readText(value, target.label, note) };
      return;
    case 'name':
      assignName(fields, target.member, value, dialect);
      return;
    case 'manager':
      fields.enterprise = {
        ...fields.enterprise,
        manager: readManager(target.member, value, fields.enterprise?.manager, note),
      };
  }
}

const NAME_MEMBERS: readonly (keyof NameInput)[] = [
  'formatted',
  'familyName',
  'givenName',
  'middleName',
  'honorificPrefix',
  'honorificSuffix',
];

function assignName(fields: UserFieldsInput, member: keyof NameInput | null, value: unknown, { note }: Dialect): void {
  if (member) {
    fields.name = { ...fields.name, [member]: readText(value, `name.${member}`, note) };
    return;
  }
  const plain = unwrap(value, 'name', note);
  if (isUnassigned(plain, 'name', note)) {
    fields.name = null;
    return;
  }
  if (!isObject(plain)) throw invalidValue('name must be an object.');
  const name: NameInput = { ...fields.name };
  for (const [key, part] of Object.entries(plain)) {
    const known = NAME_MEMBERS.find((each) => each.toLowerCase() === key.toLowerCase());
    if (known) name[known] = readText(part, `name.${known}`, note);
    else note('UNKNOWN_ATTRIBUTE', `name.${key}`);
  }
  fields.name = name;
}

/**
 * Entra sends the manager as a bare id, as an object, or as an object in a list, and "" or `{ "value": "" }` to
 * unassign (idp-behaviour §2.6). Null: no manager.
 */
function readManager(
  member: 'value' | 'ref' | 'displayName' | null,
  value: unknown,
  before: ManagerInput | null | undefined,
  note: Note,
): ManagerInput | null {
  if (member && member !== 'value') return { ...before, [member]: readText(value, `manager.${member}`, note) };

  if (Array.isArray(value) && value.length === 0) {
    note('VALUE_IN_LIST', 'manager');
    return null;
  }
  const plain = unwrap(value, 'manager', note);
  if (!isObject(plain)) {
    const id = readText(plain, 'manager', note);
    if (id === null) return null;
    if (member === null) note('PLAIN_MANAGER', 'manager', id);
    return { ...before, value: id };
  }
  const id = readText(memberOf(plain, 'value'), 'manager.value', note);
  const ref = readText(memberOf(plain, '$ref'), 'manager.$ref', note);
  const displayName = readText(
    memberOf(plain, 'displayName') ?? memberOf(plain, 'display'),
    'manager.displayName',
    note,
  );
  const from = id ?? idIn(ref);
  return from === null
    ? null
    : { value: from, ...(ref !== null && { ref }), ...(displayName !== null && { displayName }) };
}

/** The id at the end of an address: `…/Users/u-9`. */
export function idIn(ref: string | null): string | null {
  return ref?.split('/').at(-1) || null;
}
