import { type RawBuilder, sql } from 'kysely';

/**
 * Until when the request log keeps the bodies of all of a directory's requests: for an hour after one of its tokens was minted, while somebody is setting
 * it up. Access tokens come every hour, and do not count. Null without a token.
 *
 * @param directory what the statement calls that table.
 */
export function recordsBodiesUntil(directory: string): RawBuilder<string | null> {
  return sql`(select max(minted.created_at) + interval '1 hour' from directory_token minted
    where minted.company_id = ${sql.ref(`${directory}.company_id`)} and minted.directory_id = ${sql.ref(`${directory}.id`)} and minted.kind <> 'ACCESS')`;
}
