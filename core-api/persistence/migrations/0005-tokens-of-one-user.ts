import { Migration } from '@mikro-orm/migrations';

/** A token may be good for one user of its directory alone. */
export class TokensOfOneUser extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '5s'`);
    this.addSql(`alter table directory_token
      add column user_id uuid,
      add constraint directory_token_user foreign key (company_id, user_id) references app_user on delete restrict,
      add constraint directory_token_kind_user check (user_id is null or kind = 'BEARER')`);
    this.addSql(
      `create index directory_token_by_user on directory_token (company_id, user_id) where user_id is not null`,
    );
  }

  override down(): void {
    this.addSql(`delete from directory_token where user_id is not null`);
    this.addSql(`alter table directory_token drop column user_id`);
  }
}
