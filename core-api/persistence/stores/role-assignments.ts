import { type Expression, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Arguments, statement } from '../statement.js';
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

/** Up to two users, beside those of `except`, who are owners in effect, active, and managed by no directory. */
export const findLocalOwners = statement<{ companyId: string; except: readonly string[] }, { userId: string }>(
  (db, p) =>
    db
      .selectFrom('role as r')
      .innerJoin('role_assignment as a', (join) =>
        join.onRef('a.company_id', '=', 'r.company_id').onRef('a.role_id', '=', 'r.id'),
      )
      .innerJoin('app_user as u', (join) =>
        join.onRef('u.company_id', '=', 'a.company_id').onRef('u.id', '=', 'a.user_id'),
      )
      .select('u.id as userId')
      .where('r.company_id', '=', p('companyId'))
      .where('a.company_id', '=', p('companyId'))
      .where('u.company_id', '=', p('companyId'))
      .where('r.key', '=', 'owner')
      // Nothing but an admin makes an owner, and one row says whether it did or denied it.
      .where('a.source', '=', 'DIRECT')
      .where('a.denied', '=', false)
      .where('u.active', '=', true)
      .where(sql<boolean>`u.id <> all(${p('except')}::uuid[])`)
      .where('u.directory_id', 'is', null)
      .where('u.deleted_at', 'is', null)
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

interface DirectAssignment extends ChangeAuthor, Assignment {
  roleKey: string;
  /** `role.assigned`, or `role.denied` for a denial. */
  kind: string;
  denied: boolean;
}

const logged = (p: Arguments<DirectAssignment>, denied: Expression<boolean>) =>
  sql`jsonb_build_object('roleId', ${p('roleId')}::uuid, 'role', ${p('roleKey')}::text, 'source', 'DIRECT')
    || case when ${denied} then '{"denied": true}'::jsonb else '{}' end`;

/** Grants or denies the role directly, where that isn't so yet; one makes way for the other. */
export const assignRole = statement<DirectAssignment, never>((db, p) =>
  db
    .with('former', (cte) =>
      cte
        .selectFrom('role_assignment')
        .select('denied')
        .where('company_id', '=', p('companyId'))
        .where('user_id', '=', p('userId'))
        .where('role_id', '=', p('roleId'))
        .where('source', '=', 'DIRECT'),
    )
    .with('given', (cte) =>
      cte
        .insertInto('role_assignment')
        .values({
          company_id: p('companyId'),
          user_id: p('userId'),
          role_id: p('roleId'),
          source: 'DIRECT',
          denied: p('denied'),
        })
        .onConflict((on) =>
          on
            .columns(['company_id', 'user_id', 'role_id', 'source'])
            .doUpdateSet({ denied: p('denied') })
            .where('role_assignment.denied', '<>', p('denied')),
        )
        .returning(['user_id']),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('given').select(
        changeSelection(p, {
          kind: sql`${p('kind')}::text`,
          objectType: 'user',
          objectId: sql.ref('given.user_id'),
          before: sql`(select ${logged(p, sql`former.denied`)} from former)`,
          after: logged(p, sql`${p('denied')}::boolean`),
        }),
      ),
    ),
);

/** Takes back what was granted directly, or ends what was denied so, as `denied` says. */
export const unassignRole = statement<DirectAssignment, never>((db, p) =>
  db
    .with('taken', (cte) =>
      cte
        .deleteFrom('role_assignment')
        .where('company_id', '=', p('companyId'))
        .where('user_id', '=', p('userId'))
        .where('role_id', '=', p('roleId'))
        .where('source', '=', 'DIRECT')
        .where('denied', '=', p('denied'))
        .returning(['user_id']),
    )
    .insertInto('change')
    .columns([...CHANGE_COLUMNS])
    .expression((eb) =>
      eb.selectFrom('taken').select(
        changeSelection(p, {
          kind: sql`${p('kind')}::text`,
          objectType: 'user',
          objectId: sql.ref('taken.user_id'),
          before: logged(p, sql`${p('denied')}::boolean`),
          after: sql`null::jsonb`,
        }),
      ),
    ),
);
