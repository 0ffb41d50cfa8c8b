import type { Database } from '#core-api/persistence/database.js';
import { SsoConnection } from '#core-api/persistence/entities/sso-connection.js';
import { Alarm } from '#core-api/persistence/entities/watch.js';
import { databaseNow } from '#core-api/persistence/stores/sso-connections.js';
import { type CompanyActor, systemActor } from '../actor.js';
import { inRecordTransaction, type Transaction } from '../admin-record.js';
import { raiseAlarm, resolveAlarm } from '../alarm/alarms.js';
import { PERMISSIONS } from '../permissions.js';
import { readCertificate } from './certificates.js';
import type { SamlConfig } from './connection-config.js';

const KIND = 'SSO_CERTIFICATE_EXPIRING';
const DAY_MS = 86_400_000;
/** How many days before nobody can sign in any more it rings, and rings again. */
const RINGS_AT = [7, 30];

/**
 * Rings 30 and 7 days before the last certificate of an active connection expires, and stops when a later one takes its place. With two of them the
 * provider signs with the new one by the time at which the old one ends.
 */
export async function reviewExpiry(
  { tx, em }: Transaction,
  actor: CompanyActor,
  { id, name, status, config }: Pick<SsoConnection, 'id' | 'name' | 'status' | 'config'>,
  now: Date,
): Promise<void> {
  const expiresAt = status === 'ACTIVE' ? lastExpiry(config as Partial<SamlConfig>) : null;
  const days = expiresAt === null ? null : (expiresAt.getTime() - now.getTime()) / DAY_MS;
  const within = days === null ? undefined : RINGS_AT.find((each) => days <= each);
  const { companyId } = actor;
  const open = await em.findOne(Alarm, { companyId, kind: KIND, subjectId: id, resolvedAt: null });
  const isTold = open?.details.withinDays === within && open?.details.expiresAt === expiresAt?.toISOString();
  if (open && !isTold) await resolveAlarm(tx, actor, { kind: KIND, subjectId: id });
  if (expiresAt === null || within === undefined || (open && isTold)) return;
  const details = { connection: name, expiresAt: expiresAt.toISOString(), withinDays: within };
  await raiseAlarm(tx, actor, { kind: KIND, subjectId: id, details });
}

/** The same for all of a company's. */
export async function reviewAllExpiries(db: Database, companyId: string): Promise<void> {
  const actor = systemActor(companyId, PERMISSIONS);
  await inRecordTransaction(db, async (transaction) => {
    const connections = await transaction.em.find(
      SsoConnection,
      { companyId, kind: 'SAML' },
      { orderBy: { id: 'asc' } },
    );
    if (connections.length === 0) return;
    const now = await databaseNow(transaction.tx);
    for (const connection of connections) await reviewExpiry(transaction, actor, connection, now);
  });
}

function lastExpiry({ certificates = [] }: Partial<SamlConfig>): Date | null {
  const ends = certificates.flatMap((pem) => readCertificate(pem)?.validToDate ?? []);
  return ends.length === 0 ? null : new Date(Math.max(...ends.map((end) => end.getTime())));
}
