import { type SqlBool, sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { ApiKey } from '#core-api/persistence/entities/api-key.js';
import { API_KEYS, type ApiKeyRow } from '#core-api/persistence/stores/admin-tables.js';
import { findKeyState } from '#core-api/persistence/stores/credential-states.js';
import { ALWAYS, anyOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { type CompanyActor, isOwner, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  type RecordKind,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { forbidden, invalidValue, notFound } from '../errors.js';
import { newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { checkPermissions, requireHeld } from '../role/role-records.js';
import { requireFresh } from '../sign-in/sessions.js';
import { checkExpiry } from './expiry.js';
import { planRotation, type RotationOverlap } from './rotation.js';
import { mintToken } from './secret-token.js';

export interface ApiKeyFilter extends Logic<ApiKeyFilter> {
  id?: StringFilter | null;
  name?: StringFilter | null;
  userId?: StringFilter | null;
}
export type ApiKeyOrderField = 'ID' | 'NAME';

const ORDERS = { ID: null, NAME: 'name' } as const;

/** SERVICE: the company's own. PERSONAL: of whoever makes it; it can do what that user can at each moment, and ends with that user. */
export type ApiKeyKind = 'SERVICE' | 'PERSONAL';

interface NewApiKey {
  name: string;
  permissions: string[];
  expiresAt?: Date | string | null;
  kind?: ApiKeyKind | null;
}

/** A key with its secret, which is not kept and cannot be shown again. */
interface IssuedKey {
  apiKey: ApiKeyRow;
  secret: string;
}

const API_KEY: RecordKind<ApiKey> = {
  entity: ApiKey,
  type: 'ApiKey',
  object: 'api_key',
  logged: ['userId', 'replacesId', 'name', 'hint', 'permissions', 'expiresAt', 'revokedAt'],
  ofCompany: true,
};

/**
 * The API keys of the actor's company. Whoever has `tokens:write` sees and ends service keys, every user its own keys, and an owner all of them; a key
 * that somebody may not see is not found.
 */
export class ApiKeyService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  async list(request: PageRequest<ApiKeyFilter, ApiKeyOrderField>): Promise<Page<ApiKeyRow>> {
    this.requireSome();
    return listRecords(this.db, API_KEYS, ORDERS, this.actor.companyId, request, this.visible());
  }

  /** @throws NOT_FOUND */
  async get(id: string): Promise<ApiKeyRow> {
    this.requireSome();
    const key = await this.read(this.db, id);
    if (!this.sees(key)) throw notFound('ApiKey', id);
    return key;
  }

  /**
   * A key that can do no more than its maker. Only somebody who is signed in makes a personal one, so that a key cannot make itself a successor.
   *
   * @throws INVALID_VALUE | FORBIDDEN (permissions that the actor lacks) | STEP_UP_REQUIRED
   */
  async create({ kind, ...input }: NewApiKey): Promise<IssuedKey> {
    const userId = kind === 'PERSONAL' ? this.self() : null;
    if (userId === null) requirePermission(this.actor, 'tokens:write');
    requireFresh(this.actor);
    const name = checkName(input.name);
    const permissions = checkPermissions(input.permissions);
    if (permissions.length === 0) throw invalidValue('permissions', 'permissions must name at least one.');
    requireHeld(this.actor, permissions);
    return inRecordTransaction(this.db, async (transaction) => {
      const expiresAt = await checkExpiry(transaction.tx, input.expiresAt);
      return this.insert(transaction, { name, permissions, expiresAt, userId });
    });
  }

  /**
   * A new key of the same name, permissions, lifetime and user takes the place of this one, which ends after the overlap, as `planRotation` says.
   *
   * @param overlap a day when left out; NONE revokes the old one at once.
   * @throws NOT_FOUND | ROTATION_UNDER_WAY | INVALID_VALUE (it has ended) | FORBIDDEN (permissions that the actor lacks, somebody else's key) |
   * STEP_UP_REQUIRED
   */
  async rotate(id: string, overlap: RotationOverlap = 'ONE_DAY'): Promise<IssuedKey & { replaced: ApiKeyRow }> {
    this.requireSome();
    requireFresh(this.actor);
    return inRecordTransaction(this.db, async (transaction) => {
      const old = await this.lock(transaction, id);
      if (old.userId != null && old.userId !== this.self())
        throw forbidden('Only its user can replace a personal key.');
      requireHeld(this.actor, old.permissions);
      const [state] = await transaction.tx.run(findKeyState.bind({ companyId: this.actor.companyId, id }));
      const { expiresAt, old: ends } = planRotation(state!, old.expiresAt, overlap); // its row is locked
      const { name, permissions, userId } = old;
      const issued = await this.insert(transaction, { name, permissions, userId, expiresAt, replacesId: id });
      await saveRecord(transaction, this.actor, API_KEY, 'replaced', old, ends);
      return { ...issued, replaced: await this.read(transaction.tx, id) };
    });
  }

  /** From now on nobody gets in with it. Nothing happens when it is revoked already. @throws NOT_FOUND */
  async revoke(id: string): Promise<ApiKeyRow> {
    this.requireSome();
    return inRecordTransaction(this.db, async (transaction) => {
      const key = await this.lock(transaction, id);
      const values = { revokedAt: key.revokedAt ?? new Date() };
      await saveRecord(transaction, this.actor, API_KEY, 'revoked', key, values);
      return this.read(transaction.tx, id);
    });
  }

  /** Whoever is nobody in particular and may not manage keys has none. @throws FORBIDDEN */
  private requireSome(): void {
    if (this.actor.userId === undefined) requirePermission(this.actor, 'tokens:write');
  }

  /** @throws FORBIDDEN */
  private self(): string {
    const { session, userId } = this.actor;
    if (!session || userId === undefined)
      throw forbidden('Only somebody who is signed in makes a key of their own, and not with a key.');
    return userId;
  }

  private sees({ userId }: { userId?: string | null }): boolean {
    if (userId == null) return this.actor.permissions.has('tokens:write');
    return userId === this.actor.userId || isOwner(this.actor);
  }

  /** What `sees` says, of the rows of the table. */
  private visible(): Condition {
    if (isOwner(this.actor)) return ALWAYS;
    const { userId, permissions } = this.actor;
    return anyOf([
      ...(permissions.has('tokens:write') ? [sql<SqlBool>`user_id is null`] : []),
      ...(userId === undefined ? [] : [sql<SqlBool>`user_id = ${userId}::uuid`]),
    ]);
  }

  private async lock(transaction: Transaction, id: string): Promise<ApiKey> {
    const key = await lockRecord(transaction, this.actor, API_KEY, id);
    if (!this.sees(key)) throw notFound('ApiKey', id);
    return key;
  }

  private async insert(
    transaction: Transaction,
    values: Pick<ApiKey, 'name' | 'permissions' | 'expiresAt' | 'userId'> & { replacesId?: string },
  ): Promise<IssuedKey> {
    const { token: secret, hash, hint } = mintToken('apiKey', this.actor.companyId);
    const id = newId();
    await createRecord(transaction, this.actor, API_KEY, { id, hash, hint, ...values });
    return { apiKey: await this.read(transaction.tx, id), secret };
  }

  private read(db: Database, id: string): Promise<ApiKeyRow> {
    return getRecord(db, API_KEYS, 'ApiKey', this.actor.companyId, id);
  }
}
