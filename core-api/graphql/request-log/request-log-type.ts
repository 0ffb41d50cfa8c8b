import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { Optional, Required } from '../fields.js';
import { edgeType, uncountedConnectionType } from '../paging/connection.js';
import { NumberFilter, StringFilter } from '../paging/filters.js';
import { DateTime } from '../scalars.js';

@ObjectType('RequestTolerance', {
  simpleResolvers: true,
  description: 'A habit of the sender that is not as the protocol has it, and that was met all the same.',
})
class RequestToleranceType {
  @Required(() => String, 'Which one, as in `TEXT_BOOLEAN`; docs/scim.md lists them with a sentence each.')
  name!: string;
  @Required(() => Int, 'How many times in this request.')
  count!: number;
}

@ObjectType('RequestOperation', {
  simpleResolvers: true,
  description: 'An operation of this API that the gateway made of a request.',
})
class RequestOperationType {
  @Required(() => String, "The operation's name and the fingerprint of its text, as in `CreateUser.0a1b2c3d4e5f`.")
  id!: string;
  @Optional(() => String, 'The code of its failure; null when it succeeded.')
  code!: string | null;
  @Required(() => Int, 'How long it took, in milliseconds.')
  durationMs!: number;
}

@ObjectType('RequestLogEntry', {
  simpleResolvers: true,
  description:
    'A request that an identity provider sent, and what it was answered. Passwords, tokens and other secrets are masked. Kept for 30 days.',
})
export class RequestLogEntryType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => DateTime, 'When it came in.')
  at!: string;
  @Optional(() => DirectoryType, "The directory whose token was sent; null when the token is none of the company's.")
  directory!: DirectoryType | null;
  @Optional(() => ID, 'The token that was sent; null when it is not known.')
  credentialId!: string | null;
  @Required(() => String, 'Its id, as it also stands in logs, in the answer and in the change log.')
  requestId!: string;
  @Required(() => String, 'GET, POST, PUT, PATCH, DELETE, or whatever was sent.')
  method!: string;
  @Required(() => String, 'The path with its query.')
  path!: string;
  @Required(() => Int, 'The HTTP status of the answer; 499: the sender went away before there was one.')
  status!: number;
  @Required(() => Int, 'How long it took, in milliseconds.')
  durationMs!: number;
  @Optional(() => String, 'The address that it came from.')
  clientAddress!: string | null;
  @Optional(() => String, 'The user agent that sent it.')
  userAgent!: string | null;
  @Optional(() => String, 'Why it was refused or broken off; null when it was not.')
  error!: string | null;
  @Optional(
    () => String,
    'The body, at most 64 kB of it. Null when there was none, when it was not read, or when it is not kept: see `Directory.settings`.',
  )
  requestBody!: string | null;
  @Optional(
    () => String,
    "The answer's body, at most 64 kB of it, and 16 when it went well. Null when there was none, or when it is not kept.",
  )
  responseBody!: string | null;
  @Required(() => [RequestToleranceType], 'The habits of the sender that were met.')
  tolerances!: RequestToleranceType[];
  @Required(() => [RequestOperationType], 'The operations of this API that it became, in their order.')
  operations!: RequestOperationType[];
  @Required(
    () => [ID],
    'The ids of the changes that it caused, in their order: the first 200. `node` reads them one by one, `changes` all by their `requestId`. Needs `audit:read`.',
  )
  changeIds!: string[];
}

export const RequestLogConnection = uncountedConnectionType(
  'RequestLog',
  () => RequestLogEntryType,
  edgeType('RequestLog', () => RequestLogEntryType),
  'A stretch of the request log. Its length is not counted.',
);

@InputType('RequestLogFilter', { description: 'Which entries are listed; all that is given must hold.' })
class RequestLogFilter {
  @Optional(() => ID, 'The directory whose token was sent.')
  directoryId?: string | null;
  @Optional(() => ID, 'The token that was sent.')
  credentialId?: string | null;
  @Optional(() => NumberFilter, 'The HTTP status of the answer.')
  status?: NumberFilter | null;
  @Optional(() => Boolean, 'True: refused or broken off. False: those that went well.')
  isFailure?: boolean | null;
  @Optional(() => String, 'The HTTP method.')
  method?: string | null;
  @Optional(() => StringFilter, 'The path with its query.')
  path?: StringFilter | null;
  @Optional(() => String, 'The id of the request. Looked for in all that is kept, unless `from` says otherwise.')
  requestId?: string | null;
  @Optional(() => String, 'Is contained in one of the bodies, ignoring case.')
  text?: string | null;
  @Optional(() => DateTime, 'Came in at this moment or later; left out, 24 hours before `to`.')
  from?: string | null;
  @Optional(() => DateTime, 'Came in at this moment or earlier; left out, now.')
  to?: string | null;
}

@ArgsType()
export class RequestLogArgs {
  @Optional(() => RequestLogFilter, 'Which entries are listed; left out, those of the last 24 hours.')
  filter?: RequestLogFilter | null;
  @Optional(() => Int, 'How many entries, or how many after `after`: 50 by default, 100 at most.')
  first?: number | null;
  @Optional(() => String, 'Goes on behind the entry with this cursor.')
  after?: string | null;
}
