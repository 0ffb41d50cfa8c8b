import { type CompiledQuery, type SqlBool, sql } from 'kysely';
import { compileNow, statement } from '../statement.js';
import { textArray } from '../text-array.js';
import type { ChangePosition } from './changes.js';
import type { Condition } from './filter-sql.js';
import { isoTime, untold } from './page-sql.js';

/** A SCIM request, as it is told and as it is shown. Bodies are masked and cut by the gateway. */
interface LoggedRequest {
  requestId: string;
  /** The credential that was accepted; null when none was. */
  credentialId: string | null;
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
  /** Milliseconds since 1970. */
  at: number;
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

/** What comes of an entry, each a list of texts: to hand rows over as JSON costs the server more than to store them. */
const MEMBERS = [
  'requestId',
  'credentialId',
  'tokenHash',
  'at',
  'method',
  'path',
  'status',
  'durationMs',
  'clientAddress',
  'userAgent',
  'error',
  'requestBody',
  'responseBody',
  'tolerances',
  'operations',
] as const satisfies readonly (keyof NewRequestLogEntry)[];

type NewEntries = { companyId: string } & Record<(typeof MEMBERS)[number], Buffer>;

const insertEntries = statement<NewEntries, never>((db, p) => ({
  compile: () =>
    sql<never>`insert into request_log (company_id, at, id, directory_id, credential_id, request_id, method, path, status, duration_ms,
        client_address, user_agent, error, request_body, response_body, tolerances, operations)
      select c.id, least(greatest(to_timestamp(e.at::float8 / 1000), now() - interval '1 day'), now()), e."requestId"::uuid, t.directory_id, coalesce(t.parent_id, t.id),
        e."requestId", e.method, e.path, e.status::int, e."durationMs"::int,
        e."clientAddress", e."userAgent", e.error, e."requestBody", e."responseBody", e.tolerances::jsonb, e.operations::jsonb
      from unnest(${sql.join(MEMBERS.map((member) => sql`${p(member)}::text[]`))}) as e(${sql.join(MEMBERS.map((member) => sql.ref(member)))})
      join company c on c.id = ${p('companyId')}::uuid
      left join directory_token t on t.company_id = ${p('companyId')}::uuid and t.id = coalesce(e."credentialId"::uuid,
        (select h.id from directory_token h where h.company_id = ${p('companyId')}::uuid and h.hash = decode(e."tokenHash", 'hex')))
      where e."credentialId" is null or t.id is not null
      on conflict do nothing`.compile(db),
}));

/**
 * Appends entries of one company. The directory is that of the token, which is looked for in this company alone: an accepted one that is not there was
 * another company's, and its entry is dropped, like all of a company that does not exist. The same entry comes twice when the gateway did not hear an
 * answer. Clocks differ, and there are partitions for certain days only.
 */
export function insertRequestLog(companyId: string, entries: readonly NewRequestLogEntry[]): CompiledQuery<never> {
  const lists = MEMBERS.map((member) => [member, textArray(entries.map((entry) => textOf(entry[member])))]);
  return insertEntries.bind({ companyId, ...Object.fromEntries(lists) });
}

function textOf(value: NewRequestLogEntry[keyof NewRequestLogEntry] | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** One entry as the API shows it; its credential may also be the one that a refused token was of. */
export interface RequestLogRow extends LoggedRequest {
  id: string;
  /** ISO 8601 in UTC. */
  at: string;
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

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

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
      .where(sql<SqlBool>`r.at >= ${from}::timestamptz`)
      // Not `r.at <= …`: the planner would take the time between the two for a few rows, and sort them rather than read them in order.
      .where(sql<SqlBool>`(r.at, r.id) <= (${to}::timestamptz, ${sql.lit(LAST_ID)}::uuid)`)
      .where(filter)
      .orderBy('r.at', 'desc')
      .orderBy('r.id', 'desc')
      .limit(untold(limit));
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
