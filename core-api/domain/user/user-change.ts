import type { DirectoryProfile } from '#schema/profile.js';
import { DomainError, invalidValue, unsupportedFilter } from '../errors.js';
import type { BooleanFilter, StringFilter } from '../paging.js';
import { checkFoldedSize, checkText } from '../text.js';
import {
  LIST_ATTRIBUTES,
  type ListAttribute,
  listAttribute,
  readText,
  TEXT_ATTRIBUTES,
  type TextAttribute,
  textAttributesUnder,
} from './attributes.js';
import { isCaseExact } from './case-exact.js';
import { removeElements, updateElements } from './extension-elements.js';
import { checkSize, removeFromExtension, setExtension, unsetExtension } from './extensions.js';
import type { AnyValueInput, Extensions, UserChange, UserFields, UserRow, ValueFilter } from './user-types.js';
import { DEEPEST, matchesElement } from './value-filter.js';
import { checkCount, type Element, finishElements, toElement, withMembers, withOnePrimary } from './values.js';

/**
 * Applies changes in order to one user (RFC 7644 §3.5.2), without touching the row that is handed in. Changes of one request build on each other:
 * several that create the same missing element fill one.
 *
 * @param profile says which attributes of extensions mind case; without one, none does.
 * @param onMiss hears of each change, by its index, whose filter matched nothing, so that an element was made.
 * @throws INVALID_VALUE | NO_TARGET (an update's filter matched nothing) | UNSUPPORTED_FILTER
 */
export function applyUserChanges(
  row: UserRow,
  changes: readonly UserChange[],
  profile: DirectoryProfile | null = null,
  onMiss: (index: number) => void = () => undefined,
): UserRow {
  const draft = { ...row };
  for (const [index, change] of changes.entries()) applyChange(draft, change, profile, () => onMiss(index));
  for (const list of LIST_ATTRIBUTES)
    if (draft[list.field] !== row[list.field]) draft[list.field] = finishElements(list, draft[list.field]);
  if (draft.extensions !== row.extensions) checkSize(draft.extensions);
  return draft;
}

function applyChange(draft: UserRow, change: UserChange, profile: DirectoryProfile | null, onMiss: () => void): void {
  if (change.set != null) setFields(draft, change.set);
  else if (change.unset != null) for (const name of change.unset) unset(draft, name);
  else if (change.addValues != null)
    addValues(draft, listAttribute(change.addValues.attribute), change.addValues.values);
  else if (change.updateValues != null) updateValues(draft, change.updateValues, onMiss);
  else if (change.removeValues != null) removeValues(draft, change.removeValues);
  else if (change.replaceValues != null)
    draft[change.replaceValues.attribute] = toElements(
      listAttribute(change.replaceValues.attribute),
      change.replaceValues.values,
    );
  else draft.extensions = changedExtensions(draft.extensions, change, profile, onMiss);
}

function changedExtensions(
  extensions: Extensions,
  change: UserChange,
  profile: DirectoryProfile | null,
  onMiss: () => void,
): Extensions {
  const {
    setExtension: set,
    unsetExtension: unset,
    updateExtensionValues: update,
    removeExtensionValues: remove,
  } = change;
  const caseOf = (urn: string) => (attribute: string, subAttribute: string | null) =>
    isCaseExact(profile, { urn, attribute, subAttribute });
  if (set != null) {
    const { urn, values } = set;
    if (set.add && set.remove) throw invalidValue('remove', 'Values are either added or removed.');
    if (set.remove) return removeFromExtension(extensions, urn, values, caseOf(urn));
    return setExtension(extensions, urn, values ?? null, set.add ? caseOf(urn) : null);
  }
  if (unset != null) return unsetExtension(extensions, unset.urn, unset.names ?? null);
  if (update != null)
    return updateElements(extensions, update, (member) => caseOf(update.urn)(update.attribute, member), onMiss);
  if (remove != null)
    return removeElements(extensions, remove, (member) => caseOf(remove.urn)(remove.attribute, member));
  return extensions;
}

function setFields(draft: UserRow, fields: UserFields): void {
  if (fields.active === null) throw invalidValue('active', 'active must be true or false.');
  if (fields.active !== undefined) draft.active = fields.active;
  // The reference and name of a former manager say nothing of the new one.
  const manager = fields.enterprise?.manager?.value;
  if (manager != null && manager !== draft.managerValue) {
    draft.managerRef = null;
    draft.managerDisplayName = null;
  }
  for (const attribute of TEXT_ATTRIBUTES) {
    const value = readText(fields, attribute);
    if (value !== undefined) setText(draft, attribute, value);
  }
  for (const list of LIST_ATTRIBUTES) {
    const elements = fields[list.field];
    if (elements !== undefined) draft[list.field] = toElements(list, elements ?? []);
  }
  if (fields.extensions === null) draft.extensions = {};
  for (const { urn, values } of fields.extensions ?? [])
    draft.extensions = setExtension(draft.extensions, urn, values ?? null);
}

