import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { wholeSettings } from '#core-api/domain/directory/directory-settings.js';
import type { DirectorySettings } from '#core-api/persistence/entities/directory.js';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import { RolePreviewType } from '../role/role-mapping-type.js';
import type { SelectionInfo } from '../selection.js';
import {
  CreateDirectoryInput,
  DirectoryListArgs,
  PreviewDirectoryProfileInput,
  UpdateDirectoryInput,
} from './directory-inputs.js';
import { ChangeDirectoryPayload, DirectoryConnection, DirectoryType } from './directory-type.js';

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

  @Query(() => RolePreviewType, {
    description:
      'Who would gain and who would lose a role if members of a profile were changed like this. Nothing is changed. Needs `directories:write` and `users:read`.',
  })
  previewDirectoryProfile(
    @Arg('input', () => PreviewDirectoryProfileInput, { description: 'The directory, and what would change.' })
    { id, profile }: PreviewDirectoryProfileInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directories.previewProfile(id, profile);
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

  @FieldResolver()
  settings(@Root() { settings }: { settings: DirectorySettings }) {
    return wholeSettings(settings);
  }

  @FieldResolver()
  ssoConnections(@Root() directory: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.ssoConnectionsOfDirectory.load(directory.id);
  }

  @FieldResolver()
  tokens(@Root() directory: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.tokensOfDirectory.load(directory.id);
  }

  @FieldResolver()
  tolerances(@Root() directory: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.tolerancesOfDirectory.load(directory.id);
  }
}
