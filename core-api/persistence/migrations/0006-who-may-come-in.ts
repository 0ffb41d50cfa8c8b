import { Migration } from '@mikro-orm/migrations';

const TENANT_TABLES = [
  'session',
  'one_time_token',
  'second_factor',
  'sso_request',
  'sso_subject',
  'seen_assertion',
  'gate_exemption',
  'domain_claim',
];

/** Sign-in: sessions, what comes before them, and whom single sign-on knows by which name. */
export class WhoMayComeIn extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);

    this.addSql(`alter table sso_connection
      add column subject_match text not null default 'USER_NAME' check (subject_match in ('USER_NAME', 'EXTERNAL_ID', 'EMAIL')),
      add column idp_initiated boolean not null default false,
      add column proposed_config jsonb,
      add column metadata_read_at timestamptz(3),
      add column last_test jsonb`);

    this.addSql(`alter table api_key
      add column user_id uuid,
      add column replaces_id uuid,
      add constraint api_key_user foreign key (company_id, user_id) references app_user on delete restrict,
      add constraint api_key_replaces foreign key (company_id, replaces_id) references api_key on delete restrict`);
    this.addSql(
      `create index api_key_by_user on api_key (company_id, user_id) where user_id is not null and revoked_at is null`,
    );

    this.addSql(`create table session (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      user_id uuid not null,
      hash bytea not null,
      hint text not null,
      kind text not null check (kind in ('COOKIE', 'BEARER')),
      method text not null,
      connection_id uuid,
      idp_session text,
      origin text,
      address text,
      user_agent text,
      created_at timestamptz(3) not null default now(),
      authenticated_at timestamptz(3) not null default now(),
      last_used_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      ended_at timestamptz(3),
      end_reason text,
      primary key (company_id, id),
      check ((ended_at is null) = (end_reason is null)),
      foreign key (company_id, user_id) references app_user on delete restrict,
      foreign key (company_id, connection_id) references sso_connection on delete restrict)`);
    this.addSql(`create unique index session_hash_unique on session (company_id, hash)`);
    this.addSql(`create index session_by_user on session (company_id, user_id, ended_at)`);

    // What is good for one step: links in mails, invitations, codes for front ends, the wait for a second factor.
    this.addSql(`create table one_time_token (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      user_id uuid,
      kind text not null,
      hash bytea not null,
      data jsonb not null default '{}',
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      used_at timestamptz(3),
      ended_at timestamptz(3),
      primary key (company_id, id),
      foreign key (company_id, user_id) references app_user on delete restrict)`);
    this.addSql(`create unique index one_time_token_hash_unique on one_time_token (company_id, hash)`);
    this.addSql(
      `create index one_time_token_by_user on one_time_token (company_id, user_id) where used_at is null and ended_at is null`,
    );

    this.addSql(`create table second_factor (
      company_id uuid not null,
      user_id uuid not null,
      secret bytea not null,
      confirmed_at timestamptz(3),
      last_step bigint,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, user_id),
      foreign key (company_id, user_id) references app_user on delete restrict)`);

    this.addSql(`create table sso_request (
      company_id uuid not null,
      id uuid not null,
      connection_id uuid not null,
      user_id uuid,
      purpose text not null check (purpose in ('SIGN_IN', 'STEP_UP', 'TEST')),
      state_hash bytea not null,
      request_id text,
      browser_hash bytea not null,
      secrets bytea,
      continuation jsonb not null default '{}',
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      ended_at timestamptz(3),
      primary key (company_id, id),
      foreign key (company_id, connection_id) references sso_connection on delete restrict,
      foreign key (company_id, user_id) references app_user on delete restrict)`);
    this.addSql(`create unique index sso_request_state_unique on sso_request (company_id, state_hash)`);
    this.addSql(
      `create index sso_request_by_user on sso_request (company_id, user_id) where user_id is not null and ended_at is null`,
    );

    this.addSql(`create table sso_subject (
      company_id uuid not null,
      connection_id uuid not null,
      subject text collate "C" not null,
      user_id uuid not null,
      created_at timestamptz(3) not null default now(),
      last_sign_in_at timestamptz(3) not null default now(),
      primary key (company_id, connection_id, subject),
      foreign key (company_id, connection_id) references sso_connection on delete restrict,
      foreign key (company_id, user_id) references app_user on delete restrict)`);
    this.addSql(`create unique index sso_subject_user_unique on sso_subject (company_id, connection_id, user_id)`);

    // Assertions and log-out requests that were taken; kept for as long as they would be valid.
    this.addSql(`create table seen_assertion (
      company_id uuid not null,
      connection_id uuid not null,
      assertion_hash bytea not null,
      expires_at timestamptz(3) not null,
      primary key (company_id, connection_id, assertion_hash),
      foreign key (company_id, connection_id) references sso_connection on delete restrict)`);

    this.addSql(`create table gate_exemption (
      company_id uuid not null,
      user_id uuid not null,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, user_id),
      foreign key (company_id, user_id) references app_user on delete restrict)`);

    this.addSql(`create table domain_claim (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      domain text collate "C" not null,
      challenge text not null,
      status text not null default 'PENDING' check (status in ('PENDING', 'VERIFIED', 'HELD', 'LAPSED')),
      verified_at timestamptz(3),
      checked_at timestamptz(3),
      failing_since timestamptz(3),
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id))`);
    this.addSql(`create unique index domain_claim_unique on domain_claim (company_id, domain)`);

    // Global by design: of which company is an e-mail address? One company for each domain.
    this.addSql(`create table verified_domain (
      domain text collate "C" not null constraint verified_domain_unique primary key,
      held_by uuid not null,
      claim_id uuid not null,
      contenders uuid[] not null default '{}',
      verified_at timestamptz(3) not null default now(),
      foreign key (held_by, claim_id) references domain_claim on delete restrict)`);

    // Global by design: attempts are counted by a digest of whom and from where, which may belong to no company.
    this.addSql(`create table sign_in_attempt (
      key_hash bytea not null primary key,
      count int not null,
      window_ends_at timestamptz(3) not null)`);

    this.losingAccess();

    // Every company says all of its policies, so that nobody has to know what the others were meant to be.
    this.addSql(`update company set policies = '{"signIn": "ANY", "magicLinks": true, "selfRegistration": "OFF",
      "provisioningNeedsVerifiedDomain": false, "sessionIdleMinutes": 480, "sessionHours": 168}'::jsonb || policies`);

    this.addSql(`alter table company drop constraint company_provisioning_suspended_check,
      add constraint company_provisioning_suspended_check
        check (provisioning_suspended in ('PLAN_REQUIRED', 'SSO_REQUIRED', 'DOMAIN_REQUIRED'))`);

    for (const table of TENANT_TABLES) this.addSql(`alter table ${table} alter column company_id set statistics 0`);
  }

  /**
   * Ends what users could still come in by, and tells it as the change log says it. A function, because each of its statements sees what was committed
   * before it: the statement that takes access away may have waited for a sign-in, and would not see by itself what came of that.
   */
  private losingAccess(): void {
    const iso = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    const told = (what: string, table: string, end: string, ...members: string[]) => `
      select '${what}', '${table}', e.id, jsonb_build_object('${end}', null),
        jsonb_build_object('userId', e.user_id, ${members.join(', ')}, '${end}', ${iso('e.at')})`;
    this.addSql(`create function end_access_of(of_company uuid, of_users uuid[])
      returns table (kind text, object_type text, object_id uuid, before jsonb, after jsonb) language plpgsql volatile strict as $$
      begin
        return query
        with ended_session as (update session s set ended_at = now(), end_reason = 'LOST_ACCESS'
            where s.company_id = of_company and s.user_id = any(of_users) and s.ended_at is null and s.expires_at > now()
            returning s.id, s.user_id, s.ended_at as at, s.method),
          revoked_key as (update api_key k set revoked_at = now()
            where k.company_id = of_company and k.user_id = any(of_users) and k.revoked_at is null
            returning k.id, k.user_id, k.revoked_at as at, k.name),
          revoked_token as (update directory_token t set revoked_at = now()
            where t.company_id = of_company and t.user_id = any(of_users) and t.revoked_at is null
            returning t.id, t.user_id, t.revoked_at as at, t.name),
          ended_token as (update one_time_token o set ended_at = now()
            where o.company_id = of_company and o.user_id = any(of_users) and o.used_at is null and o.ended_at is null and o.expires_at > now()
            returning o.id, o.user_id, o.ended_at as at, o.kind as good_for),
          ended_request as (update sso_request r set ended_at = now()
            where r.company_id = of_company and r.user_id = any(of_users) and r.ended_at is null and r.expires_at > now()
            returning r.id, r.user_id, r.ended_at as at, r.purpose)
        ${[
          `${told('session.ended', 'session', 'endedAt', `'method', e.method`, `'reason', 'LOST_ACCESS'`)} from ended_session e`,
          `${told('api_key.revoked', 'api_key', 'revokedAt', `'name', e.name`)} from revoked_key e`,
          `${told('directory_token.revoked', 'directory_token', 'revokedAt', `'name', e.name`)} from revoked_token e`,
          `${told('one_time_token.ended', 'one_time_token', 'endedAt', `'kind', e.good_for`)} from ended_token e`,
          `${told('sso_request.ended', 'sso_request', 'endedAt', `'purpose', e.purpose`)} from ended_request e`,
        ].join(' union all ')};
      end $$`);
  }

  override down(): void {
    this.addSql(`drop function end_access_of(uuid, uuid[])`);
    for (const table of ['verified_domain', 'sign_in_attempt', ...[...TENANT_TABLES].reverse()])
      this.addSql(`drop table ${table}`);
    this.addSql(`alter table api_key drop column replaces_id, drop column user_id`);
    this.addSql(`alter table sso_connection
      drop column subject_match, drop column idp_initiated, drop column proposed_config, drop column metadata_read_at, drop column last_test`);
  }
}
