import { type RawBuilder, sql } from 'kysely';
import { isInTeam, teamsAround, teamsWithin } from './team-nesting.js';

/*
 * Which roles a user has (rule 5), said once: whatever reads a user's roles, lists by them or explains them is made of these texts. Of what is stored
 * and mapped, nothing is ever copied to the user, so that a change of a team, a mapping, a profile or a role holds with the next statement.
 *
 * Members of a team inside another one are members of that, too, as far as roles go.
 *
 * What depends on the company alone (the rules of its directories, its mappings, for many users also the teams that these mean) is worked out once in a
 * statement: these parts name the company by a value and not by the user's column, and the server keeps their rows from user to user.
 */

/** Of which users the roles are wanted: one of alias `u` after the other, in a statement about this company. */
export interface RolesOf {
  /** A value, no column: `$1::uuid`. */
  company: RawBuilder<string>;
  /** Whether the statement looks at many users, so that it is worth while to find the teams of all mappings beforehand. */
  many?: boolean;
  /** The ids that stand for those of source ATTRIBUTE, in a statement that is replacing them: it does not see its own writes. */
  attributeRoles?: RawBuilder<string[]> | null;
}

/** Text of `like` for a pattern in which `*` stands for any characters. */
export const likeOf = (pattern: string) =>
  `replace(replace(replace(replace(${pattern}, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%')`;

/** The parts of a statement that end in `source`, which `roleSources` tells about. */
function withSources({ company, many = false, attributeRoles }: RolesOf): RawBuilder<unknown> {
  const replaced =
    attributeRoles &&
    sql`union all select r.id, 'ATTRIBUTE', false, true, true, r.rank, r.key from role r
      where r.company_id = ${company} and r.id = any(${attributeRoles})`;
  const teamsOfUser = sql`select m.team_id from team_membership m where m.company_id = ${company} and m.user_id = u.id`;
  return sql`rule as materialized (
      select d.id, d.profile ->> 'roleSource' as role_source, d.profile ->> 'keptRoles' = 'HIGHEST' as keeps_one
      from directory d where d.company_id = ${company}),
    mapping as materialized (
      select g.id, g.team_id, g.directory_id, ${sql.raw(likeOf('g.pattern'))} as fitting, g.effect = 'DENY' as denied, r.id as role_id, r.rank, r.key,
        r.grantable_by_directory as grantable
      from role_mapping g join role r on r.company_id = ${company} and r.id = g.role_id
      where g.company_id = ${company} and g.kind <> 'CLAIM' and r.key <> 'owner'),
    mapped as materialized (
      select t.id as team_id, g.id as mapping_id, g.role_id, g.rank, g.key, g.denied, t.directory_id is not null as by_directory,
        t.directory_id is null or (g.grantable and o.role_source is distinct from 'ATTRIBUTE') as counts,
        not g.denied and o.role_source is not distinct from 'BOTH' as makes_way
      from team t cross join lateral (select * from mapping g
          where g.team_id = t.id or (g.directory_id = t.directory_id and t.display_name_key like g.fitting) offset 0) g
        left join rule o on o.id = t.directory_id
      where t.company_id = ${company} and t.deleted_at is null and exists (select 1 from mapping)${
        many ? sql`` : sql` and t.id = any(${teamsAround(company, teamsOfUser)})`
      }),
    ${many ? byTeam(company) : sql``}
    assigned as (
      select a.role_id, a.source, a.denied, a.source = 'ATTRIBUTE' as by_directory,
        case a.source when 'ATTRIBUTE' then r.grantable_by_directory
            and (select o.role_source from rule o where o.id = u.directory_id) is distinct from 'TEAMS'
          when 'CLAIM' then r.grantable_by_directory and not (select c.provisioning from company c where c.id = ${company})
          else true end as counts, r.rank, r.key
      from role_assignment a join role r on r.company_id = ${company} and r.id = a.role_id
      where a.company_id = ${company} and a.user_id = u.id${attributeRoles ? sql` and a.source <> 'ATTRIBUTE' ${replaced}` : sql``}),
    source as (
      select a.role_id, a.source, a.denied, a.by_directory, a.counts, null::uuid as team_id, null::uuid as mapping_id, a.rank, a.key from assigned a
      union all select g.role_id, 'TEAM', g.denied, g.by_directory,
        g.counts and not (g.makes_way and exists (select 1 from assigned a where a.source = 'ATTRIBUTE' and a.counts)),
        g.team_id, g.mapping_id, g.rank, g.key
      from ${many ? sql`(${teamsOfUser}) m cross join lateral ${OF_TEAM}` : sql`mapped g`} where exists (select 1 from mapping))`;
}

