import { setImmediate } from 'node:timers/promises';
import { foldKey } from '../fold-key.js';
import { newId } from '../new-id.js';
import { differences } from '../user/attributes.js';
import type { PlannedWrite } from '../user/planned-write.js';
import { applyUserChanges } from '../user/user-change.js';
import { blankUser, newUser, updateChanges } from '../user/user-fields.js';
import type { MultiValuedAttribute, UserFields, UserRow } from '../user/user-types.js';
import type { UserWriter } from '../user/user-writer.js';
import { Claims } from './claims.js';
import type { ElementPatch, ImportedUser } from './import-request.js';
import { type ImportRow, type Origins, refusedRow, toRow } from './import-row.js';
import { patchedElements } from './read-import.js';

export interface PlannedUser {
  row: ImportRow;
  /** The id of the file. */
  fileId: string | null;
  /** The user name that it has afterwards; null for one that is refused and not there. */
  userName: string | null;
  /** Null: nothing is written. */
  write: { create: UserFields } | { change: PlannedWrite } | null;
}

/** Users by every name that a row can give them. */
export class StoredUsers {
  readonly #byId: ReadonlyMap<string, UserRow>;
  readonly #byKey: ReadonlyMap<string, UserRow>;

  constructor(readonly rows: readonly UserRow[]) {
    this.#byId = new Map(rows.map((user) => [user.id, user]));
    this.#byKey = new Map(rows.map((user) => [foldKey(user.userName), user]));
  }

  find(id: string | null | undefined, userName: string | null | undefined): UserRow | null {
    return (id != null && this.#byId.get(id)) || this.named(userName);
  }

  named(userName: string | null | undefined): UserRow | null {
    return (userName != null && this.#byKey.get(foldKey(userName))) || null;
  }
}

export async function planUsers(
  users: readonly ImportedUser[],
  rows: readonly UserRow[],
  writer: UserWriter,
  companyId: string,
): Promise<PlannedUser[]> {
  const stored = new StoredUsers(rows);
  const claims = new Claims(
    'userName',
    rows.map((user) => ({ id: user.id, ...claimsOf(user) })),
  );
  const planned: PlannedUser[] = [];
  for (const [index, user] of users.entries()) {
    // Others have their turn between.
    if (index % 200 === 199) await setImmediate();
    const before = stored.find(user.id, user.fields.userName);
    const name = user.fields.userName ?? before?.userName ?? user.id ?? '';
    const origin = { object: 'USER', index, line: user.line, name } as const;
    const is = { fileId: user.id ?? null, userName: before?.userName ?? null, write: null };
    try {
      if (user.problem) throw user.problem;
      planned.push({ ...is, ...(await planUser(origin, user, before, { writer, claims, companyId })) });
    } catch (error) {
      planned.push({ ...is, row: refusedRow(origin, error, before?.id ?? null) });
    }
  }
  return planned;
}

interface Means {
  writer: UserWriter;
  claims: Claims;
  companyId: string;
}

async function planUser(
  origin: Origins,
  { fields, elements }: ImportedUser,
  before: UserRow | null,
  { writer, claims, companyId }: Means,
): Promise<Omit<PlannedUser, 'fileId'>> {
  const given = withElements(fields, elements ?? [], before);
  if (!before) {
    const made = newUser(given, { companyId, id: newId(), directoryId: null });
    const user = await writer.declared(null, made);
    claims.take(origin, claimsOf(user), null);
    const found = [...differences(blankUser(user), user)].map(([field, { after }]) => ({ field, before: null, after }));
    // Active is what everyone is who is not said to be otherwise; here it is said.
    const said = found.some(({ field }) => field === 'active')
      ? found
      : [...found, { field: 'active', before: null, after: user.active }];
    return { row: toRow(origin, 'CREATE', { differences: said }), userName: user.userName, write: { create: given } };
  }
  const change = await writer.plan(before, (user) => applyUserChanges(user, updateChanges(cleared(given), {})));
  claims.take(origin, claimsOf(change?.after ?? before), before.id);
  if (!change) return { row: toRow(origin, 'SAME', { id: before.id }), userName: before.userName, write: null };
  const found = [...differences(before, change.after)].map(([field, values]) => ({ field, ...values }));
  return {
    row: toRow(origin, 'UPDATE', { id: before.id, differences: found }),
    userName: change.after.userName,
    write: { change },
  };
}

/** A user name is one of the whole company, an externalId one of those whom the company manages itself. */
function claimsOf({ userName, directoryId, externalId }: UserRow) {
  return { key: foldKey(userName), externalId: directoryId === null ? externalId : null };
}

/** Null says nothing where a user cannot be without. */
function cleared({ userName, active, ...fields }: UserFields): UserFields {
  return { ...fields, userName: userName ?? undefined, active: active ?? undefined };
}

function withElements(fields: UserFields, patches: readonly ElementPatch[], before: UserRow | null): UserFields {
  const lists = Map.groupBy(patches, ({ attribute }) => attribute);
  const patched = [...lists].map(([attribute, each]): [MultiValuedAttribute, unknown] => [
    attribute,
    patchedElements(before?.[attribute] ?? [], each),
  ]);
  return { ...fields, ...Object.fromEntries(patched) };
}
