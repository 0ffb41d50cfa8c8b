import { type RawBuilder, sql } from 'kysely';

/** What is read with a user in the same statement. */
export interface Parts {
  teams?: boolean;
  roles?: boolean;
}

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const TEAMS = sql.raw(`coalesce((
  select jsonb_agg(jsonb_build_object('id', t.id, 'displayName', t.display_name, 'externalId', t.external_id,
    'directoryId', t.directory_id, 'version', t.version, 'createdAt', ${iso('t.created_at')}, 'updatedAt', ${iso('t.updated_at')})
    order by t.display_name_key, t.id)
  from team_membership m join team t on t.company_id = m.company_id and t.id = m.team_id
  where m.company_id = u.company_id and m.user_id = u.id and t.deleted_at is null), '[]') as teams`);

const ROLE_LIST = `select jsonb_agg(jsonb_build_object('id', r.id, 'key', r.key, 'name', r.name, 'permissions', to_jsonb(r.permissions),
    'rank', r.rank, 'grantableByDirectory', r.grantable_by_directory, 'isDefault', r.is_default, 'version', r.version,
    'createdAt', ${iso('r.created_at')}, 'updatedAt', ${iso('r.updated_at')}) order by r.rank desc, r.key)
  from role r where r.company_id = u.company_id`;

const ASSIGNED = 'from role_assignment a where a.company_id = u.company_id and a.user_id = u.id and a.role_id = r.id';

/**
 * Roles that are granted by any source and denied by none; the company's default role if there is none.
 *
 * @param attributeRoles the ids that stand for those of source ATTRIBUTE, in a statement that is replacing them: it does not see its own writes.
 */
function roles(attributeRoles: RawBuilder<string[]> | null): RawBuilder<unknown> {
  const granted = attributeRoles
    ? sql`(r.id = any(${attributeRoles}) or exists (select 1 ${sql.raw(ASSIGNED)} and not a.denied and a.source <> 'ATTRIBUTE'))`
    : sql.raw(`exists (select 1 ${ASSIGNED} and not a.denied)`);
  const denied = sql.raw(`exists (select 1 ${ASSIGNED} and a.denied)`);
  return sql`coalesce((${sql.raw(ROLE_LIST)} and ${granted} and not ${denied}), (${sql.raw(ROLE_LIST)} and r.is_default), '[]') as roles`;
}

/** The parts of alias `u` to append to a select list; begins with a comma, or is empty. */
export function partsOf(parts: Parts, attributeRoles: RawBuilder<string[]> | null = null): RawBuilder<unknown> {
  return sql`${parts.teams ? sql`, ${TEAMS}` : sql``}${parts.roles ? sql`, ${roles(attributeRoles)}` : sql``}`;
}
