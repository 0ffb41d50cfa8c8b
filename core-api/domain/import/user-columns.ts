import type { TextAttribute } from '../user/attributes.js';
import { type ElementMember, LIST_ATTRIBUTES, type ListAttribute, TEXT_ATTRIBUTES } from '../user/attributes.js';

/** One element of a list, as columns name it. */
export interface ElementPlace {
  list: ListAttribute;
  /** In lower case; null: elements without a type. */
  type: string | null;
  /** Which one of this type, counted from 1. */
  nth: number;
}

/**
 * What a column of users says. `key` is the same for two names of one column.
 *
 * `id`, `active`, the dotted names of the API; `emails.work`, of which the second is `emails.work#2`, and one without a type `emails.*`; members of an
 * element behind that, `emails.work.primary`, `addresses.home.locality`; and `urn:…:name` for an attribute of an extension.
 */
export type UserColumn = { key: string } & (
  | { kind: 'id' }
  | { kind: 'active' }
  | { kind: 'text'; attribute: TextAttribute }
  /** `spelled` is the type as the column spells it. */
  | { kind: 'element'; place: ElementPlace; spelled: string | null; member: ElementMember }
  | { kind: 'extension'; urn: string; name: string }
);

const UNTYPED = '*';
const ELEMENT = /^([a-z0-9]+)\.([^.#]+)(?:#([1-9]\d{0,2}))?(?:\.([a-z]+))?$/i;

/** Null: there is no such column. Names ignore case, but for the names of an extension's attributes. */
export function userColumn(name: string): UserColumn | null {
  const lower = name.toLowerCase();
  if (lower === 'id' || lower === 'active') return { key: lower, kind: lower };
  if (lower.startsWith('urn:')) return extensionColumn(name);
  const attribute = TEXT_ATTRIBUTES.find(({ field }) => field.toLowerCase() === lower);
  if (attribute) return { key: lower, kind: 'text', attribute };
  const [, field = '', encoded = '', nth = '1', said = 'value'] = ELEMENT.exec(name) ?? [];
  const list = LIST_ATTRIBUTES.find((each) => each.field.toLowerCase() === field.toLowerCase());
  const member = list && membersOf(list).find((each) => each.toLowerCase() === said.toLowerCase());
  const spelled = encoded === UNTYPED ? null : decoded(encoded);
  if (!list || !member || spelled === '') return null;
  const place = { list, type: spelled?.toLowerCase() ?? null, nth: Number(nth) };
  return { key: elementColumn(place, member), kind: 'element', place, spelled, member };
}

/** What other programs call a column, in small letters and digits alone. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  login: 'userName',
  loginname: 'userName',
  user: 'userName',
  firstname: 'name.givenName',
  lastname: 'name.familyName',
  surname: 'name.familyName',
  fullname: 'displayName',
  jobtitle: 'title',
  enabled: 'active',
  status: 'active',
  manager: 'enterprise.manager.value',
  mail: 'emails.work',
  phone: 'phoneNumbers.work',
  telephone: 'phoneNumbers.work',
  mobile: 'phoneNumbers.mobile',
};

/** Which column may be meant by a name that is none; null: no idea. */
export function columnHint(name: string): string | null {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const isCalledSo = (field: string) =>
    [field.replaceAll('.', ''), field.slice(field.lastIndexOf('.') + 1)].some((each) => each.toLowerCase() === plain);
  const list = LIST_ATTRIBUTES.find(({ field }) => [field, field.replace(/(?<=ss)es$|s$/, '')].some(isCalledSo));
  const meant =
    ELSEWHERE[plain] ??
    TEXT_ATTRIBUTES.find(({ field }) => isCalledSo(field))?.field ??
    (list && elementColumn({ list, type: 'work', nth: 1 }, list.members.has('value') ? 'value' : 'formatted'));
  return meant === undefined ? null : `For ${JSON.stringify(name.slice(0, 100))} write ${meant}.`;
}

/** The members that an element can have, in the order of their columns. */
export function membersOf({ members }: ListAttribute): ElementMember[] {
  return [...members.keys(), 'primary'];
}

export function elementColumn({ list, type, nth }: ElementPlace, member: ElementMember): string {
  const which = `${list.field}.${type === null ? UNTYPED : encodedType(type)}${nth > 1 ? `#${nth}` : ''}`;
  return member === 'value' ? which : `${which}.${member}`;
}

export function extensionColumnName(urn: string, name: string): string {
  return `${urn}:${name
    .replaceAll('%', '%25')
    .replaceAll(':', '%3A')
    .replaceAll(/^\s|\s$/g, encodeURIComponent)}`;
}

function extensionColumn(text: string): UserColumn | null {
  const colon = text.lastIndexOf(':');
  const urn = text.slice(0, colon);
  const name = decoded(text.slice(colon + 1));
  return name === '' ? null : { key: `${urn.toLowerCase()}:${name.toLowerCase()}`, kind: 'extension', urn, name };
}

function encodedType(type: string): string {
  return type
    .replaceAll(/[%\s]/g, encodeURIComponent)
    .replaceAll('.', '%2E')
    .replaceAll('#', '%23')
    .replaceAll('*', '%2A');
}

/** '' for what is not encoded so. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
