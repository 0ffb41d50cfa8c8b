import { type RawBuilder, sql } from 'kysely';

/*
 * Which roles a user has (rule 5), said once: whatever reads a user's roles, lists by them or explains them is made of these texts. Of what is stored
 * and mapped, nothing is ever copied to the user, so that a change of a team, a mapping, a profile or a role holds with the next statement.
 */

/** Text of `like` for a pattern in which `*` stands for any characters. */
export const likeOf = (pattern: string) =>
  `replace(replace(replace(replace(${pattern}, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%')`;

/** A role that the directory of alias `d` may take for its default: the one with that key, else with that name. */
const DIRECTORY_DEFAULT = `(select r.id from role r where r.company_id = u.company_id and r.grantable_by_directory
    and lower(btrim(d.profile ->> 'defaultRole')) in (lower(r.key), lower(r.name))
  order by lower(r.key) = lower(btrim(d.profile ->> 'defaultRole')) desc, r.key limit 1)`;

/**
 * All that gives or denies roles to the user of alias `u`, a row each: `role_id`, `source`, `denied`, `by_directory`, `counts` (false where the rules set it
 * aside), `team_id`, `mapping_id`, and the role's `rank` and `key`. Alias `d` is the user's directory; null for a local user.
 *
 * @param attributeRoles the ids that stand for those of source ATTRIBUTE, in a statement that is replacing them: it does not see its own writes.
 */
export function roleSources(attributeRoles: RawBuilder<string[]> | null = null): RawBuilder<unknown> {
  const assigned = sql.raw(`select a.role_id, a.source, a.denied, a.source = 'ATTRIBUTE' as by_directory,
      case a.source when 'ATTRIBUTE' then r.grantable_by_directory and d.profile ->> 'roleSource' is distinct from 'TEAMS'
        when 'CLAIM' then r.grantable_by_directory and not (select c.provisioning from company c where c.id = u.company_id)
        else true end as counts, null::uuid as team_id, null::uuid as mapping_id, r.rank, r.key
    from role_assignment a join role r on r.company_id = u.company_id and r.id = a.role_id
    where a.company_id = u.company_id and a.user_id = u.id`);
  const replaced =
    attributeRoles &&
    sql`union all select r.id, 'ATTRIBUTE', false, true, true, null::uuid, null::uuid, r.rank, r.key from role r
      where r.company_id = u.company_id and r.id = any(${attributeRoles})`;
  const hasAttributeRoles = attributeRoles
    ? sql`cardinality(${attributeRoles}) > 0`
    : sql.raw(`exists (select 1 from role_assignment a
        where a.company_id = u.company_id and a.user_id = u.id and a.source = 'ATTRIBUTE')`);
  // Most companies map nothing, and then nobody's teams need be looked at.
  return sql`${assigned}${attributeRoles ? sql` and a.source <> 'ATTRIBUTE' ${replaced}` : sql``}
    union all select g.role_id, 'TEAM', g.effect = 'DENY', t.directory_id is not null,
      r.key <> 'owner' and (t.directory_id is null or (r.grantable_by_directory and case o.profile ->> 'roleSource'
        when 'ATTRIBUTE' then false when 'BOTH' then g.effect = 'DENY' or not ${hasAttributeRoles} else true end)),
      t.id, g.id, r.rank, r.key
    from team_membership m join team t on t.company_id = u.company_id and t.id = m.team_id
      cross join lateral (
        select g.id, g.role_id, g.effect from role_mapping g where g.company_id = u.company_id and g.kind = 'TEAM' and g.team_id = t.id
        union all select g.id, g.role_id, g.effect from role_mapping g where g.company_id = u.company_id and g.kind = 'PATTERN'
          and g.directory_id = t.directory_id and t.display_name_key like ${sql.raw(likeOf('g.pattern'))}) g
      join role r on r.company_id = u.company_id and r.id = g.role_id
      left join directory o on o.company_id = u.company_id and o.id = t.directory_id
    where m.company_id = u.company_id and m.user_id = u.id and t.deleted_at is null
      and exists (select 1 from role_mapping g where g.company_id = u.company_id)`;
}

/**
 * The rows of `role` that the user of alias `u` has, to stand in brackets: granted by a source that counts and denied by none. Where the user's directory
 * keeps one role, the highest of those that it gives stays. If that is nothing, the default role of the directory, else the company's, unless it is denied.
 *
 * @param attributeRoles as for `roleSources`
 */
export function effectiveRoles(attributeRoles: RawBuilder<string[]> | null = null): RawBuilder<unknown> {
  return sql`with d as (select d.profile from directory d where d.company_id = u.company_id and d.id = u.directory_id),
    given as (
      select s.role_id, s.rank, s.key, bool_or(s.denied) as denied, bool_or(s.by_directory) as by_directory,
        bool_or(not s.by_directory) as beside
      from (select) one left join d on true cross join lateral (${roleSources(attributeRoles)}) s where s.counts group by 1, 2, 3),
    kept as (
      select q.role_id from (
        select g.role_id, g.beside, row_number() over (partition by g.by_directory order by g.rank desc, g.key) as place
        from given g where not g.denied) q
      where q.beside or q.place = 1 or (select d.profile ->> 'keptRoles' from d) is distinct from 'HIGHEST')
    select r.* from role r where r.company_id = u.company_id and (r.id in (select role_id from kept)
      or (not exists (select 1 from kept) and r.id = coalesce(${sql.raw(`(select ${DIRECTORY_DEFAULT} from d)`)},
          (select b.id from role b where b.company_id = u.company_id and b.is_default))
        and not exists (select 1 from given g where g.role_id = r.id and g.denied)))`;
}
