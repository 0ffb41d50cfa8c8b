import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import {
  DirectorySsoConnection,
  type DirectoryStatus,
  type IdpKind,
} from '#core-api/persistence/entities/directory.js';
import { Role } from '#core-api/persistence/entities/role.js';
import { SsoConnection } from '#core-api/persistence/entities/sso-connection.js';
import { selectWideRows } from '#core-api/persistence/stores/admin-rows.js';
import {
  DIRECTORIES,
  type DirectoryRow,
  SSO_CONNECTIONS,
  type SsoConnectionRow,
} from '#core-api/persistence/stores/admin-tables.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords, getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { invalidValue, notFound } from '../errors.js';
import { isId, newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { findRole } from '../role/find-role.js';
import { changesRoles, previewedProfile } from '../role/profile-roles.js';
import { type RolePreview, requirePreview, triedOut } from '../role/role-preview.js';
import { requireHeld } from '../role/role-records.js';
import { requireFresh } from '../sign-in/sessions.js';
import { type CreateDirectoryInput, DIRECTORY } from './directory-records.js';
import { changedSettings, type DirectorySettingsChange } from './directory-settings.js';
import { joinLocals } from './join-locals.js';
import { mappedRoles } from './mapped-roles.js';
import { checkPreset, PROFILES } from './profile-presets.js';
import { checkReferences } from './profile-references.js';
import { validateProfile } from './profile-validation.js';

export interface DirectoryFilter extends Logic<DirectoryFilter> {
  id?: StringFilter | null;
  name?: StringFilter | null;
  idpKind?: StringFilter | null;
  status?: StringFilter | null;
}
export type DirectoryOrderField = 'ID' | 'NAME';

const ORDERS = { ID: null, NAME: 'name' } as const;

/** The directories of the actor's company, and their profiles. Their tokens: `DirectoryTokens`. */
export class DirectoryService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  list(request: PageRequest<DirectoryFilter, DirectoryOrderField>): Promise<Page<DirectoryRow>> {
    requirePermission(this.actor, 'directories:read');
    return listRecords(this.db, DIRECTORIES, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<DirectoryRow> {
    requirePermission(this.actor, 'directories:read');
    return this.read(this.db, id);
  }

  getMany(ids: readonly string[]): Promise<DirectoryRow[]> {
    requirePermission(this.actor, 'directories:read');
    return getManyRecords(this.db, DIRECTORIES, this.actor.companyId, ids);
  }

  /** By directory id. */
  async ssoConnectionsOf(directoryIds: readonly string[]): Promise<Map<string, SsoConnectionRow[]>> {
    requirePermission(this.actor, 'directories:read');
    const { companyId } = this.actor;
    const joins = sql`from directory_sso_connection d where d.company_id = ${companyId}::uuid
      and d.sso_connection_id = sso_connection.id and d.directory_id = any(${directoryIds.filter(isId)}::uuid[])`;
    const found = await selectWideRows<SsoConnectionRow, { directoryIds: string[] }>(
      this.db,
      SSO_CONNECTIONS,
      [companyId],
      sql`exists (select ${joins})`,
      { directoryIds: sql`array(select d.directory_id ${joins})` },
    );
    const of = (id: string) => found.filter((connection) => connection.directoryIds.includes(id));
    return new Map(directoryIds.map((id) => [id, of(id)]));
  }

  /**
   * @throws INVALID_VALUE | UNIQUENESS (name) | NOT_FOUND (an SSO connection) | FORBIDDEN (the profile maps a role beyond the actor's) |
   * STEP_UP_REQUIRED (SSO connections)
   */
  async create(input: CreateDirectoryInput): Promise<DirectoryRow> {
    requirePermission(this.actor, 'directories:write');
    if (input.ssoConnectionIds != null) requireFresh(this.actor);
    const preset = checkPreset(input.preset ?? 'rollcall');
    const profile = { ...validateProfile(merged(PROFILES[preset], input.profile)), version: 1 };
    const values = {
      id: newId(),
      name: checkName(input.name),
      idpKind: input.idpKind,
      status: 'ENABLED' as const,
      profile,
    };
    const ssoConnectionIds = [...new Set(input.ssoConnectionIds ?? [])].sort();
    return inRecordTransaction(this.db, async (transaction) => {
      await this.checkMappedRoles(transaction, profile);
      await checkReferences(transaction, this.actor.companyId, profile, PROFILES[preset]);
      await createRecord(transaction, this.actor, DIRECTORY, values, { ssoConnectionIds });
      await this.joinSso(transaction, values.id, ssoConnectionIds);
      return this.read(transaction.tx, values.id);
    });
  }

  /**
   * Changes what is given; of the profile too only the members that are given. The profile's `version` is counted here.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS (name) | FORBIDDEN (the profile maps a role beyond the actor's) |
   * STEP_UP_REQUIRED (SSO connections)
   */
  async update(
    id: string,
    input: {
      name?: string | null;
      idpKind?: IdpKind | null;
      status?: DirectoryStatus | null;
      profile?: unknown;
      settings?: DirectorySettingsChange | null;
      ssoConnectionIds?: string[] | null;
      expectedVersion?: number | null;
      /** Of `previewProfile`; needed when somebody loses a role by the profile. */
      previewHash?: string | null;
    },
  ): Promise<DirectoryRow> {
    requirePermission(this.actor, 'directories:write');
    if (input.ssoConnectionIds != null) requireFresh(this.actor);
    const name = input.name == null ? undefined : checkName(input.name);
    const directory = await inRecordTransaction(this.db, async (transaction) => {
      const before = await lockRecord(transaction, this.actor, DIRECTORY, id, input.expectedVersion);
      const profile = input.profile == null ? undefined : changedProfile(before.profile, input.profile);
      if (profile) {
        await this.checkMappedRoles(transaction, profile, before.profile);
        await checkReferences(transaction, this.actor.companyId, profile, before.profile);
      }
      const sso = input.ssoConnectionIds == null ? null : await this.changeSso(transaction, id, input.ssoConnectionIds);
      const settings = input.settings == null ? undefined : changedSettings(before.settings, input.settings);
      const values = {
        name,
        profile,
        settings,
        idpKind: input.idpKind ?? undefined,
        status: input.status ?? undefined,
      };
      const save = async () => {
        await saveRecord(transaction, this.actor, DIRECTORY, 'changed', before, values, sso);
        if (profile && before.profile.listScope === 'MANAGED' && profile.listScope === 'ALL')
          await joinLocals(transaction.tx, this.actor, id);
      };
      if (profile && changesRoles(before.profile, profile)) {
        const change = { before: before.profile, after: profile };
        const preview = await previewedProfile(transaction.tx, this.actor, id, change, save);
        if (preview.losing > 0) requirePreview(preview, input.previewHash);
      } else await save();
      return this.read(transaction.tx, id);
    });
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return directory;
  }

  /**
   * Who would gain and who would lose a role by other members of the profile. Nothing is changed.
   *
   * @throws as `update`
   */
  async previewProfile(id: string, changes: unknown): Promise<RolePreview> {
    requirePermission(this.actor, 'directories:write');
    requirePermission(this.actor, 'users:read');
    return triedOut(this.db, (tx) =>
      inRecordTransaction(tx, async (transaction) => {
        const before = await lockRecord(transaction, this.actor, DIRECTORY, id);
        const after = changedProfile(before.profile, changes) ?? before.profile;
        await this.checkMappedRoles(transaction, after, before.profile);
        await checkReferences(transaction, this.actor.companyId, after, before.profile);
        return previewedProfile(tx, this.actor, id, { before: before.profile, after }, () =>
          saveRecord(transaction, this.actor, DIRECTORY, 'changed', before, { profile: after }),
        );
      }),
    );
  }

  /** Nobody maps to roles that they could not assign themselves. What names no role (yet) grants nothing. */
  private async checkMappedRoles(
    { em }: Transaction,
    profile: DirectoryProfile,
    former: DirectoryProfile | null = null,
  ): Promise<void> {
    const known = new Set(former ? mappedRoles(former).map(([, named]) => named) : []);
    const mapped = mappedRoles(profile).filter(([, named]) => !known.has(named));
    if (mapped.length === 0) return;
    const roles = await em.find(Role, { companyId: this.actor.companyId });
    for (const [path, named] of mapped) {
      const role = findRole(roles, named);
      if (!role) continue;
      if (!role.grantableByDirectory) throw invalidValue(path, `The role ${role.key} is not granted by directories.`);
      requireHeld(this.actor, role.permissions);
    }
  }

  private async joinSso({ em }: Transaction, directoryId: string, ids: readonly string[]): Promise<void> {
    const { companyId } = this.actor;
    const found = await em.find(SsoConnection, { companyId, id: { $in: ids.filter(isId) } });
    const missing = ids.find((id) => !found.some((connection) => connection.id === id));
    if (missing !== undefined) throw notFound('SsoConnection', missing);
    for (const ssoConnectionId of ids)
      await em.insert(DirectorySsoConnection, { companyId, directoryId, ssoConnectionId });
  }

  /** @returns what the change log is told; null when the connections are the same as before. */
  private async changeSso(transaction: Transaction, directoryId: string, wanted: readonly string[]) {
    const { companyId } = this.actor;
    const joined = await transaction.em.find(DirectorySsoConnection, { companyId, directoryId });
    const before = joined.map(({ ssoConnectionId }) => ssoConnectionId).sort();
    const after = [...new Set(wanted)].sort();
    const gone = before.filter((id) => !after.includes(id));
    const added = after.filter((id) => !before.includes(id));
    if (gone.length === 0 && added.length === 0) return null;
    await transaction.em.nativeDelete(DirectorySsoConnection, {
      companyId,
      directoryId,
      ssoConnectionId: { $in: gone },
    });
    await this.joinSso(transaction, directoryId, added);
    return { before: { ssoConnectionIds: before }, after: { ssoConnectionIds: after } };
  }

  private read(db: Database, id: string): Promise<DirectoryRow> {
    return getRecord(db, DIRECTORIES, 'Directory', this.actor.companyId, id);
  }
}

/** Whatever is not an object stays what it is, for the validation to refuse. */
function merged(base: DirectoryProfile, changes: unknown): unknown {
  if (changes == null) return base;
  if (typeof changes !== 'object' || Array.isArray(changes)) return changes;
  return { ...base, ...changes, version: base.version };
}

/** Undefined when nothing differs. */
function changedProfile(before: DirectoryProfile, changes: unknown): DirectoryProfile | undefined {
  const profile = validateProfile(merged(before, changes));
  return isDeepStrictEqual(profile, before) ? undefined : { ...profile, version: before.version + 1 };
}
