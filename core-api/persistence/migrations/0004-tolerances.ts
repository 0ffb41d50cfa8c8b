import { Migration } from '@mikro-orm/migrations';

/** How often each deviation of a directory's provider was met, by day. Kept for 30 days. */
export class Tolerances extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    // A gateway adds to rows of its own, so that none is written by two; `batch` is the last that is in the count, since one may come twice.
    this.addSql(`create table tolerance_count (
      company_id uuid not null,
      directory_id uuid not null,
      name text collate "C" not null,
      day date not null,
      gateway_id uuid not null,
      batch int not null,
      count bigint not null check (count > 0),
      last_at timestamptz(3) not null,
      primary key (company_id, directory_id, name, day, gateway_id),
      foreign key (company_id, directory_id) references directory on delete restrict)`);
    // See the first migration: the planner must not know how many rows a company has.
    this.addSql(`alter table tolerance_count alter column company_id set statistics 0`);
  }

  override down(): void {
    this.addSql(`drop table tolerance_count`);
  }
}
