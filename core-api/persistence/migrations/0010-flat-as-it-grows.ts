import { Migration } from '@mikro-orm/migrations';

/** Columns by whose values no query looks for rows: what ANALYZE samples, sorts and keeps of them helps no plan, and takes half of its time. */
const NEVER_COMPARED = {
  change: ['before', 'after', 'salt', 'digest'],
  app_user: [
    ...['emails', 'phone_numbers', 'ims', 'photos', 'addresses', 'entitlements', 'role_values', 'x509_certificates'],
    'extensions',
  ],
};

const GROWING = [
  ...['app_user', 'user_value', 'team', 'team_membership', 'team_nesting', 'pending_membership'],
  ...['role_assignment', 'project_access', 'change', 'resource_count'],
];
/** Any fixed number of our own. */
const STATISTICS_LOCK = 7_305_010;

/** What would cost more and more as tables grow. */
export class FlatAsItGrows extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    this.sample('0');
    // Users whose names wait to be sorted in are read one by one by each search: up to 4 MB of them, 7,000 users, for 6.8 ms instead of 1.5. Sorting in each at
    // once would cost a create half a millisecond; with 16 times fewer waiting, neither is felt.
    this.addSql(`alter index user_user_name_trigrams set (gin_pending_list_limit = 256)`);
    this.analyseWhatGrew();
    // Each of its teams by its key, and not all of the company's for each.
    this.teamsOfUser(
      'cross join lateral (select * from team t where t.company_id = of_company and t.id = own.team_id offset 0) t',
    );
  }

  private teamsOfUser(joined: string): void {
    const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    this.addSql(`create or replace function teams_of_user(of_company uuid, of_user uuid) returns jsonb language plpgsql stable as $$
      begin
        return (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'displayName', t.display_name, 'externalId', t.external_id,
            'directoryId', t.directory_id, 'version', t.version, 'createdAt', ${iso('t.created_at')}, 'updatedAt', ${iso('t.updated_at')})
          order by t.display_name_key, t.id), '[]')
          from (select m.team_id from team_membership m where m.company_id = of_company and m.user_id = of_user offset 0) own
          ${joined} where t.deleted_at is null);
      end $$`);
  }

  /** To ask is nearly free, so it can be asked all the time; who is asked meanwhile leaves it to the first. */
  private analyseWhatGrew(): void {
    this.addSql(`create or replace function refresh_statistics() returns void language plpgsql security definer set search_path = public as $$
      declare
        grown text;
      begin
        if not pg_try_advisory_xact_lock(${STATISTICS_LOCK}) then
          return;
        end if;
        for grown in select c.relname from pg_class c
          where c.relnamespace = 'public'::regnamespace and c.relname = any('{${GROWING.join(',')}}')
            and pg_relation_size(c.oid) > current_setting('block_size')::int * (1.5 * c.relpages + 2) loop
          execute format('analyze %I', grown);
        end loop;
      end $$`);
  }

  override down(): void {
    this.addSql(`create or replace function refresh_statistics() returns void language plpgsql security definer set search_path = public as $$
      begin
        ${['app_user', 'user_value', 'team', 'team_membership', 'role_assignment', 'change', 'team_nesting'].map((table) => `analyze ${table};`).join(' ')}
      end $$`);
    this.teamsOfUser('join team t on t.company_id = of_company and t.id = own.team_id');
    this.addSql(`alter index user_user_name_trigrams reset (gin_pending_list_limit)`);
    this.sample('default');
  }

  private sample(target: string): void {
    for (const [table, columns] of Object.entries(NEVER_COMPARED))
      this.addSql(`alter table ${table} ${columns.map((each) => `alter ${each} set statistics ${target}`).join(', ')}`);
  }
}
