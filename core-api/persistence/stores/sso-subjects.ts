import { type RawBuilder, sql } from 'kysely';
import type { CompanyPolicies } from '../entities/company.js';
import type { SsoKind, SubjectMatch } from '../entities/sso-connection.js';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { isoTime } from './page-sql.js';

/* Whom single sign-on lets in, and by which name it knows them. */

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface OfConnection {
  companyId: string;
  connectionId: string;
}

/** What a sign-in by one connection depends on beside the user. */
export interface SignInTerms {
  isSuspended: boolean;
  provisioning: boolean;
  policy: CompanyPolicies['unprovisionedSignIn'];
  isGrace: boolean;
  name: string;
  kind: SsoKind;
  isActive: boolean;
  config: Record<string, unknown>;
  subjectMatch: SubjectMatch;
  /** By the database's clock, ISO 8601. */
  now: string;
}

/** Holds the connection: whoever changes it waits until the sign-in is over, and ends its session too. No row when it is gone. */
export const holdSignInTerms = statement<OfConnection & { graceDays: number }, SignInTerms>((db, p) =>
  asCompilable(
    db,
    sql<SignInTerms>`select c.suspended_at is not null as "isSuspended", c.provisioning, c.policies ->> 'unprovisionedSignIn' as policy,
      coalesce(now() < c.provisioning_since + make_interval(days => ${p('graceDays')}::int), false) as "isGrace",
      s.name, s.kind, s.status = 'ACTIVE' as "isActive", s.config, s.subject_match as "subjectMatch", ${isoTime(sql`now()`)} as now
    from company c join sso_connection s on s.company_id = c.id
    where c.id = ${p('companyId')}::uuid and s.company_id = ${p('companyId')}::uuid and s.id = ${p('connectionId')}::uuid for share of s`,
  ),
);

/** On alias `u`: the company's own users who come in by single sign-on only where its policy lets them (rule 2). */
export const needsProvisioning = (
  company: RawBuilder<unknown>,
) => sql<boolean>`(u.directory_id is null and not u.break_glass
  and not exists (select from gate_exemption x where x.company_id = ${company} and x.user_id = u.id))`;

/** Whom an assertion may mean. */
export interface KnownUser {
  id: string;
  directoryId: string | null;
  isOfConnection: boolean;
  isBreakGlass: boolean;
  isActive: boolean;
  isDeleted: boolean;
  needsProvisioning: boolean;
  isOld: boolean;
  /** The subject that the connection knows them by; null: none. */
  subject: string | null;
  /** Whether it was `key` that they were found by, be it also. */
  isNamed: boolean;
}

interface Asserted extends OfConnection {
  subject: string;
  /** What `key` is; null: nobody is looked for but by the subject. */
  match: SubjectMatch | null;
  key: string | null;
}

/** More have the same external id or address in no company that could tell them apart. */
const MOST_CANDIDATES = 20;

/** Users that the subject is bound to or that `key` names, living ones first; held until the transaction ends, so that whoever deactivates one waits. */
export const holdCandidates = statement<Asserted, KnownUser>((db, p) => {
  const company = sql`${p('companyId')}::uuid`;
  return asCompilable(
    db,
    sql<KnownUser>`with meant as (
      select s.user_id as id, false as named from sso_subject s
        where s.company_id = ${company} and s.connection_id = ${p('connectionId')}::uuid and s.subject = ${p('subject')}::text
      union all select n.id, true from app_user n
        where n.company_id = ${company} and ${p('match')}::text = 'USER_NAME' and n.user_name_key = ${p('key')}::text
      union all select e.id, true from app_user e
        where e.company_id = ${company} and ${p('match')}::text = 'EXTERNAL_ID' and e.external_id = ${p('key')}::text
      union all select v.user_id, true from user_value v
        where v.company_id = ${company} and ${p('match')}::text = 'EMAIL' and v.attribute = 'emails' and v.value_key = ${p('key')}::text)
    select u.id, u.directory_id as "directoryId",
      exists (select from directory_sso_connection d where d.company_id = ${company} and d.directory_id = u.directory_id
        and d.sso_connection_id = ${p('connectionId')}::uuid) as "isOfConnection",
      u.break_glass as "isBreakGlass", u.active as "isActive", u.deleted_at is not null as "isDeleted",
      ${needsProvisioning(company)} as "needsProvisioning",
      coalesce(u.created_at <= (select c.provisioning_since from company c where c.id = ${company}), false) as "isOld",
      (select b.subject from sso_subject b where b.company_id = ${company} and b.connection_id = ${p('connectionId')}::uuid
        and b.user_id = u.id) as subject,
      exists (select from meant m where m.id = u.id and m.named) as "isNamed"
    from app_user u where u.company_id = ${company} and u.id in (select id from meant)
    order by u.deleted_at nulls first, u.id limit ${MOST_CANDIDATES} for no key update of u`,
  );
});

type Binding = ChangeAuthor & { connectionId: string; subject: string; userId: string };

