import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { DeletedTeamRow } from '#core-api/domain/team/deleted-team-service.js';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { CursorArgs, wanted } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import { DeletedTeamConnection, DeletedTeamType, RestoreTeamInput } from './deleted-team-type.js';
import { ChangeTeamPayload } from './team-type.js';

@Resolver(() => DeletedTeamType)
export class DeletedTeamResolver {
  @Query(() => DeletedTeamConnection, {
    description:
      'Teams that were deleted in the last 30 days, the last one first. Needs `teams:read` and `audit:read`.',
  })
  deletedTeams(
    @Args(() => CursorArgs) args: CursorArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.deletedTeams.list({ ...args, ...wanted(info) }));
  }

  @Mutation(() => ChangeTeamPayload, {
    description:
      'Gives back a deleted team under its id: to the directory that managed it, with its members as far as they are still there, and its projects. NOT_FOUND when it was deleted more than 30 days ago, UNIQUENESS when its name is taken meanwhile. For owners: needs every permission.',
  })
  restoreTeam(
    @Arg('input', () => RestoreTeamInput, { description: 'The team.' }) { id }: RestoreTeamInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.deletedTeams.restore(id);
  }

  @FieldResolver()
  managedBy(@Root() team: DeletedTeamRow, @Ctx() { loaders }: RequestContext) {
    return team.directoryId === null ? null : loaders.directory.load(team.directoryId);
  }
}
