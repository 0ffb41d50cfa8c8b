import type { Database } from '#core-api/persistence/database.js';
import { SsoConnection, type SsoKind, type SsoStatus } from '#core-api/persistence/entities/sso-connection.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { SSO_CONNECTIONS, type SsoConnectionRow } from '#core-api/persistence/stores/admin-tables.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords, getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  type RecordKind,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { COMPANY } from '../company/company-record.js';
import { invalidValue } from '../errors.js';
import { newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { reviewProvisioning } from '../provisioning/prerequisites.js';
import { requireFresh } from '../sign-in/sessions.js';
import { isStorable } from '../text.js';

export interface SsoConnectionFilter extends Logic<SsoConnectionFilter> {
  id?: StringFilter | null;
  name?: StringFilter | null;
  kind?: StringFilter | null;
  status?: StringFilter | null;
}
export type SsoConnectionOrderField = 'ID' | 'NAME';

const ORDERS = { ID: null, NAME: 'name' } as const;
const LONGEST_CONFIG = 65_536;
const LONGEST_SECRET = 4_096;
const DEEPEST = 8;
/** `config` is shown and logged, so what is secret must not get into it. */
const SECRET_NAME = /secret|password|private_?key/i;

export const SSO_CONNECTION: RecordKind<SsoConnection> = {
  entity: SsoConnection,
  type: 'SsoConnection',
  object: 'sso_connection',
  logged: ['name', 'kind', 'status', 'config', 'subjectMatch', 'idpInitiated', 'proposedConfig'],
  ofCompany: true,
};

/** The SSO connections of the actor's company, as configuration. */
export class SsoConnectionService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly keyRing: KeyRing,
  ) {}

  list(request: PageRequest<SsoConnectionFilter, SsoConnectionOrderField>): Promise<Page<SsoConnectionRow>> {
    requirePermission(this.actor, 'directories:read');
    return listRecords(this.db, SSO_CONNECTIONS, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<SsoConnectionRow> {
    requirePermission(this.actor, 'directories:read');
    return this.read(this.db, id);
  }

  getMany(ids: readonly string[]): Promise<SsoConnectionRow[]> {
    requirePermission(this.actor, 'directories:read');
    return getManyRecords(this.db, SSO_CONNECTIONS, this.actor.companyId, ids);
  }

  /** @throws INVALID_VALUE | UNIQUENESS (name) | STEP_UP_REQUIRED */
  async create(input: {
    name: string;
    kind: SsoKind;
    config: unknown;
    clientSecret?: string | null;
    status?: SsoStatus | null;
  }): Promise<SsoConnectionRow> {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
    const values = {
      id: newId(),
      name: checkName(input.name),
      kind: input.kind,
      status: input.status ?? ('DRAFT' as const),
      config: checkConfig(input.config),
      subjectMatch: 'USER_NAME' as const,
    };
    const clientSecret = input.clientSecret == null ? null : this.encrypt(input.clientSecret);
    return this.commit(async (transaction) => {
      const hasSecret = clientSecret !== null;
      const stored = { ...values, clientSecret };
      await this.reviewing(transaction, values.status, () =>
        createRecord(transaction, this.actor, SSO_CONNECTION, stored, { hasSecret }),
      );
      return this.read(transaction.tx, values.id);
    });
  }

  /**
   * Changes what is given. A client secret counts as changed whenever it is given: the stored one is not read back to compare; '' removes it.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS (name) | STEP_UP_REQUIRED
   */
  async update(
    id: string,
    input: {
      name?: string | null;
      config?: unknown;
      clientSecret?: string | null;
      status?: SsoStatus | null;
      expectedVersion?: number | null;
    },
  ): Promise<SsoConnectionRow> {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
    const values: Partial<SsoConnection> = {
      name: input.name == null ? undefined : checkName(input.name),
      config: input.config == null ? undefined : checkConfig(input.config),
      status: input.status ?? undefined,
    };
    if (input.clientSecret === '') values.clientSecret = null;
    else if (input.clientSecret != null) values.clientSecret = this.encrypt(input.clientSecret);
    return this.commit((transaction) =>
      this.reviewing(transaction, values.status, async () => {
        const connection = await lockRecord(transaction, this.actor, SSO_CONNECTION, id, input.expectedVersion);
        const isNew = values.clientSecret !== undefined && values.clientSecret !== connection.clientSecret;
        const secret = isNew
          ? {
              before: { hasSecret: connection.clientSecret !== null },
              after: { hasSecret: values.clientSecret !== null, clientSecretReplaced: true },
            }
          : null;
        await saveRecord(transaction, this.actor, SSO_CONNECTION, 'changed', connection, values, secret);
        return this.read(transaction.tx, id);
      }),
    );
  }

  private async commit<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = await inRecordTransaction(this.db, work);
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return result;
  }

  /** Provisioning needs an active connection: where a status is set, it is looked at again. */
  private async reviewing<T>(
    transaction: Transaction,
    status: SsoStatus | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (status === undefined) return work();
    await lockRecord(transaction, this.actor, COMPANY, this.actor.companyId);
    const result = await work();
    await reviewProvisioning(transaction, this.actor);
    return result;
  }

  private encrypt(secret: string): Buffer {
    if (secret.length === 0 || secret.length > LONGEST_SECRET)
      throw invalidValue('clientSecret', `clientSecret must have 1 to ${LONGEST_SECRET} characters.`);
    return this.keyRing.encrypt(secret, { companyId: this.actor.companyId, column: 'sso_connection.client_secret' });
  }

  private read(db: Database, id: string): Promise<SsoConnectionRow> {
    return getRecord(db, SSO_CONNECTIONS, 'SsoConnection', this.actor.companyId, id);
  }
}

function checkConfig(config: unknown): Record<string, unknown> {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw invalidValue('config', 'config must be an object.');
  checkDepth(config, 0);
  const text = JSON.stringify(config, (name, value: unknown) => {
    if (SECRET_NAME.test(name))
      throw invalidValue(`config.${name}`, 'config is shown to readers: a secret belongs into clientSecret.');
    if (!isStorable(name) || (typeof value === 'string' && !isStorable(value)))
      throw invalidValue('config', 'config holds a character that cannot be stored.');
    return value;
  });
  if (text.length > LONGEST_CONFIG) throw invalidValue('config', `config is longer than ${LONGEST_CONFIG} characters.`);
  return config as Record<string, unknown>;
}

function checkDepth(value: unknown, depth: number): void {
  if (depth > DEEPEST) throw invalidValue('config', `config is nested more than ${DEEPEST} levels deep.`);
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) checkDepth(each, depth + 1);
}
