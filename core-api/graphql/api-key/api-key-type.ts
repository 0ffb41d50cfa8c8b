import { ArgsType, ID, InputType, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { RotationOverlap } from '../rotation-overlap.js';
import { DateTime } from '../scalars.js';

const PERMISSIONS = 'What it may be used for, as in `users:read`; a personal key only as far as its user may.';

const ApiKeyKind = enumType('ApiKeyKind', 'Whose an API key is.', {
  SERVICE: "The company's: it stays when whoever made it leaves.",
  PERSONAL: 'Of the user who is signed in and makes it; it ends with that user.',
});

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
  @Optional(
    () => ID,
    'The id of its user: it can do what that user can at each moment, as far as its permissions go, and ends with that user. Null: it is the company’s, a service key.',
  )
  userId!: string | null;
  @Optional(() => ID, 'The id of the key whose place it took; null when it is the first.')
  replacesId!: string | null;
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

@ObjectType('RotateApiKeyPayload', { simpleResolvers: true, description: 'The answer to `rotateApiKey`.' })
export class RotateApiKeyPayload {
  @Required(() => ApiKeyType, 'The new key.')
  apiKey!: ApiKeyType;
  @Required(() => String, 'The new secret, to be sent as `Authorization: Bearer …`. Shown this once.')
  secret!: string;
  @Required(() => ApiKeyType, 'The old key: it ends when the overlap does.')
  replaced!: ApiKeyType;
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
  @Optional(() => StringFilter, "Its user's id; a service key has none.")
  userId?: StringFilter | null;
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
  @Optional(() => ApiKeyKind, 'Whose it is to be; left out, SERVICE.')
  kind?: keyof typeof ApiKeyKind | null;
}

@InputType('RotateApiKeyInput', { description: 'A key, and how it is replaced.' })
export class RotateApiKeyInput {
  @Required(() => ID, "The key's id.")
  id!: string;
  @Optional(() => RotationOverlap, 'For how long it still works beside the new one; left out, one day.')
  overlap?: keyof typeof RotationOverlap | null;
}
