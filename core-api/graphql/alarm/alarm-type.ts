import { ArgsType, ID, InputType, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime, Json } from '../scalars.js';

const KIND =
  'What happened, for programs: `PROVISIONING_SUSPENDED`, `MASS_DEPROVISION`, `BREAK_GLASS_SIGN_IN`; of a domain `DOMAIN_HELD`, `DOMAIN_CONTESTED`, `DOMAIN_FAILING`, `DOMAIN_LAPSED`; of single sign-on `SUBJECT_CHANGED`, `SSO_METADATA_CHANGED`, `SSO_CERTIFICATE_EXPIRING`. More kinds can come: show what you do not know.';

@ObjectType('Alarm', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'Something that an owner should look at. The same thing rings once, until it is over.',
})
export class AlarmType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, KIND)
  kind!: string;
  @Optional(() => DirectoryType, 'The directory it is about; null when it is about the company as a whole.')
  directory!: DirectoryType | null;
  @Optional(
    () => ID,
    'The object it is about, where that is no directory: a run of a directory that was held, a claim to a domain, a session.',
  )
  subjectId!: string | null;
  @Required(() => Json, 'What there is to know about it; which members it has depends on the kind.')
  details!: unknown;
  @Required(() => DateTime, 'When it began to ring.')
  raisedAt!: string;
  @Optional(() => DateTime, 'When somebody said to have seen it; null while nobody did.')
  acknowledgedAt!: string | null;
  @Optional(() => String, 'What the one who has seen it was called then; of a person `user` and the id.')
  acknowledgedBy!: string | null;
  @Optional(() => DateTime, 'When it was over; null while it rings.')
  resolvedAt!: string | null;
}

export const AlarmConnection = connectionType('Alarm', () => AlarmType, 'One page of alarms, the newest first.');

@ObjectType('AcknowledgeAlarmPayload', {
  simpleResolvers: true,
  description: 'The answer to saying that an alarm was seen.',
})
export class AcknowledgeAlarmPayload {
  @Required(() => AlarmType, 'The alarm as it is stored now.')
  alarm!: AlarmType;
}

@InputType('AlarmFilter', { description: `Which alarms are listed. ${LOGIC.tree}` })
class AlarmFilter {
  @Optional(() => StringFilter, 'What happened.')
  kind?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the directory it is about.')
  directoryId?: StringFilter | null;
  @Optional(() => Boolean, 'True: those that still ring. False: those that are over.')
  isOpen?: boolean | null;
}

@ArgsType()
export class AlarmListArgs extends PageArgs {
  @Optional(() => AlarmFilter, 'Which alarms are listed; left out, all of them.')
  filter?: AlarmFilter | null;
}
