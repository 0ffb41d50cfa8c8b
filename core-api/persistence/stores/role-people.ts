import { sql } from 'kysely';
import type { ChangeAuthor, TeamRow, UserRow } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { CHANGE_COLUMNS } from './changes.js';
import { effectiveRoles, likeOf } from './effective-roles.js';
import { teamsWithin } from './team-nesting.js';
import { teamColumns } from './teams.js';
import { USER_SELECTION } from './user-columns.js';

/* What a change of mappings or of a profile does to many users at once, set-wise. */

const asCompilable = <R>(db: Builder, query: ReturnType<typeof sql<R>>) => ({ compile: () => query.compile(db) });

/**
 * Whose roles may differ: those in these teams, at any depth, or in teams that fit a pattern, those of these directories and in their teams, those with a
 * claim's role. Whether teams inside others count can be what differs, so where a directory does, all those are in it.
 */
export interface PeopleScope {
  teamIds: readonly string[];
  patterns: readonly { directoryId: string; pattern: string }[];
  directoryIds: readonly string[];
  claimRoleIds: readonly string[];
}

export interface PersonRoles {
  id: string;
  userName: string;
  active: boolean;
  /** Keys, the highest rank first. */
  roles: string[];
}

/** A page by id. `patterns` is JSON. Deleted users are left out, inactive ones are not: they would come back to what is shown. */
export const rolesOfPeople = statement<
  { companyId: string; after: string; most: number } & Omit<PeopleScope, 'patterns'> & { patterns: string },
  PersonRoles
>((db, p) =>
  asCompilable(
    db,
    sql<PersonRoles>`select u.id, u.user_name as "userName", u.active,
        array(select r.key from (${effectiveRoles({ company: sql`${p('companyId')}::uuid`, many: true })}) r order by r.rank desc, r.key) as roles
      from app_user u where u.company_id = ${p('companyId')}::uuid and u.deleted_at is null and u.id > ${p('after')}::uuid
        and (u.directory_id = any(${p('directoryIds')}::uuid[])
          or u.id in (select m.user_id from team_membership m where m.company_id = ${p('companyId')}::uuid
            and m.team_id = any(${teamsWithin(
              sql`${p('companyId')}::uuid`,
              sql`select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.deleted_at is null
              and (t.id = any(${p('teamIds')}::uuid[]) or t.directory_id = any(${p('directoryIds')}::uuid[])
                or (cardinality(${p('directoryIds')}::uuid[]) > 0 and t.id in (select n.member_team_id from team_nesting n
                  where n.company_id = ${p('companyId')}::uuid))
                or exists (select 1 from jsonb_to_recordset(${p('patterns')}::jsonb) as f("directoryId" uuid, pattern text)
                  where f."directoryId" = t.directory_id and t.display_name_key like ${sql.raw(likeOf('f.pattern'))}))`,
            )}))
          or u.id in (select a.user_id from role_assignment a where a.company_id = ${p('companyId')}::uuid and a.source = 'CLAIM'
            and a.role_id = any(${p('claimRoleIds')}::uuid[])))
      order by u.id limit ${p('most')}::int`,
  ),
);

/** A page of a directory's users by id, held against other writes until the transaction ends. */
export const lockUsersOfDirectory = statement<
  { companyId: string; directoryId: string; after: string; most: number },
  UserRow
>((db, p) =>
  asCompilable(
    db,
    sql<UserRow>`select ${USER_SELECTION} from app_user u where u.company_id = ${p('companyId')}::uuid
        and u.directory_id = ${p('directoryId')}::uuid and u.deleted_at is null and u.id > ${p('after')}::uuid
      order by u.id limit ${p('most')}::int for no key update of u`,
  ),
);

export interface WantedRole {
  userId: string;
  roleId: string;
  denied: boolean;
}

/** The roles of one source become those of `wanted`, JSON of `WantedRole[]`, for all of `userIds`; each difference is logged. */
export const replaceStoredRoles = statement<
  ChangeAuthor & { ofSource: 'ATTRIBUTE' | 'CLAIM'; userIds: string[]; wanted: string },
  { userId: string }
>((db, p) =>
  asCompilable(
    db,
    sql<{ userId: string }>`with wanted as (
        select w."userId" as user_id, w."roleId" as role_id, w.denied
        from jsonb_to_recordset(${p('wanted')}::jsonb) as w("userId" uuid, "roleId" uuid, denied boolean)),
      taken as (delete from role_assignment a where a.company_id = ${p('companyId')}::uuid and a.source = ${p('ofSource')}::text
          and a.user_id = any(${p('userIds')}::uuid[])
          and not exists (select 1 from wanted w where w.user_id = a.user_id and w.role_id = a.role_id)
        returning a.user_id, a.role_id, a.denied),
      given as (insert into role_assignment (company_id, user_id, role_id, source, denied)
          select ${p('companyId')}::uuid, w.user_id, w.role_id, ${p('ofSource')}::text, w.denied from wanted w
        on conflict (company_id, user_id, role_id, source) do update set denied = excluded.denied
          where role_assignment.denied <> excluded.denied
        returning user_id, role_id, denied),
      differing as (
        select 'role.unassigned' as kind, g.*, true as gone from taken g
        union all select case when g.denied then 'role.denied' else 'role.assigned' end, g.*, false from given g),
      logged as (insert into change (${sql.raw(CHANGE_COLUMNS.join(', '))})
        select ${p('companyId')}::uuid, ${p('actorKind')}::text, ${p('actorId')}::uuid, ${p('actorName')}::text, ${p('source')}::text,
          ${p('credentialId')}::uuid, ${p('requestId')}::text, g.kind, 'user', g.user_id,
          case when g.gone then l.assignment end, case when not g.gone then l.assignment end
        from differing g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id
          cross join lateral (select jsonb_build_object('roleId', r.id, 'role', r.key, 'source', ${p('ofSource')}::text)
            || case when g.denied then '{"denied": true}'::jsonb else '{}' end as assignment) l)
      select distinct user_id as "userId" from differing`,
  ),
);

/** Who has one of these roles by a claim that no mapping turns into it any more. */
export const claimsWithoutMapping = statement<
  { companyId: string; roleIds: string[] },
  WantedRole & { keeps: boolean }
>((db, p) =>
  asCompilable(
    db,
    sql<WantedRole & { keeps: boolean }>`with held as (
          select a.user_id as "userId", a.role_id as "roleId", a.denied,
            exists (select 1 from role_mapping g where g.company_id = ${p('companyId')}::uuid and g.kind = 'CLAIM' and g.role_id = a.role_id
              and (g.effect = 'DENY') = a.denied) as keeps
          from role_assignment a where a.company_id = ${p('companyId')}::uuid and a.source = 'CLAIM')
        select * from held h where h."userId" in (
          select f."userId" from held f where not f.keeps and f."roleId" = any(${p('roleIds')}::uuid[]))`,
  ),
);

/** Teams that are there, in no order. */
export const teamsByIds = statement<{ companyId: string; ids: string[] }, TeamRow>((db, p) =>
  db
    .selectFrom('team')
    .select(teamColumns('team'))
    .where('team.company_id', '=', p('companyId'))
    .where(sql<boolean>`team.id = any(${p('ids')}::uuid[])`)
    .where('team.deleted_at', 'is', null),
);
