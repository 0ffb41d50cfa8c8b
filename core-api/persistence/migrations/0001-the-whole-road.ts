import { Migration } from '@mikro-orm/migrations';

const TENANT_TABLES = [
  'app_user',
  'user_value',
  'local_credential',
  'team',
  'team_membership',
  'role',
  'role_assignment',
  'project',
  'project_access',
  'directory',
  'directory_token',
  'directory_sso_connection',
  'sso_connection',
  'api_key',
  'change',
];

/** What the digest of a change covers, in this order. */
const SEALED = [
  'company_id',
  'actor_kind',
  'actor_id',
  'actor_name',
  'source',
  'credential_id',
  'request_id',
  'kind',
  'object_type',
  'object_id',
  'before',
  'after',
];

/**
 * The first tables. Every tenant table has `company_id` first in its keys and in its unique indexes, every foreign key between tenant rows
 * includes it, and nothing cascades: a row that goes away would leave no change row.
 */
export class TheWholeRoad extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    this.addSql(`create extension if not exists pg_trgm`);
    this.addSql(`create extension if not exists btree_gin`);

    this.addSql(`create table company (
      id uuid not null primary key,
      name text not null,
      slug text collate "C" not null constraint company_slug_unique unique,
      plan text not null default 'FREE' check (plan in ('FREE', 'TEAM', 'ENTERPRISE')),
      provisioning boolean not null default false,
      policies jsonb not null,
      suspended_at timestamptz(3),
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now())`);

    this.addSql(`create table directory (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      name text not null,
      idp_kind text not null,
      status text not null default 'ENABLED' check (status in ('ENABLED', 'DISABLED')),
      profile jsonb not null,
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id))`);
    this.addSql(`create unique index directory_name_unique on directory (company_id, lower(name))`);

    this.addSql(`create table directory_token (
      company_id uuid not null,
      id uuid not null,
      directory_id uuid not null,
      name text not null,
      hash bytea not null,
      hint text not null,
      scopes text[] not null,
      expires_at timestamptz(3),
      revoked_at timestamptz(3),
      last_used_at timestamptz(3),
      last_used_address text,
      last_used_agent text,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(`create unique index directory_token_hash_unique on directory_token (company_id, hash)`);
    this.addSql(`create index directory_token_by_directory on directory_token (company_id, directory_id)`);

    this.addSql(`create table sso_connection (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      name text not null,
      kind text not null check (kind in ('SAML', 'OIDC')),
      status text not null default 'DRAFT' check (status in ('DRAFT', 'ACTIVE')),
      config jsonb not null,
      client_secret bytea,
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id))`);
    this.addSql(`create unique index sso_connection_name_unique on sso_connection (company_id, lower(name))`);

    this.addSql(`create table directory_sso_connection (
      company_id uuid not null,
      directory_id uuid not null,
      sso_connection_id uuid not null,
      primary key (company_id, directory_id, sso_connection_id),
      foreign key (company_id, directory_id) references directory on delete restrict,
      foreign key (company_id, sso_connection_id) references sso_connection on delete restrict)`);

    this.addSql(`create table app_user (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      directory_id uuid,
      break_glass boolean not null default false,
      user_name text not null,
      user_name_key text collate "C" not null,
      external_id text collate "C",
      active boolean not null default true,
      formatted_name text, family_name text, given_name text, middle_name text, honorific_prefix text, honorific_suffix text,
      display_name text, nick_name text, profile_url text, title text, user_type text,
      preferred_language text, locale text, timezone text,
      emails jsonb not null default '[]', phone_numbers jsonb not null default '[]', ims jsonb not null default '[]',
      photos jsonb not null default '[]', addresses jsonb not null default '[]', entitlements jsonb not null default '[]',
      role_values jsonb not null default '[]', x509_certificates jsonb not null default '[]',
      employee_number text, cost_center text, organization text, division text, department text,
      manager_value text, manager_ref text, manager_display_name text,
      extensions jsonb not null default '{}',
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      deleted_at timestamptz(3),
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(
      `create unique index user_user_name_unique on app_user (company_id, user_name_key) where deleted_at is null`,
    );
    this.addSql(`create unique index user_external_id_unique on app_user (company_id, external_id, directory_id) nulls not distinct
      where deleted_at is null and external_id is not null`);
    this.addSql(`create index user_listed on app_user (company_id, id) where deleted_at is null and not break_glass`);
    // The company stands in the trigram index too (btree_gin), so that a search does not read what all companies have in common.
    this.addSql(
      `create index user_user_name_trigrams on app_user using gin (company_id, user_name_key gin_trgm_ops) where deleted_at is null`,
    );
    // A directory's create asks whether somebody comes back.
    this.addSql(
      `create index user_deleted_external_id on app_user (company_id, directory_id, external_id) where deleted_at is not null`,
    );
    this.addSql(
      `create index user_deleted_user_name on app_user (company_id, directory_id, user_name_key) where deleted_at is not null`,
    );
    this.addSql(`create index user_manager on app_user (company_id, manager_value) where manager_value is not null`);

    this.addSql(`create table user_value (
      company_id uuid not null,
      user_id uuid not null,
      attribute text collate "C" not null,
      type text collate "C" not null,
      value_key text collate "C" not null,
      primary key (company_id, user_id, attribute, type, value_key),
      foreign key (company_id, user_id) references app_user on delete restrict)`);
    this.addSql(`create index user_value_search on user_value (company_id, attribute, value_key, user_id)`);

    this.addSql(`create table local_credential (
      company_id uuid not null,
      user_id uuid not null,
      password_hash text not null,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, user_id),
      foreign key (company_id, user_id) references app_user on delete restrict)`);

    this.addSql(`create table team (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      directory_id uuid,
      display_name text not null,
      display_name_key text collate "C" not null,
      external_id text collate "C",
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      deleted_at timestamptz(3),
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(`create unique index team_display_name_unique on team (company_id, display_name_key, directory_id) nulls not distinct
      where deleted_at is null`);
    this.addSql(`create unique index team_external_id_unique on team (company_id, external_id, directory_id) nulls not distinct
      where deleted_at is null and external_id is not null`);
    this.addSql(`create index team_listed on team (company_id, id) where deleted_at is null`);

    this.addSql(`create table team_membership (
      company_id uuid not null,
      team_id uuid not null,
      user_id uuid not null,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, team_id, user_id),
      foreign key (company_id, team_id) references team on delete restrict,
      foreign key (company_id, user_id) references app_user on delete restrict)`);
    this.addSql(`create index team_membership_by_user on team_membership (company_id, user_id, team_id)`);

    this.addSql(`create table role (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      key text collate "C" not null,
      name text not null,
      permissions text[] not null,
      rank int not null,
      grantable_by_directory boolean not null default true,
      is_default boolean not null default false,
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id),
      check (key <> 'owner' or not grantable_by_directory))`);
    this.addSql(`create unique index role_key_unique on role (company_id, key)`);
    this.addSql(`create unique index role_default_unique on role (company_id) where is_default`);

    this.addSql(`create table role_assignment (
      company_id uuid not null,
      user_id uuid not null,
      role_id uuid not null,
      source text collate "C" not null check (source in ('DIRECT', 'ATTRIBUTE', 'TEAM')),
      denied boolean not null default false,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, user_id, role_id, source),
      foreign key (company_id, user_id) references app_user on delete restrict,
      foreign key (company_id, role_id) references role on delete restrict)`);
    this.addSql(`create index role_assignment_by_role on role_assignment (company_id, role_id)`);

    this.addSql(`create table project (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      key text collate "C" not null,
      name text not null,
      is_default boolean not null default false,
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id))`);
    this.addSql(`create unique index project_key_unique on project (company_id, key)`);

    this.addSql(`create table project_access (
      company_id uuid not null,
      id uuid not null,
      project_id uuid not null,
      user_id uuid,
      team_id uuid,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, id),
      check (num_nonnulls(user_id, team_id) = 1),
      foreign key (company_id, project_id) references project on delete restrict,
      foreign key (company_id, user_id) references app_user on delete restrict,
      foreign key (company_id, team_id) references team on delete restrict)`);
    this.addSql(
      `create unique index project_access_user_unique on project_access (company_id, user_id, project_id) where user_id is not null`,
    );
    this.addSql(
      `create unique index project_access_team_unique on project_access (company_id, team_id, project_id) where team_id is not null`,
    );
    this.addSql(`create index project_access_by_project on project_access (company_id, project_id)`);

    this.addSql(`create table api_key (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      name text not null,
      hash bytea not null,
      hint text not null,
      permissions text[] not null,
      expires_at timestamptz(3),
      revoked_at timestamptz(3),
      last_used_at timestamptz(3),
      created_at timestamptz(3) not null default now(),
      primary key (company_id, id))`);
    this.addSql(`create unique index api_key_hash_unique on api_key (company_id, hash)`);

    this.addSql(`create table operator_key (
      id uuid not null primary key,
      name text not null,
      hash bytea not null constraint operator_key_hash_unique unique,
      hint text not null,
      revoked_at timestamptz(3),
      created_at timestamptz(3) not null default now())`);

    this.changeLog();

    // With company_id first in every index the planner ties between all of them whenever it expects one row of a company: it must
    // not know how many rows a company has, and decides by the columns behind it.
    for (const table of TENANT_TABLES) this.addSql(`alter table ${table} alter column company_id set statistics 0`);

    // ANALYZE needs the owner's right; the application asks for it as tables grow, long before autovacuum looks.
    this.addSql(`create function refresh_statistics() returns void language plpgsql security definer set search_path = public as $$
      begin
        analyze app_user; analyze user_value; analyze team; analyze team_membership; analyze role_assignment; analyze change;
      end $$`);
  }

  private changeLog(): void {
    this.addSql(`create table change_epoch (
      epoch int not null primary key,
      started_at timestamptz(3) not null default now())`);
    this.addSql(`insert into change_epoch (epoch) values (1)`);
    // In plpgsql, whose plan a connection keeps: a function in SQL is planned anew by each statement, at 40 us.
    this.addSql(`create function current_change_epoch() returns int language plpgsql stable as $$
      begin
        return (select max(epoch) from public.change_epoch);
      end $$`);

    this.addSql(`create table change (
      company_id uuid not null references company on delete restrict,
      epoch int not null default current_change_epoch(),
      xid xid8 not null default pg_current_xact_id(),
      no bigint not null generated by default as identity,
      at timestamptz(3) not null default now(),
      actor_kind text not null,
      actor_id uuid not null,
      actor_name text not null,
      source text not null check (source in ('DIRECTORY', 'API', 'CONSOLE', 'SSO', 'SYSTEM')),
      credential_id uuid,
      request_id text,
      kind text collate "C" not null,
      object_type text collate "C" not null,
      object_id uuid not null,
      before jsonb,
      after jsonb,
      salt bytea,
      digest bytea not null,
      primary key (company_id, epoch, xid, no))`);
    this.addSql(`create index change_by_object on change (company_id, object_id, epoch, xid, no)`);
    this.addSql(`create index change_by_time on change (company_id, at)`);
    // Of the whole log, across companies, only the newest rows are ever asked for: at the start, by `renewEpoch`.
    this.addSql(`create index change_newest on change using brin (no) with (pages_per_range = 32)`);

    // The text of a jsonb value is canonical, so the digest can be verified from the stored row: change_digest(c) = c.digest. The trigger
    // repeats the expression because calling the function would cost as much as the rest of it.
    const digest = (c: string) =>
      `sha256(${c}.salt || convert_to(jsonb_build_array(${SEALED.map((column) => `${c}.${column}`).join(', ')})::text, 'UTF8'))`;
    this.addSql(
      `create function change_digest(c change) returns bytea language sql immutable as $$ select ${digest('c')} $$`,
    );
    this.addSql(`create function seal_change() returns trigger language plpgsql as $$
      begin
        new.salt := uuid_send(gen_random_uuid());
        new.digest := ${digest('new')};
        return new;
      end $$`);
    this.addSql(`create trigger seal_change before insert on change for each row execute function seal_change()`);
  }

  override down(): void {
    this.addSql(`drop function refresh_statistics()`);
    this.addSql(`drop trigger seal_change on change`);
    this.addSql(`drop function seal_change()`);
    this.addSql(`drop function change_digest(change)`);
    for (const table of [...TENANT_TABLES].reverse()) this.addSql(`drop table if exists ${table} cascade`);
    this.addSql(`drop table operator_key`);
    this.addSql(`drop function current_change_epoch()`);
    this.addSql(`drop table change_epoch`);
    this.addSql(`drop table company`);
  }
}
