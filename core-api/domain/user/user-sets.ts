import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { companyRoles, ownersAmong } from '#core-api/persistence/stores/company-roles.js';
import { deleteUsers, type GivenRow, insertUsers, updateUsers } from '#core-api/persistence/stores/user-writes.js';
import { lockUsersWithTeams, usersByIds } from '#core-api/persistence/stores/users.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { ClaimedNames } from '../batch/claimed-names.js';
import type { Done, DoneOfSet } from '../batch/done-of-set.js';
import { type NewConflict, noteConflicts } from '../conflict/conflict-log.js';
import { conflict, DomainError } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';
import { canBeLocalOwner } from './last-owner.js';
import { scopeOf } from './ownership.js';
import { isLeaving, type PlannedWrite, saidOfDelete, saidOfInsert, saidOfUpdate } from './planned-write.js';
import { grantsByAttribute } from './role-attribute.js';
import { roleConflicts, userConflicts } from './user-conflicts.js';
import { plannedUser } from './user-creation.js';
import { toEdit, type UserEdit } from './user-edit.js';
import type { UserFields, UserRow } from './user-types.js';
import { UserWriter } from './user-writer.js';

interface Aimed {
  id: string;
  expectedVersion?: number | null;
}

/**
 * Writes many users in a few statements, for one actor who may. It does what goes through without a question, the same as one by one would do; all else (a
 * value that is refused, a name that somebody has or that comes twice, a row that somebody else wrote, a user to come back or to be taken over, an
 * owner) it leaves untouched. Each user may stand once in a set.
 *
 * What goes wrong for all of them is thrown, and then nothing was done.
 */
export class UserSets {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  async create(list: readonly UserFields[]): Promise<DoneOfSet> {
    const { directory } = this.actor;
    const writer = await this.#writer();
    const names = new ClaimedNames();
    const made = await eachFitting(list, async (fields) => {
      const user = await plannedUser(this.actor, writer, fields);
      const isFirst = names.claim(namesOf(user));
      const roles = await writer.rolesOf(null, user);
      return isFirst ? { user, roles } : null;
    });
    const planned = made.filter((one) => one !== null);
    const rows = planned.map(({ user, roles }) => ({ ...user, ...saidOfInsert(user), roleIds: roles?.roleIds }));
    const insert = insertUsers(shapeOf(rows));
    const comeback = { directoryId: directory?.id ?? null, reviveByName: directory?.profile.reviveBy === 'USER_NAME' };
    const written = await this.#write(
      rows,
      planned.flatMap(({ user, roles }) => roleConflicts(user.id, roles?.warnings ?? [])),
      (db) => db.run(insert.bind({ ...this.#shared(), ...comeback, rows: asRows(rows) })),
    );
    return made.map((one) => (one && written.get(one.user.id)) ?? null);
  }

  async edit(list: readonly (UserEdit & Aimed)[]): Promise<DoneOfSet> {
    const writer = await this.#writer();
    const found = await this.#read(list);
    const names = new ClaimedNames();
    const plans = await eachFitting(list, async (aim) => {
      const before = found.get(aim.id);
      if (!before || !isExpected(before, aim)) return null;
      const plan = await writer.plan(before, toEdit(this.actor, aim));
      if (!plan) return { before, plan, roles: null };
      const isFirst = names.claim(namesMoved(plan));
      const roles = await writer.rolesOf(before, plan.after);
      return isFirst && this.#isPlain(plan) ? { before, plan, roles } : null;
    });
    const leaving = plans.flatMap((one) => (one?.plan && mayEndOwnership(one.plan) ? [one.before] : []));
    const owners = await this.#ownersAmong(leaving);
    const planned = plans.flatMap((one) =>
      one?.plan && !owners.has(one.before.id) ? [{ ...one, plan: one.plan }] : [],
    );
    const rows = planned.map(({ plan, roles }) => ({ ...plan.after, ...saidOfUpdate(plan), roleIds: roles?.roleIds }));
    const update = updateUsers({ ...shapeOf(rows), leaves: planned.some(({ plan }) => isLeaving(plan)) });
    const written = await this.#write(
      rows,
      planned.flatMap(({ plan, roles }) => userConflicts(plan, roles?.warnings ?? [])),
      async (db) => {
        const done = await db.run(update.bind({ ...this.#shared(), rows: asRows(rows) }));
        // Now that the rows are held nobody of them becomes an owner any more.
        const staying = leaving.filter(({ id }) => !owners.has(id));
        if ((await this.#ownersAmong(staying, db)).size > 0) throw conflict();
        return done;
      },
    );
    return plans.map((one) => {
      if (!one) return null;
      return one.plan ? (written.get(one.before.id) ?? null) : { id: one.before.id, version: one.before.version };
    });
  }

  async remove(list: readonly Aimed[]): Promise<DoneOfSet> {
    const { directory } = this.actor;
    const read = await this.#read(list);
    const isOwn = (user: UserRow) => user.directoryId === (directory?.id ?? null);
    const aims = list.filter((aim) => {
      const user = read.get(aim.id);
      return user !== undefined && isOwn(user) && isExpected(user, aim);
    });
    if (aims.length === 0) return list.map(() => null);
    const done = await this.db.inTransaction(async (tx) => {
      const held = await tx.run(lockUsersWithTeams.bind({ ...scopeOf(this.actor), ids: aims.map(({ id }) => id) }));
      const owners = await this.#ownersAmong(held.filter(canBeLocalOwner), tx);
      // Who was written meanwhile was so by a transaction that may be younger than this one, and the log is ordered by their age.
      const going = held.filter((user) => user.version === read.get(user.id)?.version && !owners.has(user.id));
      const rows = going.map((user) => ({ id: user.id, before: saidOfDelete(user) }));
      return tx.run(deleteUsers.bind({ ...authorOf(this.actor), rows: JSON.stringify(rows) }));
    });
    const gone = new Set(done.map(({ id }) => id));
    return list.map(({ id }) => (gone.has(id) ? { id, version: null } : null));
  }

  /** What is read once for the whole set. */
  async #writer(): Promise<UserWriter> {
    const { companyId, directory } = this.actor;
    const roles =
      directory && grantsByAttribute(directory.profile) ? await this.db.run(companyRoles.bind({ companyId })) : null;
    const directories = directory ? null : await this.db.em.find(Directory, { companyId }, { orderBy: { id: 'asc' } });
    return new UserWriter(this.db, this.actor, directories, roles);
  }

  async #read(list: readonly Aimed[]): Promise<Map<string, UserRow>> {
    const ids = list.map(({ id }) => id).filter(isId);
    const users = ids.length > 0 ? await this.db.run(usersByIds({}).bind({ ...scopeOf(this.actor), ids })) : [];
    return new Map(users.map((user) => [user.id, user]));
  }

  async #ownersAmong(users: readonly UserRow[], db = this.db): Promise<ReadonlySet<string>> {
    if (users.length === 0) return new Set();
    const userIds = users.map(({ id }) => id);
    const owners = await db.run(ownersAmong.bind({ companyId: this.actor.companyId, userIds }));
    return new Set(owners.map(({ userId }) => userId));
  }

  /** Whether it makes no difference to the others when it is written. */
  #isPlain({ before, after, kind }: PlannedWrite): boolean {
    // Of a local owner who comes back those before it in the batch may not know yet.
    return kind !== 'user.adopted' && (canBeLocalOwner(before) || !canBeLocalOwner(after));
  }

  /** Writes the rows in one transaction with what there is for the conflict log. */
  async #write(
    rows: readonly SetRow[],
    conflicts: readonly NewConflict[],
    write: (db: Database) => Promise<Done[]>,
  ): Promise<Map<string, Done>> {
    if (rows.length === 0) return new Map();
    const noted = this.actor.directory ? conflicts : [];
    const isAlone = this.actor.directory !== null && noted.length === 0;
    const written = isAlone
      ? await write(this.db)
      : await this.db.inTransaction(async (tx) => {
          const done = await write(tx);
          const ids = new Set(done.map(({ id }) => id));
          await noteConflicts(
            tx,
            this.actor,
            noted.filter(({ objectId }) => objectId !== null && ids.has(objectId)),
          );
          return done;
        });
    return new Map(written.map((done) => [done.id, done]));
  }

