import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { Company } from '#core-api/persistence/entities/company.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { Role, RoleAssignment } from '#core-api/persistence/entities/role.js';
import { selectAdminRows } from '#core-api/persistence/stores/admin-rows.js';
import {
  DIRECTORY_TOKENS,
  type DirectoryRow,
  type DirectoryTokenRow,
} from '#core-api/persistence/stores/admin-tables.js';
import type { Condition } from '#core-api/persistence/stores/filter-sql.js';
import { lockProbe } from '#core-api/persistence/stores/probe-lock.js';
import { type CompanyActor, systemActor } from '../actor.js';
import { createRecord, deleteRecord, inRecordTransaction, saveRecord, type Transaction } from '../admin-record.js';
import { CompanyService } from '../company/company-service.js';
import { DIRECTORY } from '../directory/directory-records.js';
import { DirectoryTokens } from '../directory/directory-tokens.js';
import { DomainError } from '../errors.js';
import { newId } from '../new-id.js';
import { PERMISSIONS } from '../permissions.js';
import { ProvisioningService } from '../provisioning/provisioning-service.js';
import { OWNER_KEY, ROLE } from '../role/role-records.js';
import { SSO_CONNECTION } from '../sso/connection-record.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';

/** Longer than a probe takes, so that it is over when its token is. */
const TOKEN_MS = 60_000;
const AGAIN_AFTER_SECONDS = 10;
const PAGE = 100;
const ROLE_MEMBERS = ['key', 'name', 'permissions', 'rank', 'grantableByDirectory', 'isDefault'] as const;

/** A test that is under way. Its token is what keeps a second one out. */
export interface OpenProbe {
  companyId: string;
  /** Stands for the directory that is tested. */
  directoryId: string;
  tokenId: string;
  secret: string;
}

/**
 * Gets the hidden company of `companyId` ready for a test of one of its directories, making it when it is the first: with the same roles, and the
 * directory's profile and settings. What a test that was killed has left is gone then.
 *
 * @throws CONFLICT while another test of the company is under way
 */
export async function openProbe(db: Database, companyId: string, directory: DirectoryRow): Promise<OpenProbe> {
  const opened = await inRecordTransaction(db, async ({ tx, em }) => {
    await tx.run(lockProbe.bind({ companyId }));
    const roles = await em.find(Role, { companyId, key: { $ne: OWNER_KEY } }, { orderBy: { key: 'asc' } });
    const found = await em.findOne(Company, { probeOf: companyId });
    const id = found?.id ?? (await makeCompany(tx, companyId));
    return inRecordTransaction(tx.forCompany(id), async (transaction) => {
      const actor = actorOf(id);
      if (!found) await furnish(transaction, actor);
      if ((await tokensInForce(transaction.tx, id)).length > 0) return null;
      await copyRoles(transaction, actor, roles);
      const directoryId = await copyDirectory(transaction, actor, directory);
      const { directoryToken, secret } = await new DirectoryTokens(transaction.tx, actor).create({
        directoryId,
        name: 'Test',
        expiresAt: new Date(Date.now() + TOKEN_MS),
      });
      return { companyId: id, directoryId, tokenId: directoryToken.id, secret };
    });
  });
  if (!opened)
    throw new DomainError(
      'CONFLICT',
      'Another test of this company is under way, or was broken off less than a minute ago; try again then.',
      {
        retryAfterSeconds: AGAIN_AFTER_SECONDS,
      },
    );
  await removeLeftOvers(db, opened.companyId);
  return opened;
}

/** From then on the token is refused, and the next test may begin. */
export async function closeProbe(db: Database, { companyId, tokenId }: OpenProbe): Promise<void> {
  try {
    await removeLeftOvers(db, companyId);
  } finally {
    await new DirectoryTokens(db.forCompany(companyId), actorOf(companyId)).revoke(tokenId);
  }
}

const actorOf = (companyId: string): CompanyActor => systemActor(companyId, PERMISSIONS);

async function makeCompany(tx: Database, probeOf: string): Promise<string> {
  const platform = { ...actorOf(''), companyId: null };
  const name = 'Test of provisioning';
  const slug = `probe-${newId()}`;
  const { id } = await new CompanyService(tx, platform).create({ name, slug, plan: 'ENTERPRISE', probeOf });
  return id;
}

/** What provisioning needs (rule 1). Whether the company that is tested has it is a step of the test. */
async function furnish(transaction: Transaction, actor: CompanyActor): Promise<void> {
  const connection = {
    id: newId(),
    name: 'Single sign-on',
    kind: 'SAML' as const,
    status: 'ACTIVE' as const,
    config: {},
  };
  await createRecord(transaction, actor, SSO_CONNECTION, connection, { hasSecret: false });
  const provisioning = new ProvisioningService(transaction.tx, actor);
  await provisioning.enable((await provisioning.preview()).hash);
}

/** Anew when anything differs: names and the one default could not be exchanged role by role. */
async function copyRoles(transaction: Transaction, actor: CompanyActor, wanted: readonly Role[]): Promise<void> {
  const { em } = transaction;
  const { companyId } = actor;
  const there = await em.find(Role, { companyId, key: { $ne: OWNER_KEY } }, { orderBy: { key: 'asc' } });
  if (isDeepStrictEqual(there.map(shapeOf), wanted.map(shapeOf))) return;
  await em.nativeDelete(RoleAssignment, { companyId });
  for (const role of there) await deleteRecord(transaction, actor, ROLE, role);
  for (const role of wanted) await createRecord(transaction, actor, ROLE, { id: newId(), ...shapeOf(role) });
}

function shapeOf(role: Role): Pick<Role, (typeof ROLE_MEMBERS)[number]> {
  return Object.fromEntries(ROLE_MEMBERS.map((name) => [name, role[name]])) as never; // of the names above
}

/** Called by the id of the one it stands for, and with the version of its profile. @returns its own id */
async function copyDirectory(transaction: Transaction, actor: CompanyActor, tested: DirectoryRow): Promise<string> {
  const { idpKind, settings } = tested;
  const values = {
    name: tested.id,
    idpKind,
    settings,
    status: 'ENABLED' as const,
    profile: { ...tested.profile, version: tested.profileVersion },
  };
  const there = await transaction.em.findOne(Directory, { companyId: actor.companyId, name: tested.id });
  if (there) {
    await saveRecord(transaction, actor, DIRECTORY, 'changed', there, values);
    return there.id;
  }
  const id = newId();
  await createRecord(transaction, actor, DIRECTORY, { id, ...values });
  return id;
}

function tokensInForce(db: Database, companyId: string): Promise<DirectoryTokenRow[]> {
  const isInForce: Condition = sql`revoked_at is null and (expires_at is null or expires_at > now())`;
  return selectAdminRows(db, DIRECTORY_TOKENS, companyId, isInForce);
}

/** As their directory, whose they are alone to delete. */
async function removeLeftOvers(db: Database, companyId: string): Promise<void> {
  const own = db.forCompany(companyId);
  for (const { id, name, profile, settings } of await own.em.find(Directory, { companyId })) {
    const directory = { id, name, profile, settings, recordsBodiesUntil: null };
    const actor: CompanyActor = { ...actorOf(companyId), directory };
    const users = new UserService(own, actor);
    for (const user of (await users.list({ first: PAGE })).nodes) await users.delete(user.id);
    const teams = new TeamService(own, actor);
    for (const team of (await teams.list({ first: PAGE })).nodes) await teams.delete(team.id);
  }
}
