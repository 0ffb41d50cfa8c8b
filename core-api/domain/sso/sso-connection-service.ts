import type { Database } from '#core-api/persistence/database.js';
import type { SsoConnection, SsoKind, SsoStatus, SubjectMatch } from '#core-api/persistence/entities/sso-connection.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { SSO_CONNECTIONS, type SsoConnectionRow } from '#core-api/persistence/stores/admin-tables.js';
import * as store from '#core-api/persistence/stores/sso-connections.js';
import { authorOf, type CompanyActor, requirePermission, systemActor } from '../actor.js';
import { getManyRecords, getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  deleteRecord,
  inRecordTransaction,
  lockRecord,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { COMPANY } from '../company/company-record.js';
import { invalidValue } from '../errors.js';
import { newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { PERMISSIONS } from '../permissions.js';
import type { SamlIdpMetadata } from '../ports.js';
import { reviewProvisioning } from '../provisioning/prerequisites.js';
import { endSessions, requireFresh } from '../sign-in/sessions.js';
import { reviewExpiry } from './certificate-expiry.js';
import { checkedConfig, requireComplete } from './checked-config.js';
import type { OidcConfig, SamlConfig } from './connection-config.js';
import { SSO_CONNECTION } from './connection-record.js';
import { endProposal, fetchMetadata, type MetadataMeans, proposeMetadata, withMetadata } from './idp-metadata.js';

export interface SsoConnectionFilter extends Logic<SsoConnectionFilter> {
  id?: StringFilter | null;
  name?: StringFilter | null;
  kind?: StringFilter | null;
  status?: StringFilter | null;
}
export type SsoConnectionOrderField = 'ID' | 'NAME';

/** Where the configuration comes from: fields, metadata, or metadata and what they do not say. */
interface ConfigSource {
  config?: unknown;
  /** SAML: it is read from there, now and every day. */
  metadataUrl?: string | null;
  /** SAML: the metadata themselves. */
  metadata?: string | null;
}

interface Settings extends ConfigSource {
  clientSecret?: string | null;
  status?: SsoStatus | null;
  subjectMatch?: SubjectMatch | null;
  idpInitiated?: boolean | null;
}

interface SsoMeans extends MetadataMeans {
  readonly keyRing: KeyRing;
}

const ORDERS = { ID: null, NAME: 'name' } as const;
const LONGEST_SECRET = 4_096;

/**
 * The SSO connections of the actor's company. Whatever changes whom they trust ends what was opened on that trust: sessions, and sign-ins under way.
 */
export class SsoConnectionService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly means: SsoMeans,
  ) {}

  list(request: PageRequest<SsoConnectionFilter, SsoConnectionOrderField>): Promise<Page<SsoConnectionRow>> {
    requirePermission(this.actor, 'directories:read');
    return listRecords(this.db, SSO_CONNECTIONS, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<SsoConnectionRow> {
    requirePermission(this.actor, 'directories:read');
    return this.#read(this.db, id);
  }

  getMany(ids: readonly string[]): Promise<SsoConnectionRow[]> {
    requirePermission(this.actor, 'directories:read');
    return getManyRecords(this.db, SSO_CONNECTIONS, this.actor.companyId, ids);
  }

  /** @throws INVALID_VALUE (also: it cannot be switched on yet) | UNIQUENESS (name) | STEP_UP_REQUIRED */
  async create(input: { name: string; kind: SsoKind } & Settings): Promise<SsoConnectionRow> {
    this.#requireChange();
    const { kind } = input;
    const configOf = await this.#configOf(kind, input);
    const values = {
      id: newId(),
      name: checkName(input.name),
      kind,
      status: input.status ?? ('DRAFT' as const),
      config: configOf?.({}) ?? {},
      subjectMatch: input.subjectMatch ?? ('USER_NAME' as const),
      idpInitiated: checkIdpInitiated(kind, input.idpInitiated) ?? false,
    };
    const clientSecret = input.clientSecret == null ? null : this.#encrypt(input.clientSecret);
    return this.#commit(values.status, async (transaction) => {
      const now = await store.databaseNow(transaction.tx);
      if (values.status === 'ACTIVE') requireComplete(kind, values.config, now);
      const hasSecret = clientSecret !== null;
      await createRecord(transaction, this.actor, SSO_CONNECTION, { ...values, clientSecret }, { hasSecret });
      await reviewExpiry(transaction, this.actor, values, now);
      return values.id;
    });
  }

  /**
   * Changes what is given. A client secret counts as changed whenever it is given: the stored one is not read back to compare; '' removes it.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS (name) | STEP_UP_REQUIRED
   */
  async update(
    id: string,
    input: { name?: string | null; expectedVersion?: number | null } & Settings,
  ): Promise<SsoConnectionRow> {
    this.#requireChange();
    const { kind } = await this.#read(this.db, id);
    const configOf = await this.#configOf(kind, input);
    const values: Partial<SsoConnection> = {
      name: input.name == null ? undefined : checkName(input.name),
      status: input.status ?? undefined,
      subjectMatch: input.subjectMatch ?? undefined,
      idpInitiated: checkIdpInitiated(kind, input.idpInitiated),
    };
    if (input.clientSecret === '') values.clientSecret = null;
    else if (input.clientSecret != null) values.clientSecret = this.#encrypt(input.clientSecret);
    return this.#commit(values.status, async (transaction) => {
      const connection = await lockRecord(transaction, this.actor, SSO_CONNECTION, id, input.expectedVersion);
      await this.#save(transaction, connection, { ...values, config: configOf?.(connection.config) });
      return id;
    });
  }

  /**
   * Deletes a connection: whom it knew is forgotten, and its sessions end.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | IN_USE (a directory belongs with it) | STEP_UP_REQUIRED
   */
  async delete(id: string, expectedVersion?: number | null): Promise<void> {
    this.#requireChange();
    await this.#inReview(true, async (transaction) => {
      const { tx } = transaction;
      const connection = await lockRecord(transaction, this.actor, SSO_CONNECTION, id, expectedVersion);
      await this.#endWhatItOpened(transaction, id);
      await reviewExpiry(
        transaction,
        this.actor,
        { ...connection, status: 'DRAFT' },
        await store.databaseNow(transaction.tx),
      );
      await endProposal(transaction, this.actor, id);
      await tx.run(store.forgetConnection.bind({ ...authorOf(this.actor), connectionId: id }));
      await deleteRecord(transaction, this.actor, SSO_CONNECTION, connection);
    });
  }

  /**
   * Reads the metadata of a SAML connection again; what differs waits for `confirmMetadata`.
   *
   * @throws NOT_FOUND | INVALID_VALUE (it has no address of metadata, or nothing that can be read is there) | STEP_UP_REQUIRED
   */
  async readMetadata(id: string): Promise<SsoConnectionRow> {
    this.#requireChange();
    await readMetadataAgain(this.db, this.actor, this.means, await this.#read(this.db, id));
    return this.#read(this.db, id);
  }

  /**
   * From now on the connection goes by what its metadata said when they were last read.
   *
   * @param expectedVersion of the connection as it was seen: nobody confirms what they have not seen.
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE (nothing waits, or nobody could sign in by it) | STEP_UP_REQUIRED
   */
  async confirmMetadata(id: string, expectedVersion: number): Promise<SsoConnectionRow> {
    this.#requireChange();
    return this.#commit(undefined, async (transaction) => {
      const connection = await lockRecord(transaction, this.actor, SSO_CONNECTION, id, expectedVersion);
      if (!connection.proposedConfig) throw invalidValue('id', 'Nothing waits to be confirmed.');
      const { kind, proposedConfig } = connection;
      await this.#save(transaction, connection, { config: checkedConfig(kind, proposedConfig, this.means.outbound) });
      return id;
    });
  }

  #requireChange(): void {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
  }

  /** What the configuration becomes, by what it was; null: it stays. @throws INVALID_VALUE */
  async #configOf(kind: SsoKind, { config, metadataUrl, metadata }: ConfigSource) {
    const { outbound, parseIdpMetadata } = this.means;
    const given = config == null ? null : checkedConfig(kind, config, outbound);
    if (metadataUrl == null && metadata == null) return given && (() => given);
    if (kind !== 'SAML') throw invalidValue('metadata', 'Only SAML has metadata that are read.');
    if (metadataUrl != null && metadata != null)
      throw invalidValue('metadata', 'Metadata come from an address, or are given.');
    const named = metadataUrl == null ? {} : checkedConfig(kind, { metadataUrl }, outbound);
    const said: SamlIdpMetadata =
      metadata == null ? await fetchMetadata(this.means, metadataUrl!) : parseIdpMetadata(metadata);
    return (stored: Record<string, unknown>) =>
      checkedConfig(kind, { ...withMetadata(given ?? stored, said), ...named }, outbound);
  }

  /** Writes what differs, with all that follows from it. */
  async #save(transaction: Transaction, connection: SsoConnection, values: Partial<SsoConnection>): Promise<void> {
    const now = await store.databaseNow(transaction.tx);
    const { id, kind } = connection;
    const after = { ...connection, ...withoutUndefined(values) };
    const isActivated = after.status === 'ACTIVE' && connection.status !== 'ACTIVE';
    if (isActivated || (after.status === 'ACTIVE' && values.config)) requireComplete(kind, after.config, now);

    const isNewSecret = values.clientSecret !== undefined && values.clientSecret !== connection.clientSecret;
    const secret = isNewSecret
      ? {
          before: { hasSecret: connection.clientSecret !== null },
          after: { hasSecret: values.clientSecret !== null, clientSecretReplaced: true },
        }
      : null;
    const proposedConfig = values.config ? null : undefined;
    await saveRecord(
      transaction,
      this.actor,
      SSO_CONNECTION,
      'changed',
      connection,
      { ...values, proposedConfig },
      secret,
    );
    const isShut = connection.status === 'ACTIVE' && after.status !== 'ACTIVE';
    if (isShut || isTrustLost(connection.config, after.config)) await this.#endWhatItOpened(transaction, id);
    if (values.config) await endProposal(transaction, this.actor, id);
    await reviewExpiry(transaction, this.actor, after, now);
  }

  async #endWhatItOpened({ tx }: Transaction, connectionId: string): Promise<void> {
    await endSessions(tx, this.actor, { connectionId }, 'CONNECTION_CHANGED');
    await tx.run(store.endOpenRequests.bind({ companyId: this.actor.companyId, connectionId }));
  }

  /** @returns the connection that `work` names, as it is stored then */
  #commit(
    status: SsoStatus | undefined,
    work: (transaction: Transaction) => Promise<string>,
  ): Promise<SsoConnectionRow> {
    return this.#inReview(status !== undefined, async (transaction) =>
      this.#read(transaction.tx, await work(transaction)),
    );
  }

  /** Provisioning needs an active connection: where one may come or go, it is looked at again. */
  async #inReview<T>(isReviewed: boolean, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = await inRecordTransaction(this.db, async (transaction) => {
      if (!isReviewed) return work(transaction);
      await lockRecord(transaction, this.actor, COMPANY, this.actor.companyId);
      const done = await work(transaction);
      await reviewProvisioning(transaction, this.actor);
      return done;
    });
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return result;
  }

  #encrypt(secret: string): Buffer {
    if (secret.length === 0 || secret.length > LONGEST_SECRET)
      throw invalidValue('clientSecret', `clientSecret must have 1 to ${LONGEST_SECRET} characters.`);
    const { companyId } = this.actor;
    return this.means.keyRing.encrypt(secret, { companyId, column: 'sso_connection.client_secret' });
  }

  #read(db: Database, id: string): Promise<SsoConnectionRow> {
    return getRecord(db, SSO_CONNECTIONS, 'SsoConnection', this.actor.companyId, id);
  }
}

