import { sql } from 'kysely';
import type { DirectoryProfile } from '#schema/profile.js';
import { statement } from '../statement.js';

/*
 * Whose credential is it? One statement each, by (company, hash), with all that decides about the request. Time is the database's: revocation
 * and expiry must not depend on a process's clock.
 */

interface Credential {
  id: string;
  name: string;
  /** Neither revoked nor expired. */
  valid: boolean;
  /** Its last use was noted a minute ago or longer. */
  touchDue: boolean;
}

interface CredentialCompany {
  companyId: string;
  suspended: boolean;
}

export interface DirectoryCredential extends Credential, CredentialCompany {
  scopes: string[];
  plan: string;
  provisioning: boolean;
  directoryId: string;
  directoryName: string;
  directoryStatus: string;
  profile: DirectoryProfile;
}

interface ApiKeyCredential extends Credential, CredentialCompany {
  slug: string;
  permissions: string[];
}

interface OperatorCredential {
  id: string;
  name: string;
  /** The company that was named; null when there is none of that id or slug. */
  companyId: string | null;
}

interface ByHash {
  companyId: string;
  hash: Buffer;
}

const valid = sql<boolean>`t.revoked_at is null and (t.expires_at is null or t.expires_at > now())`.as('valid');
const touchDue = sql<boolean>`t.last_used_at is null or t.last_used_at < now() - interval '1 minute'`.as('touchDue');
const suspended = sql<boolean>`c.suspended_at is not null`.as('suspended');

export const findDirectoryCredential = statement<ByHash, DirectoryCredential>((db, p) =>
  db
    .selectFrom('directory_token as t')
    .innerJoin('directory as d', (join) =>
      join.onRef('d.company_id', '=', 't.company_id').onRef('d.id', '=', 't.directory_id'),
    )
    .innerJoin('company as c', 'c.id', 't.company_id')
    .select(['t.company_id as companyId', 't.id', 't.name', 't.scopes', valid, touchDue, suspended])
    .select(['c.plan', 'c.provisioning', 'd.id as directoryId', 'd.name as directoryName'])
    .select(['d.status as directoryStatus', sql<DirectoryProfile>`d.profile`.as('profile')])
    .where('t.company_id', '=', p('companyId'))
    .where('d.company_id', '=', p('companyId'))
    .where('t.hash', '=', p('hash')),
);

export const findApiKeyCredential = statement<ByHash, ApiKeyCredential>((db, p) =>
  db
    .selectFrom('api_key as t')
    .innerJoin('company as c', 'c.id', 't.company_id')
    .select(['t.company_id as companyId', 't.id', 't.name', 't.permissions', 'c.slug', valid, touchDue, suspended])
    .where('t.company_id', '=', p('companyId'))
    .where('t.hash', '=', p('hash')),
);

/** One of the two at most: `companyId` is the header when it has the form of an id, else `slug` is. */
export const findOperatorCredential = statement<
  { hash: Buffer; companyId: string | null; slug: string | null },
  OperatorCredential
>((db, p) =>
  db
    .selectFrom('operator_key as k')
    .leftJoin('company as c', (join) =>
      join.on(sql<boolean>`c.id = ${p('companyId')}::uuid or c.slug = ${p('slug')}::text`),
    )
    .select(['k.id', 'k.name', 'c.id as companyId'])
    .where('k.hash', '=', p('hash'))
    .where('k.revoked_at', 'is', null)
    .orderBy(sql`c.id is null`)
    .limit(1),
);

export const touchDirectoryToken = statement<
  { companyId: string; id: string; address: string | null; agent: string | null },
  never
>((db, p) =>
  db
    .updateTable('directory_token')
    .set({ last_used_at: sql`now()`, last_used_address: p('address'), last_used_agent: p('agent') })
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id'))
    .where(sql<boolean>`last_used_at is null or last_used_at < now() - interval '1 minute'`),
);

export const touchApiKey = statement<{ companyId: string; id: string }, never>((db, p) =>
  db
    .updateTable('api_key')
    .set({ last_used_at: sql`now()` })
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('id'))
    .where(sql<boolean>`last_used_at is null or last_used_at < now() - interval '1 minute'`),
);

/** Whether a time is still to come, by the database's clock. */
export const isToCome = statement<{ time: string }, { toCome: boolean }>((db, p) =>
  db.selectNoFrom(sql<boolean>`${p('time')}::timestamptz > now()`.as('toCome')),
);
