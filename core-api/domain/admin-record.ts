import { isDeepStrictEqual } from 'node:util';
import { type EntityClass, type EntityManager, LockMode, raw } from '@mikro-orm/core';
import type { Database } from '#core-api/persistence/database.js';
import { insertChanges, type NewChange } from '#core-api/persistence/stores/changes.js';
import { authorOf, type CompanyActor } from './actor.js';
import { begunAgain } from './again.js';
import { invalidValue, notFound, versionMismatch } from './errors.js';
import { isId } from './new-id.js';
import { isStorable } from './text.js';

/** A transaction, by both ways to it. */
export interface Transaction {
  tx: Database;
  em: EntityManager;
}

/** A kind of admin object: how it is stored, and what of it the change log may show. */
export interface RecordKind<E extends object> {
  entity: EntityClass<E>;
  /** As errors name it. */
  type: string;
  /** As the change log names it; the kinds of its changes begin with it. */
  object: string;
  /** Members that the change log shows. Never a secret or a hash. */
  logged: readonly (keyof E & string)[];
  /** Whether the table has a company at all; only the table of companies has none. */
  ofCompany: boolean;
}

type Stored = { id: string; companyId?: string };

export function inRecordTransaction<T>(db: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return begunAgain(db, () => db.inTransaction((tx, em) => work({ tx, em })));
}

/** Inserts the row and logs it. */
export async function createRecord<E extends Stored>(
  { tx, em }: Transaction,
  actor: CompanyActor,
  kind: RecordKind<E>,
  values: Partial<E> & { id: string },
  alsoLogged: Record<string, unknown> = {},
): Promise<void> {
  const scope = kind.ofCompany ? { companyId: actor.companyId } : {};
  await em.insert(kind.entity, { ...values, ...scope } as never);
  const after = { ...pick<E>(values, kind.logged), ...alsoLogged };
  await logChanges(tx, actor, [
    { kind: `${kind.object}.created`, objectType: kind.object, objectId: values.id, before: null, after },
  ]);
}

/**
 * Loads one row of the company and locks it until the transaction ends.
 *
 * @throws NOT_FOUND | VERSION_MISMATCH
 */
export async function lockRecord<E extends Stored & { version?: number }>(
  { em }: Transaction,
  actor: CompanyActor,
  kind: RecordKind<E>,
  id: string,
  expectedVersion?: number | null,
): Promise<E> {
  const where = whereOf(actor, kind, id);
  const record = isId(id)
    ? ((await em.findOne(kind.entity, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })) as E | null)
    : null;
  if (!record) throw notFound(kind.type, id);
  if (expectedVersion != null && record.version !== expectedVersion) throw versionMismatch(kind.type, id);
  return record;
}

/**
 * Writes the members of `values` that differ from the locked row, and logs them; undefined ones stay as they are. Raises the version
 * where there is one. When nothing differs, nothing is written.
 *
 * @param action what the change is called, after the object: `changed`, `revoked`.
 * @param alsoChanged what changed with it in other tables, or may not be shown: members of `before` and `after`.
 * @returns whether anything was written.
 */
export async function saveRecord<E extends Stored & { version?: number }>(
  { tx, em }: Transaction,
  actor: CompanyActor,
  kind: RecordKind<E>,
  action: string,
  record: E,
  values: Partial<E>,
  alsoChanged: { before: Record<string, unknown>; after: Record<string, unknown> } | null = null,
): Promise<boolean> {
  const names = (Object.keys(values) as (keyof E & string)[]).filter(
    (name) => values[name] !== undefined && !isDeepStrictEqual(values[name], record[name]),
  );
  if (names.length === 0 && !alsoChanged) return false;
  const written: Record<string, unknown> = pick<E>(values, names);
  if (record.version !== undefined)
    Object.assign(written, { version: raw('version + 1'), updatedAt: raw('greatest(now(), updated_at)') });
  await em.nativeUpdate(kind.entity, whereOf(actor, kind, record.id), written as never);
  const logged = names.filter((name) => kind.logged.includes(name));
  await logChanges(tx, actor, [
    {
      kind: `${kind.object}.${action}`,
      objectType: kind.object,
      objectId: record.id,
      before: { ...pick<E>(record, logged), ...alsoChanged?.before },
      after: { ...pick<E>(values, logged), ...alsoChanged?.after },
    },
  ]);
  return true;
}

/** Deletes a locked row and logs what it was. @throws IN_USE (something refers to it) */
export async function deleteRecord<E extends Stored>(
  { tx, em }: Transaction,
  actor: CompanyActor,
  kind: RecordKind<E>,
  record: E,
): Promise<void> {
  await em.nativeDelete(kind.entity, whereOf(actor, kind, record.id));
  const before = pick<E>(record, kind.logged);
  await logChanges(tx, actor, [
    { kind: `${kind.object}.deleted`, objectType: kind.object, objectId: record.id, before, after: null },
  ]);
}

export async function logChanges(tx: Database, actor: CompanyActor, changes: readonly NewChange[]): Promise<void> {
  await tx.run(insertChanges.bind({ ...authorOf(actor), changes: JSON.stringify(changes) }));
}

function whereOf<E extends Stored>(actor: CompanyActor, kind: RecordKind<E>, id: string): never {
  return (kind.ofCompany ? { companyId: actor.companyId, id } : { id }) as never;
}

function pick<T extends object>(from: Partial<T>, names: readonly (keyof T & string)[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}

/** A name as people give it: 1 to 255 characters without surrounding space. @throws INVALID_VALUE */
export function checkName(name: string, field = 'name'): string {
  const trimmed = name.trim();
  if (trimmed.length === 0 || trimmed.length > 255)
    throw invalidValue(field, `${field} must have 1 to 255 characters.`);
  if (!isStorable(trimmed)) throw invalidValue(field, `${field} holds a character that cannot be stored.`);
  return trimmed;
}

const KEY = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A key by which programs name the object. @throws INVALID_VALUE */
export function checkKey(key: string): string {
  if (!KEY.test(key))
    throw invalidValue('key', 'key must have 1 to 63 of a-z, 0-9, - and _, and begin with a letter or digit.');
  return key;
}