/**
 * What mappings give and deny to the members of each team, also by way of the teams around it, found by the team's id. One value instead of rows to
 * join: of a company's share in a table the server has no notion, and would read all rows for each user.
 */
const byTeam = (company: RawBuilder<string>) => sql`by_team as materialized (
      select jsonb_object_agg(t.team_id, t.gifts) as teams from (
        select w.id as team_id, jsonb_agg(distinct to_jsonb(g) - 'mapping_id') as gifts
        from mapped g cross join lateral unnest(${teamsWithin(company, sql`select g.team_id`)}) as w(id)
        where g.counts group by w.id) t),`;
const OF_TEAM = sql`jsonb_to_recordset((select b.teams from by_team b) -> m.team_id::text)
        as g(team_id uuid, mapping_id uuid, role_id uuid, rank int, key text, denied boolean, by_directory boolean, counts boolean,
          makes_way boolean)`;

/**
 * All that gives or denies roles to the user, a row each, to stand in brackets: `role_id`, `source`, `denied`, `by_directory`, `counts` (false where the
 * rules set it aside), `team_id`, `mapping_id`, and the role's `rank` and `key`.
 */
export function roleSources(company: RawBuilder<string>): RawBuilder<unknown> {
  return sql`with ${withSources({ company })} select * from source`;
}

/** Parts of a statement that end in `usual`: the role of whom nothing gives one. */
const usual = (company: RawBuilder<string>) => sql`fallback as materialized (
      select d.id, (select r.id from role r where r.company_id = ${company} and r.grantable_by_directory
          and lower(btrim(d.profile ->> 'defaultRole')) in (lower(r.key), lower(r.name))
        order by lower(r.key) = lower(btrim(d.profile ->> 'defaultRole')) desc, r.key limit 1) as role_id
      from directory d where d.company_id = ${company}),
    usual as (
      select coalesce((select f.role_id from fallback f where f.id = u.directory_id),
        (select b.id from role b where b.company_id = ${company} and b.is_default)) as role_id)`;

/** Whether there may be `roleSources` of the user. Most users have none, and for each it costs much less to find that out than to go through them. `offset 0` as in `isInTeam`. */
export const mayHaveSources = (company: RawBuilder<string>): RawBuilder<unknown> =>
  sql`(exists (select from role_assignment a where a.company_id = ${company} and a.user_id = u.id offset 0)
    or (exists (select from role_mapping g where g.company_id = ${company} and g.kind <> 'CLAIM') and ${isInTeam(company)}))`;

/** The `effectiveRoles` of a user without any `roleSources`: one row, or none. */
export function usualRole(company: RawBuilder<string>): RawBuilder<unknown> {
  return sql`with ${usual(company)} select r.* from role r where r.company_id = ${company} and r.id = (select n.role_id from usual n)`;
}

/**
 * The rows of `role` that the user has, to stand in brackets: granted by a source that counts and denied by none. Where the user's directory keeps one role,
 * the highest of those that it gives stays. If that is nothing, the default role of the directory, else the company's, unless it is denied.
 */
export function effectiveRoles(of: RolesOf): RawBuilder<unknown> {
  const { company } = of;
  return sql`with ${withSources(of)},
    given as (
      select s.role_id, s.rank, s.key, bool_or(s.denied) as denied, bool_or(s.by_directory) as by_directory,
        bool_or(not s.by_directory) as beside
      from source s where s.counts group by 1, 2, 3),
    kept as (
      select q.role_id from (
        select g.role_id, g.beside, row_number() over (partition by g.by_directory order by g.rank desc, g.key) as place
        from given g where not g.denied) q
      where q.beside or q.place = 1 or (select o.keeps_one from rule o where o.id = u.directory_id) is not true),
    ${usual(company)}
    select r.* from role r where r.company_id = ${company} and r.id = any(coalesce(nullif(array(select role_id from kept), '{}'),
      array(select n.role_id from usual n where not exists (select 1 from given g where g.role_id = n.role_id and g.denied))))`;
}
