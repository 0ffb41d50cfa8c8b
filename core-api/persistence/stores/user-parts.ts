import { type RawBuilder, sql } from 'kysely';
import { effectiveRoles, type RolesOf } from './effective-roles.js';
import { nests } from './team-nesting.js';

/** What is read with a user in the same statement. */
export interface Parts {
  teams?: boolean;
  /** Those around its teams. */
  outerTeams?: boolean;
  roles?: boolean;
}

const PARTS = ['teams', 'outerTeams', 'roles'] as const satisfies readonly (keyof Parts)[];

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const LISTED_TEAMS =
  sql.raw(`jsonb_agg(jsonb_build_object('id', t.id, 'displayName', t.display_name, 'externalId', t.external_id,
    'directoryId', t.directory_id, 'version', t.version, 'createdAt', ${iso('t.created_at')}, 'updatedAt', ${iso('t.updated_at')})
    order by t.display_name_key, t.id)`);

const TEAMS = sql`coalesce((select ${LISTED_TEAMS}
  from team_membership m join team t on t.company_id = m.company_id and t.id = m.team_id
  where m.company_id = u.company_id and m.user_id = u.id and t.deleted_at is null), '[]') as teams`;

const outerTeams = ({ company }: RolesOf) => sql`coalesce(case when ${nests(company)} then (select ${LISTED_TEAMS}
  from (select array(select m.team_id from team_membership m where m.company_id = ${company} and m.user_id = u.id) as ids) own
  cross join lateral teams_around(${company}, own.ids) as around(id)
  join team t on t.company_id = ${company} and t.id = around.id
  where t.id <> all(own.ids) and t.deleted_at is null) end, '[]') as "outerTeams"`;

const roles = (of: RolesOf) => sql`coalesce((
  select jsonb_agg(jsonb_build_object('id', r.id, 'key', r.key, 'name', r.name, 'permissions', to_jsonb(r.permissions),
    'rank', r.rank, 'grantableByDirectory', r.grantable_by_directory, 'isDefault', r.is_default, 'version', r.version,
    'createdAt', ${sql.raw(iso('r.created_at'))}, 'updatedAt', ${sql.raw(iso('r.updated_at'))}) order by r.rank desc, r.key)
  from (${effectiveRoles(of)}) r), '[]') as roles`;

/** The same for the same parts, and for no others: statements are made and kept by it. Empty for none. */
export function partsKey(parts: Parts): string {
  return PARTS.filter((part) => parts[part]).join(' ');
}

/** The parts of alias `u` to append to a select list; begins with a comma, or is empty. */
export function partsOf(parts: Parts, of: RolesOf): RawBuilder<unknown> {
  return sql`${parts.teams ? sql`, ${TEAMS}` : sql``}${parts.outerTeams ? sql`, ${outerTeams(of)}` : sql``}${parts.roles ? sql`, ${roles(of)}` : sql``}`;
}
