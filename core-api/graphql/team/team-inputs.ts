import { ArgsType, ID, InputType, Int } from 'type-graphql';
import type {
  TeamChange,
  TeamFields,
  TeamMemberFilter as TeamMemberTerms,
  TeamFilter as TeamTerms,
} from '#core-api/domain/team/team-types.js';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION, PROFILE_VERSION } from '../mutation/words.js';
import { DateTimeFilter, LOGIC, NumberFilter, StringFilter } from '../paging/filters.js';
import { pathOrderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { TeamReferencesFilter } from '../user/user-filters.js';

const NAME = 'The name of the team. Unique among the teams of one directory, ignoring case.';
const EXTERNAL_ID = "The team's id at the identity provider.";
const UNKNOWN =
  'Each id names a user or a team; a team among them becomes a member as it is, with whoever is in it. Ids that name neither are skipped with a warning, or refused where the directory says so. Whom a directory named so joins when it gets to see that user. Teams are skipped with a warning where the directory skips nested teams, and so is a team as a member of itself.';

@InputType('CreateTeamInput', { description: 'A new team.' })
export class CreateTeamInput {
  @Required(() => String, NAME)
  displayName!: string;
  @Optional(() => String, EXTERNAL_ID)
  externalId?: string | null;
  @Optional(() => [ID], `The members, by id. ${UNKNOWN}`)
  members?: string[] | null;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}

@InputType('ReplaceTeamInput', { description: 'The whole of a team, for programs.' })
export class ReplaceTeamInput {
  @Required(() => ID, "The team's id.")
  id!: string;
  @Required(() => String, NAME)
  displayName!: string;
  @Optional(() => String, `${EXTERNAL_ID} Left out, it stays.`)
  externalId?: string | null;
  @Optional(() => [ID], `All members from now on, by id; left out, they stay. ${UNKNOWN}`)
  members?: string[] | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}

@InputType('UpdateTeamInput', {
  description: 'Changes to a team, for people: a field that is left out stays, null clears it.',
})
export class UpdateTeamInput {
  @Required(() => ID, "The team's id.")
  id!: string;
  @Optional(() => String, NAME)
  displayName?: string | null;
  @Optional(() => String, EXTERNAL_ID)
  externalId?: string | null;
  @Optional(() => [ID], `Users and teams that become members, by id. ${UNKNOWN}`)
  addMembers?: string[] | null;
  @Optional(() => [ID], 'Users and teams that stop being members, by id. Those that are none are skipped.')
  removeMembers?: string[] | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('TeamFieldsInput', {
  description: 'Writable fields of a team, each optional; what is left out stays, null clears.',
})
class TeamFieldsInput implements TeamFields {
  @Optional(() => String, NAME)
  displayName?: string | null;
  @Optional(() => String, EXTERNAL_ID)
  externalId?: string | null;
}

@InputType('TeamChange', { description: 'One change to a team: exactly one member is given.' })
export class TeamChangeInput implements TeamChange {
  @Optional(() => TeamFieldsInput, 'Sets fields; those that are left out stay, null clears one.')
  set?: TeamFieldsInput | null;
  @Optional(
    () => [String],
    'Clears fields by name: `externalId`, `members`; `memberUsers` and `memberTeams` take out the users or the teams that were members before the changes.',
  )
  unset?: string[] | null;
  @Optional(() => [ID], `Users and teams that become members, by id. ${UNKNOWN}`)
  addMembers?: string[] | null;
  @Optional(() => [ID], 'Users and teams that stop being members, by id. Those that are none are skipped.')
  removeMembers?: string[] | null;
  @Optional(() => [ID], `All members from now on, by id. ${UNKNOWN}`)
  replaceMembers?: string[] | null;
}

@InputType('ChangeTeamInput', { description: 'Changes to a team, for programs: an ordered list, all applied or none.' })
export class ChangeTeamInput {
  @Required(() => ID, "The team's id.")
  id!: string;
  @Required(() => [TeamChangeInput], 'The changes, in the order in which they are applied.')
  changes!: TeamChangeInput[];
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}

@InputType('TeamIdInput', { description: 'Names one team.' })
export class TeamIdInput {
  @Required(() => ID, "The team's id.")
  id!: string;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('TeamMemberFilter', { description: `A condition on one member of a team. ${LOGIC.tree}` })
class TeamMemberFilter implements TeamMemberTerms {
  @Optional(() => [TeamMemberFilter], LOGIC.and)
  and?: TeamMemberFilter[] | null;
  @Optional(() => [TeamMemberFilter], LOGIC.or)
  or?: TeamMemberFilter[] | null;
  @Optional(() => TeamMemberFilter, LOGIC.not)
  not?: TeamMemberFilter | null;
  @Optional(() => StringFilter, "The user's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The user's display name, else the user name.")
  display?: StringFilter | null;
}

@InputType('TeamMembersFilter', { description: 'A condition on the members of a team.' })
class TeamMembersFilter {
  @Optional(() => TeamMemberFilter, 'At least one member meets this condition.')
  some?: TeamMemberFilter | null;
  @Optional(() => Boolean, 'True: the team has a member. False: it has none.')
  isSet?: boolean | null;
}

@InputType('TeamFilter', { description: `Which teams are listed. ${LOGIC.tree}` })
export class TeamFilter implements TeamTerms {
  @Optional(() => [TeamFilter], LOGIC.and)
  and?: TeamFilter[] | null;
  @Optional(() => [TeamFilter], LOGIC.or)
  or?: TeamFilter[] | null;
  @Optional(() => TeamFilter, LOGIC.not)
  not?: TeamFilter | null;
  @Optional(() => StringFilter, "The team's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The team's name.")
  displayName?: StringFilter | null;
  @Optional(() => StringFilter, 'The id at the identity provider.')
  externalId?: StringFilter | null;
  @Optional(() => TeamMembersFilter, 'The users that are members.')
  members?: TeamMembersFilter | null;
  @Optional(() => TeamReferencesFilter, 'The teams that are members, as in `Team.memberTeams`.')
  memberTeams?: TeamReferencesFilter | null;
  @Optional(() => StringFilter, "The managing directory's id; `isSet: false` finds local teams.")
  managedBy?: StringFilter | null;
  @Optional(() => DateTimeFilter, 'When the team was created.')
  createdAt?: DateTimeFilter | null;
  @Optional(() => DateTimeFilter, 'When the team or its members were last changed.')
  updatedAt?: DateTimeFilter | null;
  @Optional(() => NumberFilter, "The team's version.")
  version?: NumberFilter | null;
}

const TeamOrderField = enumType('TeamOrderField', 'What teams can be ordered by.', {
  ID: 'The id, which is the order in which teams were created.',
  CREATED_AT: 'When the team was created.',
  UPDATED_AT: 'When the team or its members were last changed.',
  DISPLAY_NAME: "The team's name, ignoring case.",
  EXTERNAL_ID: 'The id at the identity provider.',
});
const TeamOrder = pathOrderInput(
  'TeamOrder',
  TeamOrderField,
  '`displayName`, `externalId`, `createdAt`, `updatedAt`, `version`; `members.id` or `members.display` of the first member by id.',
);

@ArgsType()
export class TeamListArgs extends PageArgs {
  @Optional(() => TeamFilter, 'Which teams are listed; left out, all of them.')
  filter?: TeamFilter | null;
  @Optional(() => TeamOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof TeamOrder> | null;
}
