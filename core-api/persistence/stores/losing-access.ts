import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Arguments, statement } from '../statement.js';
import { authorValues } from './changes.js';

/*
 * Whoever loses access loses in the same statement whatever could still be used to come in: sessions, API keys and directory tokens of that user, links
 * that wait to be opened, sign-ins that an identity provider has not answered. These are the parts that such a statement has for it.
 */

/**
 * Ends it for the users that the statement wrote, its part `u`, and only once it holds them all: a sign-in that was faster is seen, and one that was not
 * finds the user shut out.
 *
 * @param who which of them; `where …`, or nothing for all.
 */
export const endAccess = (p: Arguments<{ companyId: string }>, who: RawBuilder<unknown> = sql``) => sql`,
  ended as materialized (select e.* from (select array_agg(u.id) as ids from u ${who}) as gone
    cross join lateral end_access_of(${p('companyId')}::uuid, gone.ids) as e)`;

/** What of it stands in the log. */
export const endedLog = (p: Arguments<ChangeAuthor>) => sql`
    union all select ${authorValues(p)}, ended.kind, ended.object_type, ended.object_id, ended.before, ended.after from ended`;

/** Deleted ones too. */
export const isUserKnown = statement<{ companyId: string; id: string }, { id: string }>((db, p) =>
  db.selectFrom('app_user').select('id').where('company_id', '=', p('companyId')).where('id', '=', p('id')),
);
