import { type SqlBool, sql } from 'kysely';
import { compileNow, statement } from '../statement.js';
import type { ChangePosition } from './changes.js';
import type { Condition } from './filter-sql.js';
import { isoTime } from './page-sql.js';

/** A SCIM request, as it is told and as it is shown. Bodies are masked and cut by the gateway. */
interface LoggedRequest {
  requestId: string;
  /** The credential that was accepted; null when none was. */
  credentialId: string | null;
  /** ISO 8601 in UTC. */
  at: string;
  method: string;
  path: string;
  status: number;
  durationMs: number;
  clientAddress: string | null;
  userAgent: string | null;
  error: string | null;
  /** Null when it was not kept, and when nobody asked for it. */
  requestBody: string | null;
  responseBody: string | null;
  tolerances: readonly RequestTolerance[];
  operations: readonly RequestOperation[];
}

/** One entry as the gateway tells of it. */
export interface NewRequestLogEntry extends LoggedRequest {
  /** SHA-256, hexadecimal, of a token that was refused or not looked at; null when one was accepted. */
  tokenHash: string | null;
}

/** A habit of the sender that was met. */
export interface RequestTolerance {
  name: string;
  count: number;
}

/** An operation of the core that a request became. */
export interface RequestOperation {
  id: string;
  /** Why it failed; null when it succeeded. */
  code: string | null;
  durationMs: number;
}

const NEW_ENTRY = sql`e("requestId" uuid, "credentialId" uuid, "tokenHash" text, at timestamptz, method text, path text, status int, "durationMs" int,
  "clientAddress" text, "userAgent" text, error text, "requestBody" text, "responseBody" text, tolerances jsonb, operations jsonb)`;

const COLUMNS = [
  'company_id',
  'at',
  'id',
  'directory_id',
  'credential_id',
  'request_id',
  'method',
  'path',
  'status',
  'duration_ms',
  'client_address',
  'user_agent',
  'error',
  'request_body',
  'response_body',
  'tolerances',
  'operations',
] as const;

/**
 * Entries of one company, `entries` being a JSON array of `NewRequestLogEntry`. The directory is that of the token, which is looked for in this company
 * alone: an accepted one that is not there was another company's, and its entry is dropped, like all of a company that does not exist. The same entry
 * comes twice when the gateway did not hear an answer. Clocks differ, and there are partitions for certain days only.
 */
export const insertRequestLog = statement<{ companyId: string; entries: string }, never>((db, p) =>
  db
    .insertInto('request_log')
    .columns([...COLUMNS])
    .expression(
      db
        .selectFrom(sql<NewRequestLogEntry>`json_to_recordset(${p('entries')}::json)`.as<'e'>(NEW_ENTRY))
        .innerJoin('company as c', (join) => join.on('c.id', '=', p('companyId')))
        .leftJoin('directory_token as t', (join) =>
          join
            .on('t.company_id', '=', p('companyId'))
            .on(sql<SqlBool>`(t.id = e."credentialId" or t.hash = decode(e."tokenHash", 'hex'))`),
        )
        .select(['c.id as company_id', sql<string>`least(greatest(e.at, now() - interval '1 day'), now())`.as('at')])
        .select(['e.requestId as id', 't.directory_id', sql<string>`coalesce(t.parent_id, t.id)`.as('credential_id')])
        .select([sql<string>`e."requestId"::text`.as('request_id'), 'e.method', 'e.path', 'e.status'])
        .select(['e.durationMs as duration_ms', 'e.clientAddress as client_address', 'e.userAgent as user_agent'])
        .select(['e.error', 'e.requestBody as request_body', 'e.responseBody as response_body'])
        .select(['e.tolerances', 'e.operations'])
        .where(sql<SqlBool>`(e."credentialId" is null or t.id is not null)`) as never,
    )
    .onConflict((conflict) => conflict.doNothing()),
);

/** One entry as the API shows it; its credential may also be the one that a refused token was of. */
export interface RequestLogRow extends LoggedRequest {
  id: string;
  directoryId: string | null;
}

/** An entry's place: newest first, ties by id. */
export type RequestLogPlace = Pick<RequestLogRow, 'at' | 'id'>;

interface EntriesWanted {
  filter: Condition;
  /** Both inclusive: without bounds every day's partition would be read. */
  from: string;
  to: string;
  /** Exclusive; null for the newest. */
  after: RequestLogPlace | null;
  limit: number;
  /** They are long, and stored apart. */
  withBodies: boolean;
}

export function listRequestLog(companyId: string, { filter, from, to, after, limit, withBodies }: EntriesWanted) {
  return compileNow<RequestLogRow>((db) => {
    const body = (column: string) =>
      withBodies ? sql<string | null>`${sql.ref(column)}` : sql<string | null>`null::text`;
    const rows = db
      .selectFrom('request_log as r')
      .select(['r.id', isoTime(sql.ref('r.at')).as('at'), 'r.directory_id as directoryId'])
      .select(['r.credential_id as credentialId', 'r.request_id as requestId', 'r.method', 'r.path', 'r.status'])
      .select(['r.duration_ms as durationMs', 'r.client_address as clientAddress', 'r.user_agent as userAgent'])
      .select(['r.error', body('r.request_body').as('requestBody'), body('r.response_body').as('responseBody')])
      .select(['r.tolerances', 'r.operations'])
      .where('r.company_id', '=', companyId)
      .where(sql<SqlBool>`r.at >= ${from}::timestamptz and r.at <= ${to}::timestamptz`)
      .where(filter)
      .orderBy('r.at', 'desc')
      .orderBy('r.id', 'desc')
      .limit(limit);
    if (!after) return rows;
    return rows.where(sql<SqlBool>`(r.at, r.id) < (${after.at}::timestamptz, ${after.id}::uuid)`);
  });
}

/** Which changes to look for: those under its id, around its time. */
export type RequestOfChanges = Pick<RequestLogRow, 'requestId' | 'at' | 'durationMs'>;

/**
 * Positions of the changes that requests caused, the first 200 of each; `requests` is a JSON array of `RequestOfChanges`. There is no index by request id, so
 * the log is read around each request's time, with a margin for clocks that differ.
 */
export const findChangesOfRequests = statement<
  { companyId: string; requests: string },
  ChangePosition & { requestId: string }
>((db, p) =>
  db
    .selectFrom(
      sql<RequestOfChanges>`json_to_recordset(${p('requests')}::json)`.as<'w'>(
        sql`w("requestId" text, at timestamptz, "durationMs" int)`,
      ),
    )
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom((inner) =>
            inner
              .selectFrom('change as x')
              .select(['x.epoch', 'x.xid', 'x.no'])
              .where('x.company_id', '=', p('companyId'))
              .where(sql<SqlBool>`x.at >= w.at - interval '5 seconds'`)
              .where(sql<SqlBool>`x.at <= w.at + interval '5 seconds' + w."durationMs" * interval '1 millisecond'`)
              .where(sql<SqlBool>`x.request_id = w."requestId"`)
              // Otherwise the order tempts the planner to read the log from its beginning, instead of by time.
              .modifyEnd(sql`offset 0`)
              .as('around'),
          )
          .select(['around.epoch', 'around.xid', 'around.no'])
          .orderBy('around.epoch')
          .orderBy('around.xid')
          .orderBy('around.no')
          .limit(200)
          .as('c'),
      (join) => join.onTrue(),
    )
    .select(['w.requestId', 'c.epoch', sql<string>`c.xid::text`.as('xid'), sql<string>`c.no::text`.as('no')])
    .orderBy('c.epoch')
    .orderBy('c.xid')
    .orderBy('c.no'),
);
