import type { EntityManager } from '@mikro-orm/postgresql';
import { StartError } from '#core-api/start-error.js';
import { TENANT_TABLES } from './company-guard.js';

/*
 * The second wall between companies. The first one reads the statements (company-guard.ts); this one is PostgreSQL's own: with row-level security a
 * tenant table shows the rows of the company that the transaction names, and none when it names none. Partitions have it too, for whoever asks them
 * directly. The tables' owner sees everything, for migrations and for backups (`pg_dump --enable-row-security`): so the application must not be the owner.
 */

/** Named by each transaction, for itself alone: a setting of the connection would reach whoever gets it next. */
export const COMPANY_SETTING = 'rollcall.company';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Begins a transaction of that company, in one message to the server. @throws TypeError for what is no id */
export function beginFor(companyId: string): string {
  if (!UUID.test(companyId)) throw new TypeError('A company is named by its id.');
  return `begin; select set_config('${COMPANY_SETTING}', '${companyId}', true)`;
}

interface Wanted {
  /** Null: as it is. */
  wanted: boolean | null;
  appRole: string;
}

/**
 * Puts the wall up or takes it down, within the owner's transaction. Where it stands, tables that have come since get it too.
 *
 * @returns whether it stands.
 * @throws StartError when it stands and the application's role could walk round it.
 */
export async function setRowSecurity(em: EntityManager, { wanted, appRole }: Wanted): Promise<boolean> {
  const [{ stands }] = (await em.execute(
    `select to_regprocedure('public.wall_in(regclass)') is not null as stands`,
  )) as [{ stands: boolean }];
  if (wanted ?? stands) {
    await requireSubject(em, appRole);
    await putUp(em);
  } else if (stands) await takeDown(em);
  return wanted ?? stands;
}

async function requireSubject(em: EntityManager, appRole: string): Promise<void> {
  const [role] = (await em.execute(
    `select rolsuper or rolbypassrls or pg_has_role(rolname, current_user, 'member') as free from pg_roles where rolname = ?`,
    [appRole],
  )) as { free: boolean }[];
  if (role?.free)
    throw new StartError(
      `Row-level security does not hold for the role ${appRole}, which owns the tables or may pass by it: give DATABASE_URL a role of its own and DATABASE_OWNER_URL the owner's, or set ROLLCALL_ROW_SECURITY=off.`,
    );
}

/** Tenant tables and their partitions. */
const TABLES = `select c.oid::regclass as table, c.relrowsecurity and c.relforcerowsecurity as walled from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and (c.relname = any(?::text[]) or c.oid in (select inhrelid from pg_inherits where inhparent::regclass::text = any(?::text[])))`;

async function putUp(em: EntityManager): Promise<void> {
  // `maintain_request_log` calls it for each new partition, where it is there. In it, current_user is the owner.
  await em.execute(`create or replace function wall_in(tenant_table regclass) returns void language plpgsql set search_path = public as $$
    begin
      execute format('alter table %s enable row level security', tenant_table);
      execute format('alter table %s force row level security', tenant_table);
      execute format('create policy of_company on %s using (company_id = nullif(current_setting(%L, true), %L)::uuid)',
        tenant_table, '${COMPANY_SETTING}', '');
      execute format('create policy of_owner on %s to %I using (true)', tenant_table, current_user);
    end $$`);
  await em.execute('revoke execute on function wall_in(regclass) from public');
  await em.execute(`select wall_in(t.table) from (${TABLES}) t where not t.walled`, [names(), names()]);
}

async function takeDown(em: EntityManager): Promise<void> {
  const tables = (await em.execute(`select t.table::text as name from (${TABLES}) t where t.walled`, [
    names(),
    names(),
  ])) as { name: string }[];
  for (const { name } of tables)
    await em.execute(
      `drop policy of_company on ${name}; drop policy of_owner on ${name};
       alter table ${name} no force row level security; alter table ${name} disable row level security`,
    );
  await em.execute('drop function wall_in(regclass)');
}

function names(): string {
  return `{${TENANT_TABLES.join(',')}}`;
}