function setText(draft: UserRow, { field, key, max }: TextAttribute, value: string | null): void {
  const checked = value === null ? null : checkText(field, value, max);
  if (key !== 'userName') {
    draft[key] = checked;
    return;
  }
  if (checked === null || checked.trim() === '') throw invalidValue(field, 'userName must not be empty.');
  checkFoldedSize(field, checked);
  draft.userName = checked;
}

/** Fields of a user that are shown, and follow from something else. */
const READ_ONLY: ReadonlySet<string> = new Set([
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'managedBy',
  'lockedFields',
  'teams',
  'roles',
  'projects',
]);

function unset(draft: UserRow, name: string): void {
  if (name === 'active' || name === 'userName') throw invalidValue(name, `${name} cannot be cleared.`);
  if (READ_ONLY.has(name)) throw invalidValue(name, `${name} cannot be written.`);
  if (name === 'extensions') {
    draft.extensions = {};
    return;
  }
  const list = LIST_ATTRIBUTES.find(({ field }) => field === name);
  const texts = textAttributesUnder(name);
  if (list) draft[list.field] = [];
  else if (texts.length === 0) throw invalidValue(name, 'There is no field of this name.');
  else for (const attribute of texts) setText(draft, attribute, null);
}

function toElements(list: ListAttribute, inputs: readonly AnyValueInput[]): Element[] {
  checkCount(list, inputs.length);
  const elements = inputs.map((input) => toElement(list, input)).filter((each) => Object.keys(each).length > 0);
  return withOnePrimary(elements, new Set(elements));
}

/** Adding what is there already changes nothing but the members that it brings (RFC 7644 §3.5.2.1). */
function addValues(draft: UserRow, list: ListAttribute, inputs: readonly AnyValueInput[]): void {
  checkCount(list, draft[list.field].length + inputs.length);
  const elements: Element[] = [...draft[list.field]];
  const touched = new Set<Element>();
  for (const input of inputs) {
    const added = toElement(list, input);
    if (Object.keys(added).length === 0) continue;
    const at = elements.findIndex((each) => matchesElement(sameAs(added), each, list));
    const element = at < 0 ? added : { ...elements[at], ...added };
    elements.splice(at < 0 ? elements.length : at, at < 0 ? 0 : 1, element);
    touched.add(element);
  }
  draft[list.field] = withOnePrimary(elements, touched);
}

/** By value, and by type when it has one; an address by all that is said of it. */
function sameAs({ primary: _, display, ref, ...said }: Element): ValueFilter {
  const compared = said.value === undefined ? { ...said, display, ref } : { value: said.value, type: said.type };
  return { and: Object.entries(compared).flatMap(([name, eq]) => (eq === undefined ? [] : [{ [name]: { eq } }])) };
}

function updateValues(
  draft: UserRow,
  { attribute, where, set, ifNone }: NonNullable<UserChange['updateValues']>,
  onMiss: () => void,
): void {
  const list = listAttribute(attribute);
  const before: readonly Element[] = draft[attribute];
  const touched = new Set<Element>();
  const after = before.map((each) => {
    if (!matchesElement(where, each, list)) return each;
    const updated = withMembers(list, each, set);
    touched.add(updated);
    return updated;
  });
  if (touched.size === 0) {
    const stamp = ifNone === 'CREATE' ? eqTerms(where) : null;
    if (stamp === null)
      throw new DomainError('NO_TARGET', `No element of ${attribute} matches the filter.`, { field: attribute });
    const created = withMembers(list, toElement(list, stamp), set);
    if (Object.keys(created).length > 0) after.push(created);
    checkCount(list, after.length);
    touched.add(created);
    // Who asks for nothing misses nothing.
    if (Object.keys(where).length > 0) onMiss();
  }
  draft[attribute] = withOnePrimary(after, touched);
}

function removeValues(draft: UserRow, { attribute, where }: NonNullable<UserChange['removeValues']>): void {
  const list = listAttribute(attribute);
  const elements: readonly Element[] = draft[attribute];
  draft[attribute] = where == null ? [] : elements.filter((each) => !matchesElement(where, each, list));
}

/** The members that a filter of `eq` terms asks for; null for any other filter, of which no element can be made. */
function eqTerms(where: ValueFilter, depth = 0): AnyValueInput | null {
  if (depth > DEEPEST) throw unsupportedFilter(`A filter can be nested ${DEEPEST} levels deep at most.`);
  const made: Record<string, string | boolean> = {};
  const { and, or, not, ...terms } = where;
  if (or != null || not != null) return null;
  for (const [name, term] of Object.entries(terms) as [string, StringFilter | BooleanFilter | null | undefined][]) {
    if (term == null) continue;
    const given = Object.entries(term).filter(([, value]) => value != null);
    if (given.length === 0) continue;
    if (given.length > 1 || term.eq == null) return null;
    made[name] = term.eq;
  }
  for (const each of and ?? []) {
    const nested = eqTerms(each, depth + 1);
    if (nested === null) return null;
    Object.assign(made, nested);
  }
  return made;
}
