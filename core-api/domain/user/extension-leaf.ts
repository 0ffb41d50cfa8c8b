import { type Expression, type RawBuilder, sql } from 'kysely';

/*
 * Single values of an extension in SQL. What is not of the type that is asked for counts as missing.
 */

/**
 * The value of one element: of an object its member of that name, in any case; a plain value is its own `value`.
 *
 * @param member null for the value itself.
 */
export function leafOf(element: Expression<unknown>, member: string | null): RawBuilder<unknown> {
  const name = member ?? 'value';
  return sql`(case when jsonb_typeof(${element}) = 'object' then (select m.value from jsonb_each(${element}) m
      where lower(m.key) = lower(${name}::text) limit 1)
    when ${name.toLowerCase() === 'value'}::boolean then ${element} end)`;
}

type Leaf = Expression<unknown>;

export const asText = (leaf: Leaf) => sql<string | null>`(${leaf} #>> '{}')`;
export const asBoolean = (leaf: Leaf) =>
  sql<boolean | null>`(case when jsonb_typeof(${leaf}) = 'boolean' then ${leaf}::boolean end)`;
export const asNumber = (leaf: Leaf) =>
  sql<number | null>`(case when jsonb_typeof(${leaf}) = 'number' then ${leaf}::double precision end)`;
/** Times are texts; only those in the one form that sorts (UTC, milliseconds) are compared as times. */
export const asTime = (leaf: Leaf) =>
  sql<
    string | null
  >`(case when ${asText(leaf)} ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' then ${asText(leaf)} end)`;
