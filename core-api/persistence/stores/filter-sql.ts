import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';

/*
 * Filters as SQL conditions. SQL knows three truth values, a filter two: here null counts as false, which `and` and `or` keep by themselves.
 * So a leaf may stay a plain `=` that an index serves, as long as every negation goes through `negated`, and `ne` is `is distinct from`.
 */
export type Condition = RawBuilder<SqlBool>;

export const ALWAYS: Condition = sql<SqlBool>`true`;
export const NEVER: Condition = sql<SqlBool>`false`;

/** All of them; true when there are none. */
export function allOf(conditions: readonly Condition[]): Condition {
  return joined(conditions, ALWAYS, sql` and `);
}

/** Any of them; false when there are none. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return joined(conditions, NEVER, sql` or `);
}

/** True where the condition is false or null. */
export function negated(condition: Condition): Condition {
  return sql<SqlBool>`(${condition}) is not true`;
}

function joined(conditions: readonly Condition[], none: Condition, separator: RawBuilder<unknown>): Condition {
  if (conditions.length < 2) return conditions[0] ?? none;
  return sql<SqlBool>`(${sql.join(conditions, separator)})`;
}

/** A column, or any expression of type text, and how the values of a filter are compared with it. Order is that of code points. */
export interface TextTarget {
  text: Expression<string | null>;
  /**
   * `EXACT`: as they are. `LOWER`: both sides through the database's lower(), for texts without a key column. Otherwise the function that made
   * the key that stands in the column (collation "C"): the filter's values go through it too, and an index on the key serves.
   */
  comparison: 'EXACT' | 'LOWER' | ((value: string) => string);
}

interface TextTerms {
  eq?: string | null;
  ne?: string | null;
  in?: readonly string[] | null;
  contains?: string | null;
  startsWith?: string | null;
  endsWith?: string | null;
  gt?: string | null;
  ge?: string | null;
  lt?: string | null;
  le?: string | null;
  isSet?: boolean | null;
}

/** All operators of the filter must hold. Texts with NUL must have been refused before: PostgreSQL cannot take them. */
export function textCondition({ text, comparison }: TextTarget, filter: TextTerms): Condition {
  const lower = comparison === 'LOWER';
  const fold = typeof comparison === 'function' ? comparison : (value: string) => value;
  const column = lower ? sql`lower(${text})` : sql`${text}`;
  const value = (plain: string) => (lower ? sql`lower(${plain}::text)` : sql`${fold(plain)}::text`);
  const like = (plain: string, pattern: (escaped: string) => string) =>
    sql<SqlBool>`${column} like ${lower ? sql`lower(${pattern(escapeLike(plain))}::text)` : sql`${pattern(escapeLike(fold(plain)))}::text`}`;

  const terms: Condition[] = [];
  if (filter.eq != null) terms.push(sql`${column} = ${value(filter.eq)}`);
  if (filter.ne != null) terms.push(sql`${column} is distinct from ${value(filter.ne)}`);
  if (filter.in != null) terms.push(anyOf(filter.in.map((each) => sql<SqlBool>`${column} = ${value(each)}`)));
  if (filter.contains != null) terms.push(like(filter.contains, (escaped) => `%${escaped}%`));
  if (filter.startsWith != null)
    terms.push(
      typeof comparison === 'function'
        ? prefixRange(column, fold(filter.startsWith))
        : like(filter.startsWith, (escaped) => `${escaped}%`),
    );
  if (filter.endsWith != null) terms.push(like(filter.endsWith, (escaped) => `%${escaped}`));
  if (filter.gt != null) terms.push(sql`${column} > ${value(filter.gt)} collate "C"`);
  if (filter.ge != null) terms.push(sql`${column} >= ${value(filter.ge)} collate "C"`);
  if (filter.lt != null) terms.push(sql`${column} < ${value(filter.lt)} collate "C"`);
  if (filter.le != null) terms.push(sql`${column} <= ${value(filter.le)} collate "C"`);
  if (filter.isSet != null) terms.push(isSetCondition(text, filter.isSet));
  return allOf(terms);
}

