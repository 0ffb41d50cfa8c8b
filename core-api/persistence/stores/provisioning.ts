import { sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { endAccess, endedLog } from './losing-access.js';
import { isoTime } from './page-sql.js';
import { needsProvisioning } from './sso-subjects.js';

interface ShutOut {
  total: number;
  /** Differs whenever other users are shut out. */
  digest: string;
  /** The first of them, in the order of their ids. */
  ids: string[];
  /** Now, by the database's clock. */
  now: string;
  graceEnds: string;
}

/** Who could not come in any more by single sign-on, were provisioning on: the same as the gate asks (`needsProvisioning`). */
export const findShutOut = statement<{ companyId: string; graceDays: number; most: number }, ShutOut>((db, p) =>
  db
    .with('shut', (q) =>
      q
        .selectFrom('app_user as u')
        .select('u.id')
        .where('u.company_id', '=', p('companyId'))
        .where('u.active', '=', true)
        .where('u.deleted_at', 'is', null)
        .where(needsProvisioning(sql`${p('companyId')}::uuid`)),
    )
    .selectNoFrom([
      sql<number>`(select count(*)::int from shut)`.as('total'),
      sql<string>`(select encode(sha256(convert_to(coalesce(string_agg(id::text, ',' order by id), ''), 'UTF8')), 'hex') from shut)`.as(
        'digest',
      ),
      sql<string[]>`array(select id::text from shut order by shut.id limit ${p('most')}::int)`.as('ids'),
      // Rounded as the columns of times are.
      isoTime(sql`now()::timestamptz(3)`).as('now'),
      isoTime(sql`(now() + make_interval(days => ${p('graceDays')}::int))`).as('graceEnds'),
    ]),
);

/**
 * Deactivates a page of those whom a directory manages, with a change for each; whatever they could come in by ends, and everything else of
 * them stays. One row: the last of the page, by id; none
 * when nobody was left.
 */
export const deactivateManaged = statement<ChangeAuthor & { after: string; most: number }, { last: string }>(
  (db, p) => ({
    compile: () =>
      sql<{
        last: string;
      }>`with page as (select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.directory_id is not null
        and u.active and u.deleted_at is null and u.id > ${p('after')}::uuid order by u.id limit ${p('most')}::int for no key update of u),
      u as (update app_user g set active = false, version = g.version + 1, updated_at = greatest(now(), g.updated_at)
        from page where g.company_id = ${p('companyId')}::uuid and g.id = page.id returning g.id)${endAccess(p)},
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'user.deactivated', 'user', u.id, jsonb_build_object('active', true), jsonb_build_object('active', false) from u${endedLog(p)})
      select u.id as last from u order by u.id desc limit 1`.compile(db),
  }),
);
