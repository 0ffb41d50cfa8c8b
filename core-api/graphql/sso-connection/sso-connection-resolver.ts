import { Arg, Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeSsoConnectionPayload,
  CreateSsoConnectionInput,
  SsoConnectionConnection,
  SsoConnectionListArgs,
  SsoConnectionType,
  UpdateSsoConnectionInput,
} from './sso-connection-type.js';

@Resolver(() => SsoConnectionType)
export class SsoConnectionResolver {
  @Query(() => SsoConnectionConnection, {
    description: "The company's sign-in connections. Needs `directories:read`.",
  })
  ssoConnections(
    @Args(() => SsoConnectionListArgs) args: SsoConnectionListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.ssoConnections.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeSsoConnectionPayload, {
    description: 'Creates a sign-in connection. UNIQUENESS when the name is taken. Needs `sso:write`.',
  })
  async createSsoConnection(
    @Arg('input', () => CreateSsoConnectionInput, { description: 'The new connection.' })
    input: CreateSsoConnectionInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { ssoConnection: await services.ssoConnections.create(input) };
  }

  @Mutation(() => ChangeSsoConnectionPayload, { description: 'Changes a sign-in connection. Needs `sso:write`.' })
  async updateSsoConnection(
    @Arg('input', () => UpdateSsoConnectionInput, { description: 'The connection, and what is to change.' })
    input: UpdateSsoConnectionInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { ssoConnection: await services.ssoConnections.update(id, changes) };
  }
}
