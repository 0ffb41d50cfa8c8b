import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { companyRoles } from '#core-api/persistence/stores/company-roles.js';
import type { WantedRole } from '#core-api/persistence/stores/role-people.js';
import { rowsOfUsers } from '#core-api/persistence/stores/sync-run-revert.js';
import {
  namesInUse,
  type TakenValues,
  usersWithValues,
  valuesTaken,
} from '#core-api/persistence/stores/sync-run-values.js';
import type { RunScope } from '#core-api/persistence/stores/sync-runs.js';
import type { DirectoryProfile } from '#schema/profile.js';
import type { CompanyActor } from '../actor.js';
import { foldKey } from '../fold-key.js';
import { storeRoles } from '../role/group-claims.js';
import { isSame, LIST_ATTRIBUTES, TEXT_ATTRIBUTES } from '../user/attributes.js';
import { grantedRoles, roleValuesOf } from '../user/role-attribute.js';
import type { UserRow } from '../user/user-types.js';
import { UserWriter } from '../user/user-writer.js';
import type { Kept } from './run-report.js';

const LOT = 1_000;
const EXTENSION = 'extensions.';

interface Person {
  before: UserRow;
  after: UserRow;
  /** Whether something stays as it is by now. */
  keeps: boolean;
}

/** What else came back with the users: values, and the roles that an attribute gives by them. */
interface ValuesGivenBack {
  roles: number;
  kept: Kept[];
}

/**
 * Undoes what the run's requests changed in the users whom they deactivated, or whose roles they took: field by field, as far as a field still holds
 * what the request left in it. What the role attribute gives follows by the profile as it is now. The transaction holds the users.
 */
export async function giveBackValues(tx: Database, actor: CompanyActor, run: RunScope): Promise<ValuesGivenBack> {
  const { companyId, directoryId } = run;
  const all = (await tx.run(usersWithValues.bind(run))).map(({ id }) => id);
  const given: ValuesGivenBack = { roles: 0, kept: [] };
  if (all.length === 0) return given;
  const { profile } = await tx.em.findOneOrFail(Directory, { companyId, id: directoryId });
  const writer = new UserWriter(tx, actor);
  for (let at = 0; at < all.length; at += LOT) {
    const ids = all.slice(at, at + LOT);
    const people = await formerPeople(tx, run, ids);
    await keepTakenNames(tx, run, people);
    for (const { before, after } of people)
      if (!isSame(before, after)) await writer.write({ before, after, kind: 'user.changed' }, {});
    given.roles += await giveBackRoles(tx, actor, profile, people);
    for (const { before, keeps } of people)
      if (keeps) {
        const name = before.displayName ?? before.userName;
        given.kept.push({ object: 'USER', id: before.id, name, userId: null, reason: 'VALUES_KEPT' });
      }
  }
  return given;
}

async function formerPeople(tx: Database, run: RunScope, ids: string[]): Promise<Person[]> {
  const changes = Map.groupBy(await tx.run(valuesTaken.bind({ ...run, ids })), ({ userId }) => userId);
  const rows = await tx.run(rowsOfUsers.bind({ companyId: run.companyId, ids }));
  return rows.map((row) => undone(row, changes.get(row.id) ?? []));
}

/** @param changes the last one first. */
function undone(row: UserRow, changes: readonly TakenValues[]): Person {
  let after = row;
  let keeps = false;
  for (const change of changes)
    for (const [field, was] of Object.entries(change.before)) {
      const is = fieldOf(after, field);
      if (is === undefined || isSame(is, was)) continue;
      if (isSame(is, change.after[field] ?? null)) after = withField(after, field, was);
      else keeps = true;
    }
  return { before: row, after, keeps };
}

/** As the change log has it, null for what is not there; undefined for what is no value of the user's own. */
function fieldOf(user: UserRow, field: string): unknown {
  if (field.startsWith(EXTENSION)) return user.extensions[field.slice(EXTENSION.length)] ?? null;
  const text = TEXT_ATTRIBUTES.find((each) => each.field === field);
  if (text) return user[text.key];
  const list = LIST_ATTRIBUTES.find((each) => each.field === field);
  return list && user[list.field];
}

function withField(user: UserRow, field: string, value: unknown): UserRow {
  if (!field.startsWith(EXTENSION)) {
    const key = TEXT_ATTRIBUTES.find((each) => each.field === field)?.key ?? field;
    return { ...user, [key]: value };
  }
  const { [field.slice(EXTENSION.length)]: _, ...others } = user.extensions;
  const extensions = value === null ? others : { ...others, [field.slice(EXTENSION.length)]: value };
  return { ...user, extensions: extensions as UserRow['extensions'] }; // as the log kept it
}

/** Whoever should get a name back that another one has by now keeps the present one. */
async function keepTakenNames(tx: Database, { companyId, directoryId }: RunScope, people: Person[]): Promise<void> {
  const renamed = people.filter(
    ({ before, after }) => before.userName !== after.userName || before.externalId !== after.externalId,
  );
  if (renamed.length === 0) return;
  const keys = renamed.map(({ after }) => foldKey(after.userName));
  const externalIds = renamed.flatMap(({ after }) => after.externalId ?? []);
  const users = await tx.run(namesInUse.bind({ companyId, directoryId, keys, externalIds }));
  const ofKey = new Map(users.map(({ key, id }) => [key, id]));
  const ofExternalId = new Map(users.map(({ externalId, id }) => [externalId, id]));
  const isFree = (owners: Map<string | null, string>, name: string | null, id: string) => {
    if (name === null) return true;
    if (!owners.has(name)) owners.set(name, id);
    return owners.get(name) === id;
  };
  for (const person of renamed) {
    const { before, after } = person;
    if (!isFree(ofKey, foldKey(after.userName), after.id)) {
      person.after = { ...person.after, userName: before.userName };
      person.keeps = true;
    }
    if (!isFree(ofExternalId, after.externalId, after.id)) {
      person.after = { ...person.after, externalId: before.externalId };
      person.keeps = true;
    }
  }
}

/** @returns how many. Values that name no role any more give none. */
async function giveBackRoles(
  tx: Database,
  actor: CompanyActor,
  profile: DirectoryProfile,
  people: readonly Person[],
): Promise<number> {
  const changed = people.filter(
    ({ before, after }) => !isSame(roleValuesOf(profile, before), roleValuesOf(profile, after)),
  );
  if (changed.length === 0) return 0;
  const roles = await tx.run(companyRoles.bind({ companyId: actor.companyId }));
  const tolerant: DirectoryProfile = { ...profile, unknownRoles: 'IGNORE' };
  const rolesOf = (user: UserRow) => grantedRoles(tolerant, roleValuesOf(profile, user), roles).roleIds;
  let count = 0;
  const wanted: WantedRole[] = [];
  for (const { before, after } of changed) {
    const had = new Set(rolesOf(before));
    for (const roleId of rolesOf(after)) {
      wanted.push({ userId: after.id, roleId, denied: false });
      if (!had.has(roleId)) count += 1;
    }
  }
  const ids = changed.map(({ after }) => after.id);
  await storeRoles(tx, actor, 'ATTRIBUTE', ids, wanted);
  return count;
}
