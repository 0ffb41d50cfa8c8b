import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Optional, Required } from '../fields.js';
import { DateTime, Json } from '../scalars.js';

@InputType('RequestToleranceInput', { description: 'A habit of a sender that was met.' })
class RequestToleranceInput {
  @Required(() => String, 'Which one.')
  name!: string;
  @Required(() => Int, 'How many times.')
  count!: number;
}

@InputType('RequestOperationInput', { description: 'An operation that a request became.' })
class RequestOperationInput {
  @Required(() => String, "The operation's id.")
  id!: string;
  @Optional(() => String, 'The code of its failure; null when it succeeded.')
  code!: string | null;
  @Required(() => Int, 'How long it took, in milliseconds.')
  durationMs!: number;
}

@InputType('RequestLogEntryInput', { description: 'A request that the gateway answered. Everything in it is masked.' })
class RequestLogEntryInput {
  @Required(() => ID, "The request's id.")
  requestId!: string;
  @Required(() => ID, 'The company whose token was sent, or that the token claims to be of.')
  companyId!: string;
  @Optional(() => ID, 'The token that was accepted.')
  credentialId!: string | null;
  @Optional(() => String, 'SHA-256, hexadecimal, of a token that was not accepted.')
  tokenHash!: string | null;
  @Required(() => DateTime, 'When it came in.')
  at!: string;
  @Required(() => String, 'The HTTP method.')
  method!: string;
  @Required(() => String, 'The path with its query.')
  path!: string;
  @Required(() => Int, 'The HTTP status of the answer.')
  status!: number;
  @Required(() => Int, 'How long it took, in milliseconds.')
  durationMs!: number;
  @Optional(() => String, 'The address that it came from.')
  clientAddress!: string | null;
  @Optional(() => String, 'The user agent.')
  userAgent!: string | null;
  @Optional(() => String, 'Why it was refused or broken off.')
  error!: string | null;
  @Optional(() => String, 'The body.')
  requestBody!: string | null;
  @Optional(() => String, "The answer's body.")
  responseBody!: string | null;
  @Required(() => [RequestToleranceInput], 'The habits of the sender that were met.')
  tolerances!: RequestToleranceInput[];
  @Required(() => [RequestOperationInput], 'The operations that it became.')
  operations!: RequestOperationInput[];
}

@InputType('ToleranceMetInput', { description: 'How often a provider had a habit since the last batch.' })
class ToleranceMetInput {
  @Required(() => ID, 'The company.')
  companyId!: string;
  @Required(() => ID, 'Its directory.')
  directoryId!: string;
  @Required(() => String, 'Which one.')
  name!: string;
  @Required(() => Int, 'How many times.')
  count!: number;
  @Required(() => DateTime, 'The last time.')
  lastAt!: string;
}

@InputType('ToleranceBatchInput', { description: 'The habits of senders that one gateway met since its last batch.' })
class ToleranceBatchInput {
  @Required(() => ID, 'The process that counted.')
  gatewayId!: string;
  @Required(() => Int, 'Rises with each batch of that process; one that is counted already is passed over.')
  batch!: number;
  @Required(() => [ToleranceMetInput], 'At most 10,000.')
  met!: ToleranceMetInput[];
}

@InputType('AppendRequestLogInput', { description: 'Requests that the gateway answered.' })
export class AppendRequestLogInput {
  @Field(() => [RequestLogEntryInput], {
    nullable: true,
    description: 'The entries of gateways that send no `entriesJson`.',
    deprecationReason: 'Send `entriesJson`.',
  })
  entries?: RequestLogEntryInput[] | null;
  @Optional(
    () => Json,
    'A list of at most 1,000 entries, with the members of `RequestLogEntryInput`, but `at` in milliseconds since 1970. Those that are there already are passed over; if one is not right, none is appended.',
  )
  entriesJson?: unknown;
  @Optional(() => ToleranceBatchInput, 'The habits that were met, also in requests that are not kept.')
  tolerances?: ToleranceBatchInput | null;
}

/** What came either way, as the service takes it. */
export function entriesIn({ entries, entriesJson }: AppendRequestLogInput): unknown {
  return entriesJson ?? (entries ?? []).map((entry) => ({ ...entry, at: Date.parse(entry.at) }));
}

@ObjectType('AppendRequestLogPayload', { simpleResolvers: true, description: 'The answer to `appendRequestLog`.' })
export class AppendRequestLogPayload {
  @Required(() => Boolean, 'Always true.')
  appended!: boolean;
}
