import type { AttributeDefinition } from '#gateway/scim/schemas.js';

/** Something that a filter can compare, and where it stands in a resource. */
export interface Leaf {
  path: string;
  keys: string[];
  definition: AttributeDefinition;
}

export type Filter =
  | { kind: 'and' | 'or'; operands: Filter[] }
  | { kind: 'not'; operand: Filter }
  | { kind: 'pr'; leaf: Leaf }
  | { kind: 'compare'; leaf: Leaf; op: string; value: string | number | boolean }
  | { kind: 'path'; path: string; keys: string[]; inner: Filter };

export function textOf(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.operands.map(textOf).join(` ${filter.kind} `)})`;
    case 'not':
      return `not (${textOf(filter.operand)})`;
    case 'pr':
      return `${filter.leaf.path} pr`;
    case 'compare':
      return `${filter.leaf.path} ${filter.op} ${JSON.stringify(filter.value)}`;
    case 'path':
      return `${filter.path}[${textOf(filter.inner)}]`;
  }
}

type Json = Record<string, unknown>;

function valuesAt(value: unknown, keys: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, keys));
  const [key, ...rest] = keys;
  if (key === undefined) return value == null ? [] : [value];
  return typeof value === 'object' && value !== null ? valuesAt((value as Json)[key], rest) : [];
}

/** The meaning of a filter as RFC 7644 §3.4.2.2 tells it, over a resource as it is answered: two-valued, `ne` the opposite of `eq`. */
function holds(filter: Filter, resource: unknown): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((each) => holds(each, resource));
    case 'or':
      return filter.operands.some((each) => holds(each, resource));
    case 'not':
      return !holds(filter.operand, resource);
    case 'pr':
      return valuesAt(resource, filter.leaf.keys).length > 0;
    case 'path':
      return valuesAt(resource, filter.keys).some((element) => holds(filter.inner, element));
    case 'compare': {
      const { op, value, leaf } = filter;
      const any = (test: string) =>
        valuesAt(resource, leaf.keys).some((each) => compares(test, each, value, leaf.definition));
      return op === 'ne' ? !any('eq') : any(op);
    }
  }
}

function compares(
  op: string,
  stored: unknown,
  asked: string | number | boolean,
  definition: AttributeDefinition,
): boolean {
  const [a, b] = [keyOf(stored, definition), keyOf(asked, definition)];
  if (typeof a === 'string' && typeof b === 'string') {
    if (op === 'co') return a.includes(b);
    if (op === 'sw') return a.startsWith(b);
    if (op === 'ew') return a.endsWith(b);
  }
  const order =
    typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b as string)) : Number(a) - Number(b);
  return { eq: order === 0, gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[op]!;
}

function keyOf(value: unknown, { type, caseExact }: AttributeDefinition): string | number | boolean {
  if (type === 'dateTime') return Date.parse(value as string);
  if (typeof value !== 'string') return value as number | boolean;
  return caseExact ? value : value.toLowerCase();
}

/** A value that nobody has. */
function nothingOf({ type }: AttributeDefinition): string | number | boolean {
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'decimal') return -1;
  return type === 'dateTime' ? '1999-01-01T00:00:00Z' : 'nothing';
}

/** A comparison that the type allows, about the value or a part of it, in its own case or another. */
function comparison(leaf: Leaf, op: string, known: unknown, [from, less, swap]: [number, number, boolean]): Filter {
  const { type } = leaf.definition;
  const value = known as string | number | boolean;
  if (type === 'boolean' || type === 'binary') return { kind: 'compare', leaf, op: op === 'ne' ? 'ne' : 'eq', value };
  const isText = type === 'string' || type === 'reference';
  if (!isText || typeof value !== 'string')
    return { kind: 'compare', leaf, op: ['co', 'sw', 'ew'].includes(op) ? 'ge' : op, value };
  const points = [...value];
  const start = op === 'co' || op === 'ew' ? Math.min(from, points.length - 1) : 0;
  const end = op === 'co' || op === 'sw' ? Math.max(start + 1, points.length - less) : points.length;
  const part = points.slice(start, end).join('');
  return { kind: 'compare', leaf, op, value: swap ? part.toUpperCase() : part };
}

export const finds = { valuesAt, holds, nothingOf, comparison };