  #shared() {
    return { ...authorOf(this.actor), projectKeys: [...(this.actor.directory?.profile.defaultProjects ?? [])] };
  }
}

function namesOf({ userName, externalId }: UserRow): string[] {
  return [`userName ${foldKey(userName)}`, ...(externalId === null ? [] : [`externalId ${externalId}`])];
}

/** The names that an edit takes or gives up. */
function namesMoved({ before, after }: PlannedWrite): string[] {
  const [was, is] = [namesOf(before), namesOf(after)];
  return [...was.filter((name) => !is.includes(name)), ...is.filter((name) => !was.includes(name))];
}

/** Does it for each; null for one that is refused. */
async function eachFitting<T, R>(list: readonly T[], work: (one: T) => Promise<R | null>): Promise<(R | null)[]> {
  const results: (R | null)[] = [];
  for (const one of list) {
    try {
      results.push(await work(one));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === 'DATABASE_UNAVAILABLE') throw error;
      results.push(null);
    }
  }
  return results;
}

const isExpected = ({ version }: UserRow, { expectedVersion }: Aimed) =>
  expectedVersion == null || expectedVersion === version;

const mayEndOwnership = ({ before, after }: Pick<PlannedWrite, 'before' | 'after'>) =>
  canBeLocalOwner(before) && !canBeLocalOwner(after);

type SetRow = GivenRow & { valuesGone: readonly object[]; valuesNew: readonly object[]; roleIds?: readonly string[] };

function shapeOf(rows: readonly SetRow[]) {
  return {
    values: rows.some(({ valuesGone, valuesNew }) => valuesGone.length + valuesNew.length > 0),
    roles: rows.some(({ roleIds }) => roleIds !== undefined),
  };
}

/** A null stands in the log as SQL's, which is what a member that is left out is read as. */
function asRows(rows: readonly SetRow[]): string {
  return JSON.stringify(rows.map((row, place) => ({ ...row, place, before: row.before ?? undefined })));
}
