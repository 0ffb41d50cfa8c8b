import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type CompanyActor, systemActor } from '#core-api/domain/actor.js';
import { toDomainError } from '#core-api/domain/database-error.js';
import { permissionsOf } from '#core-api/domain/directory/token-scopes.js';
import { newId } from '#core-api/domain/new-id.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { Database } from '#core-api/persistence/database.js';
import { DEFAULT_POLICIES } from '#core-api/persistence/entities/company.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { createTestDatabase } from './test-database.js';
import { wrongTotals } from './totals.js';

const PROFILE: DirectoryProfile = {
  preset: 'rollcall',
  version: 1,
  attributes: ['*'],
  extensions: [],
  aliases: {},
  roleAttribute: null,
  roleSource: 'ATTRIBUTE',
  roleValues: {},
  defaultRole: null,
  defaultProjects: [],
  nameMode: 'SPLIT',
  listScope: 'ALL',
  adopt: 'ON_CREATE',
  reviveBy: 'EXTERNAL_ID',
  unsupportedFilter: 400,
  nestedGroups: 'NEST',
  unknownMembers: 'SKIP',
  unknownRoles: 'REFUSE',
  strict: false,
};

interface UserTraits {
  directoryId?: string | null;
  displayName?: string | null;
  breakGlass?: boolean;
  deleted?: boolean;
}

/** One company in a database of its own, for tests of services: rows are laid beside the services, by the tables' owner. */
export class CompanyBed {
  private constructor(
    readonly db: Database,
    readonly owner: pg.Pool,
    readonly appUrl: string,
    readonly companyId: string,
    /** Each statement that the application sent, in order. */
    readonly statements: string[],
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<CompanyBed> {
    const { ownerUrl, appUrl, drop } = await createTestDatabase();
    const statements: string[] = [];
    const onStatement = (sql: string) => {
      if (!sql.includes('refresh_statistics')) statements.push(sql);
    };
    const db = await Database.open({ url: appUrl, poolSize: 16, translateError: toDomainError, onStatement });
    const owner = new pg.Pool({ connectionString: ownerUrl, max: 4 });
    // The database is dropped while the last of these are still hanging up.
    owner.on('connect', (client) => client.on('error', () => undefined));
    owner.on('error', () => undefined);
    return new CompanyBed(db, owner, appUrl, await insertCompany(owner), statements, drop);
  }

  /** @throws when what was written left totals behind that are not what counting comes to */
  async close(): Promise<void> {
    await this.db.close();
    const wrong = await wrongTotals(async (sql) => (await this.owner.query(sql)).rows);
    await this.owner.end();
    await this.drop();
    if (wrong.length > 0) throw new Error(`Totals are wrong: ${JSON.stringify(wrong)}`);
  }

  /** A program with every permission, or with those given. */
  program(permissions: CompanyActor['permissions'] = new Set(PERMISSIONS), companyId = this.companyId): CompanyActor {
    return { ...systemActor(companyId, permissions, 'a program'), kind: 'API_KEY', id: newId(), source: 'API' };
  }

  anotherCompany(): Promise<string> {
    return insertCompany(this.owner);
  }

  /** A directory's token. */
  async directory(
    profile: Partial<DirectoryProfile> = {},
    companyId = this.companyId,
  ): Promise<CompanyActor & { directory: { id: string } }> {
    const id = newId();
    const name = `Directory ${id}`;
    const whole = { ...PROFILE, ...profile };
    await this.owner.query(
      `insert into directory (company_id, id, name, idp_kind, profile) values ($1, $2, $3, 'OKTA', $4)`,
      [companyId, id, name, whole],
    );
    return {
      ...this.program(permissionsOf(['all']), companyId),
      kind: 'DIRECTORY_TOKEN',
      source: 'DIRECTORY',
      directory: { id, name, profile: whole, settings: {}, recordsBodiesUntil: null },
    };
  }

  async user(traits: UserTraits = {}): Promise<string> {
    const [id] = await this.users(1, traits);
    return id!;
  }

  async users(count: number, { directoryId, displayName, breakGlass, deleted }: UserTraits = {}): Promise<string[]> {
    const ids = Array.from({ length: count }, newId);
    await this.owner.query(
      `insert into app_user (company_id, id, directory_id, break_glass, user_name, user_name_key, display_name, deleted_at)
       select $1, id, $3, $4, 'user-' || id, 'user-' || id, $5, case when $6 then now() end from unnest($2::uuid[]) as u(id)`,
      [this.companyId, ids, directoryId ?? null, breakGlass ?? false, displayName ?? null, deleted ?? false],
    );
    return ids;
  }

  /** What the change log holds of one object, oldest first. */
  async changesOf(objectId: string): Promise<{ kind: string; before: unknown; after: unknown }[]> {
    const { rows } = await this.owner.query(
      'select kind, before, after from change where company_id = $1 and object_id = $2 order by epoch, xid, no',
      [this.companyId, objectId],
    );
    return rows;
  }

  /** Waits until readers of the log see all that was written so far: transactions of other databases hold them back, too. */
  async settled(): Promise<void> {
    const { rows } = await this.owner.query<{ head: string }>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as head',
    );
    for (;;) {
      const { rows: is } = await this.owner.query<{ final: boolean }>(
        'select $1::text::xid8 <= pg_snapshot_xmin(pg_current_snapshot()) as final',
        [rows[0]!.head],
      );
      if (is[0]!.final) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async membersOf(teamId: string): Promise<string[]> {
    const { rows } = await this.owner.query<{ user_id: string }>(
      'select user_id from team_membership where company_id = $1 and team_id = $2 order by user_id',
      [this.companyId, teamId],
    );
    return rows.map((row) => row.user_id);
  }
}

async function insertCompany(owner: pg.Pool): Promise<string> {
  const id = newId();
  await owner.query(`insert into company (id, name, slug, policies) values ($1, 'Acme', $2, $3)`, [
    id,
    randomUUID(),
    DEFAULT_POLICIES,
  ]);
  return id;
}
