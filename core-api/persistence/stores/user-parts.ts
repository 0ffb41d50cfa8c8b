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

/*
 * Teams are read by functions, which cost a statement nothing for users without any: as parts of it, their plans are begun and ended for each user that is
 * read, in a team or not, which takes as long as reading the user.
 */
const teams = ({ company }: RolesOf) => sql`case when exists (select from team_membership m
    where m.company_id = ${company} and m.user_id = u.id) then teams_of_user(${company}, u.id) else '[]' end as teams`;

const outerTeams = ({ company }: RolesOf) =>
  sql`case when ${nests(company)} then outer_teams_of_user(${company}, u.id) else '[]' end as "outerTeams"`;

const ROLE =
  sql.raw(`jsonb_build_object('id', r.id, 'key', r.key, 'name', r.name, 'permissions', to_jsonb(r.permissions),
    'rank', r.rank, 'grantableByDirectory', r.grantable_by_directory, 'isDefault', r.is_default, 'version', r.version,
    'createdAt', ${iso('r.created_at')}, 'updatedAt', ${iso('r.updated_at')})`);

const roles = (of: RolesOf) =>
  sql`coalesce((select jsonb_agg(${ROLE} order by r.rank desc, r.key) from (${effectiveRoles(of)}) r), '[]') as roles`;

/** The same, but each of the company's roles becomes JSON once in the statement, and not for each user who has it. */
const rolesOfEach = (of: RolesOf) => sql`coalesce((
  with shown as materialized (select r.id, ${ROLE} as role from role r where r.company_id = ${of.company})
  select jsonb_agg(s.role order by r.rank desc, r.key) from (${effectiveRoles(of)}) r join shown s on s.id = r.id), '[]') as roles`;

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
  return sql`${parts.teams ? sql`, ${teams(of)}` : sql``}${parts.outerTeams ? sql`, ${outerTeams(of)}` : sql``}${parts.roles ? sql`, ${ofRoles(of)}` : sql``}`;
}
