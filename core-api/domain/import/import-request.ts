import type { DomainError } from '../errors.js';
import type { AnyValueInput, MultiValuedAttribute, UserFields } from '../user/user-types.js';

/** Where a row stands in a CSV text, and why it could not be read. */
interface Origin {
  /** Counted from 1; left out: the row is of no text. */
  line?: number;
  problem?: DomainError;
}

/** One element of a list as columns speak of it: what they do not name stays, null clears. */
export interface ElementPatch {
  attribute: MultiValuedAttribute;
  /** In lower case; null: without a type. */
  type: string | null;
  /** Of this type, counted from 1. */
  nth: number;
  /** The type of an element that is new. */
  spelled: string | null;
  members: AnyValueInput;
}

export interface ImportedUser extends Origin {
  /** As the file has it: one that nobody here has is passed over. */
  id?: string | null;
  /** Left out stays, null clears. */
  fields: UserFields;
  elements?: ElementPatch[];
}

export interface ImportedTeam extends Origin {
  id?: string | null;
  displayName?: string | null;
  externalId?: string | null;
}

/** A member by the id of the file, else of the company, else by name; the team alike. */
export interface ImportedMembership extends Origin {
  teamId?: string | null;
  team?: string | null;
  userId?: string | null;
  userName?: string | null;
}

export interface ImportRequest {
  users: ImportedUser[];
  teams: ImportedTeam[];
  memberships: ImportedMembership[];
  /** Members that the file does not name leave the teams that its memberships name. */
  removeMissing: boolean;
}

/** Rows of one import at most. */
export const MOST_ROWS_OF_IMPORT = { users: 5_000, teams: 1_000, memberships: 20_000 } as const;

/** For whoever comes with more. */
export const HOW_TO_SPLIT = `Split it: users first, ${MOST_ROWS_OF_IMPORT.users} at once, then teams, ${MOST_ROWS_OF_IMPORT.teams} at once, then memberships, ${MOST_ROWS_OF_IMPORT.memberships} at once.`;
