import type { Database } from '#core-api/persistence/database.js';
import { ALWAYS } from '#core-api/persistence/stores/filter-sql.js';
import type { PageBounds, PageOrder } from '#core-api/persistence/stores/page-sql.js';
import { countAll } from '#core-api/persistence/stores/totals.js';
import {
  userByUserNameKey,
  userCount,
  userPage,
  usersByEmail,
  usersByExternalId,
  usersByIds,
} from '#core-api/persistence/stores/users.js';
import { type CompanyActor, requirePermission, requirePermissionOn } from '../actor.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';
import { MOST_ROWS, MOST_ROWS_AT_THE_DOOR, readBounds, readPage, toPage } from '../page-bounds.js';
import type { Page, PathPageRequest, Warning } from '../paging.js';
import type { Permission } from '../permissions.js';
import { isStorable } from '../text.js';
import { extensionsFor } from './declared-extensions.js';
import { requireProfile, scopeOf, type UserScope } from './ownership.js';
import { type CreatedUser, createUser } from './user-creation.js';
import { toEdit } from './user-edit.js';
import { updateChanges } from './user-fields.js';
import { asksForRoles, asLookUp, type LookUp, toUserCondition } from './user-filter.js';
import { isExtensionPath, toUserOrder } from './user-order.js';
import type {
  AnyValueInput,
  UserChange,
  UserFields,
  UserFilter,
  UserOrderField,
  UserParts,
  UserView,
} from './user-types.js';
import { UserWriter, type WrittenUser } from './user-writer.js';

interface Expectation {
  expectedVersion?: number | null;
}
interface DirectoryExpectation extends Expectation {
  /** The version of the directory's profile that the request was translated with. */
  profileVersion?: number | null;
}
type UserListRequest = PathPageRequest<UserFilter, UserOrderField>;

/** The users of the actor's company, as far as the actor sees them: a directory its own and, where its profile says so, local ones. */
export class UserService {
  readonly #scope: UserScope;
  readonly #writer: UserWriter;

  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {
    this.#scope = scopeOf(actor);
    this.#writer = new UserWriter(db, actor);
  }

  /** @throws NOT_FOUND */
  async get(id: string, parts: UserParts = {}): Promise<UserView> {
    this.#require('users:read', parts, id);
    return this.#writer.read(id, parts);
  }

