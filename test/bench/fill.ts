import pg from 'pg';
import type { BenchCompany } from './server.js';

/**
 * Lays users `from` to `to` (not included) into the tables in sets, as a restore would: nobody has time to send a million. They are as the bench's own
 * would be, but for the change log, which nothing that is measured reads by user.
 */
export async function fillUsers(
  ownerUrl: string,
  { companyId, directoryId }: Pick<BenchCompany, 'companyId' | 'directoryId'>,
  from: number,
  to: number,
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(
      `with made as (
        insert into app_user (company_id, id, directory_id, user_name, user_name_key, external_id, given_name, family_name, display_name, emails)
        select $1, uuidv7(), $2, n.name, n.name, 'ext-' || n.digits, 'Ada', 'Arendt' || n.i, 'Ada Arendt' || n.i,
          jsonb_build_array(jsonb_build_object('value', n.name, 'type', 'work', 'primary', true))
        from (select i, lpad(i::text, 7, '0') as digits, 'bench-' || lpad(i::text, 7, '0') || '@example.com' as name
          from generate_series($3::int, $4::int - 1) i) n
        returning company_id, id, user_name_key)
      insert into user_value (company_id, user_id, attribute, type, value_key)
      select company_id, id, 'emails', 'work', user_name_key from made`,
      [companyId, directoryId, from, to],
    );
    await client.query('vacuum analyze app_user, user_value');
  } finally {
    await client.end();
  }
}
