import pg from 'pg';
import { sumUp } from '#core-api/persistence/stores/totals.js';

/** A company with one directory. */
export interface Tenant {
  companyId: string;
}

/**
 * Lays users `from` to `to` (not included) into the tables of each tenant in sets, as a restore would: nobody has time to send a million. They are
 * managed by its directory and as the bench's own would be, but for the change log, which nothing that is measured reads by user.
 */
export async function fillUsers(ownerUrl: string, tenants: readonly Tenant[], from: number, to: number): Promise<void> {
  await asOwner(ownerUrl, async (client) => {
    await client.query(
      `with made as (
        insert into app_user (company_id, id, directory_id, user_name, user_name_key, external_id, given_name, family_name, display_name, emails)
        select t.company_id, uuidv7(), t.id, n.name, n.name, 'ext-' || n.digits, 'Ada', 'Arendt' || n.i, 'Ada Arendt' || n.i,
          jsonb_build_array(jsonb_build_object('value', n.name, 'type', 'work', 'primary', true))
        from (select company_id, id from directory where company_id = any ($1::uuid[])) t,
          (select i, lpad(i::text, 7, '0') as digits, 'bench-' || lpad(i::text, 7, '0') || '@example.com' as name
            from generate_series($2::int, $3::int - 1) i) n
        returning company_id, id, user_name_key)
      insert into user_value (company_id, user_id, attribute, type, value_key)
      select company_id, id, 'emails', 'work', user_name_key from made`,
      [tenants.map(({ companyId }) => companyId), from, to],
    );
    // What follows the change log does so, and what is filled in here is in none.
    for (const { companyId } of tenants) {
      const { sql, parameters } = sumUp.bind({ companyId });
      await client.query(sql, [...parameters]);
    }
    await client.query('vacuum analyze app_user, user_value, resource_count');
  });
}

/** The ids of users that `fillUsers` made. */
export function idsOfUsers(
  ownerUrl: string,
  { companyId }: Tenant,
  from: number,
  to: number,
): Promise<Map<number, string>> {
  return asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<{ user: number; id: string }>(
      `select substr(user_name_key, 7, 7)::int as user, id from app_user
        where company_id = $1 and user_name_key >= 'bench-' || lpad($2::text, 7, '0') and user_name_key < 'bench-' || lpad($3::text, 7, '0')`,
      [companyId, from, to],
    );
    return new Map(rows.map(({ user, id }) => [user, id]));
  });
}

/** Makes companies, each with a directory, after the model of a bootstrapped one. They have no credentials: nobody calls for them. */
export function makeTenants(ownerUrl: string, { companyId }: Tenant, count: number): Promise<Tenant[]> {
  return asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<Tenant>(
      `with made as (
        insert into company
        select (jsonb_populate_record(c, jsonb_build_object('id', uuidv7(), 'name', 'Tenant ' || i, 'slug', 'tenant-' || i))).*
        from company c, generate_series(1, $2::int) i where c.id = $1
        returning id)
      insert into directory
      select (jsonb_populate_record(d, jsonb_build_object('company_id', made.id, 'id', uuidv7()))).*
      from directory d, made where d.company_id = $1
      returning company_id as "companyId"`,
      [companyId, count],
    );
    return rows;
  });
}

async function asOwner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