const escapeLike = (value: string) => value.replaceAll(/[\\%_]/g, '\\$&');

/** A prepared `like $2` cannot use a btree index, a range can. Exact under collation "C", where the order is that of code points. */
function prefixRange(column: RawBuilder<unknown>, prefix: string): Condition {
  const end = afterPrefix(prefix);
  const from = sql<SqlBool>`${column} >= ${prefix}::text collate "C"`;
  return end === null ? from : sql`(${from} and ${column} < ${end}::text collate "C")`;
}

/** The least text above all texts with this prefix; null when there is none. */
function afterPrefix(prefix: string): string | null {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return null;
}

/** Whether a column has a value at all. */
export function isSetCondition(column: Expression<unknown>, isSet: boolean): Condition {
  return isSet ? sql`${column} is not null` : sql`${column} is null`;
}

/** As the database writes them: ids mind case. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Like `textCondition` for a column of type uuid; `eq` and `in` use its index, and what is no UUID equals none. */
export function idCondition(column: Expression<string | null>, filter: TextTerms): Condition {
  const { eq, in: oneOf, ...others } = filter;
  const equals = (values: readonly string[]) =>
    anyOf(values.filter((each) => UUID.test(each)).map((each) => sql<SqlBool>`${column} = ${each}::uuid`));
  const terms: Condition[] = [];
  if (eq != null) terms.push(equals([eq]));
  if (oneOf != null) terms.push(equals(oneOf));
  if (Object.values(others).some((each) => each != null))
    terms.push(textCondition({ text: sql`(${column})::text`, comparison: 'EXACT' }, others));
  return allOf(terms);
}

interface BooleanTerms {
  eq?: boolean | null;
  ne?: boolean | null;
  isSet?: boolean | null;
}

export function booleanCondition(column: Expression<boolean | null>, filter: BooleanTerms): Condition {
  const terms: Condition[] = [];
  if (filter.eq != null) terms.push(sql`${column} = ${filter.eq}::boolean`);
  if (filter.ne != null) terms.push(sql`${column} is distinct from ${filter.ne}::boolean`);
  if (filter.isSet != null) terms.push(isSetCondition(column, filter.isSet));
  return allOf(terms);
}

interface OrderedTerms<T> {
  eq?: T | null;
  ne?: T | null;
  gt?: T | null;
  ge?: T | null;
  lt?: T | null;
  le?: T | null;
  isSet?: boolean | null;
}

/** @param column an expression of any number type. */
export function numberCondition(column: Expression<unknown>, filter: OrderedTerms<number>): Condition {
  return orderedCondition(column, filter, (value) => sql`${value}::double precision`);
}

/** @param column an expression of type timestamptz; the filter's values are ISO 8601 with offset, and valid. */
export function timeCondition(column: Expression<unknown>, filter: OrderedTerms<string>): Condition {
  return orderedCondition(column, filter, (value) => sql`${value}::timestamptz`);
}

function orderedCondition<T>(
  column: Expression<unknown>,
  filter: OrderedTerms<T>,
  bind: (value: T) => RawBuilder<unknown>,
): Condition {
  const terms: Condition[] = [];
  if (filter.eq != null) terms.push(sql`${column} = ${bind(filter.eq)}`);
  if (filter.ne != null) terms.push(sql`${column} is distinct from ${bind(filter.ne)}`);
  if (filter.gt != null) terms.push(sql`${column} > ${bind(filter.gt)}`);
  if (filter.ge != null) terms.push(sql`${column} >= ${bind(filter.ge)}`);
  if (filter.lt != null) terms.push(sql`${column} < ${bind(filter.lt)}`);
  if (filter.le != null) terms.push(sql`${column} <= ${bind(filter.le)}`);
  if (filter.isSet != null) terms.push(isSetCondition(column, filter.isSet));
  return allOf(terms);
}
