import { ID, ObjectType } from 'type-graphql';
import { Optional, Required } from '../fields.js';
import { connectionType } from '../paging/connection.js';
import { DateTime } from '../scalars.js';
import { UserType } from '../user/user-type.js';

@ObjectType('TeamMemberEdge', {
  simpleResolvers: true,
  description: 'One member of a team, with its place in the list.',
})
class TeamMemberEdge {
  @Required(() => String, "The member's place, for `after` and `before`. Opaque.")
  cursor!: string;
  @Required(() => UserType, 'The user.')
  node!: UserType;
  @Required(() => DateTime, 'When the user became a member.')
  since!: string;
}

export const TeamMemberConnection = connectionType(
  'TeamMember',
  () => UserType,
  "One page of a team's members.",
  TeamMemberEdge,
);

@ObjectType('TeamMember', { simpleResolvers: true, description: 'One membership, as short as it can be.' })
class TeamMemberType {
  @Required(() => ID, "The team's id.")
  teamId!: string;
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => String, "The user's display name, else the user name.")
  display!: string;
}

@ObjectType('TeamMemberPage', { simpleResolvers: true, description: 'A stretch of the members of several teams.' })
export class TeamMemberPage {
  @Required(() => [TeamMemberType], 'The memberships, ordered by team and user.')
  members!: TeamMemberType[];
  @Optional(() => String, 'Where the stretch ends, for `after` of the next one; null when it is empty.')
  endCursor!: string | null;
  @Required(() => Boolean, 'Whether memberships follow.')
  hasNextPage!: boolean;
}
