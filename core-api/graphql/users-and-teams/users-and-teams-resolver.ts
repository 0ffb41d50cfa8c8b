import { Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { wanted } from '../paging/page-args.js';
import { below, type SelectionInfo, selectionOf } from '../selection.js';
import { userParts } from '../user/user-parts.js';
import { UserOrTeamConnection, UsersAndTeamsArgs } from './user-or-team-type.js';

@Resolver()
export class UsersAndTeamsResolver {
  @Query(() => UserOrTeamConnection, {
    description:
      "The company's users and teams in one list, with one order and pages over both. Needs `users:read` and `teams:read`.",
  })
  usersAndTeams(
    @Args(() => UsersAndTeamsArgs) { users, teams, ...args }: UsersAndTeamsArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const selection = selectionOf(info);
    const parts = userParts(below(selection, 'nodes', 'user'), below(selection, 'edges', 'node', 'user'));
    return connectionOf(services.usersAndTeams.list({ ...args, filter: { users, teams }, ...wanted(info) }, parts));
  }
}
