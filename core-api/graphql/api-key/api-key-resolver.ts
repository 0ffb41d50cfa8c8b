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
  RotateApiKeyInput,
  RotateApiKeyPayload,
} from './api-key-type.js';

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, {
    description:
      'API keys that the actor may see: with `tokens:write` service keys, of a user its own, and all of them for an owner.',
  })
  apiKeys(
    @Args(() => ApiKeyListArgs) args: ApiKeyListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.apiKeys.list(pageRequest(args, info)));
  }

  @Mutation(() => CreateApiKeyPayload, {
    description:
      'Makes an API key. A service key needs `tokens:write`; a personal key is made by any user who is signed in. STEP_UP_REQUIRED when the sign-in is over 15 minutes old.',
  })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.apiKeys.create(input);
  }

  @Mutation(() => RotateApiKeyPayload, {
    description:
      'Replaces a key by a new one of the same name, permissions, lifetime and user; the old one ends after the overlap. ROTATION_UNDER_WAY before the last overlap has ended. A service key needs `tokens:write` and what it may do; a personal key is replaced by its user. STEP_UP_REQUIRED when the sign-in is over 15 minutes old.',
  })
  rotateApiKey(
    @Arg('input', () => RotateApiKeyInput, { description: 'The key, and the overlap.' })
    { id, overlap }: RotateApiKeyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.apiKeys.rotate(id, overlap ?? undefined);
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description:
      'Revokes an API key for good. Nothing happens when it is. A service key needs `tokens:write`; a personal key is revoked by its user, or by an owner.',
  })
  async revokeApiKey(
    @Arg('input', () => IdInput, { description: 'The key.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { apiKey: await services.apiKeys.revoke(id) };
  }
}
