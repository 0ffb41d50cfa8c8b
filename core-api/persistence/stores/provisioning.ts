import { sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';
import { isoTime } from './page-sql.js';

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

/** Who is managed by no directory and could not sign in any more; those of last resort always can. */
export const findShutOut = statement<{ companyId: string; graceDays: number; most: number }, ShutOut>((db, p) =>
  db
    .with('shut', (q) =>
      q
        .selectFrom('app_user')
        .select('id')
        .where('company_id', '=', p('companyId'))
        .where('directory_id', 'is', null)
        .where('active', '=', true)
        .where('break_glass', '=', false)
        .where('deleted_at', 'is', null),
    )
    .selectNoFrom([
      sql<number>`(select count(*)::int from shut)`.as('total'),
      sql<string>`(select encode(sha256(convert_to(coalesce(string_agg(id::text, ',' order by id), ''), 'UTF8')), 'hex') from shut)`.as(
        'digest',
      ),
      sql<string[]>`array(select id::text from shut order by shut.id limit ${p('most')}::int)`.as('ids'),
      isoTime(sql`now()`).as('now'),
      isoTime(sql`(now() + make_interval(days => ${p('graceDays')}::int))`).as('graceEnds'),
    ]),
);

/** Deactivates whomever a directory manages, with a change for each; everything else of them stays. */
export const deactivateManaged = statement<ChangeAuthor, never>((db, p) =>
  db
    .with('gone', (q) =>
      q
        .updateTable('app_user')
        .set({
          active: false,
          version: sql<number>`version + 1`,
          updated_at: sql<Date>`greatest(now(), updated_at)`,
        })
        .where('company_id', '=', p('companyId'))
        .where('directory_id', 'is not', null)
        .where('active', '=', true)
        .where('deleted_at', 'is', null)
        .returning('id'),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('gone').select(
        changeSelection(p, {
          kind: 'user.deactivated',
          objectType: 'user',
          objectId: sql<string>`gone.id`,
          before: sql`jsonb_build_object('active', true)`,
          after: sql`jsonb_build_object('active', false)`,
        }),
      ),
    ),
);
