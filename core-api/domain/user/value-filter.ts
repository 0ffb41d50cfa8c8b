import { unsupportedFilter } from '../errors.js';
import { foldKey } from '../fold-key.js';
import type { BooleanFilter, NumberFilter, StringFilter } from '../paging.js';
import type { ListAttribute } from './attributes.js';
import { canonicalTime } from './custom-filter.js';
import type { CustomElementFilter, CustomMemberFilter, ValueFilter } from './user-types.js';
import type { Element } from './values.js';

/** Levels of a filter on the elements of a list. */
export const DEEPEST = 40;

/**
 * Whether an element fits a filter, with the same meaning as in a list's filter: a term about a member that is missing is false, `ne` about it
 * is true, texts ignore case unless the attribute says otherwise.
 *
 * @throws UNSUPPORTED_FILTER (nested too deep)
 */
export function matchesElement(filter: ValueFilter, element: Element, list: ListAttribute, depth = 0): boolean {
  if (depth > DEEPEST) throw unsupportedFilter(`A filter can be nested ${DEEPEST} levels deep at most.`);
  const matches = (each: ValueFilter) => matchesElement(each, element, list, depth + 1);
  const { and, or, not, primary, ...texts } = filter;
  if (and != null && !and.every(matches)) return false;
  if (or != null && !or.some(matches)) return false;
  if (not != null && matches(not)) return false;
  if (primary != null && !matchesBoolean(primary, element.primary)) return false;
  return Object.entries(texts).every(([name, terms]) => {
    if (terms == null) return true;
    const caseExact = name === 'value' && list.caseExactValue;
    return matchesText(terms, element[name as keyof typeof texts], caseExact ? (value) => value : foldKey);
  });
}

/**
 * Whether one value of an attribute of an extension fits a filter, with the same meaning.
 *
 * @param isCaseExact whether texts of the member of that name mind case.
 * @throws UNSUPPORTED_FILTER
 */
export function matchesCustom(
  filter: CustomElementFilter,
  element: unknown,
  isCaseExact: (member: string | null) => boolean,
  depth = 0,
): boolean {
  if (depth > DEEPEST) throw unsupportedFilter(`A filter can be nested ${DEEPEST} levels deep at most.`);
  const matches = (each: CustomElementFilter) => matchesCustom(each, element, isCaseExact, depth + 1);
  const { and, or, not, member } = filter;
  if (and != null && !and.every(matches)) return false;
  if (or != null && !or.some(matches)) return false;
  if (not != null && matches(not)) return false;
  if (member == null) return true;
  const found = memberOf(element, member.name ?? 'value');
  const isThere = member.name == null ? element != null : found !== undefined;
  if (member.isSet != null && member.isSet !== isThere) return false;
  // A part can have many values, too: one of them has to fit.
  return (Array.isArray(found) ? found : [found]).some((each: unknown) =>
    fitsMember(member, each, isCaseExact(member.name ?? null) ? (text) => text : foldKey),
  );
}

function fitsMember(
  { string, boolean, number, dateTime }: CustomMemberFilter,
  value: unknown,
  fold: (text: string) => string,
): boolean {
  const text = value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    (string == null || matchesText(string, text, fold)) &&
    (boolean == null || matchesBoolean(boolean, typeof value === 'boolean' ? value : undefined)) &&
    (number == null || matchesNumber(number, typeof value === 'number' ? value : undefined)) &&
    (dateTime == null || matchesText(dateTime, text !== undefined && TIME.test(text) ? text : undefined, canonicalTime))
  );
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function memberOf(element: unknown, name: string): unknown {
  const lower = name.toLowerCase();
  if (typeof element !== 'object' || element === null) return lower === 'value' ? (element ?? undefined) : undefined;
  return Object.entries(element).find(([key, value]) => key.toLowerCase() === lower && value !== null)?.[1];
}

function matchesNumber(filter: NumberFilter, value: number | undefined): boolean {
  const holds = (term: number | null | undefined, test: (value: number, term: number) => boolean) =>
    term == null || (value !== undefined && test(value, term));
  return (
    holds(filter.eq, (v, term) => v === term) &&
    (filter.ne == null || value !== filter.ne) &&
    holds(filter.gt, (v, term) => v > term) &&
    holds(filter.ge, (v, term) => v >= term) &&
    holds(filter.lt, (v, term) => v < term) &&
    holds(filter.le, (v, term) => v <= term) &&
    (filter.isSet == null || filter.isSet === (value !== undefined))
  );
}

function matchesBoolean({ eq, ne, isSet }: BooleanFilter, value: boolean | undefined): boolean {
  if (eq != null && value !== eq) return false;
  if (ne != null && value === ne) return false;
  return isSet == null || isSet === (value !== undefined);
}

function matchesText(filter: StringFilter, stored: string | undefined, fold: (value: string) => string): boolean {
  const value = stored === undefined ? null : fold(stored);
  const holds = (term: string | null | undefined, test: (value: string, term: string) => boolean) =>
    term == null || (value !== null && test(value, fold(term)));
  return (
    holds(filter.eq, (v, term) => v === term) &&
    (filter.ne == null || value !== fold(filter.ne)) &&
    (filter.in == null || (value !== null && filter.in.some((term) => fold(term) === value))) &&
    holds(filter.contains, (v, term) => v.includes(term)) &&
    holds(filter.startsWith, (v, term) => v.startsWith(term)) &&
    holds(filter.endsWith, (v, term) => v.endsWith(term)) &&
    holds(filter.gt, (v, term) => compare(v, term) > 0) &&
    holds(filter.ge, (v, term) => compare(v, term) >= 0) &&
    holds(filter.lt, (v, term) => compare(v, term) < 0) &&
    holds(filter.le, (v, term) => compare(v, term) <= 0) &&
    (filter.isSet == null || filter.isSet === (value !== null))
  );
}

/** By code points, as the database orders (JavaScript's `<` goes by UTF-16 units). */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
