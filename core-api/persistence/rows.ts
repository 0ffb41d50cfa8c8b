import type { Address, AttributeValue, Extensions } from './entities/user.js';

/*
 * The rows of the hot tables as typed SQL returns them: plain objects with the names that the API uses, aliased in the statements, so that nothing
 * is mapped on the way out.
 */

/** One stored user, flat, as `app_user` has it. Times are PostgreSQL's text of timestamptz(3) in UTC. */
export interface UserRow {
  companyId: string;
  id: string;
  directoryId: string | null;
  breakGlass: boolean;
  userName: string;
  externalId: string | null;
  active: boolean;
  formattedName: string | null;
  familyName: string | null;
  givenName: string | null;
  middleName: string | null;
  honorificPrefix: string | null;
  honorificSuffix: string | null;
  displayName: string | null;
  nickName: string | null;
  profileUrl: string | null;
  title: string | null;
  userType: string | null;
  preferredLanguage: string | null;
  locale: string | null;
  timezone: string | null;
  emails: AttributeValue[];
  phoneNumbers: AttributeValue[];
  ims: AttributeValue[];
  photos: AttributeValue[];
  addresses: Address[];
  entitlements: AttributeValue[];
  roleValues: AttributeValue[];
  x509Certificates: AttributeValue[];
  employeeNumber: string | null;
  costCenter: string | null;
  organization: string | null;
  division: string | null;
  department: string | null;
  managerValue: string | null;
  managerRef: string | null;
  managerDisplayName: string | null;
  extensions: Extensions;
  version: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
}

/** A user's team, as much as a list of teams shows. */
export interface UserTeam {
  id: string;
  displayName: string;
  externalId: string | null;
  directoryId: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface UserRole {
  id: string;
  key: string;
  name: string;
  permissions: string[];
  rank: number;
  grantableByDirectory: boolean;
  isDefault: boolean;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** One stored team. Times are PostgreSQL's text of timestamptz(3) in UTC. */
export interface TeamRow {
  companyId: string;
  id: string;
  directoryId: string | null;
  displayName: string;
  externalId: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A member as lists of members show it: `display` is the display name, for a user without one the user name. */
export interface TeamMember {
  teamId: string;
  type: 'USER' | 'TEAM';
  /** Of the user, or of the team. */
  memberId: string;
  display: string;
}

/** Who made a change, as the change log keeps it; the same for every row of a request. */
export interface ChangeAuthor {
  companyId: string;
  actorKind: string;
  actorId: string;
  actorName: string;
  source: string;
  credentialId: string | null;
  requestId: string | null;
}

/** One row of the change log; `xid` and `no` are decimal texts of 64-bit numbers, `digest` is hexadecimal. */
export interface ChangeRow {
  epoch: number;
  xid: string;
  no: string;
  at: string;
  actorKind: string;
  actorId: string;
  actorName: string;
  source: string;
  credentialId: string | null;
  /** The directory of the token that was used, as it is called now. */
  directoryId: string | null;
  directoryName: string | null;
  requestId: string | null;
  kind: string;
  objectType: string;
  objectId: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  digest: string;
}
