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
