import { foldKey } from '../fold-key.js';
import { assignedMembers } from './assigned-members.js';
import { differences, isSame, searchedValues } from './attributes.js';
import type { UserRow } from './user-types.js';

/** What a write does to a user, and how the change log calls it. */
export interface PlannedWrite {
  before: UserRow;
  after: UserRow;
  kind: string;
}

/** Whether the user stops being active by it. */
export const isLeaving = ({ before, after }: PlannedWrite) => before.active && !after.active;

/** What the statements that write users are told of each beside its columns: what the log says, and what is searched. */
export function saidOfInsert(user: UserRow) {
  return {
    id: user.id,
    userNameKey: foldKey(user.userName),
    kind: 'user.created',
    before: null,
    after: assignedMembers(user),
    valuesGone: [],
    valuesNew: searchedValues(user),
  };
}

/** As `saidOfInsert`, of a row that is there. */
export function saidOfUpdate({ before, after, kind }: PlannedWrite) {
  const logged = changedMembers(before, after);
  const values = searchedDifference(before, after);
  return {
    id: before.id,
    version: before.version,
    userNameKey: foldKey(after.userName),
    kind,
    before: logged.before,
    after: logged.after,
    valuesGone: values.gone,
    valuesNew: values.new,
  };
}

/** What the log keeps of a user that is deleted. */
export function saidOfDelete(user: UserRow): object {
  return { ...assignedMembers(user), ...(user.breakGlass && { breakGlass: true }) };
}

/** The members that differ, as the change log keeps them; all of them for a user that was deleted, because the log ended with that. */
function changedMembers(before: UserRow, after: UserRow): { before: object | null; after: object } {
  if (before.deletedAt !== null) return { before: null, after: assignedMembers(after) };
  const members = { before: {} as Record<string, unknown>, after: {} as Record<string, unknown> };
  for (const [field, difference] of differences(before, after)) {
    members.before[field] = difference.before;
    members.after[field] = difference.after;
  }
  if (before.directoryId !== after.directoryId) {
    members.before.directoryId = before.directoryId;
    members.after.directoryId = after.directoryId;
  }
  return members;
}

type SearchedValues = ReturnType<typeof searchedValues>;

function searchedDifference(before: UserRow, after: UserRow): { gone: SearchedValues; new: SearchedValues } {
  // A deleted row's values went with it.
  const was = before.deletedAt === null ? searchedValues(before) : [];
  const is = searchedValues(after);
  const without = (some: SearchedValues, others: SearchedValues) =>
    some.filter((each) => !others.some((other) => isSame(each, other)));
  return { gone: without(was, is), new: without(is, was) };
}
