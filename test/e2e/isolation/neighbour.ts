import { newId } from '#core-api/domain/new-id.js';
import { TENANT_TABLES } from '#core-api/persistence/company-guard.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import type { Mode, TestCompany, TestRollcall } from '#test/support/rollcall.js';

/** Both shapes of the product behind the first wall alone, and once behind both. */
export const HOUSES: readonly { mode: Mode; rowSecurity: 'on' | 'off' }[] = [
  { mode: 'one-process', rowSecurity: 'off' },
  { mode: 'two-processes', rowSecurity: 'off' },
  { mode: 'one-process', rowSecurity: 'on' },
];

/** In every name of the neighbour's: an answer that has it has leaked. */
export const MARK = 'nobody-elses';

/** What an id can name. */
export const OBJECTS = [
  'User',
  'Team',
  'DeletedTeam',
  'Role',
  'Project',
  'Directory',
  'DirectoryToken',
  'OAuthClient',
  'ApiKey',
  'Session',
  'SsoConnection',
  'DomainClaim',
  'RoleMapping',
  'Alarm',
  'Conflict',
  'SyncRun',
  'Change',
  'Company',
] as const;
export type ObjectType = (typeof OBJECTS)[number];

/**
 * What the platform notes by itself, some time after the request that it is about: the log of requests with what it counts, and the seals and alarms of
 * those who follow the change log.
 */
const NOTED_LATER: readonly string[] = ['request_log', 'tolerance_count', 'change_seal'];

/** Makes one object of the type in the company, past the product where nothing else is needed of it, and says by which id it is known. */
export async function anObject(
  rollcall: TestRollcall,
  company: TestCompany,
  type: ObjectType,
  name: string,
): Promise<string> {
  const id = newId();
  const { companyId, directoryId } = company;
  const insert = async (table: string, values: Record<string, string>) => {
    const all = { company_id: `'${companyId}'`, id: `'${id}'`, ...values };
    await rollcall.asOwner(
      `insert into ${table} (${Object.keys(all).join(', ')}) values (${Object.values(all).join(', ')})`,
    );
    return id;
  };
  const text = (value: string) => `'${value}'`;
  const own = (from: string, column = 'id') =>
    `(select ${column} from ${from} where company_id = '${companyId}' order by ${column} limit 1)`;
  const [directory, key] = [text(directoryId), text(name.replaceAll(' ', '-').toLowerCase())];
  switch (type) {
    case 'User':
      return insert('app_user', { user_name: key, user_name_key: key, display_name: text(name), external_id: key });
    case 'Team':
      return insert('team', { display_name: text(name), display_name_key: text(name) });
    case 'DeletedTeam': {
      const graphql = graphqlClient(company);
      const made = await graphql('mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }', {
        input: { displayName: name },
      });
      const team: string = made.body.data.createTeam.team.id;
      await graphql('mutation ($input: TeamIdInput!) { deleteTeam(input: $input) { id } }', { input: { id: team } });
      return team;
    }
    case 'Role':
      return insert('role', { key, name: text(name), permissions: `'{users:read}'`, rank: '1' });
    case 'Project':
      return insert('project', { key, name: text(name) });
    case 'Directory':
      return insert('directory', {
        name: text(name),
        idp_kind: `'OKTA'`,
        profile: `(select profile from directory where company_id = '${companyId}' limit 1)`,
      });
    case 'DirectoryToken':
    case 'OAuthClient':
      return insert('directory_token', {
        directory_id: directory,
        name: text(name),
        hash: `sha256('${id}')`,
        hint: `'hint'`,
        scopes: `'{all}'`,
        kind: type === 'OAuthClient' ? `'CLIENT'` : `'BEARER'`,
      });
    case 'ApiKey':
      return insert('api_key', {
        name: text(name),
        hash: `sha256('${id}')`,
        hint: `'hint'`,
        permissions: `'{users:read}'`,
      });
    case 'Session':
      return insert('session', {
        user_id: own('app_user'),
        hash: `sha256('${id}')`,
        hint: text(name),
        kind: `'COOKIE'`,
        method: `'PASSWORD'`,
        expires_at: `now() + interval '1 day'`,
      });
    case 'SsoConnection':
      return insert('sso_connection', { name: text(name), kind: `'SAML'`, config: `'{}'` });
    case 'DomainClaim':
      return insert('domain_claim', { domain: text(`${id}.example`), challenge: text(name) });
    case 'RoleMapping':
      return insert('role_mapping', { kind: `'CLAIM'`, claim: key, role_id: own('role') });
    case 'Alarm':
      return insert('alarm', { kind: `'MASS_DEPROVISION'`, subject_id: text(id), details: `'{}'` });
    case 'Conflict':
      return insert('conflict', {
        directory_id: directory,
        kind: `'NOT_MANAGED'`,
        object_type: `'user'`,
        object_id: own('app_user'),
      });
    case 'SyncRun':
      return insert('sync_run', {
        directory_id: directory,
        started_at: 'now()',
        last_at: 'now()',
        ...{ from_epoch: '1', from_xid: `'1'`, from_no: '1', through_epoch: '1', through_xid: `'1'`, through_no: '1' },
      });
    case 'Change': {
      const { body } = await graphqlClient(company)('{ changes(first: 1) { nodes { id } } }');
      return body.data.changes.nodes[0].id;
    }
    case 'Company':
      return companyId;
  }
}

/** A company that has a row in every table, and what an attack on it is measured by. */
export class Neighbour {
  private constructor(
    private readonly rollcall: TestRollcall,
    readonly company: TestCompany,
    readonly ids: Readonly<Record<ObjectType, string>>,
    /** A user and a team that its directory manages. */
    readonly managed: { user: string; team: string },
  ) {}

