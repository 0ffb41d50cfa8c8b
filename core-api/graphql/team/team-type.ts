import { ID, Int, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { Optional, Required } from '../fields.js';
import { WarningType } from '../mutation/payloads.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { ProjectType } from '../project/project-type.js';
import { DateTime } from '../scalars.js';
import { TeamMemberConnection } from './team-member-type.js';

@ObjectType('Team', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'A set of users of one company. Local, or managed by a directory, to which its name and members then belong.',
})
export class TeamType {
  @Required(() => ID, 'Opaque; stays when the team is renamed.')
  id!: string;
  @Required(
    () => String,
    'The name of the team, as it was sent. Unique among the teams of one directory, ignoring case.',
  )
  displayName!: string;
  @Optional(() => String, "The team's id at the identity provider.")
  externalId!: string | null;
  @Required(
    () => TeamMemberConnection,
    'The users that are members of the team itself, in the order of their ids. Needs `users:read`.',
  )
  members!: object;
  @Required(() => Int, 'How many users are members of the team itself.')
  memberCount!: number;
  @Required(
    () => [TeamType],
    'Teams that are members of this one, by name. Whoever is a member of them, at any depth, has the roles and projects of this team, unless the directory that manages it skips nested teams.',
  )
  memberTeams!: TeamType[];
  @Required(() => [TeamType], 'Teams of which this one is a member, by name.')
  parentTeams!: TeamType[];
  @Required(() => [ProjectType], 'Projects that the team gives access to, by key. Needs `projects:read`.')
  projects!: ProjectType[];
  @Optional(
    () => DirectoryType,
    'The directory that manages this team; null for a local one. Needs `directories:read`.',
  )
  managedBy!: DirectoryType | null;
  @Required(() => [String], 'Fields that only that directory may change, by name; empty for a local team.')
  lockedFields!: string[];
  @Required(() => Int, 'Rises by one with each change, also of the members.')
  version!: number;
  @Required(() => DateTime, 'When the team was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When the team or its members were last changed.')
  updatedAt!: string;
}

export const TeamConnection = connectionType('Team', () => TeamType, 'One page of teams.');

@ObjectType('ChangeTeamPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a team.',
})
export class ChangeTeamPayload {
  @Required(() => TeamType, 'The team as it is stored now.')
  team!: TeamType;
  @Required(() => [WarningType], 'What was skipped rather than refused, such as members that are not known.')
  warnings!: WarningType[];
}
