import { sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { statement } from '../statement.js';
import { CHANGE_COLUMNS, changeSelection } from './changes.js';

interface Assignment {
  companyId: string;
  userId: string;
  roleId: string;
}

/** Makes requests that could end the last ownership queue up: taken by everything that may make an owner less. */
export const lockOwnerRole = statement<{ companyId: string }, { id: string }>((db, p) =>
  db
    .selectFrom('role')
    .select('id')
    .where('company_id', '=', p('companyId'))
    .where('key', '=', 'owner')
    .forNoKeyUpdate(),
);

/** Up to two users who are owners in effect, active, and managed by no directory. */
export const findLocalOwners = statement<{ companyId: string }, { userId: string }>((db, p) =>
  db
    .selectFrom('role as r')
    .innerJoin('role_assignment as a', (join) =>
      join.onRef('a.company_id', '=', 'r.company_id').onRef('a.role_id', '=', 'r.id'),
    )
    .innerJoin('app_user as u', (join) =>
      join.onRef('u.company_id', '=', 'a.company_id').onRef('u.id', '=', 'a.user_id'),
    )
    .select('u.id as userId')
    .distinct()
    .where('r.company_id', '=', p('companyId'))
    .where('a.company_id', '=', p('companyId'))
    .where('u.company_id', '=', p('companyId'))
    .where('r.key', '=', 'owner')
    .where('a.denied', '=', false)
    .where('u.active', '=', true)
    .where('u.directory_id', 'is', null)
    .where('u.deleted_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('role_assignment as d')
            .select('d.role_id')
            .where('d.company_id', '=', p('companyId'))
            .whereRef('d.user_id', '=', 'a.user_id')
            .whereRef('d.role_id', '=', 'a.role_id')
            .where('d.denied', '=', true),
        ),
      ),
    )
    .limit(2),
);

/** The user, also an inactive one, held against being deleted until the transaction ends. */
export const holdUser = statement<{ companyId: string; id: string }, { id: string }>((db, p) =>
  db
    .selectFrom('app_user')
    .select('id')
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id'))
    .where('deleted_at', 'is', null)
    .forShare(),
);

/** Grants the role directly, where it isn't yet; a direct denial makes way. */
export const assignRole = statement<ChangeAuthor & Assignment & { roleKey: string }, never>((db, p) =>
  db
    .with('granted', (cte) =>
      cte
        .insertInto('role_assignment')
        .values({
          company_id: p('companyId'),
          user_id: p('userId'),
          role_id: p('roleId'),
          source: 'DIRECT',
          denied: false,
        })
        .onConflict((on) =>
          on
            .columns(['company_id', 'user_id', 'role_id', 'source'])
            .doUpdateSet({ denied: false })
            .where('role_assignment.denied', '=', true),
        )
        .returning(['user_id', 'role_id']),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('granted').select(
        changeSelection(p, {
          kind: 'role.assigned',
          objectType: 'user',
          objectId: sql.ref('granted.user_id'),
          before: sql`null::jsonb`,
          after: sql`jsonb_build_object('roleId', granted.role_id, 'role', ${p('roleKey')}::text, 'source', 'DIRECT')`,
        }),
      ),
    ),
);

/** Takes back what was granted directly; denials stay. */
export const unassignRole = statement<ChangeAuthor & Assignment & { roleKey: string }, never>((db, p) =>
  db
    .with('taken', (cte) =>
      cte
        .deleteFrom('role_assignment')
        .where('company_id', '=', p('companyId'))
        .where('user_id', '=', p('userId'))
        .where('role_id', '=', p('roleId'))
        .where('source', '=', 'DIRECT')
        .where('denied', '=', false)
        .returning(['user_id', 'role_id']),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('taken').select(
        changeSelection(p, {
          kind: 'role.unassigned',
          objectType: 'user',
          objectId: sql.ref('taken.user_id'),
          before: sql`jsonb_build_object('roleId', taken.role_id, 'role', ${p('roleKey')}::text, 'source', 'DIRECT')`,
          after: sql`null::jsonb`,
        }),
      ),
    ),
);
