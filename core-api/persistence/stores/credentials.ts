import { sql } from 'kysely';
import type { DirectoryProfile } from '#schema/profile.js';
import type { ProvisioningLack } from '../entities/company.js';
import type { DirectorySettings, DirectoryTokenKind } from '../entities/directory.js';
import { statement } from '../statement.js';
import { effectiveRoles } from './effective-roles.js';
import { isoTime } from './page-sql.js';
import { recordsBodiesUntil } from './records-bodies-until.js';

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

/** Of an ACCESS token: id, name, addresses and last use are those of the CLIENT that it was issued to, which it ends with. */
export interface DirectoryCredential extends Credential, CredentialCompany {
  kind: DirectoryTokenKind;
  scopes: string[];
  /** Addresses and CIDR blocks that it may be used from; none: from anywhere. */
  allowedAddresses: string[];
  plan: string;
  provisioning: boolean;
  provisioningSuspended: ProvisioningLack | null;
  /** The one user that it is good for; null: for all of the directory. */
  userId: string | null;
  directoryId: string;
  directoryName: string;
  directoryStatus: string;
  profile: DirectoryProfile;
  settings: DirectorySettings;
  recordsBodiesUntil: string | null;
}

interface ApiKeyCredential extends Credential, CredentialCompany {
  slug: string;
  /** Whose it is; null of a service key. */
  userId: string | null;
  /** Of a personal key those of its scopes that its user has at this moment. */
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

export const isValid = (t: string) =>
  sql<boolean>`${sql.ref(`${t}.revoked_at`)} is null and (${sql.ref(`${t}.expires_at`)} is null or ${sql.ref(`${t}.expires_at`)} > now())`;
/** A token of one user also ends with that user, and with the directory's hold on it, whoever ends that. */
export const isTokenValid = (t: string) =>
  sql<boolean>`${isValid(t)} and (${sql.ref(`${t}.user_id`)} is null or exists (select from app_user u
    where u.company_id = ${sql.ref(`${t}.company_id`)} and u.id = ${sql.ref(`${t}.user_id`)}
      and u.directory_id = ${sql.ref(`${t}.directory_id`)} and u.active and u.deleted_at is null))`;
const touchDue = sql<boolean>`t.last_used_at is null or t.last_used_at < now() - interval '1 minute'`.as('touchDue');
const suspended = sql<boolean>`c.suspended_at is not null`.as('suspended');

export const findDirectoryCredential = statement<ByHash, DirectoryCredential>((db, p) =>
  db
    .selectFrom('directory_token as s')
    .innerJoin('directory_token as t', (join) =>
      join
        .onRef('t.company_id', '=', 's.company_id')
        .on('t.company_id', '=', p('companyId'))
        .on(sql<boolean>`t.id = coalesce(s.parent_id, s.id)`),
    )
    .innerJoin('directory as d', (join) =>
      join.onRef('d.company_id', '=', 't.company_id').onRef('d.id', '=', 't.directory_id'),
    )
    .innerJoin('company as c', 'c.id', 't.company_id')
    .select([
      't.company_id as companyId',
      't.id',
      't.name',
      's.kind',
      's.scopes',
      's.user_id as userId',
      touchDue,
      suspended,
    ])
    .select([
      't.allowed_addresses as allowedAddresses',
      sql<boolean>`${isTokenValid('s')} and ${isTokenValid('t')}`.as('valid'),
    ])
    .select([
      'c.plan',
      'c.provisioning',
      'c.provisioning_suspended as provisioningSuspended',
      'd.id as directoryId',
      'd.name as directoryName',
    ])
    .select(['d.status as directoryStatus', sql<DirectoryProfile>`d.profile`.as('profile')])
    .select([
      sql<DirectorySettings>`d.settings`.as('settings'),
      isoTime(recordsBodiesUntil('d')).as('recordsBodiesUntil'),
    ])
    .where('s.company_id', '=', p('companyId'))
    .where('d.company_id', '=', p('companyId'))
    .where('s.hash', '=', p('hash')),
);

/** A personal key also ends with its user. */
export const isKeyValid = (t: string) =>
  sql<boolean>`${isValid(t)} and (${sql.ref(`${t}.user_id`)} is null or exists (select from app_user u
    where u.company_id = ${sql.ref(`${t}.company_id`)} and u.id = ${sql.ref(`${t}.user_id`)} and u.active and u.deleted_at is null))`;

export const findApiKeyCredential = statement<ByHash, ApiKeyCredential>((db, p) =>
  db
    .selectFrom('api_key as t')
    .innerJoin('company as c', 'c.id', 't.company_id')
    .leftJoin('app_user as u', (join) => join.on('u.company_id', '=', p('companyId')).onRef('u.id', '=', 't.user_id'))
    .select(['t.company_id as companyId', 't.id', 't.name', 't.user_id as userId', 'c.slug', touchDue, suspended])
    .select([
      isKeyValid('t').as('valid'),
      sql<string[]>`case when t.user_id is null then t.permissions else array(select unnest(t.permissions) intersect
        select unnest(r.permissions) from (${effectiveRoles({ company: sql`${p('companyId')}::uuid` })}) r) end`.as(
        'permissions',
      ),
    ])
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
      join.on(sql<boolean>`c.probe_of is null and (c.id = ${p('companyId')}::uuid or c.slug = ${p('slug')}::text)`),
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

/** Whether a token of the directory may be bound to a user, who then stays as it is until the token is there; no row where the company has no such user. */
export const findBindable = statement<
  { companyId: string; directoryId: string; userId: string },
  { isBindable: boolean }
>((db, p) =>
  db
    .selectFrom('app_user')
    .select(sql<boolean>`active and directory_id is not distinct from ${p('directoryId')}::uuid`.as('isBindable'))
    .where('company_id', '=', p('companyId'))
    .where('id', '=', p('userId'))
    .where('deleted_at', 'is', null)
    .forShare(),
);

interface NewAccessToken {
  companyId: string;
  clientId: string;
  id: string;
  hash: Buffer;
  hint: string;
  scopes: string[];
}

/**
 * An access token of an OAuth client, for an hour and never longer than the client. No row when the client does not work any more.
 *
 * It has no change row: it changes nothing that anybody may do, and comes once an hour and identity provider. What is written with it is
 * logged as the client's.
 */
export const insertAccessToken = statement<NewAccessToken, { expiresIn: number }>((db, p) =>
  db
    .insertInto('directory_token')
    .columns(['company_id', 'id', 'directory_id', 'kind', 'parent_id', 'name', 'hash', 'hint', 'scopes', 'expires_at'])
    .expression((eb) =>
      eb
        .selectFrom('directory_token as t')
        .select(['t.company_id', sql<string>`${p('id')}::uuid`.as('id'), 't.directory_id'])
        .select([sql<DirectoryTokenKind>`'ACCESS'`.as('kind'), 't.id as parent_id', 't.name'])
        .select([sql<Buffer>`${p('hash')}::bytea`.as('hash'), sql<string>`${p('hint')}::text`.as('hint')])
        .select(sql<string[]>`${p('scopes')}::text[]`.as('scopes'))
        .select(sql<Date>`least(now() + interval '1 hour', t.expires_at)`.as('expires_at'))
        .where('t.company_id', '=', p('companyId'))
        .where('t.id', '=', p('clientId'))
        .where('t.kind', '=', 'CLIENT')
        .where(isValid('t')),
    )
    .returning(sql<number>`extract(epoch from expires_at - now())::int`.as('expiresIn')),
);
