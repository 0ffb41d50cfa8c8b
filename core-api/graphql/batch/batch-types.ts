import { ID, InputType, Int, ObjectType } from 'type-graphql';
import type { BatchOperation } from '#core-api/domain/batch/batch-operation.js';
import type { BatchResult } from '#core-api/domain/batch/batch-service.js';
import { Optional, Required } from '../fields.js';
import { ChangeTeamInput, CreateTeamInput, ReplaceTeamInput, TeamIdInput } from '../team/team-inputs.js';
import { ChangeUserInput, CreateUserInput, ReplaceUserInput, UserIdInput } from '../user/user-inputs.js';

@InputType('BatchOperation', { description: 'One operation of a batch: exactly one member is given.' })
export class BatchOperationInput implements BatchOperation {
  @Optional(() => CreateUserInput, 'As the mutation `createUser`.')
  createUser?: CreateUserInput | null;
  @Optional(() => ReplaceUserInput, 'As the mutation `replaceUser`.')
  replaceUser?: ReplaceUserInput | null;
  @Optional(() => ChangeUserInput, 'As the mutation `changeUser`.')
  changeUser?: ChangeUserInput | null;
  @Optional(() => UserIdInput, 'As the mutation `deleteUser`.')
  deleteUser?: UserIdInput | null;
  @Optional(() => CreateTeamInput, 'As the mutation `createTeam`.')
  createTeam?: CreateTeamInput | null;
  @Optional(() => ReplaceTeamInput, 'As the mutation `replaceTeam`.')
  replaceTeam?: ReplaceTeamInput | null;
  @Optional(() => ChangeTeamInput, 'As the mutation `changeTeam`.')
  changeTeam?: ChangeTeamInput | null;
  @Optional(() => TeamIdInput, 'As the mutation `deleteTeam`.')
  deleteTeam?: TeamIdInput | null;
}

@InputType('ApplyBatchInput', { description: 'Operations that are run in order, each all or nothing by itself.' })
export class ApplyBatchInput {
  @Required(() => [BatchOperationInput], 'The operations; 1,000 at most.')
  operations!: BatchOperationInput[];
  @Optional(() => Int, 'Stops after this many failures; left out, never.')
  failOnErrors?: number | null;
}

@ObjectType('BatchResult', { simpleResolvers: true, description: 'What became of one operation of a batch.' })
class BatchResultType implements BatchResult {
  @Required(() => Int, "The operation's place in the list, counted from 0.")
  index!: number;
  @Required(() => Boolean, 'Whether it was done.')
  ok!: boolean;
  @Optional(() => ID, 'The id of the object that it was about; null when creating failed.')
  id!: string | null;
  @Optional(() => Int, "The object's version after it; null when it failed, or deleted the object.")
  version!: number | null;
  @Optional(
    () => String,
    'Why it was not done, by the codes that `errors[].extensions.code` has too; null when it was.',
  )
  code!: string | null;
  @Optional(() => String, 'The input field that was at fault, dotted.')
  field!: string | null;
  @Optional(() => String, 'Why it was not done, for people.')
  message!: string | null;
}

@ObjectType('ApplyBatchPayload', { simpleResolvers: true, description: 'The answer to `applyBatch`.' })
export class ApplyBatchPayload {
  @Required(() => [BatchResultType], 'One entry for each operation that was tried, in order.')
  results!: BatchResultType[];
}
