import { ArgsType, ID, InputType, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { edgeType, uncountedConnectionType } from '../paging/connection.js';
import { DateTimeFilter, StringFilter } from '../paging/filters.js';
import { CursorArgs } from '../paging/page-args.js';
import { DateTime, Json } from '../scalars.js';
import { ActorKind } from '../viewer/actor-kind.js';

const ChangeSource = enumType('ChangeSource', 'By which way a change came in.', {
  DIRECTORY: 'From an identity provider, through its directory.',
  API: 'From a program, through this API.',
  CONSOLE: 'From an admin, through the console.',
  SSO: 'From a sign-in.',
  SYSTEM: 'From the platform itself.',
});

const ChangeOrder = enumType('ChangeOrder', 'Which changes come first.', {
  OLDEST_FIRST: 'From the oldest on: the order to follow the log in.',
  NEWEST_FIRST: 'From the newest back: the order to look something up in.',
});

@ObjectType('Change', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'One entry of the change log, which has one for every change of any object. It is never changed itself.',
})
export class ChangeType {
  @Required(() => ID, 'The place in the log, also its cursor: `epoch.xid.no`.')
  id!: string;
  @Required(() => DateTime, 'When the change was made.')
  at!: string;
  @Required(() => ActorKind, 'What kind of actor made it.')
  actorKind!: keyof typeof ActorKind;
  @Optional(() => ID, 'The id of who made it.')
  actorId!: string | null;
  @Optional(
    () => String,
    'What who made it was called then; of a person `user` and the id, so that an erasure leaves no name in the log.',
  )
  actorName!: string | null;
  @Required(() => ChangeSource, 'By which way it came in.')
  source!: keyof typeof ChangeSource;
  @Optional(() => ID, 'The token or key that was used; null for the platform itself.')
  credentialId!: string | null;
  @Optional(() => ID, 'The directory whose token was used; null for everybody else.')
  directoryId!: string | null;
  @Optional(() => String, 'What that directory is called now.')
  directoryName!: string | null;
  @Optional(() => String, 'The id of the request, as it also stands in logs and in the answer.')
  requestId!: string | null;
  @Required(() => String, 'What happened: `user.created`, `team.member_added`.')
  kind!: string;
  @Required(() => String, 'The type of the object that it happened to: `user`, `team`, `api_key`.')
  objectType!: string;
  @Required(() => ID, 'The id of the object that it happened to.')
  objectId!: string;
  @Optional(() => Json, 'The members that differ, as they were; null where the object was made. Never a secret.')
  before!: unknown;
  @Optional(() => Json, 'The members that differ, as they are since; null where the object went away. Never a secret.')
  after!: unknown;
  @Required(
    () => String,
    'A fingerprint of the entry, hexadecimal, by which it can be shown that the log was not tampered with.',
  )
  digest!: string;
}

export const ChangeConnection = uncountedConnectionType(
  'Change',
  () => ChangeType,
  edgeType('Change', () => ChangeType),
  'A stretch of the change log. Its length is not counted: it is too long for that.',
);

@InputType('ChangeFilter', { description: 'Which entries are listed; all that is given must hold.' })
class ChangeFilter {
  @Optional(() => StringFilter, 'What happened.')
  kind?: StringFilter | null;
  @Optional(() => StringFilter, 'The type of the object that it happened to.')
  objectType?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the object that it happened to.')
  objectId?: StringFilter | null;
  @Optional(
    () => String,
    'The member that changed, dotted: `title`, `profile.attributes`; for an extension `extensions.`, its URN and the attribute.',
  )
  field?: string | null;
  @Optional(() => StringFilter, 'The id of who made it.')
  actorId?: StringFilter | null;
  @Optional(() => StringFilter, 'By which way it came in, by its name in the enum `ChangeSource`.')
  source?: StringFilter | null;
  @Optional(() => StringFilter, 'The token or key that was used.')
  credentialId?: StringFilter | null;
  @Optional(() => StringFilter, 'The directory whose token was used.')
  directoryId?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the request.')
  requestId?: StringFilter | null;
  @Optional(() => DateTimeFilter, 'When the change was made.')
  at?: DateTimeFilter | null;
}

@ArgsType()
export class ChangeListArgs extends CursorArgs {
  @Optional(() => ChangeFilter, 'Which entries are listed; left out, all of them.')
  filter?: ChangeFilter | null;
  @Optional(() => ChangeOrder, 'Which come first; left out, the oldest.')
  orderBy?: keyof typeof ChangeOrder | null;
}
