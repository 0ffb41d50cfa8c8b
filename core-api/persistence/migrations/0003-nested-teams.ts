import { Migration } from '@mikro-orm/migrations';

/** The tables that are analysed as they grow. */
const GROWING = ['app_user', 'user_value', 'team', 'team_membership', 'role_assignment', 'change'];

/** Teams as members of teams. */
export class NestedTeams extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    this.addSql(`create table team_nesting (
      company_id uuid not null,
      team_id uuid not null,
      member_team_id uuid not null,
      created_at timestamptz(3) not null default now(),
      primary key (company_id, team_id, member_team_id),
      check (team_id <> member_team_id),
      foreign key (company_id, team_id) references team on delete restrict,
      foreign key (company_id, member_team_id) references team on delete restrict)`);
    this.addSql(`create index team_nesting_by_member on team_nesting (company_id, member_team_id, team_id)`);
    // See the first migration: the planner must not know how many rows a company has.
    this.addSql(`alter table team_nesting alter column company_id set statistics 0`);

    // Functions, so that a statement pays for the walk only where it calls them: written out in it, it would be planned, locked for and set up each time.
    // `union` meets each team once, which is why cycles end.
    this.walk('teams_around', { from: 'member_team_id', to: 'team_id' });
    this.walk('teams_within', { from: 'team_id', to: 'member_team_id' });
    this.analyse([...GROWING, 'team_nesting']);
  }

  /** These teams, and those that are reached from them; what a team holds whose directory skips nested teams does not count. */
  private walk(name: string, { from, to }: { from: string; to: string }): void {
    this.addSql(`create function ${name}(of_company uuid, of_teams uuid[]) returns setof uuid language plpgsql stable rows 10 as $$
      begin
        return query with recursive reached (id) as (
            select unnest(of_teams)
            union
            select n.${to} from reached r
              join public.team_nesting n on n.company_id = of_company and n.${from} = r.id
              join public.team t on t.company_id = of_company and t.id = n.team_id
              left join public.directory d on d.company_id = of_company and d.id = t.directory_id
            where d.profile ->> 'nestedGroups' is distinct from 'SKIP')
          select r.id from reached r;
      end $$`);
  }

  private analyse(tables: readonly string[]): void {
    this.addSql(`create or replace function refresh_statistics() returns void language plpgsql security definer set search_path = public as $$
      begin
        ${tables.map((table) => `analyze ${table};`).join(' ')}
      end $$`);
  }

  override down(): void {
    this.analyse(GROWING);
    this.addSql(`drop function teams_around(uuid, uuid[])`);
    this.addSql(`drop function teams_within(uuid, uuid[])`);
    this.addSql(`drop table team_nesting`);
  }
}
