import type { Expression } from 'kysely';
import {
  allOf,
  anyOf,
  booleanCondition,
  type Condition,
  idCondition,
  isSetCondition,
  negated,
  numberCondition,
  type TextTarget,
  textCondition,
  timeCondition,
} from '#core-api/persistence/stores/filter-sql.js';
import { unsupportedFilter } from './errors.js';
import type { BooleanFilter, DateTimeFilter, Logic, NumberFilter, StringFilter } from './paging.js';

const DEEPEST = 40;
const MOST_TERMS = 200;
/** Nodes of the tree: also those that say nothing have to be read. */
const MOST_NODES = 1_000;

/** How each field of a filter becomes a condition. */
export type FieldConditions<F> = {
  [K in Exclude<keyof F, 'and' | 'or' | 'not'>]-?: (filter: NonNullable<F[K]>) => Condition;
};

/**
 * Turns one request's filter into one condition, and bounds it: 40 levels, 200 terms (an operator each), no text that cannot be stored. Make one for
 * each filter; trees inside trees (`emails.some`) go through the same one.
 */
export class FilterTree {
  #depth = 0;
  #terms = 0;
  #nodes = 0;

  /** @throws UNSUPPORTED_FILTER */
  toCondition<F extends Logic<F>>(filter: F, fields: FieldConditions<F>): Condition {
    // The filter itself stands on no level.
    if (this.#depth > DEEPEST) throw unsupportedFilter(`A filter can be nested ${DEEPEST} levels deep at most.`);
    if (++this.#nodes > MOST_NODES) throw unsupportedFilter(`A filter can have ${MOST_NODES} branches at most.`);
    this.#depth += 1;
    const conditions: Condition[] = [];
    const { and, or, not, ...terms } = filter;
    if (and != null) conditions.push(allOf(and.map((each) => this.toCondition(each, fields))));
    if (or != null) conditions.push(anyOf(or.map((each) => this.toCondition(each, fields))));
    if (not != null) conditions.push(negated(this.toCondition(not, fields)));
    for (const [name, value] of Object.entries(terms)) {
      if (value == null) continue;
      const field = Object.hasOwn(fields, name) ? fields[name as keyof FieldConditions<F>] : null;
      if (!field) throw unsupportedFilter(`There is no field ${name} to filter by.`);
      conditions.push((field as (filter: unknown) => Condition)(value)); // name and value are of one entry
    }
    this.#depth -= 1;
    return allOf(conditions);
  }

  text(target: TextTarget, filter: StringFilter): Condition {
    this.#count(filter);
    return textCondition(target, filter);
  }

  id(column: Expression<string | null>, filter: StringFilter): Condition {
    this.#count(filter);
    return idCondition(column, filter);
  }

  boolean(column: Expression<boolean | null>, filter: BooleanFilter): Condition {
    this.#count(filter);
    return booleanCondition(column, filter);
  }

  number(column: Expression<unknown>, filter: NumberFilter): Condition {
    this.#count(filter);
    return numberCondition(column, filter);
  }

  time(column: Expression<unknown>, filter: DateTimeFilter): Condition {
    this.#count(filter);
    for (const value of Object.values(filter)) if (typeof value === 'string') checkTime(value);
    return timeCondition(column, filter);
  }

  isSet(column: Expression<unknown>, isSet: boolean): Condition {
    this.#count({ isSet });
    return isSetCondition(column, isSet);
  }

  #count(filter: object): void {
    for (const value of Object.values(filter)) {
      if (value == null) continue;
      this.#terms += Array.isArray(value) ? Math.max(1, value.length) : 1;
      for (const text of Array.isArray(value) ? value : [value])
        if (typeof text === 'string' && (text.includes('\0') || !text.isWellFormed()))
          throw unsupportedFilter('A text of the filter holds a character that no stored text has.');
    }
    if (this.#terms > MOST_TERMS) throw unsupportedFilter(`A filter can have ${MOST_TERMS} terms at most.`);
  }
}

/** PostgreSQL's years end elsewhere than JavaScript's; what neither can mean is no time. */
function checkTime(value: string): void {
  if (!/^(?!0000)\d{4}-\d\d-\d\dT/.test(value) || Number.isNaN(Date.parse(value)))
    throw unsupportedFilter('A time of the filter is not a date and time of the years 1 to 9999.');
}
