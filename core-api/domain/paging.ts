/** What a list is asked for. `first`/`after`, `last`/`before` (Relay) or `first`/`offset` (0-based); the services bound and check them. */
export interface PageRequest<Filter, Field extends string> {
  filter?: Filter | null;
  orderBy?: { field: Field; direction?: 'ASC' | 'DESC' | null } | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  offset?: number | null;
  /** Whether the total is wanted: with a filter, counting can be as dear as the page itself. */
  wantTotal?: boolean;
  /** False when only the total is wanted. */
  wantRows?: boolean;
}

/** How users and teams are listed: by a field, or by the attribute that a path leads to; one of the two is given. */
export interface PathOrder<Field extends string> {
  field?: Field | null;
  path?: string | null;
  direction?: 'ASC' | 'DESC' | null;
}

/** A `PageRequest` whose order may be a path. */
export interface PathPageRequest<Filter, Field extends string> extends Omit<PageRequest<Filter, Field>, 'orderBy'> {
  orderBy?: PathOrder<Field> | null;
}

/** One page, in the list's order. `cursors[i]` belongs to `nodes[i]`; `totalCount` is -1 when it was not asked for. */
export interface Page<T> {
  nodes: T[];
  cursors: string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  totalCount: number;
}

/** Something that was skipped rather than refused. */
export interface Warning {
  code: string;
  field: string | null;
  message: string;
}

export interface StringFilter {
  eq?: string | null;
  ne?: string | null;
  in?: string[] | null;
  contains?: string | null;
  startsWith?: string | null;
  endsWith?: string | null;
  gt?: string | null;
  ge?: string | null;
  lt?: string | null;
  le?: string | null;
  isSet?: boolean | null;
}
export interface BooleanFilter {
  eq?: boolean | null;
  ne?: boolean | null;
  isSet?: boolean | null;
}
interface OrderedFilter<T> {
  eq?: T | null;
  ne?: T | null;
  gt?: T | null;
  ge?: T | null;
  lt?: T | null;
  le?: T | null;
  isSet?: boolean | null;
}
export type NumberFilter = OrderedFilter<number>;
/** ISO 8601 with offset, UTC after the GraphQL layer. */
export type DateTimeFilter = OrderedFilter<string>;

/** Every filter is a tree; several fields of one node must all hold; `{}` holds always. */
export interface Logic<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
}