/** What a SAML connection's metadata say now, as a proposal. @throws INVALID_VALUE */
async function readMetadataAgain(
  db: Database,
  actor: CompanyActor,
  means: MetadataMeans,
  { id, config }: Pick<SsoConnectionRow, 'id' | 'config'>,
): Promise<void> {
  const url = config.metadataUrl;
  if (typeof url !== 'string') throw invalidValue('id', 'This connection names no address of metadata.');
  const metadata = await fetchMetadata(means, url);
  await inRecordTransaction(db, (transaction) => proposeMetadata(transaction, actor, { id, url, metadata }));
}

/** Takes the connections whose metadata nobody has read for a day. @returns the reading of each, which may fail */
export async function readDueMetadata(
  db: Database,
  companyId: string,
  means: MetadataMeans,
): Promise<(() => Promise<void>)[]> {
  const actor = systemActor(companyId, PERMISSIONS);
  const due = await db.run(store.claimMetadataReads.bind({ companyId }));
  const connections = await getManyRecords(
    db,
    SSO_CONNECTIONS,
    companyId,
    due.map(({ id }) => id),
  );
  return connections.map((connection) => () => readMetadataAgain(db, actor, means, connection));
}

/** Whether something that vouched for people does so no longer. A certificate more takes nobody's place. */
function isTrustLost(before: Partial<SamlConfig & OidcConfig>, after: Partial<SamlConfig & OidcConfig>): boolean {
  if (before.issuer !== after.issuer || before.clientId !== after.clientId) return true;
  return (before.certificates ?? []).some((pem) => !after.certificates?.includes(pem));
}

function checkIdpInitiated(kind: SsoKind, isWanted: boolean | null | undefined): boolean | undefined {
  if (isWanted && kind !== 'SAML')
    throw invalidValue('idpInitiated', 'OpenID Connect has no sign-in that the provider begins.');
  return isWanted ?? undefined;
}

const withoutUndefined = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T; // names and types stay
