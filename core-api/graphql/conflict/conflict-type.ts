import { ArgsType, ID, InputType, ObjectType } from 'type-graphql';
import type { ConflictKind as Kind } from '#core-api/domain/conflict/conflict-log.js';
import { DirectoryType } from '../directory/directory-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { DateTimeFilter, LOGIC, StringFilter } from '../paging/filters.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime, Json } from '../scalars.js';

const ConflictKind = enumType<Kind>('ConflictKind', 'In which way a directory did not get what it asked for.', {
  ADOPTED:
    'It wrote to a local object, which it manages from then on. `details.overwritten` names the fields that had another value; the change log has the values.',
  REVIVED: 'It created a user that had left or was deleted, and got that one back. `details.wasDeleted` tells which.',
  UNKNOWN_MEMBER:
    'It named members of a team that are neither users nor teams which it sees: `details.members` has the first 100 of `details.count`.',
  SKIPPED_TEAM:
    'It named teams as members of a team, which its profile skips, or the team as a member of itself: `details.teams` has the first 100 of `details.count`.',
  OTHER_DIRECTORY:
    "It addressed another directory's object, wanted to use its user name, or named its users as members. `details.directoryId` is the directory that manages it.",
  NOT_MANAGED: 'It wanted to deactivate or delete a local object, and was refused. `details.action` tells which.',
  UNKNOWN_ROLE: 'It sent roles that it cannot grant; they were skipped. `details.messages` names them.',
});

@ObjectType('Conflict', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'What a directory wanted and did not get, or got otherwise than its identity provider may think. Kept for 90 days.',
})
export class ConflictType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => DateTime, 'When it happened.')
  at!: string;
  @Required(() => ConflictKind, 'In which way the directory did not get what it asked for.')
  kind!: Kind;
  @Optional(() => DirectoryType, 'The directory that asked.')
  directory!: DirectoryType | null;
  @Optional(() => ID, 'The token that was used.')
  credentialId!: string | null;
  @Optional(() => String, 'The id of the request, as it also stands in logs, in the answer and in the change log.')
  requestId!: string | null;
  @Required(() => String, 'The type of the object that it is about: `user`, `team`.')
  objectType!: string;
  @Optional(() => ID, 'The id of the object that it is about; null when what was named is no id.')
  objectId!: string | null;
  @Required(() => Json, 'What there is to know about it; which members it has depends on the kind.')
  details!: unknown;
}

export const ConflictConnection = connectionType(
  'Conflict',
  () => ConflictType,
  'One page of conflicts, the newest first.',
);

@InputType('ConflictFilter', { description: `Which conflicts are listed. ${LOGIC.tree}` })
class ConflictFilter {
  @Optional(() => StringFilter, 'The kind, by its name in the enum `ConflictKind`.')
  kind?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the directory that asked.')
  directoryId?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the object that it is about.')
  objectId?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the request.')
  requestId?: StringFilter | null;
  @Optional(() => DateTimeFilter, 'When it happened.')
  at?: DateTimeFilter | null;
}

@ArgsType()
export class ConflictListArgs extends PageArgs {
  @Optional(() => ConflictFilter, 'Which conflicts are listed; left out, all of them.')
  filter?: ConflictFilter | null;
}
