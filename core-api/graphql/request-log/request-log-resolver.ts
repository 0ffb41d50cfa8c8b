import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestLogRow } from '#core-api/domain/request-log/request-log-service.js';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { below, type SelectionInfo, selectionOf } from '../selection.js';
import { AppendRequestLogInput, AppendRequestLogPayload, entriesIn } from './append-request-log.js';
import { RequestLogArgs, RequestLogConnection, RequestLogEntryType } from './request-log-type.js';

@Resolver(() => RequestLogEntryType)
export class RequestLogResolver {
  @Query(() => RequestLogConnection, {
    description:
      'What identity providers sent and were answered, the newest first; refused credentials too. Needs `directories:read` and `audit:read`.',
  })
  requestLog(
    @Args(() => RequestLogArgs) args: RequestLogArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const selection = selectionOf(info);
    const wantBodies = [below(selection, 'nodes'), below(selection, 'edges', 'node')].some(
      (each) => each.has('requestBody') || each.has('responseBody'),
    );
    return connectionOf(services.requestLog.list({ ...args, wantBodies }));
  }

  @Mutation(() => AppendRequestLogPayload, {
    description:
      "For the gateway itself, which sends what it answered from time to time, with its key and no token, at the gateway's door. FORBIDDEN for everyone else.",
  })
  async appendRequestLog(
    @Arg('input', () => AppendRequestLogInput, { description: 'The entries, and what was met.' })
    input: AppendRequestLogInput,
    @Ctx() { services }: RequestContext,
  ) {
    const appended = services.requestLog.append(entriesIn(input));
    const added = input.tolerances && services.toleranceCounts.add(input.tolerances);
    // What fails of the one does not keep the other from being stored.
    await Promise.allSettled([appended, added]);
    await appended;
    await added;
    return { appended: true };
  }

  @FieldResolver()
  directory(@Root() { directoryId }: RequestLogRow, @Ctx() { loaders }: RequestContext) {
    return directoryId === null ? null : loaders.directory.load(directoryId);
  }

  @FieldResolver()
  changeIds(@Root() entry: RequestLogRow, @Ctx() { loaders }: RequestContext) {
    return loaders.changesOfRequest(entry);
  }
}
