import type { TeamMember, TeamRow } from '#core-api/persistence/rows.js';
import type { DateTimeFilter, Logic, NumberFilter, StringFilter } from '../paging.js';
import type { TeamReferenceFilter } from '../user/user-types.js';

export type { TeamMember, TeamRow };

export interface TeamFields {
  displayName?: string | null;
  externalId?: string | null;
}

/**
 * One neutral change; exactly one member is set (`@oneOf`). Members are users and teams, told apart by their ids; those that name neither are skipped with a
 * warning.
 */
export interface TeamChange {
  set?: TeamFields | null;
  /** `memberUsers` and `memberTeams` are those of before the changes. */
  unset?: string[] | null;
  addMembers?: string[] | null;
  removeMembers?: string[] | null;
  replaceMembers?: string[] | null;
}

export interface TeamMemberFilter extends Logic<TeamMemberFilter> {
  id?: StringFilter | null;
  display?: StringFilter | null;
}
export interface TeamFilter extends Logic<TeamFilter> {
  id?: StringFilter | null;
  displayName?: StringFilter | null;
  externalId?: StringFilter | null;
  members?: { some?: TeamMemberFilter | null; isSet?: boolean | null } | null;
  memberTeams?: { some?: TeamReferenceFilter | null; isSet?: boolean | null } | null;
  managedBy?: StringFilter | null;
  createdAt?: DateTimeFilter | null;
  updatedAt?: DateTimeFilter | null;
  version?: NumberFilter | null;
}
export type TeamOrderField = 'ID' | 'CREATED_AT' | 'UPDATED_AT' | 'DISPLAY_NAME' | 'EXTERNAL_ID';
