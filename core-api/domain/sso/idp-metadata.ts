import { isDeepStrictEqual } from 'node:util';
import type { CompanyActor } from '../actor.js';
import { lockRecord, saveRecord, type Transaction } from '../admin-record.js';
import { raiseAlarm, resolveAlarm } from '../alarm/alarms.js';
import { invalidValue } from '../errors.js';
import { OutboundError, type OutboundHttp, type SamlIdpMetadata, type SamlPort } from '../ports.js';
import { SSO_CONNECTION } from './connection-record.js';

/** How metadata are come by. */
export interface MetadataMeans {
  readonly outbound: OutboundHttp;
  readonly parseIdpMetadata: SamlPort['parseIdpMetadata'];
}

const ALARM = 'SSO_METADATA_CHANGED';
const MOST_BYTES = 1024 * 1024;

/** @throws INVALID_VALUE (metadataUrl: nothing was found there; metadata: what it is) */
export async function fetchMetadata(
  { outbound, parseIdpMetadata }: MetadataMeans,
  url: string,
): Promise<SamlIdpMetadata> {
  try {
    const { status, body } = await outbound.send({ url, mostBytes: MOST_BYTES });
    if (status !== 200)
      throw invalidValue('metadataUrl', `The address of the metadata answers with the status ${status}.`);
    return parseIdpMetadata(body.toString('utf8'));
  } catch (error) {
    if (error instanceof OutboundError) throw invalidValue('metadataUrl', error.message);
    throw error;
  }
}

/** What metadata say is there, and what they do not say is not. */
export function withMetadata(config: Record<string, unknown>, { logoutUrl, ...said }: SamlIdpMetadata) {
  const { logoutUrl: _, ...kept } = config;
  return { ...kept, ...said, ...(logoutUrl === null ? {} : { logoutUrl }) };
}

/**
 * What metadata say now, read again: if it differs from what the connection goes by, it waits for an admin, for whoever can change what is at that
 * address could otherwise sign in as anybody. Logged, and it rings.
 */
export async function proposeMetadata(
  transaction: Transaction,
  actor: CompanyActor,
  { id, url, metadata }: { id: string; url: string; metadata: SamlIdpMetadata },
): Promise<void> {
  const connection = await lockRecord(transaction, actor, SSO_CONNECTION, id);
  // Somebody named another address meanwhile: what was read is of no interest.
  if (connection.config.metadataUrl !== url) return;
  const said = withMetadata(connection.config, metadata);
  const proposedConfig = isDeepStrictEqual(said, connection.config) ? null : said;
  const isNew = await saveRecord(transaction, actor, SSO_CONNECTION, 'metadata_read', connection, { proposedConfig });
  if (!isNew) return;
  await endProposal(transaction, actor, id);
  if (proposedConfig)
    await raiseAlarm(transaction.tx, actor, { kind: ALARM, subjectId: id, details: { connection: connection.name } });
}

/** Ends the alarm of a proposal that is decided, or is no longer one. */
export async function endProposal({ tx }: Transaction, actor: CompanyActor, connectionId: string): Promise<void> {
  await resolveAlarm(tx, actor, { kind: ALARM, subjectId: connectionId });
}
