import { Migration } from '@mikro-orm/migrations';

const NEW_TENANT_TABLES = [
  'pending_membership',
  'role_mapping',
  'alarm',
  'conflict',
  'sync_run',
  'change_seal',
  'request_log',
];

/** What the platform's own rules need beside the first tables; everything here is added, nothing is rebuilt. */
export class ThePlatformsRules extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);

    // A hidden company in which a directory of that company is tried out; one at most.
    this.addSql(`alter table company add column probe_of uuid references company on delete restrict`);
    this.addSql(`create unique index company_probe_unique on company (probe_of) where probe_of is not null`);

    // Since when provisioning is switched on, and why it rests all the same.
    this.addSql(`alter table company
      add column provisioning_since timestamptz(3),
      add column provisioning_suspended text check (provisioning_suspended in ('PLAN_REQUIRED', 'SSO_REQUIRED'))`);
    this.addSql(`update company set provisioning_since = updated_at where provisioning`);

    this.addSql(`alter table directory add column settings jsonb not null default '{}'`);

    // BEARER: as it is. CLIENT: the secret of an OAuth client, good for nothing but to get ACCESS tokens, which end with it.
    this.addSql(`alter table directory_token
      add column kind text not null default 'BEARER' check (kind in ('BEARER', 'CLIENT', 'ACCESS')),
      add column parent_id uuid,
      add column replaces_id uuid,
      add column allowed_addresses text[] not null default '{}',
      add constraint directory_token_parent foreign key (company_id, parent_id) references directory_token on delete restrict,
      add constraint directory_token_replaces foreign key (company_id, replaces_id) references directory_token on delete restrict,
      add constraint directory_token_kind_parent check ((kind = 'ACCESS') = (parent_id is not null))`);
    // One overlap at a time: a token is replaced by one other at most.
    this.addSql(
      `create unique index directory_token_replaces_unique on directory_token (company_id, replaces_id) where replaces_id is not null and revoked_at is null`,
    );
    this.addSql(
      `create index directory_token_by_parent on directory_token (company_id, parent_id) where parent_id is not null`,
    );

    // What teams give is computed when it is read; nothing ever stored it.
    this.addSql(`alter table role_assignment drop constraint role_assignment_source_check`);
    this.addSql(
      `alter table role_assignment add constraint role_assignment_source_check check (source in ('DIRECT', 'ATTRIBUTE', 'CLAIM'))`,
    );

    // Members that a directory named and did not see, because they were deleted or are another's: they join when they appear to it.
    this.addSql(`create table pending_membership (
      company_id uuid not null,
      team_id uuid not null,
      user_id uuid not null,
      directory_id uuid not null,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, team_id, user_id),
      foreign key (company_id, team_id) references team on delete restrict,
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(`create index pending_membership_by_user on pending_membership (company_id, user_id)`);
    this.addSql(`create index team_deleted on team (company_id, deleted_at) where deleted_at is not null`);

    this.addSql(`create table role_mapping (
      company_id uuid not null,
      id uuid not null,
      kind text not null check (kind in ('TEAM', 'PATTERN', 'CLAIM')),
      team_id uuid,
      directory_id uuid,
      pattern text,
      claim text,
      role_id uuid not null,
      effect text not null default 'GRANT' check (effect in ('GRANT', 'DENY')),
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id),
      check (num_nonnulls(team_id, pattern, claim) = 1),
      check ((kind = 'TEAM') = (team_id is not null)),
      check ((kind = 'PATTERN') = (pattern is not null and directory_id is not null)),
      check ((kind = 'CLAIM') = (claim is not null)),
      foreign key (company_id, team_id) references team on delete restrict,
      foreign key (company_id, directory_id) references directory on delete restrict,
      foreign key (company_id, role_id) references role on delete restrict)`);
    this.addSql(
      `create unique index role_mapping_unique on role_mapping (company_id, kind, team_id, directory_id, pattern, claim, role_id) nulls not distinct`,
    );
    this.addSql(`create index role_mapping_by_role on role_mapping (company_id, role_id)`);

    this.addSql(`create table alarm (
      company_id uuid not null references company on delete restrict,
      id uuid not null,
      kind text collate "C" not null,
      directory_id uuid,
      subject_id uuid,
      details jsonb not null default '{}',
      raised_at timestamptz(3) not null default now(),
      acknowledged_at timestamptz(3),
      acknowledged_by text,
      resolved_at timestamptz(3),
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    // The same thing rings once until it is over.
    this.addSql(
      `create unique index alarm_open_unique on alarm (company_id, kind, directory_id, subject_id) nulls not distinct where resolved_at is null`,
    );

    this.addSql(`create table conflict (
      company_id uuid not null,
      id uuid not null,
      at timestamptz(3) not null default now(),
      directory_id uuid not null,
      credential_id uuid,
      request_id text,
      kind text collate "C" not null,
      object_type text collate "C" not null,
      object_id uuid,
      details jsonb not null default '{}',
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(`create index conflict_by_time on conflict (company_id, at)`);

    // Positions are those of the change log: the run's changes are its directory's between the two.
    this.addSql(`create table sync_run (
      company_id uuid not null,
      id uuid not null,
      directory_id uuid not null,
      status text not null default 'HELD' check (status in ('HELD', 'CONFIRMED', 'REVERTED')),
      started_at timestamptz(3) not null,
      last_at timestamptz(3) not null,
      from_epoch int not null, from_xid xid8 not null, from_no bigint not null,
      through_epoch int not null, through_xid xid8 not null, through_no bigint not null,
      users_deactivated int not null default 0,
      users_deleted int not null default 0,
      members_removed int not null default 0,
      decided_at timestamptz(3),
      decided_by text,
      report jsonb,
      version int not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      primary key (company_id, id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    this.addSql(`create index sync_run_by_directory on sync_run (company_id, directory_id, last_at)`);

    this.addSql(`create table change_seal (
      company_id uuid not null references company on delete restrict,
      no bigint not null,
      through_epoch int not null, through_xid xid8 not null, through_no bigint not null,
      rows int not null check (rows > 0),
      root bytea not null,
      previous_root bytea,
      at timestamptz(3) not null default now(),
      primary key (company_id, no))`);
    // Across all companies, hence by the owner's right: which of them have changes that no seal covers yet. A probe of two indexes each; the limits
    // keep the planner from reading the log as a whole instead.
    this.addSql(`create function companies_to_seal() returns setof uuid language sql stable security definer set search_path = public as $$
      select c.id from company c
      left join lateral (select s.through_epoch, s.through_xid, s.through_no from change_seal s
        where s.company_id = c.id order by s.no desc limit 1) s on true
      cross join lateral (select from change x where x.company_id = c.id
        and (x.epoch, x.xid, x.no) > (coalesce(s.through_epoch, -1), coalesce(s.through_xid, '0'), coalesce(s.through_no, 0))
        and (x.epoch < current_change_epoch() or x.xid < pg_snapshot_xmin(pg_current_snapshot()))
        order by x.epoch, x.xid, x.no limit 1) x
    $$`);
    this.addSql(`revoke execute on function companies_to_seal() from public`);

    this.requestLog();
    this.erasure();

    // See the first migration: the planner must not know how many rows a company has.
    for (const table of NEW_TENANT_TABLES) this.addSql(`alter table ${table} alter column company_id set statistics 0`);
  }

  /** What identity providers sent and were answered; kept for 30 days, a partition a day. */
  private requestLog(): void {
    this.addSql(`create table request_log (
      company_id uuid not null,
      at timestamptz(3) not null,
      id uuid not null,
      directory_id uuid,
      credential_id uuid,
      request_id text not null,
      method text not null,
      path text not null,
      status int not null,
      duration_ms int not null,
      client_address text,
      user_agent text,
      error text,
      request_body text,
      response_body text,
      tolerances jsonb not null default '[]',
      operations jsonb not null default '[]',
      primary key (company_id, at, id)) partition by range (at)`);
    this.addSql(`create index request_log_by_directory on request_log (company_id, directory_id, at)`);
    this.addSql(`create index request_log_by_request on request_log (company_id, request_id)`);
    // For days that nobody has made yet, when no job ran for a while or a clock jumped: nothing is lost for want of a table.
    this.addSql(`create table request_log_default partition of request_log default`);
    this.addSql(`alter table request_log_default alter column company_id set statistics 0`);
    // The application's role may not make tables; whoever calls this gets the days that are needed, and loses those that are over. It drops first: that
    // takes the lock which those who read need before all others.
    this.addSql(`create function maintain_request_log(keep_days int default 30) returns int language plpgsql security definer
      set search_path = public as $$
      declare
        today date := (now() at time zone 'UTC')::date;
        oldest date := today - greatest(keep_days, 1);
        day date;
        since timestamptz;
        until timestamptz;
        part text;
        dropped int := 0;
      begin
        perform pg_advisory_xact_lock(7305003);
        for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'public.request_log'::regclass and c.relname ~ '^request_log_[0-9]{8}$'
              and to_date(right(c.relname, 8), 'YYYYMMDD') < oldest loop
          execute format('drop table public.%I', part);
          dropped := dropped + 1;
        end loop;
        delete from request_log_default d where d.at < oldest::timestamp at time zone 'UTC';
        for day in select today + n from generate_series(-1, 2) n loop
          part := 'request_log_' || to_char(day, 'YYYYMMDD');
          continue when to_regclass('public.' || part) is not null;
          since := day::timestamp at time zone 'UTC';
          until := (day + 1)::timestamp at time zone 'UTC';
          -- Bodies stay in their rows as they are: to compress them and to put them elsewhere costs as much as the rest of writing them.
          execute format('create table public.%I (like public.request_log including defaults) with (toast_tuple_target = 8160)', part);
          execute format('alter table public.%I alter column company_id set statistics 0', part);
          -- What came for that day before moves in; nobody may add to it in between.
          lock table request_log_default in access exclusive mode;
          execute format('with early as (delete from public.request_log_default d where d.at >= $1 and d.at < $2 returning d.*)
            insert into public.%I select * from early', part) using since, until;
          execute format('alter table public.request_log attach partition public.%I for values from (%L) to (%L)', part, since, until);
          -- It is there while row-level security is on.
          if to_regprocedure('public.wall_in(regclass)') is not null then
            perform public.wall_in(('public.' || part)::regclass);
          end if;
        end loop;
        return dropped;
      end $$`);
    this.addSql(`select maintain_request_log()`);
  }

  /** The one way in which rows of the change log lose what they say; digests stay, so that seals still verify. */
  private erasure(): void {
    this.addSql(`create function erase_changes_of(of_company uuid, of_user uuid) returns int language plpgsql security definer
      set search_path = public as $$
      declare
        erased int;
      begin
        if not exists (select from app_user u where u.company_id = of_company and u.id = of_user and u.deleted_at is not null) then
          raise exception 'only a deleted user can be erased' using errcode = 'check_violation';
        end if;
        update change c set before = null, after = null, salt = null
          where c.company_id = of_company and c.object_type = 'user' and c.object_id = of_user and c.kind <> 'user.erased' and c.salt is not null;
        get diagnostics erased = row_count;
        return erased;
      end $$`);
    this.addSql(`revoke execute on function erase_changes_of(uuid, uuid) from public`);
    this.addSql(`revoke execute on function maintain_request_log(int) from public`);
  }

  override down(): void {
    this.addSql(`drop function erase_changes_of(uuid, uuid)`);
    this.addSql(`drop function maintain_request_log(int)`);
    this.addSql(`drop function companies_to_seal()`);
    for (const table of [...NEW_TENANT_TABLES].reverse()) this.addSql(`drop table ${table}`);
    this.addSql(`delete from role_assignment where source = 'CLAIM'`);
    this.addSql(`alter table role_assignment drop constraint role_assignment_source_check`);
    this.addSql(
      `alter table role_assignment add constraint role_assignment_source_check check (source in ('DIRECT', 'ATTRIBUTE', 'TEAM'))`,
    );
    this.addSql(`delete from directory_token where kind = 'ACCESS'`);
    this.addSql(
      `alter table directory_token drop column kind, drop column parent_id, drop column replaces_id, drop column allowed_addresses`,
    );
    this.addSql(`drop index team_deleted`);
    this.addSql(`alter table directory drop column settings`);
    this.addSql(
      `alter table company drop column probe_of, drop column provisioning_since, drop column provisioning_suspended`,
    );
  }
}
