import { ID, InputType, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { Optional, Required } from '../fields.js';
import { connectionType } from '../paging/connection.js';
import { DateTime } from '../scalars.js';

@ObjectType('DeletedTeam', {
  simpleResolvers: true,
  description: 'A team that was deleted, and can still be restored.',
})
export class DeletedTeamType {
  @Required(() => ID, 'The id that the team had, and has again when it is restored.')
  id!: string;
  @Required(() => String, 'The name that the team had. Another team can have it by now.')
  displayName!: string;
  @Optional(() => String, "The team's id at the identity provider.")
  externalId!: string | null;
  @Optional(
    () => DirectoryType,
    'The directory that managed the team, and does so again when it is restored; null for a local one. Needs `directories:read`.',
  )
  managedBy!: DirectoryType | null;
  @Required(() => DateTime, 'When the team was deleted.')
  deletedAt!: string;
  @Optional(() => ID, 'The id of the key, token or user that deleted the team.')
  deletedById!: string | null;
  @Optional(() => String, 'What who deleted the team was called then.')
  deletedBy!: string | null;
  @Required(() => DateTime, 'Until when the team can be restored: 30 days after it was deleted.')
  restorableUntil!: string;
}

export const DeletedTeamConnection = connectionType('DeletedTeam', () => DeletedTeamType, 'One page of deleted teams.');

@InputType('RestoreTeamInput', { description: 'Names the deleted team that is to come back.' })
export class RestoreTeamInput {
  @Required(() => ID, "The team's id.")
  id!: string;
}
