import { ID, InputType, Int, ObjectType } from 'type-graphql';
import { Required } from '../fields.js';

@InputType('EraseUserInput', { description: 'A deleted user that is to be erased.' })
export class EraseUserInput {
  @Required(() => ID, "The user's id. INVALID_VALUE unless the user was deleted.")
  id!: string;
}

@ObjectType('EraseUserPayload', {
  simpleResolvers: true,
  description: 'The answer to `eraseUser`: what lost its content.',
})
export class EraseUserPayload {
  @Required(() => ID, "The user's id, which stays.")
  id!: string;
  @Required(() => Int, 'How many entries of the change log lost their content.')
  emptiedChanges!: number;
  @Required(() => Int, 'How many conflicts lost their content.')
  emptiedConflicts!: number;
  @Required(() => Int, 'How many entries of the request log lost their content.')
  emptiedRequests!: number;
}
