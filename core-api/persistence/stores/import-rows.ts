import { type RawBuilder, sql } from 'kysely';
import type { TeamRow, UserRow } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { teamColumns } from './teams.js';
import { USER_SELECTION } from './user-columns.js';

/*
 * What an import is compared with: rows by many ids and names at once.
 */

interface Sought {
  companyId: string;
  ids: string[];
  /** Folded. */
  names: string[];
  /** Of local rows. */
  externalIds: string[];
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** Users by any of the three, by id. */
export const usersToImport = statement<Sought, UserRow>((db, p) =>
  asCompilable(
    db,
    sql`with found as (
        select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = any(${p('ids')}::uuid[]) and u.deleted_at is null
        union select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.user_name_key = any(${p('names')}::text[])
          and u.deleted_at is null
        union select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.external_id = any(${p('externalIds')}::text[])
          and u.directory_id is null and u.deleted_at is null)
      select ${USER_SELECTION} from app_user u where u.company_id = ${p('companyId')}::uuid and u.id in (select id from found)
        and u.deleted_at is null order by u.id`,
  ),
);

/** Teams by any of the three, local ones first, then by id. */
export const teamsToImport = statement<Sought, TeamRow>((db, p) =>
  db
    .selectFrom('team')
    .select(teamColumns('team'))
    .where('team.company_id', '=', p('companyId'))
    .where('team.deleted_at', 'is', null)
    .where(
      sql<boolean>`(team.id = any(${p('ids')}::uuid[]) or team.display_name_key = any(${p('names')}::text[])
        or (team.directory_id is null and team.external_id = any(${p('externalIds')}::text[])))`,
    )
    .orderBy(sql`team.directory_id nulls first`)
    .orderBy('team.id'),
);

/** Members of several teams: all of them, or only those who are named. */
export const membersToImport = statement<
  { companyId: string; teamIds: string[]; userIds: string[]; all: boolean },
  { teamId: string; userId: string; userName: string }
>((db, p) =>
  db
    .selectFrom('team_membership as m')
    .innerJoin('app_user as u', (join) =>
      join.onRef('u.company_id', '=', 'm.company_id').onRef('u.id', '=', 'm.user_id'),
    )
    .where('m.company_id', '=', p('companyId'))
    .where(sql<boolean>`m.team_id = any(${p('teamIds')}::uuid[])`)
    .where(sql<boolean>`(${p('all')}::boolean or m.user_id = any(${p('userIds')}::uuid[]))`)
    .select(['m.team_id as teamId', 'm.user_id as userId', 'u.user_name as userName'])
    .orderBy('m.team_id')
    .orderBy('m.user_id'),
);
