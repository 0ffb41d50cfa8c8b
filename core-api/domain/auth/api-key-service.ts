import type { Database } from '#core-api/persistence/database.js';
import { ApiKey } from '#core-api/persistence/entities/api-key.js';
import { API_KEYS, type ApiKeyRow } from '#core-api/persistence/stores/admin-tables.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  type RecordKind,
  saveRecord,
} from '../admin-record.js';
import { invalidValue } from '../errors.js';
import { newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { checkPermissions, requireHeld } from '../role/role-records.js';
import { checkExpiry } from './expiry.js';
import { mintToken } from './secret-token.js';

export interface ApiKeyFilter extends Logic<ApiKeyFilter> {
  id?: StringFilter | null;
  name?: StringFilter | null;
}
export type ApiKeyOrderField = 'ID' | 'NAME';

const ORDERS = { ID: null, NAME: 'name' } as const;

const API_KEY: RecordKind<ApiKey> = {
  entity: ApiKey,
  type: 'ApiKey',
  object: 'api_key',
  logged: ['name', 'hint', 'permissions', 'expiresAt', 'revokedAt'],
  ofCompany: true,
};

/** The API keys of the actor's company. */
export class ApiKeyService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  list(request: PageRequest<ApiKeyFilter, ApiKeyOrderField>): Promise<Page<ApiKeyRow>> {
    requirePermission(this.actor, 'tokens:write');
    return listRecords(this.db, API_KEYS, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<ApiKeyRow> {
    requirePermission(this.actor, 'tokens:write');
    return this.read(this.db, id);
  }

  /**
   * @returns the key with its secret, which is not kept and cannot be shown again.
   * @throws INVALID_VALUE | FORBIDDEN (permissions that the actor lacks)
   */
  async create(input: {
    name: string;
    permissions: string[];
    expiresAt?: Date | string | null;
  }): Promise<{ apiKey: ApiKeyRow; secret: string }> {
    requirePermission(this.actor, 'tokens:write');
    const name = checkName(input.name);
    const permissions = checkPermissions(input.permissions);
    if (permissions.length === 0) throw invalidValue('permissions', 'permissions must name at least one.');
    requireHeld(this.actor, permissions);
    return inRecordTransaction(this.db, async (transaction) => {
      const { token, hash, hint } = mintToken('apiKey', this.actor.companyId);
      const expiresAt = await checkExpiry(transaction.tx, input.expiresAt);
      const values = { id: newId(), name, hash, hint, permissions, expiresAt };
      await createRecord(transaction, this.actor, API_KEY, values);
      return { apiKey: await this.read(transaction.tx, values.id), secret: token };
    });
  }

  /** From now on nobody gets in with it. Nothing happens when it is revoked already. @throws NOT_FOUND */
  async revoke(id: string): Promise<ApiKeyRow> {
    requirePermission(this.actor, 'tokens:write');
    return inRecordTransaction(this.db, async (transaction) => {
      const key = await lockRecord(transaction, this.actor, API_KEY, id);
      const values = { revokedAt: key.revokedAt ?? new Date() };
      await saveRecord(transaction, this.actor, API_KEY, 'revoked', key, values);
      return this.read(transaction.tx, id);
    });
  }

  private read(db: Database, id: string): Promise<ApiKeyRow> {
    return getRecord(db, API_KEYS, 'ApiKey', this.actor.companyId, id);
  }
}
