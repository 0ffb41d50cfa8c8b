import type { EveryAttribute } from './scim-every-attribute.js';

type Json = Record<string, unknown>;

/** One operation on one attribute, told apart so that its meaning can be worked out beside the server. */
export interface Operation {
  op: 'add' | 'replace' | 'remove';
  at: EveryAttribute;
  sub: string | null;
  /** The elements whose part of this name has this value; `value` of a plain one is itself. */
  where: { key: string; value: unknown } | null;
  value: unknown;
  /** The attribute is a member of the value instead of the path. */
  inValue: boolean;
}

export class NoTarget extends Error {}

/** The operation as it is sent. */
export function toWire({ op, at: { urn, path, attribute }, sub, where, value, inValue }: Operation): Json {
  if (inValue)
    return { op, value: urn === null ? { [attribute.name]: value } : { [urn]: { [attribute.name]: value } } };
  const filter = where ? `[${where.key} eq ${JSON.stringify(where.value)}]` : '';
  return { op, path: `${path}${filter}${sub ? `.${sub}` : ''}`, ...(op !== 'remove' && { value }) };
}

/** The resource after the operations, as RFC 7644 §3.5.2 tells it. @throws NoTarget */
export function patched(resource: Json, operations: readonly Operation[]): Json {
  const after = structuredClone(resource);
  for (const operation of operations) {
    const { urn, attribute } = operation.at;
    const holder = urn === null ? after : { ...(after[urn] as Json | undefined) };
    const result = attribute.multiValued
      ? plural(holder[attribute.name], operation)
      : single(holder[attribute.name], operation);
    const isEmpty = result === undefined || (typeof result === 'object' && Object.keys(result as object).length === 0);
    if (isEmpty) delete holder[attribute.name];
    else holder[attribute.name] = result;
    if (urn !== null && Object.keys(holder).length > 0) after[urn] = holder;
    else if (urn !== null) delete after[urn];
  }
  return after;
}

function single(before: unknown, { op, at, sub, value }: Operation): unknown {
  if (op === 'remove' && sub === null) return undefined;
  if (at.attribute.type !== 'complex') return value;
  return merged((before ?? {}) as Json, sub === null ? (value as Json) : { [sub]: op === 'remove' ? null : value });
}

function merged(before: Json, brought: Json): Json {
  return Object.fromEntries(Object.entries({ ...before, ...brought }).filter(([, each]) => each !== null));
}

function plural(stored: unknown, operation: Operation): unknown[] {
  const { op, at, sub, where, value } = operation;
  const before = (stored ?? []) as unknown[];
  const isStandard = at.urn === null;
  if (sub === null && where === null) {
    if (op === 'remove') return [];
    return op === 'replace'
      ? primaryOf(value as unknown[], value as unknown[])
      : added(before, value as unknown[], isStandard);
  }
  const fits = (each: unknown) => where === null || fold(partOf(each, where.key)) === fold(where.value);
  const isGone = op === 'remove' && (sub === null || (isStandard && sub === 'value'));
  if (isGone) return before.filter((each) => !fits(each));
  const brought = sub === null ? value : { [sub]: op === 'remove' ? null : value };
  const change = (each: unknown) => (isObject(brought) && isObject(each) ? merged(each, brought) : brought);
  const touched: unknown[] = [];
  const after = before.map((each) => {
    if (!fits(each)) return each;
    touched.push(change(each));
    return touched.at(-1);
  });
  if (touched.length === 0) {
    // Providers expect the element to come into being.
    const isMade = op !== 'remove' && isObject(brought) && (where !== null || (isStandard && sub === 'value'));
    if (!isMade) throw new NoTarget();
    touched.push(merged(where ? { [where.key]: where.value } : {}, brought));
    after.push(touched[0]);
  }
  return primaryOf(after, touched).filter((each) => !isObject(each) || saysSomething(each, isStandard));
}

function saysSomething(element: Json, isStandard: boolean): boolean {
  return Object.keys(element).some((name) => !isStandard || (name !== 'type' && name !== 'primary'));
}

function added(before: unknown[], brought: unknown[], isStandard: boolean): unknown[] {
  const after = [...before];
  const touched: unknown[] = [];
  for (const each of brought) {
    const at = after.findIndex((other) => isThere(other, each, isStandard));
    const element = at >= 0 && isObject(each) ? merged(after[at] as Json, each) : each;
    if (at < 0) after.push(element);
    else if (isStandard) after[at] = element;
    if (at < 0 || isStandard) touched.push(element);
  }
  return primaryOf(after, touched);
}

/** In the lists of the standard by value and type, or, without a value, by all that is said; elsewhere by everything. */
function isThere(stored: unknown, brought: unknown, isStandard: boolean): boolean {
  if (!isObject(brought) || !isObject(stored)) return fold(stored) === fold(brought);
  const compared = isStandard
    ? brought.value === undefined
      ? Object.keys(brought).filter((key) => key !== 'primary')
      : ['value', 'type']
    : null;
  if (compared) return compared.every((key) => brought[key] === undefined || fold(stored[key]) === fold(brought[key]));
  const text = (each: Json) =>
    JSON.stringify(
      Object.entries(each)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([key, value]) => [key, fold(value)]),
    );
  return text(stored) === text(brought);
}

/** At most one element is primary: the last of those that were touched, else the last. */
function primaryOf(elements: unknown[], touched: unknown[]): unknown[] {
  const isPrimary = (each: unknown) => isObject(each) && each.primary === true;
  const winner = elements.findLast((each) => isPrimary(each) && touched.includes(each)) ?? elements.findLast(isPrimary);
  return elements.map((each) => (isPrimary(each) && each !== winner ? { ...(each as Json), primary: false } : each));
}

const partOf = (element: unknown, key: string) => (isObject(element) ? element[key] : element);
const fold = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : JSON.stringify(value));
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
