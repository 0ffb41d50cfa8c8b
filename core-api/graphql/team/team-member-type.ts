import { Field, ID, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
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

const TeamMemberKind = enumType('TeamMemberKind', 'What a member of a team is.', {
  USER: 'A user.',
  TEAM: 'A team, whose members belong to the team around it, too.',
});

@ObjectType('TeamMember', { simpleResolvers: true, description: 'One membership, as short as it can be.' })
export class TeamMemberType {
  @Required(() => ID, "The team's id.")
  teamId!: string;
  @Required(() => TeamMemberKind, 'What the member is.')
  type!: keyof typeof TeamMemberKind;
  @Required(() => ID, "The member's id: of a user or of a team.")
  memberId!: string;
  @Field(() => ID, {
    description: "The member's id.",
    deprecationReason: 'Members can be teams, too: ask for `memberId`.',
  })
  userId!: string;
  @Required(() => String, "The member's display name; of a user without one, the user name.")
  display!: string;
}

@ObjectType('TeamMemberPage', { simpleResolvers: true, description: 'A stretch of the members of several teams.' })
export class TeamMemberPage {
  @Required(() => [TeamMemberType], 'The memberships, ordered by team and member.')
  members!: TeamMemberType[];
  @Optional(() => String, 'Where the stretch ends, for `after` of the next one; null when it is empty.')
  endCursor!: string | null;
  @Required(() => Boolean, 'Whether memberships follow.')
  hasNextPage!: boolean;
}