  /** In the order of `ids`; those that are not there are left out. */
  async getMany(ids: readonly string[], parts: UserParts = {}): Promise<UserView[]> {
    this.#require('users:read', parts);
    const wanted = ids.filter(isId);
    if (wanted.length === 0) return [];
    const found = await this.db.run(usersByIds(parts).bind({ ...this.#scope, ids: wanted }));
    const byId = new Map(found.map((user) => [user.id, user]));
    return wanted.flatMap((id) => byId.get(id) ?? []);
  }

  async findByUserName(userName: string, parts: UserParts = {}): Promise<UserView | null> {
    this.#require('users:read', parts);
    if (!isStorable(userName)) return null;
    const [user] = await this.db.run(userByUserNameKey(parts).bind({ ...this.#scope, key: foldKey(userName) }));
    return user ?? null;
  }

  /** @param directoryId null: among local users; a directory looks among its own whatever it names. */
  async findByExternalId(
    externalId: string,
    directoryId: string | null,
    parts: UserParts = {},
  ): Promise<UserView | null> {
    this.#require('users:read', parts);
    const of = this.actor.directory?.id ?? directoryId;
    if (!isStorable(externalId) || (of !== null && !isId(of))) return null;
    const bound = usersByExternalId(parts).bind({ ...this.#scope, externalId, any: false, of, most: 1 });
    const [user] = await this.db.run(bound);
    return user ?? null;
  }

  /** @throws INVALID_VALUE (the page or the order that is asked for) | UNSUPPORTED_FILTER */
  async list(request: UserListRequest, parts: UserParts = {}): Promise<Page<UserView>> {
    this.#require('users:read', parts);
    if (request.filter && asksForRoles(request.filter)) requirePermission(this.actor, 'roles:read');
    const declared = isExtensionPath(request.orderBy?.path) ? await extensionsFor(this.db, this.actor) : [];
    const order = toUserOrder(request.orderBy, declared);
    const most = this.actor.directory ? MOST_ROWS_AT_THE_DOOR : MOST_ROWS;
    const bounds = readBounds(request, { most, type: order.by?.type ?? null });
    const lookUp = request.filter && isFirstPageById(order, bounds) ? asLookUp(request.filter) : null;
    if (lookUp && request.wantRows !== false) {
      const found = await this.#lookUp(lookUp, bounds.limit + 1, parts);
      for (const user of found) this.#writer.saw(user);
      const rows = found.map((user) => ({ ...user, orderValue: null }));
      if (rows.length <= bounds.limit) return toPage(rows, bounds, rows.length);
    }
    const profile = this.actor.directory?.profile ?? null;
    const condition = request.filter ? toUserCondition(this.actor.companyId, request.filter, profile) : ALWAYS;
    const scope = this.#scope;
    return readPage(request, bounds, {
      rows: () => this.db.run(userPage(scope, condition, order, bounds, parts)),
      total: () =>
        this.db.run(condition === ALWAYS ? countAll.bind({ ...scope, kinds: ['User'] }) : userCount(scope, condition)),
    });
  }

  /** Active users: those that work can be given to. */
  async listAssignable(request: UserListRequest, parts: UserParts = {}): Promise<Page<UserView>> {
    const active: UserFilter = { active: { eq: true } };
    return this.list({ ...request, filter: request.filter ? { and: [active, request.filter] } : active }, parts);
  }

  #lookUp(lookUp: LookUp, most: number, parts: UserParts): Promise<UserView[]> {
    const scope = this.#scope;
    switch (lookUp.by) {
      case 'userName':
        return this.db.run(userByUserNameKey(parts).bind({ ...scope, key: foldKey(lookUp.value) }));
      case 'externalId':
        return this.db.run(
          usersByExternalId(parts).bind({ ...scope, externalId: lookUp.value, any: true, of: null, most }),
        );
      case 'email': {
        const type = lookUp.type?.toLowerCase() ?? null;
        return this.db.run(usersByEmail(parts).bind({ ...scope, key: foldKey(lookUp.value), type, most }));
      }
    }
  }

  /**
   * Creates a user; a directory may get back one of its own that had left, or take over a local one, as `outcome` says.
   *
   * @throws INVALID_VALUE | UNIQUENESS (userName, externalId) | PROFILE_CHANGED | LAST_OWNER | CONFLICT
   */
  async create(
    fields: UserFields,
    { profileVersion }: Omit<DirectoryExpectation, 'expectedVersion'> = {},
    parts: UserParts = {},
  ): Promise<CreatedUser> {
    this.#require('users:write', parts);
    requireProfile(this.actor, profileVersion);
    return createUser(this.db, this.actor, this.#writer, fields, parts);
  }

  /**
   * For people: sets what is given, null clears; addresses can come and go beside it.
   *
   * @throws as `change`
   */
  async update(
    id: string,
    fields: UserFields,
    {
      addEmails,
      removeEmails,
      expectedVersion,
    }: Expectation & {
      addEmails?: AnyValueInput[] | null;
      removeEmails?: string[] | null;
    } = {},
    parts: UserParts = {},
  ): Promise<WrittenUser> {
    return this.change(id, updateChanges(fields, { addEmails, removeEmails }), { expectedVersion }, parts);
  }

  /**
   * Replaces a user: what is left out is cleared where the caller owns it; `active`, `externalId` and extensions that are left out stay (rule 6).
   *
   * @throws as `change`
   */
  async replace(
    id: string,
    fields: UserFields,
    { expectedVersion, profileVersion }: DirectoryExpectation = {},
    parts: UserParts = {},
  ): Promise<WrittenUser> {
    this.#require('users:write', parts, id);
    requireProfile(this.actor, profileVersion);
    return this.#writer.edit(id, { expectedVersion, parts }, toEdit(this.actor, { fields }));
  }

  /**
   * Applies changes in order: all of them, or none (RFC 7644 §3.5.2). What changes nothing keeps version and time, and leaves no trace.
   *
   * @throws NOT_FOUND | INVALID_VALUE | NO_TARGET | UNIQUENESS | VERSION_MISMATCH | PROFILE_CHANGED | MANAGED_BY_DIRECTORY | NOT_MANAGED |
   *   LAST_OWNER | CONFLICT
   */
  async change(
    id: string,
    changes: readonly UserChange[],
    { expectedVersion, profileVersion }: DirectoryExpectation = {},
    parts: UserParts = {},
  ): Promise<WrittenUser> {
    this.#require('users:write', parts, id);
    requireProfile(this.actor, profileVersion);
    // Tried again, it may miss again: each change is told of once.
    const missed = new Set<number>();
    const edit = toEdit(this.actor, { changes }, (index) => missed.add(index));
    const written = await this.#writer.edit(id, { expectedVersion, parts }, edit);
    if (missed.size === 0 || !this.actor.directory) return written;
    return { ...written, warnings: [...written.warnings, ...[...missed].map(madeOnMiss)] };
  }

  /** @throws as `change` */
  async deactivate(id: string, options: Expectation = {}, parts: UserParts = {}): Promise<WrittenUser> {
    return this.change(id, [{ set: { active: false } }], options, parts);
  }

  /** @throws as `change` */
  async reactivate(id: string, options: Expectation = {}, parts: UserParts = {}): Promise<WrittenUser> {
    return this.change(id, [{ set: { active: true } }], options, parts);
  }

  /**
   * Deletes a user: nobody finds it any more and its user name is free; memberships, roles and accesses end. The row is kept for history.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | MANAGED_BY_DIRECTORY | NOT_MANAGED | LAST_OWNER | CONFLICT
   */
  async delete(id: string, { expectedVersion }: Expectation = {}): Promise<void> {
    this.#require('users:write', {}, id);
    await this.#writer.remove(id, expectedVersion);
  }

  /**
   * Teams and roles that are read with a user need the permission that reading them needs elsewhere.
   *
   * @param id of the one user that it is about; null: of any.
   */
  #require(permission: Permission, { teams, outerTeams, roles }: UserParts, id: string | null = null): void {
    requirePermissionOn(this.actor, id, permission);
    if (teams || outerTeams) requirePermissionOn(this.actor, id, 'teams:read');
    if (roles) requirePermissionOn(this.actor, id, 'roles:read');
  }
}

function isFirstPageById({ by, direction }: PageOrder, { from, offset, backwards }: PageBounds): boolean {
  return by === null && direction === 'ASC' && from === null && offset === 0 && !backwards;
}

function madeOnMiss(index: number): Warning {
  const message = 'No element matched the filter, so one was made.';
  return { code: 'CREATED_ON_MISS', field: `changes.${index}`, message };
}
