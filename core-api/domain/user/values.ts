import { invalidValue } from '../errors.js';
import { checkFoldedSize, checkText } from '../text.js';
import { type ElementMember, type ListAttribute, MOST_ELEMENTS } from './attributes.js';
import type { Address, AnyValueInput, AttributeValue } from './user-types.js';

/** An element with every member that any attribute's elements can have. */
export type Element = AttributeValue & Address;

/**
 * One element as it is stored: with the members that are given; null and empty texts are left out.
 *
 * @throws INVALID_VALUE (a member that this attribute has not, a text that cannot be stored)
 */
export function toElement(list: ListAttribute, input: AnyValueInput): Element {
  return assign({}, list, input);
}

/** The element with `input`'s members set; null and the empty text take a member away, what is left out stays. */
export function withMembers(list: ListAttribute, element: Element, input: AnyValueInput): Element {
  return assign({ ...element }, list, input);
}

function assign(into: Element, list: ListAttribute, input: AnyValueInput): Element {
  for (const [name, value] of Object.entries(input) as [ElementMember, string | boolean | null | undefined][]) {
    if (value === undefined) continue;
    if (name === 'primary') {
      if (value === null) delete into.primary;
      else into.primary = value as boolean; // the only boolean member
      continue;
    }
    const max = list.members.get(name);
    const field = `${list.field}.${name}`;
    if (max === undefined) {
      if (value === null) continue;
      throw invalidValue(field, `${list.field} has no ${name}.`);
    }
    const text = value === null ? null : checkText(field, value as string, max); // all others are texts
    if (text === null) delete into[name];
    else into[name] = text;
  }
  return into;
}

/**
 * At most one element of a list is primary: of those that a change has touched the last one that says so, else the last of all. The others
 * become false (RFC 7644 §3.5.2).
 */
export function withOnePrimary<T extends { primary?: unknown }>(
  elements: readonly T[],
  touched: ReadonlySet<unknown>,
): T[] {
  const winner =
    elements.findLast((each) => each.primary === true && touched.has(each)) ??
    elements.findLast((each) => each.primary === true);
  return elements.map((each) => (each.primary === true && each !== winner ? { ...each, primary: false } : each));
}

/**
 * A list as it is stored at the end of a request: an element that has nothing but `type` and `primary` says nothing, and falls away.
 *
 * @throws INVALID_VALUE (too many elements)
 */
export function finishElements(list: ListAttribute, elements: readonly Element[]): Element[] {
  const kept = elements.filter((each) => Object.keys(each).some((name) => name !== 'type' && name !== 'primary'));
  if (kept.length > MOST_ELEMENTS) throw tooMany(list);
  if (list.field === 'emails')
    for (const { value } of kept) if (value !== undefined) checkFoldedSize('emails.value', value);
  return kept;
}

/**
 * Bounds a list while a request is still at it, when it may hold what goes and what comes: elements are compared each with each.
 *
 * @throws INVALID_VALUE
 */
export function checkCount(list: ListAttribute, count: number): void {
  if (count > 2 * MOST_ELEMENTS) throw tooMany(list);
}

const tooMany = ({ field }: ListAttribute) =>
  invalidValue(field, `${field} can have at most ${MOST_ELEMENTS} elements.`);
