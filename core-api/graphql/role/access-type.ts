import { ObjectType } from 'type-graphql';
import { ChangeType } from '../change/change-type.js';
import { DirectoryType } from '../directory/directory-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { TeamType } from '../team/team-type.js';
import { RoleMappingType } from './role-mapping-type.js';
import { RoleType } from './role-type.js';

const AccessSource = enumType('AccessSource', 'Where a role of a user comes from.', {
  DIRECT: 'An admin, by `assignRole` or `denyRole`.',
  ATTRIBUTE: "An attribute of the user's directory.",
  TEAM: 'A mapping of a team that the user is in.',
  CLAIM: 'A group claim that the user signed in with.',
  DEFAULT: 'No source at all: the default role of the directory or the company.',
});

const AccessEffect = enumType('AccessEffect', 'What a source does in the end.', {
  GRANTS: 'It gives the role.',
  DENIES: 'It takes the role away.',
  DENIED: 'It would give the role, but another source denies it.',
  OUTRANKED: 'It would give the role, but the directory keeps one role, and another one ranks higher.',
  SET_ASIDE:
    'It counts for nothing: the directory takes roles from elsewhere, no longer may grant this one, or provisioning replaces claims.',
});

@ObjectType('AccessLink', {
  simpleResolvers: true,
  description: 'One way in which a user comes to a role, or is kept from it.',
})
export class AccessLinkType {
  @Required(() => RoleType, 'The role.')
  role!: RoleType;
  @Required(() => Boolean, 'Whether the role has the permission that was asked for.')
  allows!: boolean;
  @Required(() => AccessSource, 'Where it comes from.')
  source!: keyof typeof AccessSource;
  @Required(() => Boolean, 'Whether it is a denial.')
  isDenial!: boolean;
  @Required(() => AccessEffect, 'What it does in the end.')
  effect!: keyof typeof AccessEffect;
  @Optional(() => TeamType, 'For TEAM: the team. Needs `teams:read` for what is below it.')
  team!: TeamType | null;
  @Optional(() => RoleMappingType, 'For TEAM: the mapping of the team.')
  mapping!: RoleMappingType | null;
  @Required(() => [String], "For ATTRIBUTE: the attribute's values that name the role.")
  attributeValues!: string[];
  @Optional(
    () => ChangeType,
    'The newest entry of the change log that brought it: the assignment, or for TEAM the membership. Null for DEFAULT.',
  )
  change!: ChangeType | null;
  @Optional(() => String, 'What the token or key is called that this change was made with.')
  credentialName!: string | null;
  @Optional(() => DirectoryType, 'The directory that it comes from. Needs `directories:read`.')
  directory!: DirectoryType | null;
}

@ObjectType('AccessExplanation', { simpleResolvers: true, description: 'Why a user may do something, or may not.' })
export class AccessExplanationType {
  @Required(() => Boolean, 'Whether the user has the permission: by a role, and as one who may sign in.')
  isGranted!: boolean;
  @Required(() => Boolean, 'Whether the user may sign in at all; whoever may not keeps roles, but they are of no use.')
  active!: boolean;
  @Required(() => [RoleType], 'The roles that the user has, the highest rank first.')
  roles!: RoleType[];
  @Required(
    () => [AccessLinkType],
    'All that gives or denies roles to the user; roles that have the permission come first, then by rank. At most 1,000 and the default.',
  )
  chain!: AccessLinkType[];
}
