import { Field, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';

const ProbeStepName = enumType('DirectoryTestStepName', 'What a test of a directory tries.', {
  SWITCHED_ON: 'Provisioning is on for the company, and the directory is enabled.',
  REACH: 'The public address is reached, and Rollcall answers there.',
  WRONG_CREDENTIAL: 'A token that nobody was given is refused.',
  RIGHT_CREDENTIAL: 'A token of the directory is accepted.',
  DISCOVERY: 'The service describes itself.',
  LOOK_UP_MISS: 'A look-up of somebody who is not there finds nobody.',
  CREATE: 'A user is created.',
  LOOK_UP_HIT: 'The user is found again.',
  PATCH: 'A PATCH changes the user.',
  PUT: 'A PUT replaces the user.',
  ROLE: 'The attribute that carries roles arrives.',
  GROUP: 'A group is pushed.',
  MEMBER_ADD: 'The user becomes a member of the group.',
  MEMBER_REMOVE: 'The user is a member no more.',
  DEACTIVATE: 'The user is deactivated, and is still found.',
  REACTIVATE: 'The user is active again.',
  CLEAN_UP: 'User and group are deleted, and are gone.',
});

@ObjectType('DirectoryTestStep', { simpleResolvers: true, description: 'How one step of a test went.' })
class ProbeStepType {
  @Required(() => ProbeStepName, 'Which step.')
  step!: keyof typeof ProbeStepName;
  @Required(() => String, 'The step in words.')
  title!: string;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it went well; null: it was not tried, and `got` says why.',
  })
  ok!: boolean | null;
  @Field(() => Int, { nullable: true, description: 'The HTTP status of its last answer; null without one.' })
  status!: number | null;
  @Required(() => String, 'What should come back.')
  expected!: string;
  @Required(() => String, 'What came back.')
  got!: string;
  @Optional(() => String, 'What to do about it; null unless it failed.')
  howToMend!: string | null;
  @Field(() => Int, { description: 'How long it took.' })
  durationMs!: number;
}

@ObjectType('TestDirectoryPayload', { simpleResolvers: true, description: 'How a test of a directory went.' })
export class TestDirectoryPayload {
  @Required(() => Boolean, 'Whether no step failed.')
  ok!: boolean;
  @Required(() => String, 'The base URL that was tested, and that the identity provider is given.')
  url!: string;
  @Required(() => [ProbeStepType], 'The steps, in the order in which they were tried.')
  steps!: ProbeStepType[];
}
