import type { Database } from '#core-api/persistence/database.js';
import type { Company } from '#core-api/persistence/entities/company.js';
import { RoleMapping } from '#core-api/persistence/entities/role.js';
import { holdUser } from '#core-api/persistence/stores/role-assignments.js';
import { isKindLogged } from '#core-api/persistence/stores/role-changes.js';
import { replaceStoredRoles, type WantedRole } from '#core-api/persistence/stores/role-people.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { logChanges, type Transaction } from '../admin-record.js';
import { notFound } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';

const IGNORED = 'role.claims_ignored';

/** The work of `RoleMappingService.applyGroupClaims`. */
export async function storeGroupClaims(
  { tx, em }: Transaction,
  actor: CompanyActor,
  { provisioning }: Pick<Company, 'provisioning'>,
  userId: string,
  claims: readonly string[],
): Promise<void> {
  const { companyId } = actor;
  const [user] = isId(userId) ? await tx.run(holdUser.bind({ companyId, id: userId })) : [];
  if (!user) throw notFound('User', userId);
  if (provisioning) {
    if (claims.length === 0) return;
    const [known] = await tx.run(isKindLogged.bind({ companyId, objectId: userId, kind: IGNORED }));
    if (!known)
      await logChanges(tx, actor, [
        { kind: IGNORED, objectType: 'user', objectId: userId, before: null, after: { claims: claims.length } },
      ]);
    return;
  }
  const brought = new Set(claims.map((claim) => foldKey(claim).trim()));
  const mappings = await em.find(RoleMapping, { companyId, kind: 'CLAIM' });
  const wanted = new Map<string, WantedRole>();
  for (const { claim, roleId, effect } of mappings)
    if (claim != null && brought.has(claim) && !wanted.get(roleId)?.denied)
      wanted.set(roleId, { userId, roleId, denied: effect === 'DENY' });
  await storeRoles(tx, actor, 'CLAIM', [userId], [...wanted.values()]);
}

/** The stored roles of one source become `wanted` for these users; what differs is logged. */
export async function storeRoles(
  tx: Database,
  actor: CompanyActor,
  ofSource: 'ATTRIBUTE' | 'CLAIM',
  userIds: string[],
  wanted: readonly WantedRole[],
): Promise<void> {
  if (userIds.length === 0) return;
  const rows = wanted.map(({ userId, roleId, denied }) => ({ userId, roleId, denied }));
  await tx.run(replaceStoredRoles.bind({ ...authorOf(actor), ofSource, userIds, wanted: JSON.stringify(rows) }));
}
