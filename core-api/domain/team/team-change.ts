import { invalidValue } from '../errors.js';
import { isId } from '../new-id.js';
import { checkFoldedSize, checkText } from '../text.js';
import type { TeamChange, TeamFields } from './team-types.js';

const MOST_CHARACTERS = 255;
/** Ids of members in one request. */
const MOST_MEMBERS = 100_000;

/** What an ordered list of changes comes to, whoever is a member by now: nothing has to be read to know it. */
export interface TeamPlan {
  /** What is left out stays; null clears. */
  fields: { displayName?: string; externalId?: string | null };
  /** Whether what is there now and not in `add` goes: of the users, and of the teams. */
  drops: { users: boolean; teams: boolean };
  /** Users and teams; distinct, and in none of the other lists. */
  add: string[];
  remove: string[];
  /** Members to add whose ids cannot be one of ours. */
  malformed: string[];
}

/**
 * Folds the changes in their order.
 *
 * @throws INVALID_VALUE (displayName, externalId, members, or a name in `unset` that is no field of a team)
 */
export function toTeamPlan(changes: readonly TeamChange[]): TeamPlan {
  checkMembers(changes);
  const fields: TeamPlan['fields'] = {};
  const drops: TeamPlan['drops'] = { users: false, teams: false };
  /** The last word on each member: in, or out. */
  const members = new Map<string, boolean>();
  for (const change of changes) {
    if (change.set != null) Object.assign(fields, readTeamFields(change.set));
    for (const name of change.unset ?? []) {
      if (name === 'externalId') fields.externalId = null;
      else if (name === 'memberUsers') drops.users = true;
      else if (name === 'memberTeams') drops.teams = true;
      else if (name !== 'members') throw invalidValue(name, `A team cannot be without ${name}.`);
    }
    if (change.replaceMembers != null || change.unset?.includes('members')) {
      drops.users = drops.teams = true;
      members.clear();
    }
    for (const id of change.replaceMembers ?? change.addMembers ?? []) members.set(id, true);
    for (const id of change.removeMembers ?? []) members.set(id, false);
  }

  const plan: TeamPlan = { fields, drops, add: [], remove: [], malformed: [] };
  const isEmptied = drops.users && drops.teams;
  for (const [id, isIn] of members) {
    if (isIn) (isId(id) ? plan.add : plan.malformed).push(id);
    else if (!isEmptied && isId(id)) plan.remove.push(id);
  }
  return plan;
}

/**
 * Checks what is there; an empty externalId is none.
 *
 * @throws INVALID_VALUE (displayName, externalId)
 */
export function readTeamFields({ displayName, externalId }: TeamFields): TeamPlan['fields'] {
  const fields: TeamPlan['fields'] = {};
  if (displayName !== undefined) {
    if (displayName === null || displayName.trim() === '')
      throw invalidValue('displayName', 'A team needs a displayName that is not blank.');
    checkText('displayName', displayName, MOST_CHARACTERS);
    checkFoldedSize('displayName', displayName);
    fields.displayName = displayName;
  }
  if (externalId !== undefined)
    fields.externalId = externalId === null ? null : checkText('externalId', externalId, MOST_CHARACTERS);
  return fields;
}

function checkMembers(changes: readonly TeamChange[]): void {
  const named = changes.reduce(
    (total, { addMembers, removeMembers, replaceMembers }) =>
      total + (addMembers?.length ?? 0) + (removeMembers?.length ?? 0) + (replaceMembers?.length ?? 0),
    0,
  );
  if (named > MOST_MEMBERS) throw invalidValue('members', `A request may name at most ${MOST_MEMBERS} members.`);
}
