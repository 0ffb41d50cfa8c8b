import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SessionEnd, SessionKind, SignInMethod } from '../entities/sign-in.js';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, type Statement, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { effectiveRoles } from './effective-roles.js';
import type { Condition } from './filter-sql.js';
import { isoTime } from './page-sql.js';

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** Whose session is it, and what may that user do now? As for other credentials: one statement, by the database's clock. */
export interface SessionCredential {
  id: string;
  /** Neither ended nor run out, and its user still active. */
  valid: boolean;
  touchDue: boolean;
  companyId: string;
  slug: string;
  suspended: boolean;
  userId: string;
  userName: string;
  permissions: string[];
  kind: SessionKind;
  method: SignInMethod;
  connectionId: string | null;
  /** ISO 8601. */
  authenticatedAt: string;
  /** Whether that was within the last quarter of an hour. */
  isFresh: boolean;
}

/** How long a sign-in counts as fresh. */
const FRESH = sql.raw(`interval '15 minutes'`);

/** Neither ended nor run out, idle or not; its user is another question. */
const isRunning = (s: string, policies: RawBuilder<unknown>) => sql<SqlBool>`${sql.ref(`${s}.ended_at`)} is null
  and ${sql.ref(`${s}.expires_at`)} > now()
  and ${sql.ref(`${s}.last_used_at`)} > now() - make_interval(mins => (${policies} ->> 'sessionIdleMinutes')::int)`;

/** For lists of the table. */
export const IS_RUNNING: Condition = isRunning(
  'session',
  sql`(select c.policies from company c where c.id = session.company_id)`,
);

export const findSession = statement<{ companyId: string; hash: Buffer }, SessionCredential>((db, p) => {
  const company = sql<string>`${p('companyId')}::uuid`;
  return asCompilable(
    db,
    sql`select s.id, s.company_id as "companyId", s.user_id as "userId", s.kind, s.method, s.connection_id as "connectionId",
      c.slug, c.suspended_at is not null as suspended, u.user_name as "userName",
      ${isRunning('s', sql`c.policies`)} and u.active and u.deleted_at is null as valid,
      s.last_used_at < now() - interval '1 minute' as "touchDue",
      ${isoTime(sql`s.authenticated_at`)} as "authenticatedAt", s.authenticated_at > now() - ${FRESH} as "isFresh",
      array(select distinct unnest(r.permissions) from (${effectiveRoles({ company })}) r) as permissions
    from session s join app_user u on u.company_id = ${company} and u.id = s.user_id join company c on c.id = s.company_id
    where s.company_id = ${company} and s.hash = ${p('hash')}`,
  );
});

/** What another session of the same sign-in takes over; no row once it is over. */
export const findRunningSession = statement<
  { companyId: string; id: string },
  { method: SignInMethod; connectionId: string | null; idpSession: string | null; authenticatedAt: string }
>((db, p) =>
  asCompilable(
    db,
    sql`select session.method, session.connection_id as "connectionId", session.idp_session as "idpSession",
        ${isoTime(sql`session.authenticated_at`)} as "authenticatedAt"
      from session where session.company_id = ${p('companyId')}::uuid and session.id = ${p('id')}::uuid and ${IS_RUNNING}`,
  ),
);

export const touchSession = statement<{ companyId: string; id: string; address: string | null }, never>((db, p) =>
  db
    .updateTable('session')
    .set({ last_used_at: sql`now()`, address: p('address') })
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id'))
    .where(sql<boolean>`last_used_at < now() - interval '1 minute'`),
);

/** No row unless the user is active. The row is held until the transaction ends: who takes the user's access away waits, or was first. */
export const holdActiveUser = statement<
  { companyId: string; userId: string },
  { userName: string; breakGlass: boolean }
>((db, p) =>
  asCompilable(
    db,
    sql`select u.user_name as "userName", u.break_glass as "breakGlass" from app_user u
        where u.company_id = ${p('companyId')}::uuid and u.id = ${p('userId')}::uuid and u.active and u.deleted_at is null for share of u`,
  ),
);

