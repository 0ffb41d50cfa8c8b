import type { UserParts } from '#core-api/domain/user/user-types.js';
import { below, type Selection, type SelectionInfo, selectionOf } from '../selection.js';

/** What a service is to load with a user, from the fields selected of it. */
export function userParts(...selections: Selection[]): UserParts {
  return {
    teams: selections.some((each) => each.has('teams')),
    outerTeams: selections.some((each) => each.has('outerTeams')),
    roles: selections.some((each) => each.has('roles')),
  };
}

/** Of a payload's `user`. */
export const partsOfPayload = (info: SelectionInfo): UserParts => userParts(below(selectionOf(info), 'user'));

/** Of the users of a connection. */
export function partsOfConnection(info: SelectionInfo): UserParts {
  const selection = selectionOf(info);
  return userParts(below(selection, 'nodes'), below(selection, 'edges', 'node'));
}
