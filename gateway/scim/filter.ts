import type { AttrPath } from '#gateway/scim/attr-path.js';
import { excerpt, invalidFilter } from '#gateway/scim/error.js';
import { FilterParser } from '#gateway/scim/filter-parser.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';

export type { AttrPath } from '#gateway/scim/attr-path.js';

export type CompareOp = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** What a filter says (RFC 7644 §3.4.2.2). `and` and `or` are flat: no operand is of its parent's kind. */
export type FilterNode =
  | { kind: 'and' | 'or'; operands: FilterNode[] }
  | { kind: 'not'; operand: FilterNode }
  | { kind: 'present'; path: AttrPath }
  | { kind: 'compare'; path: AttrPath; op: CompareOp; value: string | number | boolean | null; valueAt: number }
  /** One element of the attribute satisfies all of `inner`, whose paths are relative to the element. */
  | { kind: 'valuePath'; path: AttrPath; inner: FilterNode };

const MAX_CHARACTERS = 65_536;

/**
 * Reads a filter: the whole grammar of RFC 7644 §3.4.2.2, keywords in any case, and bare words for strings, as Entra's
 * documentation writes them (`externalId eq jyoung`). `emails[type eq "work"].value eq "x"` becomes a value path with
 * both terms inside.
 *
 * @param note hears of what is not the RFC's grammar.
 * @throws invalidFilter with the position; also over 200 terms, 40 levels or 64 kB.
 */
export function parseFilter(text: string, note: Note = unheard): FilterNode {
  if (text.length > MAX_CHARACTERS) {
    throw invalidFilter(`The filter is longer than ${MAX_CHARACTERS} characters, beginning ${excerpt(text)}.`);
  }
  const fail: typeof invalidFilter = (detail, at) => invalidFilter(`The filter cannot be read: ${detail}`, at);
  const parser = new FilterParser(text, fail, note);
  const filter = parser.filter();
  parser.end();
  return filter;
}

/** The filter of a request's parameters; null when it has none. @throws as `parseFilter` */
export function parseFilterIn(query: Pick<URLSearchParams, 'get'>, note: Note = unheard): FilterNode | null {
  const text = query.get('filter')?.trim();
  if (text === '') note('EMPTY_FILTER', 'filter');
  return text ? parseFilter(text, note) : null;
}
