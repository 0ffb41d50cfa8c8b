import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import type { DirectoryToken, DirectoryTokenKind } from '#core-api/persistence/entities/directory.js';
import { selectAdminRows } from '#core-api/persistence/stores/admin-rows.js';
import { DIRECTORIES, DIRECTORY_TOKENS, type DirectoryTokenRow } from '#core-api/persistence/stores/admin-tables.js';
import { findTokenState } from '#core-api/persistence/stores/credential-states.js';
import { findBindable, insertAccessToken } from '#core-api/persistence/stores/credentials.js';
import type { Condition } from '#core-api/persistence/stores/filter-sql.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { checkAllowedAddresses } from '../auth/allowed-addresses.js';
import { checkExpiry } from '../auth/expiry.js';
import { hasEnded, planRotation, type RotationOverlap, rotationUnderWay } from '../auth/rotation.js';
import { mintToken } from '../auth/secret-token.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { forbidden, invalidValue, notFound, unauthenticated } from '../errors.js';
import { isId, newId } from '../new-id.js';
import { requireHeld } from '../role/role-records.js';
import { requireFresh } from '../sign-in/sessions.js';
import { type CreateTokenInput, DIRECTORY_TOKEN } from './directory-records.js';
import { type WholeDirectorySettings, wholeSettings } from './directory-settings.js';
import { checkScopes, narrowScopes, permissionsOf } from './token-scopes.js';

interface UpdateTokenInput {
  name?: string | null;
  /** Replaces the list; empty: from anywhere. */
  allowedAddresses?: string[] | null;
  /** Undefined: stays; null: never. */
  expiresAt?: Date | string | null;
}

/** A token with its secret, which is not kept and cannot be shown again. */
interface IssuedToken {
  directoryToken: DirectoryTokenRow;
  secret: string;
}

interface IssuedAccess {
  secret: string;
  expiresIn: number;
  scopes: string[];
  loggedSuccesses: WholeDirectorySettings['loggedSuccesses'];
  recordsBodiesUntil: string | null;
}

