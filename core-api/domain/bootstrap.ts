import { randomBytes } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { OperatorKey } from '#core-api/persistence/entities/api-key.js';
import { insertLocalOwner, slugsLike } from '#core-api/persistence/stores/local-owner.js';
import type { ProfilePreset } from '#schema/profile.js';
import { authorOf, type CompanyActor, systemActor } from './actor.js';
import { createRecord, inRecordTransaction, type Transaction } from './admin-record.js';
import { ApiKeyService } from './auth/api-key-service.js';
import { hashPassword } from './auth/password.js';
import { mintToken } from './auth/secret-token.js';
import { CompanyService } from './company/company-service.js';
import { freeSlug, toSlug } from './company/slug.js';
import { DirectoryService } from './directory/directory-service.js';
import { DirectoryTokens } from './directory/directory-tokens.js';
import { DomainError, invalidValue } from './errors.js';
import { foldKey } from './fold-key.js';
import { newId } from './new-id.js';
import { PERMISSIONS } from './permissions.js';
import { ProvisioningService } from './provisioning/provisioning-service.js';
import { OWNER_KEY } from './role/role-records.js';
import { RoleService } from './role/role-service.js';
import { SSO_CONNECTION } from './sso/connection-record.js';

/** A company that an identity provider can be pointed at, and every secret of it, which is shown this once. */
export interface BootstrappedCompany {
  companyId: string;
  companySlug: string;
  directoryId: string;
  scimToken: string;
  apiKey: string;
  ownerEmail: string;
  ownerPassword: string;
}

interface BootstrapInput {
  name: string;
  preset: ProfilePreset;
  /** `owner@<slug>.example` when left out. */
  ownerEmail?: string;
}

const ADDRESS = /^[^\s@\0]{1,64}@[^\s@\0]{1,190}$/;
const MOST_TRIES = 5;

/**
 * Makes one more company with all that provisioning needs: an owner of last resort, an active SSO connection (as configuration), a directory
 * with the preset's profile and a token, an API key with every permission. All of it, or nothing. A slug that is taken gets a number.
 *
 * @throws INVALID_VALUE (name, ownerEmail)
 */
export async function bootstrapCompany(db: Database, input: BootstrapInput): Promise<BootstrappedCompany> {
  if (input.ownerEmail !== undefined && !ADDRESS.test(input.ownerEmail))
    throw invalidValue('ownerEmail', 'ownerEmail is no e-mail address.');
  const ownerPassword = randomBytes(18).toString('base64url');
  const passwordHash = await hashPassword(ownerPassword);
  for (let attempt = 1; ; attempt++) {
    try {
      return await inRecordTransaction(db, async (transaction) => ({
        ...(await makeCompany(transaction, input, passwordHash)),
        ownerPassword,
      }));
    } catch (error) {
      // Somebody took the slug between the look and the leap.
      const isRace = error instanceof DomainError && error.code === 'UNIQUENESS' && error.details.field === 'slug';
      if (!isRace || attempt === MOST_TRIES) throw error;
    }
  }
}

async function makeCompany(
  transaction: Transaction,
  { name, preset, ownerEmail }: BootstrapInput,
  passwordHash: string,
) {
  const { tx } = transaction;
  const base = toSlug(name);
  const slugs = await tx.run(slugsLike.bind({ base }));
  const slug = freeSlug(base, new Set(slugs.map((row) => row.slug)));
  const platform = { ...systemActor('', PERMISSIONS), companyId: null };
  const { id } = await new CompanyService(tx, platform).create({ name, slug, plan: 'ENTERPRISE', preset });
  const email = ownerEmail ?? `owner@${slug}.example`;
  const furnished = await inRecordTransaction(tx.forCompany(id), (ofCompany) =>
    furnish(ofCompany, systemActor(id, PERMISSIONS), { slug, email, passwordHash, preset }),
  );
  return { companyId: id, companySlug: slug, ownerEmail: email, ...furnished };
}

/** Everything within the company that is already there. */
async function furnish(
  transaction: Transaction,
  actor: CompanyActor,
  { slug, email, passwordHash, preset }: { slug: string; email: string; passwordHash: string; preset: ProfilePreset },
) {
  const { tx } = transaction;
  await makeOwner(tx, actor, email, passwordHash);

  const connection = {
    id: newId(),
    name: 'Single sign-on',
    kind: 'SAML' as const,
    status: 'ACTIVE' as const,
    subjectMatch: 'USER_NAME' as const,
    // As configuration alone: without a certificate nothing can be verified, and nobody comes in by it until an owner names one.
    config: { issuer: `https://idp.${slug}.example/saml`, entryPoint: `https://idp.${slug}.example/saml/sign-in` },
  };
  await createRecord(transaction, actor, SSO_CONNECTION, connection, { hasSecret: false });
  const provisioning = new ProvisioningService(tx, actor);
  await provisioning.enable((await provisioning.preview()).hash);

  const directories = new DirectoryService(tx, actor);
  const directory = await directories.create({
    name: 'Identity provider',
    idpKind: 'OTHER',
    preset,
    ssoConnectionIds: [connection.id],
  });
  const token = await new DirectoryTokens(tx, actor).create({ directoryId: directory.id, name: 'First token' });
  const key = await new ApiKeyService(tx, actor).create({ name: 'First key', permissions: [...PERMISSIONS] });
  return { directoryId: directory.id, scimToken: token.secret, apiKey: key.secret };
}

async function makeOwner(tx: Database, actor: CompanyActor, email: string, passwordHash: string): Promise<void> {
  const userId = newId();
  await tx.run(
    insertLocalOwner.bind({
      ...authorOf(actor),
      userId,
      userName: email,
      userNameKey: foldKey(email),
      displayName: 'Owner',
      emails: JSON.stringify([{ value: email, type: 'work', primary: true }]),
      emailKey: foldKey(email),
      passwordHash,
    }),
  );
  const roles = new RoleService(tx, actor);
  const [owner] = (await roles.list({ filter: { key: { eq: OWNER_KEY } }, first: 1 })).nodes;
  await roles.assign(userId, owner!.id);
}

/** Any fixed number of our own, so that two processes that start at once do not both mint. */
const FIRST_KEY_LOCK = 7_305_002;

/** The first operator key of an installation; null when there is one already, in force or not. It belongs to no company's change log. */
export async function ensureOperatorKey(db: Database): Promise<string | null> {
  return db.inTransaction(async (_tx, em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [FIRST_KEY_LOCK]);
    if ((await em.count(OperatorKey)) > 0) return null;
    const { token, hash, hint } = mintToken('operator', null);
    await em.insert(OperatorKey, { id: newId(), name: 'First operator key', hash, hint });
    return token;
  });
}
