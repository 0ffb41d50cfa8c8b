import { sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';

interface NewOwner {
  companyId: string;
  userId: string;
  userName: string;
  userNameKey: string;
  displayName: string;
  /** A JSON array of one element with `value`, `type` and `primary`. */
  emails: string;
  emailKey: string;
  passwordHash: string;
}

/** Makes an admin of last resort, with a password of its own: local, invisible to directories. It gets its role like everyone else. */
export const insertLocalOwner = statement<ChangeAuthor & NewOwner, never>((db, p) =>
  db
    .with('owner', (cte) =>
      cte
        .insertInto('app_user')
        .values({
          company_id: p('companyId'),
          id: p('userId'),
          break_glass: true,
          user_name: p('userName'),
          user_name_key: p('userNameKey'),
          display_name: p('displayName'),
          emails: sql`${p('emails')}::jsonb`,
        })
        .returning(['company_id', 'id', 'user_name', 'display_name', 'emails']),
    )
    .with('searched', (cte) =>
      cte
        .insertInto('user_value')
        .columns(['company_id', 'user_id', 'attribute', 'type', 'value_key'])
        .expression((eb) =>
          eb
            .selectFrom('owner')
            .select(['company_id', 'id', sql<string>`'emails'`.as('attribute'), sql<string>`'work'`.as('type')])
            .select(sql<string>`${p('emailKey')}::text`.as('value_key')),
        ),
    )
    .with('credential', (cte) =>
      cte
        .insertInto('local_credential')
        .columns(['company_id', 'user_id', 'password_hash'])
        .expression((eb) =>
          eb
            .selectFrom('owner')
            .select(['company_id', 'id', sql<string>`${p('passwordHash')}::text`.as('password_hash')]),
        ),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('owner').select(
        changeSelection(p, {
          kind: 'user.created',
          objectType: 'user',
          objectId: sql.ref('owner.id'),
          before: sql`null::jsonb`,
          after: sql`jsonb_build_object('userName', owner.user_name, 'displayName', owner.display_name, 'emails', owner.emails,
            'active', true, 'breakGlass', true)`,
        }),
      ),
    ),
);

/** Slugs that are taken: `base` itself and whatever begins with `base-`. */
export const slugsLike = statement<{ base: string }, { slug: string }>((db, p) =>
  db
    .selectFrom('company')
    .select('slug')
    .where(sql<boolean>`slug = ${p('base')}::text or starts_with(slug, ${p('base')}::text || '-')`),
);
