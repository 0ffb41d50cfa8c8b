import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import { ConflictConnection, ConflictListArgs, ConflictType } from './conflict-type.js';

@Resolver(() => ConflictType)
export class ConflictResolver {
  @Query(() => ConflictConnection, {
    description:
      'What directories wanted and did not get, or got otherwise, in the last 90 days, the newest first. Needs `directories:read`.',
  })
  conflicts(
    @Args(() => ConflictListArgs) args: ConflictListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.conflicts.list(pageRequest(args, info)));
  }

  @FieldResolver()
  directory(@Root() { directoryId }: { directoryId: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.directory.load(directoryId);
  }
}
