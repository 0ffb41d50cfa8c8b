import { isDeepStrictEqual } from 'node:util';
import type { Database } from '#core-api/persistence/database.js';
import { companyRoles } from '#core-api/persistence/stores/company-roles.js';
import { lockUsersOfDirectory, type WantedRole } from '#core-api/persistence/stores/role-people.js';
import type { DirectoryProfile } from '#schema/profile.js';
import type { CompanyActor } from '../actor.js';
import { grantedRoles, roleValuesOf } from '../user/role-attribute.js';
import { storeRoles } from './group-claims.js';
import { previewed, type RolePreview } from './role-preview.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const USERS_A_PAGE = 1_000;

/** Members of a profile by which the attribute that carries roles is found and read. */
const OF_THE_ATTRIBUTE = ['roleAttribute', 'roleSource', 'roleValues', 'aliases'] as const;
/** Members by which roles are computed from what is stored. */
const OF_THE_SUM = ['roleSource', 'keptRoles', 'defaultRole', 'nestedGroups'] as const;

/** Whether another profile can give the directory's users other roles. */
export function changesRoles(before: DirectoryProfile, after: DirectoryProfile): boolean {
  return differsIn([...OF_THE_ATTRIBUTE, ...OF_THE_SUM], before, after);
}

/**
 * Writes a directory's new profile by `save`, and computes anew what the attribute gives to all of its users, in the caller's transaction.
 *
 * @returns who gains and who loses a role by it.
 */
export function previewedProfile(
  tx: Database,
  actor: CompanyActor,
  directoryId: string,
  { before, after }: { before: DirectoryProfile; after: DirectoryProfile },
  save: () => Promise<unknown>,
): Promise<RolePreview> {
  const { version: _, ...subject } = after;
  return previewed(tx, actor.companyId, { directoryIds: [directoryId] }, [directoryId, subject], async () => {
    await save();
    if (differsIn(OF_THE_ATTRIBUTE, before, after)) await readAttributeAnew(tx, actor, directoryId, after);
  });
}

/** A value that names no role grants nothing, whatever the profile does to those who send such values: nobody sends anything now. */
async function readAttributeAnew(
  tx: Database,
  actor: CompanyActor,
  directoryId: string,
  profile: DirectoryProfile,
): Promise<void> {
  const { companyId } = actor;
  const roles = await tx.run(companyRoles.bind({ companyId }));
  const tolerant: DirectoryProfile = { ...profile, unknownRoles: 'IGNORE' };
  for (let after = NIL; ; ) {
    const users = await tx.run(lockUsersOfDirectory.bind({ companyId, directoryId, after, most: USERS_A_PAGE }));
    const wanted = users.flatMap((user): WantedRole[] =>
      grantedRoles(tolerant, roleValuesOf(profile, user), roles).roleIds.map((roleId) => ({
        userId: user.id,
        roleId,
        denied: false,
      })),
    );
    const userIds = users.map(({ id }) => id);
    await storeRoles(tx, actor, 'ATTRIBUTE', userIds, wanted);
    if (users.length < USERS_A_PAGE) return;
    after = userIds.at(-1)!; // a full page has a last one
  }
}

function differsIn(
  members: readonly (keyof DirectoryProfile)[],
  before: DirectoryProfile,
  after: DirectoryProfile,
): boolean {
  return members.some((name) => !isDeepStrictEqual(before[name], after[name]));
}
