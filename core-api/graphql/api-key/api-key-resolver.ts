import { Arg, Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ApiKeyConnection,
  ApiKeyListArgs,
  ApiKeyType,
  CreateApiKeyInput,
  CreateApiKeyPayload,
  RevokeApiKeyPayload,
} from './api-key-type.js';

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: "The company's API keys. Needs `tokens:write`." })
  apiKeys(
    @Args(() => ApiKeyListArgs) args: ApiKeyListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.apiKeys.list(pageRequest(args, info)));
  }

  @Mutation(() => CreateApiKeyPayload, { description: 'Makes an API key. Needs `tokens:write`.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.apiKeys.create(input);
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description: 'Revokes an API key for good. Nothing happens when it is. Needs `tokens:write`.',
  })
  async revokeApiKey(
    @Arg('input', () => IdInput, { description: 'The key.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { apiKey: await services.apiKeys.revoke(id) };
  }
}
