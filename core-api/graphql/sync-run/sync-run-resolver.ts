import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SyncRunRow } from '#core-api/domain/sync-run/sync-run-service.js';
import { ChangeConnection } from '../change/change-type.js';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { CursorArgs, pageRequest, wanted } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  DecideSyncRunPayload,
  SyncRunConnection,
  SyncRunListArgs,
  SyncRunType,
  SyncRunUserConnection,
} from './sync-run-type.js';

@Resolver(() => SyncRunType)
export class SyncRunResolver {
  @Query(() => SyncRunConnection, {
    description:
      'What directories took away too much of at once, the newest first. How much is too much stands in the settings of each directory. Needs `directories:read`.',
  })
  syncRuns(
    @Args(() => SyncRunListArgs) args: SyncRunListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.syncRuns.list(pageRequest(args, info)));
  }

  @Mutation(() => DecideSyncRunPayload, {
    description:
      'Says that a run was meant: everything stays as it is, and the alarm ends. ALREADY_DECIDED when it was confirmed or reverted before. For owners: needs every permission.',
  })
  async confirmSyncRun(
    @Arg('input', () => IdInput, { description: 'The run.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { syncRun: await services.syncRuns.confirm(id) };
  }

  @Mutation(() => DecideSyncRunPayload, {
    description:
      "Gives back all that a run took away: users with their ids and with the values that the requests which deactivated them changed, teams, memberships, roles, and accesses to projects. What somebody changed since stays, as the run's report says; the alarm ends. ALREADY_DECIDED when it was confirmed or reverted before. For owners: needs every permission.",
  })
  async revertSyncRun(
    @Arg('input', () => IdInput, { description: 'The run.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { syncRun: await services.syncRuns.revert(id) };
  }

  @FieldResolver()
  directory(@Root() { directoryId }: SyncRunRow, @Ctx() { loaders }: RequestContext) {
    return loaders.directory.load(directoryId);
  }

  @FieldResolver()
  counts(@Root() { usersDeactivated, usersDeleted, membersRemoved }: SyncRunRow) {
    return { usersDeactivated, usersDeleted, membersRemoved };
  }

  @FieldResolver(() => SyncRunUserConnection, {
    description: 'The users whom it deactivated or deleted, by id. Needs `users:read`.',
  })
  users(
    @Root() run: SyncRunRow,
    @Args(() => CursorArgs) args: CursorArgs,
    @Ctx() { loaders }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(loaders.usersOfRun.load(run, { ...args, ...wanted(info) }));
  }

  @FieldResolver(() => ChangeConnection, {
    description: 'What of the change log it consists of, oldest first. Needs `audit:read`.',
  })
  changes(@Root() run: SyncRunRow, @Args(() => CursorArgs) args: CursorArgs, @Ctx() { loaders }: RequestContext) {
    return connectionOf(loaders.changesOfRun.load(run, args));
  }
}
