import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Kept, KeptReason as Reason } from '#core-api/domain/sync-run/run-report.js';
import { DirectoryType } from '../directory/directory-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const SyncRunStatus = enumType('SyncRunStatus', 'What was decided about a run.', {
  HELD: 'Nothing yet. It has taken effect all the same, and grows while more follows within ten minutes.',
  CONFIRMED: 'An owner said that it was meant.',
  REVERTED: 'An owner had everything given back.',
});

const SyncRunAction = enumType('SyncRunAction', 'What a run did to a user.', {
  DEACTIVATED: 'It deactivated the user.',
  DELETED: 'It deleted the user.',
});

const KeptObject = enumType<Kept['object']>('SyncRunKeptObject', 'What was kept as it is.', {
  USER: 'A user.',
  TEAM: 'A team.',
  MEMBERSHIP: "A user's membership of a team.",
  ATTRIBUTES: 'What a directory says of a user.',
});

const KeptReason = enumType<Reason>('SyncRunKeptReason', 'Why something was kept as it is when a run was reverted.', {
  BACK_ALREADY: 'Somebody had given it back before.',
  CHANGED_LATER: 'Somebody else took it away after the run: deactivated the user again, or removed the member again.',
  VALUES_KEPT:
    'The user is back; some values that the run had changed were changed again since, or another user has them by now, and stay.',
  DELETED_LATER: 'It was deleted after the run.',
  TRANSFERRED: 'Somebody else manages it since.',
  ERASED: 'The user was erased.',
  NAME_TAKEN: 'Another object has its user name or name by now.',
  EXTERNAL_ID_TAKEN: 'Another object has its external id by now.',
  TEAM_GONE: 'Of a membership: the team is gone, and not by the run.',
  USER_GONE: 'Of a membership: the user is deleted, and did not come back.',
});

@ObjectType('SyncRunCounts', { simpleResolvers: true, description: 'How much a run took away.' })
class SyncRunCounts {
  @Required(() => Int, 'How many users it deactivated.')
  usersDeactivated!: number;
  @Required(() => Int, 'How many users it deleted.')
  usersDeleted!: number;
  @Required(() => Int, 'How many memberships ended, also those of deleted users and teams.')
  membersRemoved!: number;
}

@ObjectType('SyncRunRestored', {
  simpleResolvers: true,
  description: 'How much was given back when a run was reverted.',
})
class SyncRunRestored {
  @Required(() => Int, 'Users that are active, or there, again.')
  users!: number;
  @Required(() => Int, 'Teams that are there again.')
  teams!: number;
  @Required(() => Int, 'Memberships.')
  members!: number;
  @Required(
    () => Int,
    'Roles that users had lost: by being deleted, or with the values of the attribute that carries roles.',
  )
  roles!: number;
  @Required(() => Int, 'Accesses to projects that users and teams had lost by being deleted.')
  accesses!: number;
}

@ObjectType('SyncRunKept', {
  simpleResolvers: true,
  description: 'Something that a run had taken away, and that stayed as it was when the run was reverted.',
})
class SyncRunKept {
  @Required(() => KeptObject, 'What it is.')
  object!: keyof typeof KeptObject;
  @Required(() => ID, "The user's or team's id; of a membership the team's.")
  id!: string;
  @Required(() => String, "The user's or team's name; of a membership the team's.")
  name!: string;
  @Optional(() => ID, 'Of a membership, the user; else null.')
  userId!: string | null;
  @Required(() => KeptReason, 'Why it stayed.')
  reason!: Reason;
}

@ObjectType('SyncRunReport', {
  simpleResolvers: true,
  description: 'What reverting a run gave back, and what it left.',
})
class SyncRunReport {
  @Required(() => SyncRunRestored, 'What was given back.')
  restored!: SyncRunRestored;
  @Required(() => [SyncRunKept], 'What stayed as it was, because somebody changed it since: the first 1,000.')
  kept!: SyncRunKept[];
  @Required(() => Int, 'How much stayed as it was in all.')
  keptCount!: number;
}

@ObjectType('SyncRunUser', { simpleResolvers: true, description: 'A user whom a run took away.' })
class SyncRunUserType {
  @Required(() => ID, "The user's id, which it keeps.")
  id!: string;
  @Required(() => String, "The user's user name.")
  userName!: string;
  @Optional(() => String, 'What the user is called.')
  displayName!: string | null;
  @Required(() => SyncRunAction, 'What the run did to the user, the last time if more than once.')
  action!: keyof typeof SyncRunAction;
  @Required(() => DateTime, 'When it did so.')
  at!: string;
  @Required(() => Boolean, 'Whether the user is there and active by now.')
  isBack!: boolean;
}

export const SyncRunUserConnection = connectionType(
  'SyncRunUser',
  () => SyncRunUserType,
  'One page of the users whom a run took away, by id.',
);

@ObjectType('SyncRun', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'More than a directory usually takes away at once: users whom it deactivated or deleted, members whom it removed from teams. It took effect when it came; until an owner decides, it can be reverted as a whole.',
})
export class SyncRunType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Optional(() => DirectoryType, 'The directory that did it.')
  directory!: DirectoryType | null;
  @Required(() => SyncRunStatus, 'What was decided about it.')
  status!: keyof typeof SyncRunStatus;
  @Required(() => DateTime, 'When its first change was made.')
  startedAt!: string;
  @Required(() => DateTime, 'When its last change so far was made.')
  lastAt!: string;
  @Required(() => SyncRunCounts, 'How much it took away so far.')
  counts!: SyncRunCounts;
  @Optional(() => DateTime, 'When an owner decided; null while nobody did.')
  decidedAt!: string | null;
  @Optional(() => String, 'What the one who decided was called then; of a person `user` and the id.')
  decidedBy!: string | null;
  @Optional(() => SyncRunReport, 'What reverting it gave back and what it left; null unless it was reverted.')
  report!: SyncRunReport | null;
}

export const SyncRunConnection = connectionType('SyncRun', () => SyncRunType, 'One page of runs, the newest first.');

@ObjectType('DecideSyncRunPayload', { simpleResolvers: true, description: 'The answer to a decision about a run.' })
export class DecideSyncRunPayload {
  @Required(() => SyncRunType, 'The run as it is stored now, with the report of a revert.')
  syncRun!: SyncRunType;
}

@InputType('SyncRunFilter', { description: `Which runs are listed. ${LOGIC.tree}` })
class SyncRunFilter {
  @Optional(() => StringFilter, 'The id of the directory.')
  directoryId?: StringFilter | null;
  @Optional(() => StringFilter, 'What was decided, by its name in the enum `SyncRunStatus`.')
  status?: StringFilter | null;
}

@ArgsType()
export class SyncRunListArgs extends PageArgs {
  @Optional(() => SyncRunFilter, 'Which runs are listed; left out, all of them.')
  filter?: SyncRunFilter | null;
}
