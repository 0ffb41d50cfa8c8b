import { Directory } from '#core-api/persistence/entities/directory.js';
import { Role, RoleMapping, type RoleMappingKind } from '#core-api/persistence/entities/role.js';
import { teamsByIds } from '#core-api/persistence/stores/role-people.js';
import type { CompanyActor } from '../actor.js';
import type { RecordKind, Transaction } from '../admin-record.js';
import { invalidValue, notFound } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';
import { isStorable } from '../text.js';
import { OWNER_KEY, requireHeld } from './role-records.js';

export const ROLE_MAPPING: RecordKind<RoleMapping> = {
  entity: RoleMapping,
  type: 'RoleMapping',
  object: 'role_mapping',
  logged: ['kind', 'teamId', 'directoryId', 'pattern', 'claim', 'roleId', 'effect'],
  ofCompany: true,
};

/** A mapping as it is asked for: the members that its kind speaks of, and no others. */
export interface NewRoleMapping {
  kind: RoleMappingKind;
  teamId?: string | null;
  directoryId?: string | null;
  pattern?: string | null;
  claim?: string | null;
  roleId: string;
  /** GRANT when left out. */
  effect?: 'GRANT' | 'DENY' | null;
}

/** A mapping as it is stored, but for its id: names folded, what its kind doesn't speak of null. */
export interface CheckedMapping {
  kind: RoleMappingKind;
  teamId: string | null;
  directoryId: string | null;
  pattern: string | null;
  claim: string | null;
  roleId: string;
  effect: 'GRANT' | 'DENY';
}

const MEMBERS = {
  TEAM: ['teamId'],
  PATTERN: ['directoryId', 'pattern'],
  CLAIM: ['claim'],
} as const satisfies Record<RoleMappingKind, readonly (keyof NewRoleMapping)[]>;
const LONGEST_TEXT = 255;

/** @param at where the mapping stands in the input: `create.0`. @throws INVALID_VALUE */
export function checkedMapping(input: NewRoleMapping, at: string): CheckedMapping {
  const members: readonly string[] = MEMBERS[input.kind];
  for (const name of ['teamId', 'directoryId', 'pattern', 'claim'] as const) {
    const isGiven = input[name] != null;
    if (isGiven === members.includes(name)) continue;
    throw invalidValue(
      `${at}.${name}`,
      isGiven ? `A mapping of kind ${input.kind} has no ${name}.` : `A mapping of kind ${input.kind} needs ${name}.`,
    );
  }
  return {
    kind: input.kind,
    teamId: input.teamId ?? null,
    directoryId: input.directoryId ?? null,
    pattern: input.pattern == null ? null : foldedText(input.pattern, `${at}.pattern`),
    claim: input.claim == null ? null : foldedText(input.claim, `${at}.claim`),
    roleId: input.roleId,
    effect: input.effect ?? 'GRANT',
  };
}

function foldedText(text: string, field: string): string {
  const folded = foldKey(text).trim();
  if (folded === '' || folded.length > LONGEST_TEXT || !isStorable(folded))
    throw invalidValue(field, `${field} must have 1 to ${LONGEST_TEXT} characters that can be stored.`);
  return folded;
}

/**
 * Whether these mappings may be made: what they name must be there, nobody maps what they lack, what an identity provider steers gives only what
 * directories may grant, and nothing but an admin makes an owner.
 *
 * @throws NOT_FOUND (naming the team, directory or role) | INVALID_VALUE | FORBIDDEN
 */
export async function requireMappable(
  { tx, em }: Transaction,
  actor: CompanyActor,
  mappings: readonly CheckedMapping[],
): Promise<void> {
  const { companyId } = actor;
  const idsOf = (name: 'teamId' | 'directoryId' | 'roleId') =>
    [...new Set(mappings.flatMap((mapping) => mapping[name] ?? []))].filter(isId);
  const teams = new Map((await tx.run(teamsByIds.bind({ companyId, ids: idsOf('teamId') }))).map((t) => [t.id, t]));
  const directories = new Set(
    (await em.find(Directory, { companyId, id: { $in: idsOf('directoryId') } })).map(({ id }) => id),
  );
  const roles = new Map((await em.find(Role, { companyId, id: { $in: idsOf('roleId') } })).map((r) => [r.id, r]));
  for (const [i, { kind, teamId, directoryId, roleId }] of mappings.entries()) {
    const role = roles.get(roleId);
    if (!role) throw notFound('Role', roleId);
    if (teamId !== null && !teams.has(teamId)) throw notFound('Team', teamId);
    if (directoryId !== null && !directories.has(directoryId)) throw notFound('Directory', directoryId);
    if (role.key === OWNER_KEY)
      throw invalidValue(`create.${i}.roleId`, 'The role owner is only ever given to one user by another owner.');
    const isLocal = kind === 'TEAM' && teams.get(teamId!)!.directoryId === null; // checked above
    if (!isLocal && !role.grantableByDirectory)
      throw invalidValue(`create.${i}.roleId`, `The role ${role.key} is not granted by directories.`);
    requireHeld(actor, role.permissions);
  }
}