/** From now on the subject is that user, and none that was deleted. @throws UNIQUENESS when somebody was faster */
export const bindSubject = statement<Binding, never>((db, p) =>
  asCompilable(
    db,
    sql`with gone as (delete from sso_subject g using app_user d
        where g.company_id = ${p('companyId')}::uuid and g.connection_id = ${p('connectionId')}::uuid and g.subject = ${p('subject')}::text
          and d.company_id = ${p('companyId')}::uuid and d.id = g.user_id and d.deleted_at is not null
        returning g.connection_id, g.subject, g.user_id),
      unbound as (${INTO_CHANGE} select ${authorValues(p)}, 'sso_subject.unbound', 'user', gone.user_id,
        jsonb_build_object('connectionId', gone.connection_id, 'subject', gone.subject), null::jsonb from gone),
      bound as (insert into sso_subject (company_id, connection_id, subject, user_id)
        select ${p('companyId')}::uuid, ${p('connectionId')}::uuid, ${p('subject')}::text, ${p('userId')}::uuid
        where (select count(*) from gone) >= 0 returning connection_id, subject, user_id)
    ${INTO_CHANGE} select ${authorValues(p)}, 'sso_subject.bound', 'user', bound.user_id, null::jsonb,
      jsonb_build_object('connectionId', bound.connection_id, 'subject', bound.subject) from bound`,
  ),
);

export const noteSignIn = statement<OfConnection & { subject: string }, never>((db, p) =>
  db
    .updateTable('sso_subject')
    .set({ last_sign_in_at: sql`now()` })
    .where('company_id', '=', p('companyId'))
    .where('connection_id', '=', p('connectionId'))
    .where('subject', '=', p('subject')),
);

export interface BoundSubject {
  connectionId: string;
  subject: string;
  boundAt: string;
  lastSignInAt: string;
}

/** By which names connections know a user, the oldest first. */
export const subjectsOfUser = statement<{ companyId: string; userId: string }, BoundSubject>((db, p) =>
  db
    .selectFrom('sso_subject as b')
    .select([
      'b.connection_id as connectionId',
      'b.subject',
      isoTime(sql.ref('b.created_at')).as('boundAt'),
      isoTime(sql.ref('b.last_sign_in_at')).as('lastSignInAt'),
    ])
    .where('b.company_id', '=', p('companyId'))
    .where('b.user_id', '=', p('userId'))
    .orderBy('b.created_at')
    .orderBy('b.connection_id'),
);

/** No row when the connection does not know the user. */
export const unbindSubject = statement<ChangeAuthor & { connectionId: string; userId: string }, { subject: string }>(
  (db, p) =>
    asCompilable(
      db,
      sql<{ subject: string }>`with gone as (delete from sso_subject g where g.company_id = ${p('companyId')}::uuid
          and g.connection_id = ${p('connectionId')}::uuid and g.user_id = ${p('userId')}::uuid
          returning g.connection_id, g.subject, g.user_id),
        logged as (${INTO_CHANGE} select ${authorValues(p)}, 'sso_subject.unbound', 'user', gone.user_id,
          jsonb_build_object('connectionId', gone.connection_id, 'subject', gone.subject), null::jsonb from gone)
      select subject from gone`,
    ),
);

export interface ExemptionRow {
  userId: string;
  createdAt: string;
}

/** Of users who are there, the oldest first. */
export const listExemptions = statement<{ companyId: string }, ExemptionRow>((db, p) =>
  db
    .selectFrom('gate_exemption as x')
    .innerJoin('app_user as u', (join) =>
      join.onRef('u.company_id', '=', 'x.company_id').onRef('u.id', '=', 'x.user_id'),
    )
    .select(['x.user_id as userId', isoTime(sql.ref('x.created_at')).as('createdAt')])
    .where('x.company_id', '=', p('companyId'))
    .where('u.company_id', '=', p('companyId'))
    .where('u.deleted_at', 'is', null)
    .orderBy('x.created_at')
    .orderBy('x.user_id'),
);

type OneExemption = ChangeAuthor & { userId: string };

/** Nothing happens when the user is exempt. */
export const addExemption = statement<OneExemption, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql<{ userId: string }>`with x as (insert into gate_exemption (company_id, user_id)
        values (${p('companyId')}::uuid, ${p('userId')}::uuid) on conflict do nothing returning user_id),
      logged as (${INTO_CHANGE} select ${authorValues(p)}, 'gate_exemption.added', 'user', x.user_id, null::jsonb, '{}'::jsonb from x)
    select user_id as "userId" from x`,
  ),
);

/** Nothing happens when the user is not exempt. */
export const removeExemption = statement<OneExemption, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql<{ userId: string }>`with x as (delete from gate_exemption g where g.company_id = ${p('companyId')}::uuid
        and g.user_id = ${p('userId')}::uuid returning g.user_id),
      logged as (${INTO_CHANGE} select ${authorValues(p)}, 'gate_exemption.removed', 'user', x.user_id, '{}'::jsonb, null::jsonb from x)
    select user_id as "userId" from x`,
  ),
);
