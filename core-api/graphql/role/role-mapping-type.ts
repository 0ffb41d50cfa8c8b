import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { DateTimeFilter, LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';
import { TeamType } from '../team/team-type.js';
import { RoleType } from './role-type.js';

export const RoleMappingKind = enumType('RoleMappingKind', 'Whom a mapping is about.', {
  TEAM: 'The members of one team, whatever it is called.',
  PATTERN: 'The members of those teams of one directory whose name fits a pattern.',
  CLAIM: 'Those who sign in with a group claim, as long as no directory provisions.',
});

export const RoleMappingEffect = enumType('RoleMappingEffect', 'What a mapping does.', {
  GRANT: 'Gives the role.',
  DENY: 'Takes the role away, whatever else gives it.',
});

const PATTERN =
  'The name of teams; `*` stands for any characters, case does not matter: `*manager*`. Kept in lower case.';
const CLAIM = 'The value of the group claim; case does not matter. Kept in lower case.';

@ObjectType('RoleMapping', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'Gives or denies a role to the members of teams, or to those who sign in with a group claim. Never changed, only made and deleted.',
})
export class RoleMappingType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => RoleMappingKind, 'Whom it is about.')
  kind!: keyof typeof RoleMappingKind;
  @Optional(
    () => ID,
    "The team's id; set for TEAM only. It stays when the team is deleted, and holds again when that is restored.",
  )
  teamId!: string | null;
  @Optional(() => TeamType, 'The team; null for the other kinds, and as long as it is deleted. Needs `teams:read`.')
  team!: TeamType | null;
  @Optional(() => DirectoryType, 'Whose teams; set for PATTERN only. Needs `directories:read`.')
  directory!: DirectoryType | null;
  @Optional(() => String, `${PATTERN} Set for PATTERN only.`)
  pattern!: string | null;
  @Optional(() => String, `${CLAIM} Set for CLAIM only.`)
  claim!: string | null;
  @Required(() => RoleType, 'The role that it gives or denies.')
  role!: RoleType;
  @Required(() => RoleMappingEffect, 'What it does.')
  effect!: keyof typeof RoleMappingEffect;
  @Required(() => DateTime, 'When it was made.')
  createdAt!: string;
}

export const RoleMappingConnection = connectionType('RoleMapping', () => RoleMappingType, 'One page of role mappings.');

@InputType('RoleMappingFilter', { description: `Which role mappings are listed. ${LOGIC.tree}` })
class RoleMappingFilter {
  @Optional(() => [RoleMappingFilter], LOGIC.and)
  and?: RoleMappingFilter[] | null;
  @Optional(() => [RoleMappingFilter], LOGIC.or)
  or?: RoleMappingFilter[] | null;
  @Optional(() => RoleMappingFilter, LOGIC.not)
  not?: RoleMappingFilter | null;
  @Optional(() => StringFilter, "The mapping's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'Whom it is about, by its name in the enum `RoleMappingKind`.')
  kind?: StringFilter | null;
  @Optional(() => StringFilter, "The team's id.")
  teamId?: StringFilter | null;
  @Optional(() => StringFilter, "The directory's id.")
  directoryId?: StringFilter | null;
  @Optional(() => StringFilter, 'The pattern.')
  pattern?: StringFilter | null;
  @Optional(() => StringFilter, 'The group claim.')
  claim?: StringFilter | null;
  @Optional(() => StringFilter, "The role's id.")
  roleId?: StringFilter | null;
  @Optional(() => StringFilter, 'What it does, by its name in the enum `RoleMappingEffect`.')
  effect?: StringFilter | null;
  @Optional(() => DateTimeFilter, 'When it was made.')
  createdAt?: DateTimeFilter | null;
}

const RoleMappingOrderField = enumType('RoleMappingOrderField', 'What role mappings can be ordered by.', {
  ID: 'The id, which is the order in which mappings were made.',
});
const RoleMappingOrder = orderInput('RoleMappingOrder', RoleMappingOrderField);

@ArgsType()
export class RoleMappingListArgs extends PageArgs {
  @Optional(() => RoleMappingFilter, 'Which role mappings are listed; left out, all of them.')
  filter?: RoleMappingFilter | null;
  @Optional(() => RoleMappingOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof RoleMappingOrder> | null;
}

@InputType('NewRoleMappingInput', {
  description: 'A role mapping that is to be made: what its kind speaks of, and nothing else.',
})
export class NewRoleMappingInput {
  @Required(() => RoleMappingKind, 'Whom it is about.')
  kind!: keyof typeof RoleMappingKind;
  @Optional(() => ID, "For TEAM: the team's id.")
  teamId?: string | null;
  @Optional(() => ID, 'For PATTERN: the id of the directory whose teams are meant.')
  directoryId?: string | null;
  @Optional(() => String, `For PATTERN. ${PATTERN}`)
  pattern?: string | null;
  @Optional(() => String, `For CLAIM. ${CLAIM}`)
  claim?: string | null;
  @Required(
    () => ID,
    "The role's id. Never that of `owner`; for teams of a directory and for claims, one that directories may grant.",
  )
  roleId!: string;
  @Optional(() => RoleMappingEffect, 'What it does; left out, it gives the role.')
  effect?: keyof typeof RoleMappingEffect | null;
}

@InputType('PreviewRoleMappingInput', { description: 'Role mappings that could be made and deleted, together.' })
export class PreviewRoleMappingInput {
  @Optional(() => [NewRoleMappingInput], 'Those to make.')
  create?: NewRoleMappingInput[] | null;
  @Optional(() => [ID], 'The ids of those to delete.')
  delete?: string[] | null;
}

@InputType('ChangeRoleMappingsInput', { description: 'Role mappings to make and to delete, together.' })
export class ChangeRoleMappingsInput extends PreviewRoleMappingInput {
  @Optional(
    () => String,
    'The `hash` of `previewRoleMapping` for the same input. Left out, or when other people are affected by now, the answer is PREVIEW_CHANGED.',
  )
  previewHash?: string | null;
}

@ObjectType('AffectedUser', { simpleResolvers: true, description: 'A user whose roles a change makes others.' })
export class AffectedUserType {
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => String, 'What the user signs in with.')
  userName!: string;
  @Required(() => Boolean, 'Whether the user may sign in; for who may not, the change holds on return.')
  active!: boolean;
  @Required(() => [String], 'Keys of the roles that the user gets.')
  gained!: string[];
  @Required(() => [String], 'Keys of the roles that the user loses.')
  lost!: string[];
}

@ObjectType('RolePreview', { simpleResolvers: true, description: 'Whose roles a change makes others, and how.' })
export class RolePreviewType {
  @Required(() => Int, 'How many users get a role.')
  gaining!: number;
  @Required(() => Int, 'How many users lose a role; who gets another one instead is counted too.')
  losing!: number;
  @Required(() => [AffectedUserType], 'Who they are: those who lose first, then by user name; at most 200.')
  people!: AffectedUserType[];
  @Required(() => String, 'Stands for the change and all whom it affects; to be sent with the change itself.')
  hash!: string;
}

@ObjectType('ChangeRoleMappingsPayload', { simpleResolvers: true, description: 'The answer to `changeRoleMappings`.' })
export class ChangeRoleMappingsPayload {
  @Required(() => [RoleMappingType], 'The mappings that were made, in the order of the input.')
  created!: RoleMappingType[];
  @Required(() => RolePreviewType, 'What the change did to people.')
  preview!: RolePreviewType;
}
