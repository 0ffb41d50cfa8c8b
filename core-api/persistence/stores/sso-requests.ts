import { type RawBuilder, sql } from 'kysely';
import type { SsoPurpose } from '../entities/sign-in.js';
import type { SsoKind } from '../entities/sso-connection.js';
import { type Builder, statement } from '../statement.js';
import { isoTime } from './page-sql.js';

/* What is under way between a browser, an identity provider and us. */

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface OfConnection {
  companyId: string;
  connectionId: string;
}

/** A connection as those outside may use it. */
export interface UsableConnection {
  id: string;
  companyId: string;
  kind: SsoKind;
  config: Record<string, unknown>;
  clientSecret: Buffer | null;
  idpInitiated: boolean;
  /** Active, in a company that is not suspended. */
  isOpen: boolean;
  /** By the database's clock, ISO 8601. */
  now: string;
}

export const findUsableConnection = statement<OfConnection, UsableConnection>((db, p) =>
  asCompilable(
    db,
    sql<UsableConnection>`select s.id, s.company_id as "companyId", s.kind, s.config, s.client_secret as "clientSecret",
      s.idp_initiated as "idpInitiated", s.status = 'ACTIVE' and c.suspended_at is null as "isOpen", ${isoTime(sql`now()`)} as now
    from sso_connection s join company c on c.id = s.company_id
    where s.company_id = ${p('companyId')}::uuid and s.id = ${p('connectionId')}::uuid`,
  ),
);

interface NewRequest extends OfConnection {
  id: string;
  userId: string | null;
  purpose: SsoPurpose;
  stateHash: Buffer;
  requestId: string | null;
  browserHash: Buffer;
  secrets: Buffer | null;
  /** JSON of an object. */
  continuation: string;
  minutes: number;
}

export const insertSsoRequest = statement<NewRequest, never>((db, p) =>
  db.insertInto('sso_request').values({
    company_id: p('companyId'),
    id: p('id'),
    connection_id: p('connectionId'),
    user_id: p('userId'),
    purpose: p('purpose'),
    state_hash: p('stateHash'),
    request_id: p('requestId'),
    browser_hash: p('browserHash'),
    secrets: p('secrets'),
    continuation: sql`${p('continuation')}::jsonb`,
    expires_at: sql`now() + make_interval(mins => ${p('minutes')}::int)`,
  }),
);

export interface TakenRequest {
  userId: string | null;
  purpose: SsoPurpose;
  requestId: string | null;
  secrets: Buffer | null;
  continuation: Record<string, unknown>;
  /** ISO 8601. */
  createdAt: string;
}

/** Uses a request up: a row for the browser that made it, if it is first, and for nobody else. */
export const takeSsoRequest = statement<OfConnection & { stateHash: Buffer; browserHash: Buffer }, TakenRequest>(
  (db, p) =>
    asCompilable(
      db,
      sql<TakenRequest>`update sso_request r set ended_at = now()
      where r.company_id = ${p('companyId')}::uuid and r.state_hash = ${p('stateHash')}::bytea and r.connection_id = ${p('connectionId')}::uuid
        and r.browser_hash = ${p('browserHash')}::bytea and r.ended_at is null and r.expires_at > now()
      returning r.user_id as "userId", r.purpose, r.request_id as "requestId", r.secrets, r.continuation, ${isoTime(sql`r.created_at`)} as "createdAt"`,
    ),
);

/** A row for whoever is first to show what was sent, until then. */
export const noteSeen = statement<OfConnection & { hash: Buffer; until: string }, { isNew: boolean }>((db, p) =>
  asCompilable(
    db,
    sql<{ isNew: boolean }>`insert into seen_assertion (company_id, connection_id, assertion_hash, expires_at)
      values (${p('companyId')}::uuid, ${p('connectionId')}::uuid, ${p('hash')}::bytea, ${p('until')}::timestamptz)
      on conflict do nothing returning true as "isNew"`,
  ),
);

/** Whom a connection knows by that name. */
export const userOfSubject = statement<OfConnection & { subject: string }, { userId: string }>((db, p) =>
  db
    .selectFrom('sso_subject')
    .select('user_id as userId')
    .where('company_id', '=', p('companyId'))
    .where('connection_id', '=', p('connectionId'))
    .where('subject', '=', p('subject')),
);

/** Requests that ended or ran out more than a day ago; nobody can answer them. */
export const deleteOldSsoRequests = statement<{ companyId: string }, { id: string }>((db, p) =>
  db
    .deleteFrom('sso_request as r')
    .where('r.company_id', '=', p('companyId'))
    .where(sql<boolean>`r.expires_at < now() - interval '1 day'`)
    .returning('r.id'),
);

/** What would not be taken any more, were it new. */
export const deleteOldSeenAssertions = statement<{ companyId: string }, { connectionId: string }>((db, p) =>
  db
    .deleteFrom('seen_assertion as a')
    .where('a.company_id', '=', p('companyId'))
    .where(sql<boolean>`a.expires_at < now()`)
    .returning('a.connection_id as connectionId'),
);
