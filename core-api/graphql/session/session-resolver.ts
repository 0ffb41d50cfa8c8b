import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  EndSessionPayload,
  EndSessionsInput,
  EndSessionsPayload,
  SessionConnection,
  SessionListArgs,
  SessionType,
} from './session-type.js';

@Resolver(() => SessionType)
export class SessionResolver {
  @Query(() => SessionConnection, {
    description: 'Open sessions: of a user the own ones, and those of everybody with `users:write`.',
  })
  sessions(
    @Args(() => SessionListArgs) args: SessionListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.sessions.list(pageRequest(args, info)));
  }

  @Mutation(() => EndSessionPayload, {
    description:
      'Ends a session, on every instance from the next request on. Nothing happens when it is over. Needs `users:write` for the session of somebody else.',
  })
  async endSession(
    @Arg('input', () => IdInput, { description: 'The session.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { session: await services.sessions.end(id) };
  }

  @Mutation(() => EndSessionsPayload, {
    description:
      'Signs somebody out everywhere: all sessions of a user end. API keys stay. Needs `users:write` for anybody else than whoever asks.',
  })
  async endSessions(
    @Arg('input', () => EndSessionsInput, { description: 'Whose, and whether one stays.' })
    { userId, keepCurrent }: EndSessionsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { ended: await services.sessions.endAll(userId ?? null, keepCurrent ?? false) };
  }

  @FieldResolver()
  isCurrent(@Root() { id }: SessionType, @Ctx() { actor }: RequestContext): boolean {
    return actor.session?.id === id;
  }
}