interface NewSession extends ChangeAuthor {
  id: string;
  userId: string;
  hash: Buffer;
  hint: string;
  kind: SessionKind;
  method: SignInMethod;
  connectionId: string | null;
  idpSession: string | null;
  origin: string | null;
  address: string | null;
  userAgent: string | null;
  /** ISO 8601; null: now. */
  authenticatedAt: string | null;
}

/** Opens a session, for as long as the company's policy lets one last, and logs it. */
export const insertSession = statement<NewSession, { expiresAt: string }>((db, p) =>
  asCompilable(
    db,
    sql`with s as (
      insert into session (company_id, id, user_id, hash, hint, kind, method, connection_id, idp_session, origin, address, user_agent,
        authenticated_at, expires_at)
      select c.id, ${p('id')}::uuid, ${p('userId')}::uuid, ${p('hash')}::bytea, ${p('hint')}::text, ${p('kind')}::text, ${p('method')}::text,
        ${p('connectionId')}::uuid, ${p('idpSession')}::text, ${p('origin')}::text, ${p('address')}::text, ${p('userAgent')}::text,
        coalesce(${p('authenticatedAt')}::timestamptz, now()), now() + make_interval(hours => (c.policies ->> 'sessionHours')::int)
      from company c where c.id = ${p('companyId')}::uuid
      returning *),
    logged as (${INTO_CHANGE}
      select ${authorValues(p as never)}, 'session.started', 'session', s.id, null::jsonb, jsonb_build_object(
        'userId', s.user_id, 'kind', s.kind, 'method', s.method, 'connectionId', s.connection_id, 'origin', s.origin) from s)
    select ${isoTime(sql`s.expires_at`)} as "expiresAt" from s`,
  ),
);

/** Which sessions end: all that fit every member that is given. */
export interface SessionsOf {
  id?: string;
  hash?: Buffer;
  userId?: string;
  connectionId?: string;
  idpSession?: string;
  /** Not this one. */
  except?: string;
}

const CONDITIONS = {
  id: (value: unknown) => sql`s.id = ${value}::uuid`,
  hash: (value: unknown) => sql`s.hash = ${value}::bytea`,
  userId: (value: unknown) => sql`s.user_id = ${value}::uuid`,
  connectionId: (value: unknown) => sql`s.connection_id = ${value}::uuid`,
  idpSession: (value: unknown) => sql`s.idp_session = ${value}::text`,
  except: (value: unknown) => sql`s.id <> ${value}::uuid`,
} satisfies Record<keyof SessionsOf, (value: unknown) => RawBuilder<unknown>>;

type EndArguments = ChangeAuthor & Required<SessionsOf> & { reason: SessionEnd };
const made = new Map<string, Statement<EndArguments, { id: string; userId: string }>>();

/** Ends sessions that have not ended, each with a change row. A statement for each set of members, so that each finds its index. */
export function endSessions(of: SessionsOf & ChangeAuthor & { reason: SessionEnd }) {
  const names = (Object.keys(CONDITIONS) as (keyof SessionsOf)[]).filter((name) => of[name] !== undefined);
  if (!names.some((name) => name !== 'except')) throw new TypeError('Sessions are ended by whose they are.');
  const key = names.join(' ');
  let found = made.get(key);
  if (!found) {
    found = statement<EndArguments, { id: string; userId: string }>((db, p) =>
      asCompilable(
        db,
        sql`with s as (
          update session s set ended_at = now(), end_reason = ${p('reason')}::text
          where s.company_id = ${p('companyId')}::uuid and s.ended_at is null
            and ${sql.join(
              names.map((name) => CONDITIONS[name](p(name))),
              sql` and `,
            )}
          returning s.id, s.user_id, s.ended_at, s.end_reason),
        logged as (${INTO_CHANGE}
          select ${authorValues(p as never)}, 'session.ended', 'session', s.id, jsonb_build_object('endedAt', null),
            jsonb_build_object('userId', s.user_id, 'endedAt', ${isoTime(sql`s.ended_at`)}, 'reason', s.end_reason) from s)
        select s.id, s.user_id as "userId" from s`,
      ),
    );
    made.set(key, found);
  }
  return found.bind(of as EndArguments);
}
