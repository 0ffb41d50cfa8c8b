import { type Expression, type RawBuilder, sql } from 'kysely';
import type { OrderBy, OrderType } from '#core-api/persistence/stores/page-sql.js';
import { type DomainError, invalidValue } from './errors.js';
import type { PathOrder } from './paging.js';

/** A cursor carries the value of its row, and travels in an address: longer texts are ordered by so many of their first characters. */
const MOST_CHARACTERS = 256;

/** By paths in lower case: what they order by; null is the id alone. */
export type OrderPaths = ReadonlyMap<string, OrderBy | null>;

export const orderBy = (value: Expression<unknown>, type: OrderType, nullable = false): OrderBy => ({
  value,
  type,
  nullable,
});

/** A text that may be missing, in the order of code points, of upper and lower case alike unless it is case-exact. */
export function textOrder(text: Expression<string | null>, caseExact: boolean): OrderBy {
  return orderBy(sql`${textKey(text, caseExact)} collate "C"`, 'text', true);
}

export function textKey(text: Expression<string | null>, caseExact: boolean): RawBuilder<string | null> {
  const start = sql<string | null>`left(${text}, ${sql.lit(MOST_CHARACTERS)})`;
  return caseExact ? start : sql`lower(${start})`;
}

/**
 * The path that a request orders by: `field` stands for one of `fields`; the id when it names neither.
 *
 * @throws INVALID_VALUE (both are given)
 */
export function orderPath<Field extends string>(
  order: PathOrder<Field> | null | undefined,
  fields: Readonly<Record<Field, string>>,
): string {
  const { field, path } = order ?? {};
  if (field != null && path != null) throw invalidValue('orderBy', 'Give either field or path.');
  return path ?? (field == null ? 'id' : fields[field]);
}

export function unknownOrder(path: string): DomainError {
  return invalidValue('orderBy.path', `There is no attribute ${JSON.stringify(path.slice(0, 100))} to order by.`);
}
