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
