import { type DirectoryProfile, PROFILE_PRESETS, type ProfileAttribute, type ProfilePreset } from '#schema/profile.js';
import { invalidValue } from '../errors.js';

const ROLLCALL_URN = 'urn:ietf:params:scim:schemas:extension:rollcall:2.0:User';
const TESTOMAT_URN = 'urn:ietf:params:scim:schemas:extension:testomat:2.0:User';

const roleKeys = (name: string, description: string, canonicalValues?: string[]): ProfileAttribute => ({
  name,
  type: 'string',
  multiValued: true,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  ...(canonicalValues && { canonicalValues }),
});

const ROLLCALL: DirectoryProfile = {
  preset: 'rollcall',
  version: 1,
  attributes: ['*'],
  extensions: [
    {
      urn: ROLLCALL_URN,
      name: 'Rollcall',
      description: 'What Rollcall knows of a user beyond the standard.',
      attributes: [roleKeys('roles', 'Keys of roles, for providers that cannot send the standard attribute.')],
    },
  ],
  aliases: {},
  roleAttribute: 'roles',
  roleSource: 'ATTRIBUTE',
  roleValues: {},
  defaultRole: null,
  defaultProjects: [],
  nameMode: 'SPLIT',
  listScope: 'ALL',
  adopt: 'ON_CREATE',
  reviveBy: 'EXTERNAL_ID',
  unsupportedFilter: 400,
  nestedGroups: 'FLATTEN',
  unknownMembers: 'SKIP',
  unknownRoles: 'REFUSE',
  strict: false,
};

/** What a directory's profile starts as. */
export const PROFILES: Readonly<Record<ProfilePreset, DirectoryProfile>> = {
  rollcall: ROLLCALL,
  testomat: {
    ...ROLLCALL,
    preset: 'testomat',
    extensions: [
      {
        urn: TESTOMAT_URN,
        name: 'Testomat',
        description: 'What Testomat knows of a user beyond the standard.',
        attributes: [roleKeys('testomat_roles', 'Roles of the user.', ['qa', 'manager', 'billing', 'read'])],
      },
    ],
    roleAttribute: `${TESTOMAT_URN}:testomat_roles`,
    defaultRole: 'qa',
    nameMode: 'FORMATTED',
    reviveBy: 'USER_NAME',
    unsupportedFilter: 501,
    nestedGroups: 'SKIP',
  },
  betatesting: {
    ...ROLLCALL,
    preset: 'betatesting',
    extensions: [],
    roleAttribute: null,
    roleSource: 'TEAMS',
    nestedGroups: 'SKIP',
  },
  testmail: {
    ...ROLLCALL,
    preset: 'testmail',
    extensions: [],
    aliases: { mail: 'emails', email: 'emails', name: 'displayName', role: 'userType', employeetype: 'userType' },
    roleAttribute: 'userType',
    keptRoles: 'HIGHEST',
    roleValues: { member: 'member', admin: 'admin' },
    defaultRole: 'member',
  },
  testplanit: {
    ...ROLLCALL,
    preset: 'testplanit',
    extensions: [],
    roleSource: 'BOTH',
    keptRoles: 'HIGHEST',
    reviveBy: 'USER_NAME',
  },
};

/** The roles that a company starts with when it is made for a profile: by seniority where the profile speaks of members and admins. */
export function rolePresetOf(preset: ProfilePreset): 'functions' | 'seniority' {
  return preset === 'testmail' ? 'seniority' : 'functions';
}

/** @throws INVALID_VALUE */
export function checkPreset(preset: string): ProfilePreset {
  const known = PROFILE_PRESETS.find((each) => each === preset);
  if (!known) throw invalidValue('preset', `preset must be one of ${PROFILE_PRESETS.join(', ')}.`);
  return known;
}
