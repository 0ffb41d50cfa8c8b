/**
 * A directory's profile: one value that says how one identity provider's attributes map to the platform. It is edited through GraphQL,
 * stored with the directory, and read by the gateway, which translates by it. `version` rises with each edit.
 */
export interface DirectoryProfile {
  /** The preset it was made from; informative. */
  preset: ProfilePreset;
  version: number;
  /** Core attributes that the directory owns on the rows it manages, by their dotted names. `['*']` is all of them. */
  attributes: string[];
  /** Extension schemas of its own, beside the enterprise extension. */
  extensions: ProfileExtension[];
  /** Top-level names that stand for another attribute: `{ mail: 'emails', role: 'userType' }`. Names are lower case. */
  aliases: Record<string, string>;
  /** The attribute that carries role keys: a core attribute (`roles`, `employeeType`) or `urn:…:attribute`; null when roles come from teams only. */
  roleAttribute: string | null;
  roleSource: 'ATTRIBUTE' | 'TEAMS' | 'BOTH';
  /** Of what the directory gives by its attribute and its teams: every role (also when left out), or the one of the highest rank. */
  keptRoles?: 'ALL' | 'HIGHEST';
  /** Values of the role attribute, lower case, to role keys; a value without an entry is matched with the keys and names of roles. */
  roleValues: Record<string, string>;
  defaultRole: string | null;
  defaultProjects: string[];
  /** `SPLIT`: given and family name; `FORMATTED`: one full name. */
  nameMode: 'SPLIT' | 'FORMATTED';
  listScope: 'ALL' | 'MANAGED';
  /** What POST does when it meets an adoptable local row: adopt it, or refuse with UNIQUENESS. */
  adopt: 'ON_CREATE' | 'ON_UPDATE';
  reviveBy: 'EXTERNAL_ID' | 'USER_NAME';
  unsupportedFilter: 400 | 501;
  /** Groups as members of groups: kept as such, shown as the users in them, or left out. */
  nestedGroups: 'NEST' | 'FLATTEN' | 'SKIP';
  unknownMembers: 'SKIP' | 'REFUSE';
  unknownRoles: 'REFUSE' | 'IGNORE';
  strict: boolean;
}

export interface ProfileExtension {
  urn: string;
  name: string;
  description: string;
  attributes: ProfileAttribute[];
}

export interface ProfileAttribute {
  name: string;
  type: 'string' | 'boolean' | 'integer' | 'decimal' | 'dateTime' | 'reference' | 'complex';
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  canonicalValues?: string[];
  subAttributes?: ProfileAttribute[];
}

export const PROFILE_PRESETS = ['rollcall', 'testomat', 'betatesting', 'testmail', 'testplanit'] as const;
export type ProfilePreset = (typeof PROFILE_PRESETS)[number];
