import { sql } from 'kysely';
import { statement } from '../statement.js';

/** The roles of a company, highest rank first: what an attribute of a directory can name. */
export const companyRoles = statement<
  { companyId: string },
  { id: string; key: string; name: string; grantableByDirectory: boolean }
>((db, p) =>
  db
    .selectFrom('role')
    .select(['id', 'key', 'name', 'grantable_by_directory as grantableByDirectory'])
    .where('company_id', '=', p('companyId'))
    .orderBy('rank', 'desc')
    .orderBy('key'),
);

/** One row if the user was given the role `owner`, denied or not. */
export const ownerAssignment = statement<{ companyId: string; userId: string }, { roleId: string }>((db, p) =>
  db
    .selectFrom('role_assignment as a')
    .innerJoin('role as r', (join) => join.onRef('r.company_id', '=', 'a.company_id').onRef('r.id', '=', 'a.role_id'))
    .select('r.id as roleId')
    .where('a.company_id', '=', p('companyId'))
    .where('r.company_id', '=', p('companyId'))
    .where('a.user_id', '=', p('userId'))
    .where('r.key', '=', 'owner')
    .limit(1),
);

/** Those of the users who were given the role `owner`, denied or not. */
export const ownersAmong = statement<{ companyId: string; userIds: string[] }, { userId: string }>((db, p) =>
  db
    .selectFrom('role_assignment as a')
    .innerJoin('role as r', (join) => join.onRef('r.company_id', '=', 'a.company_id').onRef('r.id', '=', 'a.role_id'))
    .select('a.user_id as userId')
    .distinct()
    .where('a.company_id', '=', p('companyId'))
    .where('r.company_id', '=', p('companyId'))
    .where(sql<boolean>`a.user_id = any(${p('userIds')}::uuid[])`)
    .where('r.key', '=', 'owner'),
);
