import { sql } from 'kysely';
import { statement } from '../statement.js';
import { isJsonKey, USER_COLUMNS, WRITTEN_KEYS } from './user-columns.js';

interface OfUser {
  companyId: string;
  id: string;
}

export const lockUserToErase = statement<OfUser, { isDeleted: boolean }>((db, p) =>
  db
    .selectFrom('app_user as u')
    .select(sql<boolean>`u.deleted_at is not null`.as('isDeleted'))
    .where('u.company_id', '=', p('companyId'))
    .where('u.id', '=', p('id'))
    .forUpdate(),
);

/** Of whom nothing is left; the capital letters are in no folded user name, so nobody comes back as an erased user. */
const BLANKS: Readonly<Partial<Record<string, string>>> = {
  userName: `'erased'`,
  active: 'false',
  directoryId: 'u.directory_id',
};

const blanks = WRITTEN_KEYS.map((key) => {
  const empty = isJsonKey(key) ? (key === 'extensions' ? `'{}'` : `'[]'`) : 'null';
  return `${USER_COLUMNS[key]} = ${BLANKS[key] ?? empty}`;
}).join(', ');

/** Blanks whatever a person can be told by; id, directory and times stay. No row when that was done before. */
export const blankUser = statement<OfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{ id: string }>`with u as (
        update app_user u set ${sql.raw(blanks)}, user_name_key = 'ERASED', version = version + 1, updated_at = greatest(now(), u.updated_at)
        where u.company_id = ${p('companyId')}::uuid and u.id = ${p('id')}::uuid and u.deleted_at is not null and u.user_name_key <> 'ERASED'
        returning u.company_id, u.id),
      value as (delete from user_value v using u where v.company_id = u.company_id and v.user_id = u.id),
      credential as (delete from local_credential c using u where c.company_id = u.company_id and c.user_id = u.id)
      select u.id from u`.compile(db),
}));

/** Empties the entries of the change log. @returns how many had not been emptied before. */
export const eraseChanges = statement<OfUser, { count: number }>((db, p) =>
  db.selectNoFrom(sql<number>`erase_changes_of(${p('companyId')}::uuid, ${p('id')}::uuid)`.as('count')),
);

/** Empties what the conflict log says of the user. */
export const eraseConflicts = statement<OfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{ id: string }>`update conflict f set details = '{}' where f.company_id = ${p('companyId')}::uuid
      and f.object_id = ${p('id')}::uuid and f.details <> '{}' returning f.id`.compile(db),
}));

/**
 * Empties the requests that changed the user, and those that name its id in their path: bodies, the error's sentence, and the query of the path, which
 * can hold a filter by name.
 */
export const eraseRequests = statement<OfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{
      id: string;
    }>`update request_log r set request_body = null, response_body = null, error = null, path = split_part(r.path, '?', 1)
      where r.company_id = ${p('companyId')}::uuid
        and (r.request_id in (select c.request_id from change c where c.company_id = ${p('companyId')}::uuid
            and c.object_type = 'user' and c.object_id = ${p('id')}::uuid and c.request_id is not null)
          or strpos(r.path, ${p('id')}::text) > 0)
        and (num_nonnulls(r.request_body, r.response_body, r.error) > 0 or strpos(r.path, '?') > 0)
      returning r.id`.compile(db),
}));
