import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { companyRoles } from '#core-api/persistence/stores/company-roles.js';
import { joinPending, lockPendingTeams } from '#core-api/persistence/stores/pending-members.js';
import { WRITTEN_KEYS } from '#core-api/persistence/stores/user-columns.js';
import { deleteUser, namedColumns, rowArguments, updateUser } from '#core-api/persistence/stores/user-writes.js';
import { lockUser, lockUserWithTeams, userById } from '#core-api/persistence/stores/users.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { logChanges } from '../admin-record.js';
import { begunAgain } from '../again.js';
import { noteConflicts } from '../conflict/conflict-log.js';
import { noteOthersObject, noteOthersUserName } from '../conflict/others-objects.js';
import { conflict, DomainError, notFound, versionMismatch } from '../errors.js';
import { isId } from '../new-id.js';
import type { Warning } from '../paging.js';
import { differences, isSame } from './attributes.js';
import { withDeclaredExtensions } from './declared-extensions.js';
import { canBeLocalOwner, keepingAnOwner, type OnceHeld } from './last-owner.js';
import { refuseLocked, scopeOf, type UserScope, withOwnFields } from './ownership.js';
import { isLeaving, type PlannedWrite, saidOfDelete, saidOfUpdate } from './planned-write.js';
import { type RecentUsers, recentUsersOf } from './recent-users.js';
import { grantedRoles, grantsByAttribute, type NameableRole, roleValuesOf } from './role-attribute.js';
import { userConflicts } from './user-conflicts.js';
import type { UserParts, UserRow, UserView } from './user-types.js';

export interface WrittenUser {
  user: UserView;
  /** What was skipped rather than refused. */
  warnings: Warning[];
}

const TRIES = 3;

/** Writes users for one actor: every rule that holds for any change of a stored user stands here. */
export class UserWriter {
  readonly #scope: UserScope;
  readonly #recent: RecentUsers;

