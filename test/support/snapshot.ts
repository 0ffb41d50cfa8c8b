import { type RawBuilder, sql } from 'kysely';
import { assignedMembers } from '#core-api/domain/user/assigned-members.js';
import type { UserRow } from '#core-api/domain/user/user-types.js';
import type { Database } from '#core-api/persistence/database.js';
import { compileNow } from '#core-api/persistence/statement.js';
import { assigned, type Members, type State, sortedState } from './rebuild.js';

/* What stands in the tables of a company, in the form of `rebuild`. */

interface Table {
  name: string;
  company?: string;
  /** Columns of the key, when it is not the id: such a row is its key, and `members`. */
  key?: readonly string[];
  members?: readonly string[];
  /** Deleted rows are kept for history. */
  isKept?: boolean;
  more?: RawBuilder<unknown>;
}

const SSO_CONNECTION_IDS = sql`jsonb_build_object('ssoConnectionIds', array(select d.sso_connection_id from directory_sso_connection d
  where d.company_id = t.company_id and d.directory_id = t.id order by d.sso_connection_id))`;

const TABLES: readonly Table[] = [
  { name: 'company', company: 'id' },
  { name: 'app_user', isKept: true },
  { name: 'team', isKept: true },
  { name: 'team_membership', key: ['team_id', 'user_id'] },
  { name: 'team_nesting', key: ['team_id', 'member_team_id'] },
  { name: 'role' },
  { name: 'role_assignment', key: ['user_id', 'role_id', 'source'], members: ['denied'] },
  { name: 'role_mapping' },
  { name: 'project' },
  {
    name: 'project_access',
    key: ['project_id', 'holder'],
    more: sql`jsonb_build_object('holder', coalesce(t.user_id, t.team_id))`,
  },
  { name: 'directory', more: SSO_CONNECTION_IDS },
  { name: 'directory_token' },
  { name: 'gate_exemption', key: ['user_id'] },
  { name: 'sso_subject', key: ['user_id', 'connection_id'], members: ['subject'] },
  { name: 'sso_connection', more: sql`jsonb_build_object('hasSecret', t.client_secret is not null)` },
  { name: 'api_key' },
];

/** Secrets, what is made of other columns, and what is no change: times of rows, and of the last use. */
const HIDDEN = new Set(
  'company_id id hash client_secret user_name_key display_name_key created_at updated_at deleted_at last_used_at last_used_address last_used_agent last_test metadata_read_at'.split(
    ' ',
  ),
);

const last = (companyId: string) => sql<{ table: string; row: Members }>`select 'position'::text as "table",
  jsonb_build_object('id', concat_ws('.', c.epoch, c.xid::text, c.no)) as row from change c where c.company_id = ${companyId}::uuid
  order by c.epoch desc, c.xid desc, c.no desc limit 1`;

/** The place of the company's last change. */
export async function lastPosition(db: Database, companyId: string): Promise<string> {
  const [found] = await db.run(compileNow((builder) => ({ compile: () => last(companyId).compile(builder) })));
  return String(found!.row.id);
}

/** @returns the state, and the position of the last change before it, in one look. */
export async function snapshot(db: Database, companyId: string): Promise<{ state: State; position: string }> {
  const rows = await db.run(
    compileNow<{ table: string; row: Members }>((builder) => {
      const selects = TABLES.map(
        ({ name, company = 'company_id', isKept, more }) =>
          sql`select ${name}::text as "table", to_jsonb(t)${
            more ? sql` || ${more}` : sql``
          } as row from ${sql.table(name)} t where ${sql.ref(`t.${company}`)} = ${companyId}::uuid${
            isKept ? sql` and t.deleted_at is null` : sql``
          }`,
      );
      const query = sql<{
        table: string;
        row: Members;
      }>`${sql.join([...selects, sql`(${last(companyId)})`], sql` union all `)}`;
      return { compile: () => query.compile(builder) };
    }),
  );
  const of = Map.groupBy(rows, ({ table }) => table);
  const tables = TABLES.map((table) => {
    const name = table.name === 'app_user' ? 'user' : table.name;
    return [name, (of.get(table.name) ?? []).map(({ row }) => entryOf(table, row))] as const;
  });
  return { state: sortedState(tables), position: String(of.get('position')![0]!.row.id) };
}

function entryOf({ name, key, members }: Table, row: Members): readonly [string, Members] {
  if (key) {
    const shown = (members ?? []).map((column) => [column, row[column]]);
    return [key.map((column) => row[column]).join(' '), assigned(Object.fromEntries(shown))];
  }
  const columns = Object.entries(row).filter(([column]) => !HIDDEN.has(column));
  const shown = Object.fromEntries(columns.map(([column, value]) => [camelCase(column), value]));
  if (name !== 'app_user') return [String(row.id), assigned(shown)];
  const { breakGlass, version } = shown;
  return [String(row.id), assigned({ ...assignedMembers(shown as never as UserRow), breakGlass, version })];
}

const camelCase = (column: string) => column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
