import { type RawBuilder, sql } from 'kysely';
import { effectiveRoles, mayHaveSources, type RolesOf, usualRole } from './effective-roles.js';
import { isInTeam, nests } from './team-nesting.js';

/** What is read with a user in the same statement. */
export interface Parts {
  teams?: boolean;
  /** Those around its teams. */
  outerTeams?: boolean;
  roles?: boolean;
}

const PARTS = ['teams', 'outerTeams', 'roles'] as const satisfies readonly (keyof Parts)[];

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/*
 * Teams of one user are read by functions, which cost a statement nothing for users without any: as parts of it, their plans would be begun and ended with
 * it, team or not, which takes as long as reading the user. For a page that is worth while: it begins and ends them once, and a function for each user.
 */
const teams = ({ company }: RolesOf) =>
  sql`case when ${isInTeam(company)} then teams_of_user(${company}, u.id) else '[]' end as teams`;

/** What `teams_of_user` answers. */
const teamsOfEach = ({ company }: RolesOf) => sql`case when ${isInTeam(company)} then (
  select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'displayName', t.display_name, 'externalId', t.external_id,
      'directoryId', t.directory_id, 'version', t.version, 'createdAt', ${sql.raw(iso('t.created_at'))}, 'updatedAt', ${sql.raw(iso('t.updated_at'))})
    order by t.display_name_key, t.id), '[]')
  from (select m.team_id from team_membership m where m.company_id = ${company} and m.user_id = u.id offset 0) own
    cross join lateral (select * from team t where t.company_id = ${company} and t.id = own.team_id offset 0) t
  where t.deleted_at is null) else '[]' end as teams`;

const outerTeams = ({ company }: RolesOf) =>
  sql`case when ${nests(company)} then outer_teams_of_user(${company}, u.id) else '[]' end as "outerTeams"`;

const ROLE =
  sql.raw(`jsonb_build_object('id', r.id, 'key', r.key, 'name', r.name, 'permissions', to_jsonb(r.permissions),
    'rank', r.rank, 'grantableByDirectory', r.grantable_by_directory, 'isDefault', r.is_default, 'version', r.version,
    'createdAt', ${iso('r.created_at')}, 'updatedAt', ${iso('r.updated_at')})`);

const roles = (of: RolesOf) =>
  sql`coalesce((select jsonb_agg(${ROLE} order by r.rank desc, r.key) from (${effectiveRoles(of)}) r), '[]') as roles`;

/** The same, but each of the company's roles becomes JSON once in the statement, and not for each user who has it. */
const rolesOfEach = (of: RolesOf) => {
  const shown = (rows: RawBuilder<unknown>) => sql`coalesce((
  with shown as materialized (select r.id, ${ROLE} as role from role r where r.company_id = ${of.company})
  select jsonb_agg(s.role order by r.rank desc, r.key) from (${rows}) r join shown s on s.id = r.id), '[]')`;
  return sql`case when ${mayHaveSources(of.company)} then ${shown(effectiveRoles(of))} else ${shown(usualRole(of.company))} end as roles`;
};

/** The same for the same parts, and for no others: statements are made and kept by it. Empty for none. */
export function partsKey(parts: Parts): string {
  return PARTS.filter((part) => parts[part]).join(' ');
}

/**
 * The parts of alias `u` to append to a select list; begins with a comma, or is empty.
 *
 * @param isPage whether a page of users is read.
 */
export function partsOf(parts: Parts, of: RolesOf, isPage = false): RawBuilder<unknown> {
  const ofRoles = isPage ? rolesOfEach : roles;
  const ofTeams = isPage ? teamsOfEach : teams;
  return sql`${parts.teams ? sql`, ${ofTeams(of)}` : sql``}${parts.outerTeams ? sql`, ${outerTeams(of)}` : sql``}${parts.roles ? sql`, ${ofRoles(of)}` : sql``}`;
}