  /**
   * @param directories the company's, oldest first, when the caller has read them for many writes.
   * @param roles the company's, likewise.
   */
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly directories: readonly Directory[] | null = null,
    private readonly roles: readonly NameableRole[] | null = null,
  ) {
    this.#scope = scopeOf(actor);
    this.#recent = recentUsersOf(db);
  }

  /** @throws NOT_FOUND */
  async read(id: string, parts: UserParts = {}): Promise<UserView> {
    const [user] = isId(id) ? await this.db.run(userById(parts).bind({ ...this.#scope, id })) : [];
    if (!user) throw notFound('User', id);
    this.saw(user);
    return user;
  }

  /** To be told of every user that was read or written outside of a transaction, for the edits that follow. */
  saw(user: UserRow): void {
    const { directory } = this.actor;
    if (directory && user.directoryId === directory.id && !this.db.isTransaction) this.#recent.saw(user);
  }

  /**
   * Reads a user, edits it in memory and writes it if nobody was faster; else begins again, and at last under a lock. What edits nothing writes
   * nothing. A directory that edits a local row takes it over.
   *
   * @param edit pure: it can run several times.
   * @throws NOT_FOUND | VERSION_MISMATCH | MANAGED_BY_DIRECTORY | NOT_MANAGED | LAST_OWNER | UNIQUENESS | INVALID_VALUE (roles) | CONFLICT
   */
  async edit(
    id: string,
    { expectedVersion, parts }: { expectedVersion?: number | null; parts: UserParts },
    edit: (user: UserRow) => UserRow,
  ): Promise<WrittenUser> {
    const attempt = async (writer: UserWriter, before: UserRow) => {
      if (expectedVersion != null && before.version !== expectedVersion) throw versionMismatch('User', id);
      const plan = await writer.plan(before, edit);
      if (plan) return writer.write(plan, parts);
      const isBare = !parts.teams && !parts.outerTeams && !parts.roles;
      return { user: isBare ? before : await writer.read(id, parts), warnings: [] };
    };
    return this.#audited(id, 'user.deactivate_refused', async () => {
      const guessed = await this.#editRecent(id, { expectedVersion, parts }, edit);
      if (guessed) return guessed;
      for (let tries = 0; tries < TRIES; tries++) {
        const written = await attempt(this, await this.read(id));
        if (written) return written;
      }
      return this.#whileLocked(lockUser, id, async (writer, before) => {
        const written = await attempt(writer, before);
        if (!written) throw conflict();
        return written;
      });
    });
  }

  /**
   * Edits the user as it was seen last instead of reading it, since identity providers look before they write. Only a write counts, which finds that very
   * version still there: whatever else comes of it, a refusal or nothing to do, is decided by the row as it is.
   */
  async #editRecent(
    id: string,
    { expectedVersion, parts }: { expectedVersion?: number | null; parts: UserParts },
    edit: (user: UserRow) => UserRow,
  ): Promise<WrittenUser | null> {
    const before = this.db.isTransaction ? null : this.#recent.find(id);
    const isOwn = before?.companyId === this.actor.companyId && before.directoryId === this.actor.directory?.id;
    if (!before || !isOwn || (expectedVersion != null && before.version !== expectedVersion)) return null;
    try {
      const plan = await this.plan(before, edit);
      const written = plan && (await this.write(plan, parts));
      if (!written) this.#recent.forget(id);
      return written;
    } catch (error) {
      // That a name is taken is said by the database, of the row as it is.
      if (!(error instanceof DomainError) || error.code === 'UNIQUENESS') throw error;
      return null;
    }
  }

  /**
   * Deletes a user, and with it memberships, roles and accesses.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | MANAGED_BY_DIRECTORY | NOT_MANAGED | LAST_OWNER | CONFLICT
   */
  async remove(id: string, expectedVersion?: number | null): Promise<void> {
    const removeFrom = (db: Database, onceHeld?: OnceHeld) =>
      new UserWriter(db, this.actor).#whileLocked(lockUserWithTeams, id, async (writer, user) => {
        if (expectedVersion != null && user.version !== expectedVersion) throw versionMismatch('User', id);
        await writer.#requireDeletable(user);
        await onceHeld?.();
        const before = JSON.stringify(saidOfDelete(user));
        await writer.db.run(deleteUser.bind({ ...authorOf(this.actor), id, before }));
      });
    await this.#audited(id, 'user.delete_refused', async () => {
      const user = await this.read(id);
      await (canBeLocalOwner(user) ? keepingAnOwner(this.db, user, removeFrom) : removeFrom(this.db));
    });
  }

  /** Deleting takes everything at once, so whoever may not deactivate may not delete. */
  async #requireDeletable({ id, directoryId }: UserRow): Promise<void> {
    if (this.actor.directory && directoryId === null)
      throw new DomainError('NOT_MANAGED', 'A directory cannot delete a user that it does not manage.', { id });
    if (!this.actor.directory && directoryId !== null) await this.#refuseManaged(directoryId, ['active']);
  }

  /** Hands `work` the row, which nobody else can write, and a writer in the transaction that holds it. */
  #whileLocked<T>(
    lock: typeof lockUser,
    id: string,
    work: (writer: UserWriter, user: UserRow) => Promise<T>,
  ): Promise<T> {
    return this.db.inTransaction(async (tx) => {
      const [user] = isId(id) ? await tx.run(lock.bind({ ...this.#scope, id })) : [];
      if (!user) throw notFound('User', id);
      return work(new UserWriter(tx, this.actor), user);
    });
  }

  /** Begins again what was undone by others; leaves an entry when it was refused because the directory does not manage the user. */
  async #audited<T>(id: string, kind: string, work: () => Promise<T>): Promise<T> {
    try {
      return await begunAgain(this.db, work);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : null;
      if (code === 'NOT_FOUND') await noteOthersObject(this.db, this.actor, 'user', id);
      if (code === 'NOT_MANAGED') {
        await logChanges(this.db, this.actor, [
          { kind, objectType: 'user', objectId: id, before: null, after: { code } },
        ]);
        await noteConflicts(this.db, this.actor, [
          { kind: code, objectType: 'user', objectId: id, details: { action: kind } },
        ]);
      }
      throw error;
    }
  }

  /**
   * The user with what changed in extensions as they are declared: by the acting directory; for people by the user's own directory, else by any of
   * the company's, the oldest first.
   *
   * @param before null for a new user.
   * @throws INVALID_VALUE | IMMUTABLE | MANAGED_BY_DIRECTORY
   */
  async declared(before: UserRow | null, after: UserRow): Promise<UserRow> {
    const former = before?.extensions ?? {};
    if (isSame(former, after.extensions)) return after;
    const { companyId, directory } = this.actor;
    if (directory)
      return withDeclaredExtensions(former, after, {
        extensions: directory.profile.extensions,
        byDirectory: true,
        roleAttribute: grantsByAttribute(directory.profile) ? directory.profile.roleAttribute : null,
      });
    // Whose a field is comes before what it may hold.
    if (before?.directoryId != null)
      await this.#refuseManaged(before.directoryId, [...differences(before, after).keys()]);
    const directories =
      this.directories ?? (await this.db.em.find(Directory, { companyId }, { orderBy: { id: 'asc' } }));
    const own = directories.filter(({ id }) => id === after.directoryId);
    const extensions = [...own, ...directories].flatMap(({ profile }) => profile.extensions);
    return withDeclaredExtensions(former, after, { extensions, byDirectory: false, roleAttribute: null });
  }

  /** The edited user without what an acting directory may not write, which it passes over (rule 3). */
  own(before: UserRow, edited: UserRow): UserRow {
    const { directory } = this.actor;
    return directory ? withOwnFields(before, edited, directory.profile) : edited;
  }

  /**
   * What an edit of a stored user would write; null when it changes nothing.
   *
   * @throws INVALID_VALUE | IMMUTABLE | MANAGED_BY_DIRECTORY | NOT_MANAGED
   */
  async plan(before: UserRow, edit: (user: UserRow) => UserRow): Promise<PlannedWrite | null> {
    return this.#plan(before, await this.declared(before, this.own(before, edit(before))));
  }

  /** What an edited user means for this actor; null when it changes nothing. */
  async #plan(before: UserRow, edited: UserRow): Promise<PlannedWrite | null> {
    const { directory } = this.actor;
    const adopts = directory !== null && before.directoryId === null;
    if (adopts && before.active && !edited.active)
      throw new DomainError('NOT_MANAGED', 'A directory cannot deactivate a user that it does not manage.', {
        id: before.id,
      });
    if (adopts) return { before, after: { ...edited, directoryId: directory.id }, kind: 'user.adopted' };
    const changed = [...differences(before, edited).keys()];
    if (changed.length === 0) return null;
    if (!directory && before.directoryId !== null) await this.#refuseManaged(before.directoryId, changed);
    if (before.active === edited.active) return { before, after: edited, kind: 'user.changed' };
    return { before, after: edited, kind: edited.active ? 'user.reactivated' : 'user.deactivated' };
  }

  /** @throws MANAGED_BY_DIRECTORY when one of `fields` belongs to the directory. */
  async #refuseManaged(directoryId: string, fields: readonly string[]): Promise<void> {
    const directory = this.directories
      ? this.directories.find(({ id }) => id === directoryId)
      : await this.db.em.findOne(Directory, { companyId: this.actor.companyId, id: directoryId });
    if (directory) refuseLocked(directory, fields);
  }

  /**
   * Writes a planned change with everything that goes with it, in one statement.
   *
   * @returns null when the row is no longer the one that was read.
   */
  async write(plan: PlannedWrite, parts: UserParts): Promise<WrittenUser | null> {
    const { before, after } = plan;
    // A local row and one that was deleted have no roles of an attribute, whatever the attribute said.
    const isNewHere = plan.kind === 'user.adopted' || before.deletedAt !== null;
    const roles = await this.rolesOf(isNewHere ? null : before, after);
    const write = async (through: Database, onceHeld?: OnceHeld) => {
      const run = (db: Database) => this.#runNoting(db, plan, roles, parts);
      const written = await (this.#appears(plan) ? this.#joining(through, before.id, parts, run) : run(through));
      if (written) await onceHeld?.();
      return written;
    };
    const mayEndOwnership = canBeLocalOwner(before) && !canBeLocalOwner(after);
    try {
      const user = await (mayEndOwnership ? keepingAnOwner(this.db, before, write) : write(this.db));
      if (user) this.saw(user);
      return user && { user, warnings: roles?.warnings ?? [] };
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNIQUENESS' && error.details.field === 'userName')
        await noteOthersUserName(this.db, this.actor, after.userName);
      throw error;
    }
  }

  /** Runs the write, and notes with it what it is otherwise than a directory may think. */
  #runNoting(
    db: Database,
    plan: PlannedWrite,
    roles: { roleIds: string[]; warnings: Warning[] } | null,
    parts: UserParts,
  ): Promise<UserView | null> {
    const conflicts = this.actor.directory ? userConflicts(plan, roles?.warnings ?? []) : [];
    const run = (through: Database) => this.#run(through, plan, roles?.roleIds ?? null, parts);
    if (conflicts.length === 0) return run(db);
    return db.inTransaction(async (tx) => {
      const written = await run(tx);
      if (written) await noteConflicts(tx, this.actor, conflicts);
      return written;
    });
  }

  /** Whether the directory did not see the user before: teams that it pushed meanwhile may wait for it. */
  #appears({ before, after }: PlannedWrite): boolean {
    const isNewlyOwn = before.directoryId === null && after.directoryId !== null;
    return before.deletedAt !== null || (isNewlyOwn && !this.#scope.seesLocal);
  }

  /** Runs the write that lets a user appear, and lets the user join the teams that wait for it. */
  #joining(db: Database, id: string, parts: UserParts, run: (tx: Database) => Promise<UserView | null>) {
    const appearing = { ...authorOf(this.actor), userIds: [id] };
    return db.inTransaction(async (tx) => {
      await tx.run(lockPendingTeams.bind(appearing));
      const written = await run(tx);
      const joined = written ? await tx.run(joinPending.bind(appearing)) : [];
      return joined.length > 0 ? new UserWriter(tx, this.actor).read(id, parts) : written;
    });
  }

  async #run(db: Database, plan: PlannedWrite, roleIds: string[] | null, parts: UserParts) {
    const said = saidOfUpdate(plan);
    const columns = namedColumns(WRITTEN_KEYS.filter((key) => !isSame(plan.before[key], plan.after[key])));
    const shape = {
      parts,
      columns,
      values: said.valuesGone.length + said.valuesNew.length > 0,
      roles: roleIds !== null,
      // Whoever was deleted has nothing any more, and gets what everyone new gets.
      access: plan.before.deletedAt !== null,
      revived: plan.before.deletedAt !== null,
      leaves: isLeaving(plan),
    };
    const [written] = await db.run(
      updateUser(shape).bind({
        ...authorOf(this.actor),
        ...rowArguments(plan.after, columns),
        ...said,
        before: said.before && JSON.stringify(said.before),
        after: JSON.stringify(said.after),
        valuesGone: JSON.stringify(said.valuesGone),
        valuesNew: JSON.stringify(said.valuesNew),
        roleIds: roleIds ?? [],
        projectKeys: this.actor.directory?.profile.defaultProjects ?? [],
      }),
    );
    return written ? { ...plan.after, deletedAt: null, ...written } : null;
  }

  /**
   * The roles that the acting directory's attribute grants (rule 5); null when they stay as they are: nobody asked, or the attribute did not change.
   *
   * @param before null when whatever the attribute says is new.
   * @throws INVALID_VALUE (field roles)
   */
  async rolesOf(before: UserRow | null, after: UserRow): Promise<{ roleIds: string[]; warnings: Warning[] } | null> {
    const profile = this.actor.directory?.profile;
    if (!profile || !grantsByAttribute(profile)) return null;
    const values = roleValuesOf(profile, after);
    if (isSame(values, before ? roleValuesOf(profile, before) : [])) return null;
    if (values.length === 0) return grantedRoles(profile, values, []);
    const { companyId } = this.actor;
    return grantedRoles(profile, values, this.roles ?? (await this.db.run(companyRoles.bind({ companyId }))));
  }
}
