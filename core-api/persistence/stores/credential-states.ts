import { type RawBuilder, sql } from 'kysely';
import { statement } from '../statement.js';
import { isKeyValid, isTokenValid, isValid } from './credentials.js';
import { isoTime } from './page-sql.js';

/** How a credential stands that can be replaced by another one. */
export interface CredentialState {
  /** The database's clock, ISO 8601, rounded as stored times are. */
  now: string;
  /** Revoked or expired. */
  ended: boolean;
  /** Another one took its place, and was not revoked. */
  replaced: boolean;
  /** The one whose place it took still works. */
  replacing: boolean;
  /** For how long it was made to work, in milliseconds: as long as the last that took its place, for that cut its own end short. Null: for good. */
  lifetimeMs: number | null;
}

/** Call with the row locked: then no rotation of it is under way. */
const stateIn = (name: 'directory_token' | 'api_key', isUsable: (t: string) => RawBuilder<boolean>) =>
  statement<{ companyId: string; id: string }, CredentialState>((db, p) => ({
    compile: () => {
      const [table, company] = [sql.table(name), sql`${p('companyId')}::uuid`];
      return sql<CredentialState>`select ${isoTime(sql`now()::timestamptz(3)`)} as now, not (${isUsable('t')}) as ended,
        exists (select from ${table} n where n.company_id = ${company} and n.replaces_id = t.id and n.revoked_at is null) as replaced,
        exists (select from ${table} o where o.company_id = ${company} and o.id = t.replaces_id and ${isValid('o')}) as replacing,
        (extract(epoch from (select l.expires_at - l.created_at from ${table} l
          where l.company_id = ${company} and (l.id = t.id or l.replaces_id = t.id)
          order by l.created_at desc, l.id desc limit 1)) * 1000)::float8 as "lifetimeMs"
      from ${table} t where t.company_id = ${company} and t.id = ${p('id')}::uuid`.compile(db);
    },
  }));

export const findTokenState = stateIn('directory_token', isTokenValid);
export const findKeyState = stateIn('api_key', isKeyValid);
