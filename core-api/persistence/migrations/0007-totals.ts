import { Migration } from '@mikro-orm/migrations';

const COUNTED = [
  {
    table: 'app_user',
    kind: 'User',
    breakGlass: (row: string) => `${row}.break_glass`,
    changing: 'directory_id, break_glass',
  },
  { table: 'team', kind: 'Team', breakGlass: () => 'false', changing: 'directory_id' },
];

/** How many users and teams there are, kept as they come and go; and lists that skip rows without reading them. */
export class Totals extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    this.addSql(`create table resource_count (
      company_id uuid not null,
      no bigint generated always as identity,
      kind text not null check (kind in (${COUNTED.map(({ kind }) => `'${kind}'`).join(', ')})),
      directory_id uuid,
      break_glass boolean not null,
      delta int not null,
      primary key (company_id, no))`);
    // See the first migration: the planner must not know how many rows a company has.
    this.addSql(`alter table resource_count alter column company_id set statistics 0`);
    for (const each of COUNTED) this.count(each);

    // Whoever steps through a list by position is led past the rows before by the index alone.
    this.addSql(`drop index user_listed`);
    this.addSql(
      `create index user_listed on app_user (company_id, id) include (directory_id, break_glass) where deleted_at is null`,
    );
    this.addSql(`drop index team_listed`);
    this.addSql(`create index team_listed on team (company_id, id) include (directory_id) where deleted_at is null`);
  }

  /** A row for each that comes or goes, and nothing for any other change. Nobody who writes waits for anybody else who does. */
  private count({ table, kind, breakGlass, changing }: (typeof COUNTED)[number]): void {
    // Nobody writes between the first count and the triggers: creating one takes that lock anyway.
    this.addSql(`lock table ${table} in share row exclusive mode`);
    this.addSql(`insert into resource_count (company_id, kind, directory_id, break_glass, delta)
      select company_id, '${kind}', directory_id, ${breakGlass(table)}, count(*) from ${table} where deleted_at is null group by 1, 3, 4`);
    const append = (row: 'old' | 'new', delta: number) =>
      `if ${row}.deleted_at is null then
          insert into public.resource_count (company_id, kind, directory_id, break_glass, delta)
          values (${row}.company_id, '${kind}', ${row}.directory_id, ${breakGlass(row)}, ${delta});
        end if;`;
    this.addSql(`create function count_${table}() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' then ${append('old', -1)} end if;
        if tg_op <> 'DELETE' then ${append('new', 1)} end if;
        return null;
      end $$`);
    this.addSql(
      `create trigger count_${table} after insert or delete on ${table} for each row execute function count_${table}()`,
    );
    this.addSql(`create trigger count_changed_${table} after update of deleted_at, ${changing} on ${table} for each row
      when ((old.deleted_at is null) <> (new.deleted_at is null) or (new.deleted_at is null
        and (old.directory_id is distinct from new.directory_id or ${breakGlass('old')} <> ${breakGlass('new')})))
      execute function count_${table}()`);
  }

  override down(): void {
    for (const { table } of COUNTED) {
      this.addSql(`drop trigger count_${table} on ${table}`);
      this.addSql(`drop trigger count_changed_${table} on ${table}`);
      this.addSql(`drop function count_${table}()`);
    }
    this.addSql(`drop table resource_count`);
    this.addSql(`drop index user_listed`);
    this.addSql(`create index user_listed on app_user (company_id, id) where deleted_at is null and not break_glass`);
    this.addSql(`drop index team_listed`);
    this.addSql(`create index team_listed on team (company_id, id) where deleted_at is null`);
  }
}
