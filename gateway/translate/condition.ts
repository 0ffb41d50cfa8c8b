import { type AttrPath, attrPathText } from '#gateway/scim/attr-path.js';
import { excerpt, invalidFilter, ScimError } from '#gateway/scim/error.js';
import type { CompareOp, FilterNode } from '#gateway/scim/filter.js';
import { toBoolean, toDateTime } from '#gateway/translate/read-value.js';
import type { BooleanFilter, DateTimeFilter, NumberFilter, StringFilter } from '#schema/generated/gateway.js';

export type Compare = Extract<FilterNode, { kind: 'compare' }>;

/** A comparison whose `ne` and `null` are already taken out (see `translateTerms`). */
export type PlainCompare = Compare & { op: Exclude<CompareOp, 'ne'>; value: string | number | boolean };

/** What a filter over any type of the core can be made of. */
export interface Combinable<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
}

/** How one term becomes a filter of the core. */
export interface TermTranslator<F> {
  present(node: Extract<FilterNode, { kind: 'present' }>): F;
  compare(node: PlainCompare): F;
  valuePath(node: Extract<FilterNode, { kind: 'valuePath' }>): F;
}

/**
 * Translates a tree, term by term. Filters are two-valued: `ne` is "not eq", and so holds where nothing is assigned;
 * `eq null` is "not assigned" (RFC 7644 §3.4.2.2, RFC 7643 §2.5).
 */
export function translateTerms<F extends Combinable<F>>(node: FilterNode, terms: TermTranslator<F>): F {
  const translate = (each: FilterNode): F => translateTerms(each, terms);
  switch (node.kind) {
    case 'and':
      return { and: node.operands.map(translate) } as F; // F has the three combining members
    case 'or':
      return { or: node.operands.map(translate) } as F; // likewise
    case 'not':
      return negate(translate(node.operand));
    case 'present':
      return terms.present(node);
    case 'valuePath':
      return terms.valuePath(node);
    case 'compare': {
      const { op, value } = node;
      if (op === 'ne') return negate(translate({ ...node, op: 'eq' }));
      if (value !== null) return terms.compare({ ...node, op, value });
      if (op !== 'eq') throw invalidFilter(`null can only be compared by eq and ne`, node.valueAt);
      return negate(terms.present({ kind: 'present', path: node.path }));
    }
  }
}

export function negate<F extends Combinable<F>>(filter: F): F {
  return { not: filter } as F; // F has the member
}

/** A filter that is the same for every row: empty matches all. */
export function constant<F extends Combinable<F>>(holds: boolean): F {
  return holds ? ({} as F) : negate({} as F); // every member of F is optional
}

/** @throws 501 for any operator other than eq and and, where the profile asks for that. */
export function requireEqOnly(node: FilterNode): void {
  if (node.kind === 'and') node.operands.forEach(requireEqOnly);
  else if (node.kind === 'valuePath') requireEqOnly(node.inner);
  else if (node.kind !== 'compare' || node.op !== 'eq') {
    throw new ScimError(501, null, 'Only the filter operators eq and and are supported here.');
  }
}

export function unknownAttribute(path: AttrPath): ScimError {
  return invalidFilter(`The attribute ${excerpt(attrPathText(path))} cannot be filtered by`, path.at);
}

const TEXT_OPERATOR = {
  eq: 'eq',
  co: 'contains',
  sw: 'startsWith',
  ew: 'endsWith',
  gt: 'gt',
  ge: 'ge',
  lt: 'lt',
  le: 'le',
} as const satisfies Record<PlainCompare['op'], keyof StringFilter>;

/** Numbers and booleans count as their text: unquoted ids may be digits only. */
export function textCondition({ op, value }: PlainCompare): StringFilter {
  return { [TEXT_OPERATOR[op]]: String(value) };
}

/** For values without an order, such as certificates (RFC 7644 §3.4.2.2). */
export function binaryCondition(node: PlainCompare): StringFilter {
  if (node.op !== 'eq') throw unsuitable(node, 'binary');
  return textCondition(node);
}

export function booleanCondition(node: PlainCompare): BooleanFilter {
  if (node.op !== 'eq') throw unsuitable(node, 'boolean');
  const value = typeof node.value === 'string' ? toBoolean(node.value) : node.value;
  if (typeof value !== 'boolean') throw invalidFilter('Expected true or false', node.valueAt);
  return { eq: value };
}

export function numberCondition(node: PlainCompare): NumberFilter {
  const op = orderingOf(node, 'number');
  const { value } = node;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw invalidFilter('Expected a number', node.valueAt);
  return { [op]: number };
}

export function dateTimeCondition(node: PlainCompare): DateTimeFilter {
  const op = orderingOf(node, 'date and time');
  const text = typeof node.value === 'string' ? toDateTime(node.value) : null;
  if (text === null) throw invalidFilter('Expected a date and time, such as "2026-01-31T08:00:00Z"', node.valueAt);
  return { [op]: text };
}

function orderingOf(node: PlainCompare, type: string): 'eq' | 'gt' | 'ge' | 'lt' | 'le' {
  const { op } = node;
  if (op === 'co' || op === 'sw' || op === 'ew') throw unsuitable(node, type);
  return op;
}

export function unsuitable({ op, path, valueAt }: PlainCompare, type: string): ScimError {
  return invalidFilter(`The operator ${op} does not suit ${attrPathText(path)}, which is of type ${type}`, valueAt);
}
