import { CoreFailure } from '#gateway/core/core-failure.js';
import type { Exchange } from '#gateway/routes/exchange.js';
import type { Place } from '#gateway/routes/page-cursors.js';
import { invalidCount, invalidCursor } from '#gateway/scim/error.js';
import { type ListFacts, parsePaging } from '#gateway/scim/list.js';
import type { PageFieldsFragment } from '#schema/generated/gateway.js';

/** What of a list is asked of the core. */
interface PageVariables {
  first: number | null;
  after: string | null;
  last: number | null;
  before: string | null;
  offset: number | null;
  withTotal: boolean;
  withCursors: boolean;
}

/** A page as the core answers it. */
interface CorePage {
  totalCount?: number;
  pageInfo?: PageFieldsFragment;
}

const NOWHERE = { first: null, after: null, last: null, before: null, offset: null };

/**
 * Reads one page of a list, by index or by cursor as the query says.
 *
 * @param endpoint the list, as its address names it; a cursor is good for that one only.
 * @param ask asks the core for it.
 * @throws invalidValue | invalidCount | invalidCursor | expiredCursor, and what `ask` throws.
 */
export async function readPage<Page extends CorePage>(
  { query, cursors, directoryId }: Pick<Exchange, 'query' | 'cursors' | 'directoryId'>,
  endpoint: string,
  ask: (variables: PageVariables) => Promise<Page>,
): Promise<{ page: Page; facts: ListFacts }> {
  const paging = parsePaging(query);
  const { count } = paging;
  if (paging.by === 'index') {
    const { startIndex } = paging;
    const variables = { ...NOWHERE, first: count, offset: startIndex - 1, withTotal: true, withCursors: false };
    const page = await ask(variables);
    return { page, facts: { totalResults: page.totalCount ?? 0, startIndex } };
  }

  const said = (name: string) => query.get(name)?.trim() ?? '';
  const list = [directoryId, endpoint, said('filter'), said('sortBy'), said('sortOrder')];
  const place = paging.cursor === '' ? null : cursors.open(paging.cursor, list);
  if (place && place.count !== count) throw invalidCount(`count must stay ${place.count}, as when the walk began.`);
  // Counted when the walk begins: a later page costs no more than its rows.
  const variables = { ...variablesOf(place, count), withTotal: place === null, withCursors: true };
  const page = await ask(variables).catch(refuseCursor);
  const totalResults = place?.totalResults ?? page.totalCount ?? 0;
  const seal = (row: string | null | undefined, isMore: boolean | undefined, isBackwards: boolean) =>
    row != null && isMore ? cursors.seal({ row, isBackwards, count, totalResults }, list) : undefined;
  const { startCursor, endCursor, hasNextPage, hasPreviousPage } = page.pageInfo ?? {};
  const previousCursor = seal(startCursor, hasPreviousPage, true);
  const nextCursor = seal(endCursor, hasNextPage, false);
  return { page, facts: { totalResults, previousCursor, nextCursor } };
}

function variablesOf(place: Place | null, count: number) {
  if (place?.isBackwards) return { ...NOWHERE, last: count, before: place.row };
  return { ...NOWHERE, first: count, after: place?.row ?? null };
}

/** Ours, and yet not of this order: the profile has changed what the attribute is. */
function refuseCursor(error: unknown): never {
  const { code, field } = error instanceof CoreFailure ? (error.error.extensions ?? {}) : {};
  if (code === 'INVALID_VALUE' && (field === 'after' || field === 'before')) throw invalidCursor();
  throw error;
}
