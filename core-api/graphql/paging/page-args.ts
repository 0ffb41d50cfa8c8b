import { ArgsType, Int } from 'type-graphql';
import { Optional } from '../fields.js';
import { type SelectionInfo, selectionOf } from '../selection.js';

/** Relay's arguments. The services bound and check them: 50 rows by default, 100 at most, 1,000 at the gateway's door. */
@ArgsType()
export class CursorArgs {
  @Optional(
    () => Int,
    'How many rows from the beginning, or after `after`: 50 by default, 100 at most. Not together with `last`.',
  )
  first?: number | null;
  @Optional(() => String, 'Begins behind the row with this cursor. Goes with `first`.')
  after?: string | null;
  @Optional(() => Int, 'How many rows from the end, or before `before`: 100 at most.')
  last?: number | null;
  @Optional(() => String, 'Ends in front of the row with this cursor. Goes with `last`.')
  before?: string | null;
}

@ArgsType()
export class PageArgs extends CursorArgs {
  @Optional(
    () => Int,
    'Skips this many rows, counted from 0. Goes with `first`, not with cursors, which are cheaper far down a list.',
  )
  offset?: number | null;
}

/** What a service is asked for: the arguments, and whether the client selected rows, the total, or both. */
export function pageRequest<Args extends PageArgs>(
  args: Args,
  info: SelectionInfo,
): Args & { wantTotal: boolean; wantRows: boolean } {
  return { ...args, ...wanted(info) };
}

/** Counting is as dear as the page itself, so each is done only when it is looked at. */
export function wanted(info: SelectionInfo): { wantTotal: boolean; wantRows: boolean } {
  const selection = selectionOf(info);
  return {
    wantTotal: selection.has('totalCount'),
    wantRows: selection.has('nodes') || selection.has('edges') || selection.has('pageInfo'),
  };
}
