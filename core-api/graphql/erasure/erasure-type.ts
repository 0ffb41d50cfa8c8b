import { ID, InputType, Int, ObjectType } from 'type-graphql';
import { Required } from '../fields.js';

@InputType('EraseUserInput', { description: 'A deleted user that is to be erased.' })
export class EraseUserInput {
  @Required(() => ID, "The user's id. INVALID_VALUE unless the user was deleted.")
  id!: string;
}

@ObjectType('EraseUserPayload', { simpleResolvers: true, description: 'What lost its content.' })
export class EraseUserPayload {
  @Required(() => ID, "The user's id, which stays.")
  id!: string;
  @Required(() => Int, 'Entries of the change log that were emptied.')
  changes!: number;
  @Required(() => Int, 'Entries of the conflict log that were emptied.')
  conflicts!: number;
  @Required(() => Int, 'Entries of the request log that were emptied.')
  requests!: number;
}
