import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import { AcknowledgeAlarmPayload, AlarmConnection, AlarmListArgs, AlarmType } from './alarm-type.js';

@Resolver(() => AlarmType)
export class AlarmResolver {
  @Query(() => AlarmConnection, {
    description: 'What owners should look at, the newest first. Needs `directories:read`.',
  })
  alarms(
    @Args(() => AlarmListArgs) args: AlarmListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.alarms.list(pageRequest(args, info)));
  }

  @Mutation(() => AcknowledgeAlarmPayload, {
    description:
      'Says that an alarm was seen; it ends when what it is about is over. Nothing happens when somebody has said so. Needs `directories:write`.',
  })
  async acknowledgeAlarm(
    @Arg('input', () => IdInput, { description: 'The alarm.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { alarm: await services.alarms.acknowledge(id) };
  }

  @FieldResolver()
  directory(@Root() { directoryId }: { directoryId: string | null }, @Ctx() { loaders }: RequestContext) {
    return directoryId === null ? null : loaders.directory.load(directoryId);
  }
}
