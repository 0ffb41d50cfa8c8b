import { type RawBuilder, sql } from 'kysely';
import type { CompanyPolicies } from '../entities/company.js';
import type { SsoKind } from '../entities/sso-connection.js';
import type { AttributeValue } from '../entities/user.js';
import type { ChangeAuthor } from '../rows.js';
import { type Arguments, type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { isoTime } from './page-sql.js';

/*
 * Who may come in without single sign-on, and by what. The password's hash is read here and nowhere else.
 */

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** What a visitor may know of a company, and what decides how its people come in. */
export interface SignInCompany {
  id: string;
  name: string;
  slug: string;
  suspended: boolean;
  policies: CompanyPolicies;
}

const COMPANY = sql.raw(
  `c.id, c.name, c.slug, c.suspended_at is not null as suspended, c.policies from company c where c.probe_of is null`,
);

export const companyBySlug = statement<{ slug: string }, SignInCompany>((db, p) =>
  asCompilable(db, sql`select ${COMPANY} and c.slug = ${p('slug')}::text`),
);

export const companyById = statement<{ companyId: string }, SignInCompany>((db, p) =>
  asCompilable(db, sql`select ${COMPANY} and c.id = ${p('companyId')}::uuid`),
);

export interface OfferedConnection {
  id: string;
  name: string;
  kind: SsoKind;
}

/** By name. */
interface ActiveConnection extends OfferedConnection {
  config: Record<string, unknown>;
  /** The database's clock, ISO 8601. */
  now: string;
}

export const activeConnections = statement<{ companyId: string }, ActiveConnection>((db, p) =>
  db
    .selectFrom('sso_connection as s')
    .select([
      's.id',
      's.name',
      's.kind',
      sql<Record<string, unknown>>`s.config`.as('config'),
      isoTime(sql`now()`).as('now'),
    ])
    .where('s.company_id', '=', p('companyId'))
    .where('s.status', '=', 'ACTIVE')
    .orderBy(sql`lower(s.name)`)
    .orderBy('s.id'),
);

export interface AccountRow {
  id: string;
  userName: string;
  directoryId: string | null;
  breakGlass: boolean;
  active: boolean;
  emails: AttributeValue[];
  passwordHash: string | null;
  /** Confirmed, and so asked for. */
  hasSecondFactor: boolean;
  /** Whether the user name is what was asked for, and not only an address. */
  isNamed: boolean;
}

const ACCOUNT =
  sql.raw(`u.id, u.user_name as "userName", u.directory_id as "directoryId", u.break_glass as "breakGlass", u.active, u.emails,
  (select l.password_hash from local_credential l where l.company_id = u.company_id and l.user_id = u.id) as "passwordHash",
  exists (select from second_factor f where f.company_id = u.company_id and f.user_id = u.id and f.confirmed_at is not null) as "hasSecondFactor"`);

/** Whoever has that user name, then those who have that address; two at most. */
export const accountsNamed = statement<{ companyId: string; key: string }, AccountRow>((db, p) =>
  asCompilable(
    db,
    sql`select ${ACCOUNT}, u.user_name_key = ${p('key')}::text as "isNamed" from app_user u
      where u.company_id = ${p('companyId')}::uuid and u.deleted_at is null and u.id in (
        select n.id from app_user n where n.company_id = ${p('companyId')}::uuid and n.user_name_key = ${p('key')}::text and n.deleted_at is null
        union all select v.user_id from user_value v
          where v.company_id = ${p('companyId')}::uuid and v.attribute = 'emails' and v.value_key = ${p('key')}::text)
      order by "isNamed" desc, u.id limit 2`,
  ),
);

const accountById = (p: Arguments<{ companyId: string; userId: string }>) =>
  sql`select ${ACCOUNT}, true as "isNamed" from app_user u
    where u.company_id = ${p('companyId')}::uuid and u.id = ${p('userId')}::uuid and u.deleted_at is null`;

export const findAccount = statement<{ companyId: string; userId: string }, AccountRow>((db, p) =>
  asCompilable(db, accountById(p as never)),
);

/** The same, held until the transaction ends: whoever changes the account waits, or was first. */
export const holdAccount = statement<{ companyId: string; userId: string }, AccountRow>((db, p) =>
  asCompilable(db, sql`${accountById(p as never)} for no key update of u`),
);

type OfUser = ChangeAuthor & { userId: string };

/** Replaces the password, or gives a first one; logged without either. */
export const setPassword = statement<OfUser & { passwordHash: string }, never>((db, p) =>
  asCompilable(
    db,
    sql`with l as (
      insert into local_credential as l (company_id, user_id, password_hash)
      values (${p('companyId')}::uuid, ${p('userId')}::uuid, ${p('passwordHash')}::text)
      on conflict (company_id, user_id) do update set password_hash = excluded.password_hash, updated_at = now()
      returning user_id)
    ${INTO_CHANGE} select ${authorValues(p as never)}, 'local_credential.set', 'local_credential', l.user_id, null::jsonb, '{"hasPassword": true}'::jsonb
    from l`,
  ),
);

/** Puts somebody among the admins of last resort, or takes them out; no row when it is so already. */
export const setBreakGlass = statement<OfUser & { breakGlass: boolean }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with u as (
      update app_user u set break_glass = ${p('breakGlass')}::boolean, version = u.version + 1, updated_at = greatest(now(), u.updated_at)
      where u.company_id = ${p('companyId')}::uuid and u.id = ${p('userId')}::uuid and u.break_glass <> ${p('breakGlass')}::boolean
      returning u.id),
    logged as (${INTO_CHANGE} select ${authorValues(p as never)}, 'user.changed', 'user', u.id,
      jsonb_build_object('breakGlass', not ${p('breakGlass')}::boolean), jsonb_build_object('breakGlass', ${p('breakGlass')}::boolean) from u)
    select u.id from u`,
  ),
);

/** Up to two active owners among the break-glass accounts. */
export const breakGlassOwners = statement<{ companyId: string }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`select u.id from role r
      join role_assignment a on a.company_id = r.company_id and a.role_id = r.id and a.source = 'DIRECT' and not a.denied
      join app_user u on u.company_id = a.company_id and u.id = a.user_id and u.break_glass and u.active and u.deleted_at is null
    where r.company_id = ${p('companyId')}::uuid and r.key = 'owner' order by u.id limit 2`,
  ),
);

/** Withdraws one-time tokens of a user that nobody has used. @returns how many */
export const withdrawTokens = statement<{ companyId: string; userId: string; kinds: string[] }, { id: string }>(
  (db, p) =>
    asCompilable(
      db,
      sql`update one_time_token t set ended_at = now() where t.company_id = ${p('companyId')}::uuid and t.user_id = ${p('userId')}::uuid
        and t.kind = any(${p('kinds')}::text[]) and t.used_at is null and t.ended_at is null returning t.id`,
    ),
);

export interface InvitationRow {
  sentAt: string;
  expiresAt: string;
  acceptedAt: string | null;
  /** Neither accepted nor withdrawn nor run out. */
  isOpen: boolean;
}

/** The last invitation that was sent to a user. */
export const lastInvitation = statement<{ companyId: string; userId: string }, InvitationRow>((db, p) =>
  asCompilable(
    db,
    sql`select ${isoTime(sql`t.created_at`)} as "sentAt", ${isoTime(sql`t.expires_at`)} as "expiresAt", ${isoTime(sql`t.used_at`)} as "acceptedAt",
      t.used_at is null and t.ended_at is null and t.expires_at > now() as "isOpen"
    from one_time_token t where t.company_id = ${p('companyId')}::uuid and t.user_id = ${p('userId')}::uuid and t.kind = 'INVITATION'
    order by t.used_at is not null desc, t.created_at desc, t.id desc limit 1`,
  ),
);
