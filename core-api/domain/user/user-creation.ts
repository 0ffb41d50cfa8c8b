import type { Database } from '#core-api/persistence/database.js';
import { candidates, insertUser, rowArguments } from '#core-api/persistence/stores/user-writes.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { type ActingDirectory, authorOf, type CompanyActor } from '../actor.js';
import { begunAgain } from '../again.js';
import { noteConflicts } from '../conflict/conflict-log.js';
import { noteOthersUserName } from '../conflict/others-objects.js';
import { conflict, taken } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { newId } from '../new-id.js';
import { differences, textAttributesUnder } from './attributes.js';
import { ownershipOf } from './ownership.js';
import { type PlannedWrite, saidOfInsert } from './planned-write.js';
import { applyUserChanges } from './user-change.js';
import { roleConflicts } from './user-conflicts.js';
import { blankUser, newUser, replacement } from './user-fields.js';
import type { UserChange, UserFields, UserParts, UserRow } from './user-types.js';
import type { UserWriter, WrittenUser } from './user-writer.js';

export interface CreatedUser extends WrittenUser {
  outcome: 'CREATED' | 'REVIVED' | 'ADOPTED';
}

/**
 * Creates a user. A directory may instead get back one of its own that had left, or take over a local one (rules 3 and 4).
 *
 * @throws INVALID_VALUE | UNIQUENESS (userName, externalId) | LAST_OWNER (taking over would leave none) | CONFLICT
 */
export async function createUser(
  db: Database,
  actor: CompanyActor,
  writer: UserWriter,
  fields: UserFields,
  parts: UserParts,
): Promise<CreatedUser> {
  const { directory } = actor;
  const user = await plannedUser(actor, writer, fields);
  return begunAgain(db, async () => {
    const created = await insert(db, actor, writer, user, parts);
    if (created) return { ...created, outcome: 'CREATED' };
    const meant = directory ? await planComeback(db, actor, directory, user, fields) : null;
    const plan = meant && {
      ...meant,
      after: await writer.declared(
        meant.before.deletedAt === null ? meant.before : null,
        writer.own(meant.before, meant.after),
      ),
    };
    if (plan && changesNothing(plan))
      return { user: await writer.read(plan.before.id, parts), warnings: [], outcome: 'REVIVED' };
    const written = plan ? await writer.write(plan, parts) : null;
    // Whom it meant went away, or is another one by now.
    if (!plan || !written) throw conflict();
    return { ...written, outcome: plan.kind === 'user.adopted' ? 'ADOPTED' : 'REVIVED' };
  });
}

/** The user as it will be stored. @throws INVALID_VALUE */
export async function plannedUser(
  { companyId, directory }: CompanyActor,
  writer: UserWriter,
  fields: UserFields,
): Promise<UserRow> {
  const key = { companyId, id: newId(), directoryId: directory?.id ?? null };
  return writer.declared(null, writer.own(blankUser(key), newUser(fields, key)));
}

async function insert(
  db: Database,
  actor: CompanyActor,
  writer: UserWriter,
  user: UserRow,
  parts: UserParts,
): Promise<WrittenUser | null> {
  const roles = await writer.rolesOf(null, user);
  const said = saidOfInsert(user);
  const [written] = await db.run(
    insertUser({ parts, values: said.valuesNew.length > 0, roles: roles !== null }).bind({
      ...authorOf(actor),
      ...rowArguments(user),
      ...said,
      directoryId: user.directoryId,
      externalId: user.externalId,
      reviveByName: actor.directory?.profile.reviveBy === 'USER_NAME',
      projectKeys: actor.directory?.profile.defaultProjects ?? [],
      after: JSON.stringify(said.after),
      valuesGone: '[]',
      valuesNew: JSON.stringify(said.valuesNew),
      roleIds: roles?.roleIds ?? [],
    }),
  );
  if (!written) return null;
  const warnings = roles?.warnings ?? [];
  await noteConflicts(db, actor, roleConflicts(user.id, warnings));
  const teams = { ...(parts.teams && { teams: [] }), ...(parts.outerTeams && { outerTeams: [] }) };
  return { user: { ...user, ...written, ...teams }, warnings };
}

/**
 * Whom of those that are stored a directory means by a user that it creates; null when there is nobody any more.
 *
 * @throws UNIQUENESS when somebody has the user name whom the directory may not take.
 */
async function planComeback(
  db: Database,
  actor: CompanyActor,
  directory: ActingDirectory,
  user: UserRow,
  fields: UserFields,
): Promise<PlannedWrite | null> {
  const { companyId, externalId } = user;
  const found = await db.run(
    candidates.bind({
      companyId,
      directoryId: directory.id,
      userNameKey: foldKey(user.userName),
      externalId,
      reviveByName: directory.profile.reviveBy === 'USER_NAME',
    }),
  );
  const before = found[0];
  if (!before) return null;
  const changes = replacement(before, fields, ownershipOf(directory.profile));
  if (before.deletedAt === null && before.directoryId === null) {
    if (before.breakGlass || directory.profile.adopt !== 'ON_CREATE') throw taken('userName');
    return { before, after: { ...applyUserChanges(before, changes), directoryId: directory.id }, kind: 'user.adopted' };
  }
  if (before.deletedAt === null && !isLeaver(before, directory, externalId)) {
    if (before.directoryId !== directory.id) await noteOthersUserName(db, actor, user.userName);
    throw taken('userName');
  }
  const former = before.deletedAt === null ? [] : whatWasSaid(directory.profile);
  const after = applyUserChanges({ ...before, active: true }, [...former, ...changes]);
  return { before, after: { ...after, deletedAt: null }, kind: 'user.revived' };
}

/**
 * Takes away what a replacement leaves alone: of someone who was deleted nothing is remembered that the directory does not say again, lest an old
 * value grants a role.
 */
function whatWasSaid(profile: DirectoryProfile): UserChange[] {
  const owner = ownershipOf(profile);
  const enterprise = textAttributesUnder('enterprise').map(({ field }) => field);
  return [
    { unset: enterprise.filter((field) => owner.owns(field)) },
    ...profile.extensions.map(({ urn }) => ({ unsetExtension: { urn } })),
  ];
}

/** Somebody who is there and inactive, and was sent again as inactive. */
const changesNothing = ({ before, after }: PlannedWrite) =>
  before.deletedAt === null && before.directoryId !== null && differences(before, after).size === 0;

function isLeaver(
  { active, directoryId, externalId }: UserRow,
  directory: ActingDirectory,
  sent: string | null,
): boolean {
  return !active && directoryId === directory.id && (sent === null || externalId === null || sent === externalId);
}
