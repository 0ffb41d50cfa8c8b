import { ArgsType, InputType, ObjectType } from 'type-graphql';
import type { UserOrTeam } from '#core-api/domain/users-and-teams/users-and-teams-service.js';
import { Defaulted, Optional, Required } from '../fields.js';
import { connectionType } from '../paging/connection.js';
import { DIRECTION, OrderDirection, TIES } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { TeamFilter } from '../team/team-inputs.js';
import { TeamType } from '../team/team-type.js';
import { UserFilter } from '../user/user-filters.js';
import { UserType } from '../user/user-type.js';

@ObjectType('UserOrTeam', { simpleResolvers: true, description: 'A user or a team: exactly one of the two is there.' })
export class UserOrTeamType {
  @Optional(() => UserType, 'The user; null for a team.')
  user!: UserOrTeam['user'];
  @Optional(() => TeamType, 'The team; null for a user.')
  team!: UserOrTeam['team'];
}

export const UserOrTeamConnection = connectionType(
  'UserOrTeam',
  () => UserOrTeamType,
  'One page of users and teams in one list.',
);

@InputType('UserOrTeamOrder', {
  description: `How a list of users and teams is ordered. Who does not have the attribute is without a value. ${TIES}`,
})
class UserOrTeamOrder {
  @Required(() => String, 'A path of `UserOrder` or `TeamOrder`, or `type`, which has teams before users.')
  path!: string;
  @Defaulted(() => OrderDirection, 'ASC', DIRECTION)
  direction?: 'ASC' | 'DESC' | null;
}

@ArgsType()
export class UsersAndTeamsArgs extends PageArgs {
  @Optional(() => UserFilter, 'Which users are listed; left out, all of them. None: `{ or: [] }`.')
  users?: UserFilter | null;
  @Optional(() => TeamFilter, 'Which teams are listed; left out, all of them. None: `{ or: [] }`.')
  teams?: TeamFilter | null;
  @Optional(() => UserOrTeamOrder, 'How the list is ordered; left out, by id.')
  orderBy?: UserOrTeamOrder | null;
}