  static async moveIn(rollcall: TestRollcall): Promise<Neighbour> {
    const company = await rollcall.newCompany({ name: `Company ${MARK}` });
    const scim = scimClient(company);
    const user = await scim.post('/Users', {
      userName: `${MARK}@neighbour.example`,
      externalId: `${MARK}-1`,
      displayName: `User ${MARK}`,
      emails: [{ value: `${MARK}@neighbour.example`, type: 'work', primary: true }],
    });
    const team = await scim.post('/Groups', { displayName: `Group ${MARK}`, members: [{ value: user.body.id }] });
    // The log shows only what is final.
    const graphql = graphqlClient(company);
    for (let logged = 0; logged === 0; )
      logged = (await graphql('{ changes(first: 1) { nodes { id } } }')).body.data.changes.nodes.length;
    const ids = {} as Record<ObjectType, string>;
    for (const type of OBJECTS) ids[type] = await anObject(rollcall, company, type, `${type} ${MARK}`);
    await fillTheRest(rollcall, company, ids);
    return new Neighbour(rollcall, company, ids, { user: user.body.id, team: team.body.id });
  }

  /** The rows of every tenant table, and of the company itself, by table: how many, and a digest. */
  async rows(): Promise<Record<string, string>> {
    const of = (table: string, column: string) =>
      `select '${table}' as "table", count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as digest
         from ${table} t where t.${column} = '${this.company.companyId}'`;
    const tables = TENANT_TABLES.filter((table) => !NOTED_LATER.includes(table)).map((table) =>
      of(table, 'company_id'),
    );
    const rows = await this.rollcall.asOwner<{ table: string; digest: string }>(
      [...tables, of('company', 'id')].join(' union all '),
    );
    return Object.fromEntries(rows.map(({ table, digest }) => [table, digest]));
  }

  /** Every id that belongs to it, for looking through answers. */
  async allIds(): Promise<string[]> {
    const tables = [
      'app_user',
      'team',
      'role',
      'project',
      'directory',
      'directory_token',
      'api_key',
      'sso_connection',
      'domain_claim',
    ];
    const rows = await this.rollcall.asOwner<{ id: string }>(
      tables
        .map((table) => `select id from ${table} where company_id = '${this.company.companyId}'`)
        .join(' union all '),
    );
    return [this.company.companyId, ...rows.map(({ id }) => id)];
  }
}

/** Rows of the tables whose objects have no id of their own. */
async function fillTheRest(
  rollcall: TestRollcall,
  { companyId, directoryId }: TestCompany,
  ids: Readonly<Record<ObjectType, string>>,
): Promise<void> {
  await rollcall.asOwner(`
    insert into team_membership (company_id, team_id, user_id) values ('${companyId}', '${ids.Team}', '${ids.User}');
    insert into team_nesting (company_id, team_id, member_team_id) select '${companyId}', t.id, '${ids.Team}' from team t
      where t.company_id = '${companyId}' and t.id <> '${ids.Team}' and t.deleted_at is null limit 1;
    insert into user_value (company_id, user_id, attribute, type, value_key) values ('${companyId}', '${ids.User}', 'emails', '', '${MARK}');
    insert into role_assignment (company_id, user_id, role_id, source) values ('${companyId}', '${ids.User}', '${ids.Role}', 'DIRECT');
    insert into project_access (company_id, id, project_id, user_id) values ('${companyId}', gen_random_uuid(), '${ids.Project}', '${ids.User}');
    insert into pending_membership (company_id, team_id, user_id, directory_id) values ('${companyId}', '${ids.Team}', gen_random_uuid(), '${directoryId}');
    insert into request_log (company_id, at, id, directory_id, request_id, method, path, status, duration_ms)
      values ('${companyId}', now(), gen_random_uuid(), '${directoryId}', '${MARK}', 'GET', '/${MARK}', 200, 1);
    insert into tolerance_count (company_id, directory_id, name, day, gateway_id, batch, count, last_at)
      values ('${companyId}', '${directoryId}', 'ALIAS', current_date, gen_random_uuid(), 1, 1, now());
    insert into session (company_id, id, user_id, hash, hint, kind, method, expires_at)
      values ('${companyId}', gen_random_uuid(), '${ids.User}', sha256('session'), '${MARK}', 'COOKIE', 'PASSWORD', now() + interval '1 day');
    insert into one_time_token (company_id, id, user_id, kind, hash, expires_at)
      values ('${companyId}', gen_random_uuid(), '${ids.User}', 'MAGIC_LINK', sha256('link'), now() + interval '1 day');
    insert into second_factor (company_id, user_id, secret) values ('${companyId}', '${ids.User}', '${MARK}');
    insert into sso_request (company_id, id, connection_id, purpose, state_hash, browser_hash, expires_at)
      values ('${companyId}', gen_random_uuid(), '${ids.SsoConnection}', 'SIGN_IN', sha256('state'), sha256('browser'), now() + interval '1 day');
    insert into sso_subject (company_id, connection_id, subject, user_id) values ('${companyId}', '${ids.SsoConnection}', '${MARK}', '${ids.User}');
    insert into seen_assertion (company_id, connection_id, assertion_hash, expires_at)
      values ('${companyId}', '${ids.SsoConnection}', sha256('assertion'), now() + interval '1 day');
    insert into gate_exemption (company_id, user_id) values ('${companyId}', '${ids.User}')`);
}