/** The credentials by which identity providers get in: tokens of directories, and OAuth clients with their access tokens. */
export class DirectoryTokens {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** By directory id: its tokens and clients, the newest last, the revoked ones too. A directory without any is not in the map. */
  async ofDirectories(directoryIds: readonly string[]): Promise<Map<string, DirectoryTokenRow[]>> {
    requirePermission(this.actor, 'directories:read');
    const isOfThese: Condition = sql`directory_id = any(${directoryIds.filter(isId)}::uuid[]) and kind <> 'ACCESS'`;
    const tokens = await selectAdminRows(this.db, DIRECTORY_TOKENS, this.actor.companyId, isOfThese);
    return Map.groupBy(tokens, ({ directoryId }) => directoryId);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<DirectoryTokenRow> {
    requirePermission(this.actor, 'directories:read');
    return this.read(this.db, id);
  }

  /** @throws NOT_FOUND (the directory, the user) | INVALID_VALUE | FORBIDDEN (scopes beyond the actor's permissions) */
  create(input: CreateTokenInput): Promise<IssuedToken> {
    return this.issue('BEARER', input);
  }

  /**
   * An OAuth client (RFC 6749 §2): its id is the token's. Its secret gets access tokens, and nothing else.
   *
   * @throws like `create`
   */
  createClient(input: CreateTokenInput): Promise<IssuedToken> {
    return this.issue('CLIENT', input);
  }

  /**
   * Where it may be used from and until when. What has ended stays so, and while a token is being replaced its end is settled.
   *
   * @throws NOT_FOUND | INVALID_VALUE | ROTATION_UNDER_WAY | FORBIDDEN (its scopes are beyond the actor's permissions)
   */
  async update(id: string, input: UpdateTokenInput): Promise<DirectoryTokenRow> {
    requirePermission(this.actor, 'tokens:write');
    requireFresh(this.actor);
    const name = input.name == null ? undefined : checkName(input.name);
    const allowedAddresses = input.allowedAddresses == null ? undefined : checkAllowedAddresses(input.allowedAddresses);
    return this.change(async (transaction) => {
      const { token, state } = await this.lock(transaction, id);
      if (state.ended) throw hasEnded();
      if (input.expiresAt !== undefined && state.replaced) throw rotationUnderWay();
      const expiresAt = input.expiresAt === undefined ? undefined : await checkExpiry(transaction.tx, input.expiresAt);
      await saveRecord(transaction, this.actor, DIRECTORY_TOKEN, 'changed', token, {
        name,
        allowedAddresses,
        expiresAt,
      });
      return this.read(transaction.tx, id);
    });
  }

  /**
   * A new token of the same kind, name, scopes, addresses and lifetime takes the place of this one, which ends after the overlap, as `planRotation` says.
   *
   * @param overlap a day when left out; NONE revokes the old one at once.
   * @throws NOT_FOUND | ROTATION_UNDER_WAY | INVALID_VALUE (it has ended) | FORBIDDEN (its scopes are beyond the actor's permissions)
   */
  async rotate(
    id: string,
    overlap: RotationOverlap = 'ONE_DAY',
  ): Promise<IssuedToken & { replaced: DirectoryTokenRow }> {
    requirePermission(this.actor, 'tokens:write');
    requireFresh(this.actor);
    return this.change(async (transaction) => {
      const { token: old, state } = await this.lock(transaction, id);
      const { expiresAt, old: ends } = planRotation(state, old.expiresAt, overlap);
      const issued = await this.insert(transaction, old.kind, {
        directoryId: old.directoryId,
        name: old.name,
        scopes: old.scopes,
        allowedAddresses: old.allowedAddresses,
        userId: old.userId,
        expiresAt,
        replacesId: old.id,
      });
      await saveRecord(transaction, this.actor, DIRECTORY_TOKEN, 'replaced', old, ends);
      return { ...issued, replaced: await this.read(transaction.tx, id) };
    });
  }

  /** Refused at once here, and within a second everywhere. Nothing happens when it is revoked already. @throws NOT_FOUND */
  async revoke(id: string): Promise<DirectoryTokenRow> {
    requirePermission(this.actor, 'tokens:write');
    return this.change(async (transaction) => {
      const token = await lockRecord(transaction, this.actor, DIRECTORY_TOKEN, id);
      const values = { revokedAt: token.revokedAt ?? new Date() };
      await saveRecord(transaction, this.actor, DIRECTORY_TOKEN, 'revoked', token, values);
      return this.read(transaction.tx, id);
    });
  }

  /**
   * An access token for the OAuth client that asks, for an hour and never longer than the client.
   *
   * @param scopes what it is to be good for; null: all that the client is.
   * @returns `expiresIn` in whole seconds; and what the request log keeps of the directory, for the request is of it.
   * @throws FORBIDDEN (no OAuth client) | INVALID_VALUE (scopes beyond the client's) | UNAUTHENTICATED (it has ended a moment ago)
   */
  async issueAccess(scopes: readonly string[] | null): Promise<IssuedAccess> {
    const { client, companyId, id: clientId } = this.actor;
    if (!client) throw forbidden("Only an OAuth client may do this, at the gateway's door.");
    const granted = narrowScopes(client.scopes, scopes);
    const { token: secret, hash, hint } = mintToken('access', companyId);
    const values = { companyId, clientId, id: newId(), hash, hint, scopes: granted };
    const [issued] = await this.db.run(insertAccessToken.bind(values));
    if (!issued) throw unauthenticated();
    const { loggedSuccesses } = wholeSettings(client.settings);
    const { recordsBodiesUntil } = client;
    return { secret, expiresIn: issued.expiresIn, scopes: granted, loggedSuccesses, recordsBodiesUntil };
  }

  private async issue(kind: 'BEARER' | 'CLIENT', input: CreateTokenInput): Promise<IssuedToken> {
    requirePermission(this.actor, 'tokens:write');
    requireFresh(this.actor);
    const name = checkName(input.name);
    const scopes = checkScopes(input.scopes ?? null);
    const allowedAddresses = checkAllowedAddresses(input.allowedAddresses ?? []);
    requireHeld(this.actor, [...permissionsOf(scopes)]);
    return inRecordTransaction(this.db, async (transaction) => {
      const { tx } = transaction;
      const { id: directoryId } = await getRecord(
        tx,
        DIRECTORIES,
        'Directory',
        this.actor.companyId,
        input.directoryId,
      );
      const expiresAt = await checkExpiry(tx, input.expiresAt);
      const userId = input.userId ?? null;
      if (userId !== null) await this.requireBindable(tx, directoryId, userId);
      return this.insert(transaction, kind, { directoryId, name, scopes, allowedAddresses, userId, expiresAt });
    });
  }

  private async requireBindable(tx: Database, directoryId: string, userId: string): Promise<void> {
    const { companyId } = this.actor;
    const [found] = isId(userId) ? await tx.run(findBindable.bind({ companyId, directoryId, userId })) : [];
    if (!found) throw notFound('User', userId);
    if (!found.isBindable)
      throw invalidValue('userId', 'A token can be bound to an active user of its directory only.');
  }

  private async insert(
    transaction: Transaction,
    kind: DirectoryTokenKind,
    given: Pick<DirectoryToken, 'directoryId' | 'name' | 'scopes' | 'allowedAddresses' | 'userId'> & {
      expiresAt: Date | null;
      replacesId?: string;
    },
  ): Promise<IssuedToken> {
    const form = kind === 'CLIENT' ? 'client' : 'directory';
    const { token: secret, hash, hint } = mintToken(form, this.actor.companyId);
    const id = newId();
    await createRecord(transaction, this.actor, DIRECTORY_TOKEN, { id, kind, hash, hint, ...given });
    return { directoryToken: await this.read(transaction.tx, id), secret };
  }

  /** @throws NOT_FOUND | FORBIDDEN (its scopes are beyond the actor's permissions) */
  private async lock(transaction: Transaction, id: string) {
    const token = await lockRecord(transaction, this.actor, DIRECTORY_TOKEN, id);
    if (token.kind === 'ACCESS') throw notFound('DirectoryToken', id);
    requireHeld(this.actor, [...permissionsOf(token.scopes)]);
    const [state] = await transaction.tx.run(findTokenState.bind({ companyId: this.actor.companyId, id }));
    return { token, state: state! }; // its row is locked
  }

  /** A transaction after which this process looks tokens up anew. */
  private async change<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = await inRecordTransaction(this.db, work);
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return result;
  }

  /** Access tokens are not shown: they come and go by the hour, and end with their client. */
  private async read(db: Database, id: string): Promise<DirectoryTokenRow> {
    const token = await getRecord(db, DIRECTORY_TOKENS, 'DirectoryToken', this.actor.companyId, id);
    if (token.kind === 'ACCESS') throw notFound('DirectoryToken', id);
    return token;
  }
}
