import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  CreateDirectoryInput,
  CreateDirectoryTokenInput,
  DirectoryListArgs,
  UpdateDirectoryInput,
} from './directory-inputs.js';
import {
  ChangeDirectoryPayload,
  CreateDirectoryTokenPayload,
  DirectoryConnection,
  DirectoryType,
  RevokeDirectoryTokenPayload,
} from './directory-type.js';

@Resolver(() => DirectoryType)
export class DirectoryResolver {
  @Query(() => DirectoryConnection, { description: "The company's directories. Needs `directories:read`." })
  directories(
    @Args(() => DirectoryListArgs) args: DirectoryListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.directories.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeDirectoryPayload, {
    description: 'Creates a directory. UNIQUENESS when the name is taken. Needs `directories:write`.',
  })
  async createDirectory(
    @Arg('input', () => CreateDirectoryInput, { description: 'The new directory.' }) input: CreateDirectoryInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { directory: await services.directories.create(input) };
  }

  @Mutation(() => ChangeDirectoryPayload, {
    description: 'Changes a directory. Holds for its next request. Needs `directories:write`.',
  })
  async updateDirectory(
    @Arg('input', () => UpdateDirectoryInput, { description: 'The directory, and what is to change.' })
    input: UpdateDirectoryInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { directory: await services.directories.update(id, changes) };
  }

  @Mutation(() => CreateDirectoryTokenPayload, {
    description: 'Makes a token by which an identity provider gets in. Needs `tokens:write`.',
  })
  createDirectoryToken(
    @Arg('input', () => CreateDirectoryTokenInput, { description: 'The new token.' }) input: CreateDirectoryTokenInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directories.createToken(input);
  }

  @Mutation(() => RevokeDirectoryTokenPayload, {
    description:
      'Revokes a token for good, everywhere within one second. Nothing happens when it is. Needs `tokens:write`.',
  })
  async revokeDirectoryToken(
    @Arg('input', () => IdInput, { description: 'The token.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { directoryToken: await services.directories.revokeToken(id) };
  }

  @FieldResolver()
  ssoConnections(@Root() directory: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.ssoConnectionsOfDirectory.load(directory.id);
  }

  @FieldResolver()
  tokens(@Root() directory: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.tokensOfDirectory.load(directory.id);
  }
}
