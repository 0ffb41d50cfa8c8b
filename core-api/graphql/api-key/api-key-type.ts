import { ArgsType, ID, InputType, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const PERMISSIONS = 'What it may be used for, as in `users:read`.';

@ObjectType('ApiKey', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'A credential for scripts and integrations. The secret itself is not kept.',
})
export class ApiKeyType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'What people call it.')
  name!: string;
  @Required(() => String, 'The beginning and end of the secret, to recognise it by.')
  hint!: string;
  @Required(() => [String], PERMISSIONS)
  permissions!: string[];
  @Optional(() => DateTime, 'When it stops working; null: never.')
  expiresAt!: string | null;
  @Optional(() => DateTime, 'When it was revoked; null: it was not.')
  revokedAt!: string | null;
  @Optional(() => DateTime, 'When it was last used, to the minute; null: never.')
  lastUsedAt!: string | null;
  @Required(() => DateTime, 'When it was made.')
  createdAt!: string;
}

export const ApiKeyConnection = connectionType('ApiKey', () => ApiKeyType, 'One page of API keys.');

@ObjectType('CreateApiKeyPayload', { simpleResolvers: true, description: 'The answer to `createApiKey`.' })
export class CreateApiKeyPayload {
  @Required(() => ApiKeyType, 'The key.')
  apiKey!: ApiKeyType;
  @Required(() => String, 'The secret, to be sent as `Authorization: Bearer …`. Shown this once.')
  secret!: string;
}

@ObjectType('RevokeApiKeyPayload', { simpleResolvers: true, description: 'The answer to `revokeApiKey`.' })
export class RevokeApiKeyPayload {
  @Required(() => ApiKeyType, 'The key, which works no more.')
  apiKey!: ApiKeyType;
}

@InputType('ApiKeyFilter', { description: `Which API keys are listed. ${LOGIC.tree}` })
class ApiKeyFilter {
  @Optional(() => [ApiKeyFilter], LOGIC.and)
  and?: ApiKeyFilter[] | null;
  @Optional(() => [ApiKeyFilter], LOGIC.or)
  or?: ApiKeyFilter[] | null;
  @Optional(() => ApiKeyFilter, LOGIC.not)
  not?: ApiKeyFilter | null;
  @Optional(() => StringFilter, "The key's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'What people call it.')
  name?: StringFilter | null;
}

const ApiKeyOrderField = enumType('ApiKeyOrderField', 'What API keys can be ordered by.', {
  ID: 'The id, which is the order in which keys were made.',
  NAME: 'What people call them.',
});
const ApiKeyOrder = orderInput('ApiKeyOrder', ApiKeyOrderField);

@ArgsType()
export class ApiKeyListArgs extends PageArgs {
  @Optional(() => ApiKeyFilter, 'Which keys are listed; left out, all of them, revoked and expired ones too.')
  filter?: ApiKeyFilter | null;
  @Optional(() => ApiKeyOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof ApiKeyOrder> | null;
}

@InputType('CreateApiKeyInput', { description: 'A new API key.' })
export class CreateApiKeyInput {
  @Required(() => String, 'What people call it.')
  name!: string;
  @Required(() => [String], `${PERMISSIONS} Nobody can give what they lack.`)
  permissions!: string[];
  @Optional(() => DateTime, 'When it stops working; left out, never.')
  expiresAt?: string | null;
}
