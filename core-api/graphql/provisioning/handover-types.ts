import { ID, InputType, ObjectType } from 'type-graphql';
import { Required } from '../fields.js';
import { TeamType } from '../team/team-type.js';
import { UserType } from '../user/user-type.js';

const IDS = 'Their ids, at most 1,000: all of them, or none.';
const TO_DIRECTORY = 'The directory that manages them from then on.';

@InputType('TransferUsersInput', { description: 'Users, and the directory that they go to.' })
export class TransferUsersInput {
  @Required(() => [ID], IDS)
  ids!: string[];
  @Required(() => ID, TO_DIRECTORY)
  toDirectoryId!: string;
}

@InputType('TransferTeamsInput', { description: 'Teams, and the directory that they go to.' })
export class TransferTeamsInput {
  @Required(() => [ID], IDS)
  ids!: string[];
  @Required(() => ID, TO_DIRECTORY)
  toDirectoryId!: string;
}

@InputType('ReleaseUsersInput', { description: 'Users that go back to the company.' })
export class ReleaseUsersInput {
  @Required(() => [ID], IDS)
  ids!: string[];
}

@InputType('ReleaseTeamsInput', { description: 'Teams that go back to the company.' })
export class ReleaseTeamsInput {
  @Required(() => [ID], IDS)
  ids!: string[];
}

@ObjectType('ChangeUsersPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that changes several users.',
})
export class ChangeUsersPayload {
  @Required(() => [UserType], 'The users as they are stored now, in the order in which they were named.')
  users!: UserType[];
}

@ObjectType('ChangeTeamsPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that changes several teams.',
})
export class ChangeTeamsPayload {
  @Required(() => [TeamType], 'The teams as they are stored now, in the order in which they were named.')
  teams!: TeamType[];
}
