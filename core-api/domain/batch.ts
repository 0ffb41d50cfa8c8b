import { DomainError, invalidValue } from './errors.js';
import type { Services } from './services.js';
import type { TeamChange } from './team/team-types.js';
import type { UserChange, UserFields } from './user/user-types.js';

/** Operations in one batch at most. */
const MOST_OPERATIONS = 1_000;

interface Expectation {
  expectedVersion?: number | null;
  profileVersion?: number | null;
}
type WithId = Expectation & { id: string };
interface TeamContent {
  displayName: string;
  externalId?: string | null;
  members?: string[] | null;
}

/** One operation; exactly one member is set (`@oneOf`). */
export interface BatchOperation {
  createUser?: (UserFields & { profileVersion?: number | null }) | null;
  replaceUser?: (UserFields & WithId) | null;
  changeUser?: (WithId & { changes: UserChange[] }) | null;
  deleteUser?: { id: string; expectedVersion?: number | null } | null;
  createTeam?: (TeamContent & { profileVersion?: number | null }) | null;
  replaceTeam?: (TeamContent & WithId) | null;
  changeTeam?: (WithId & { changes: TeamChange[] }) | null;
  deleteTeam?: { id: string; expectedVersion?: number | null } | null;
}

/** What became of the operation at `index`; `id` is the object's where it is known, `code`, `field` and `message` are the refusal's. */
export interface BatchResult {
  index: number;
  ok: boolean;
  id: string | null;
  code: string | null;
  field: string | null;
  message: string | null;
}

/**
 * Runs the operations in order, each in its own transaction: a refused one undoes nothing but itself. With `failOnErrors`, stops after that
 * many refusals; operations that were not tried are not in the results. An unforeseen failure ends the batch and is thrown; what was done before it
 * stays done.
 *
 * @throws INVALID_VALUE (too many operations, failOnErrors below 1)
 */
export async function applyBatch(
  services: Services,
  operations: readonly BatchOperation[],
  failOnErrors?: number | null,
): Promise<BatchResult[]> {
  if (operations.length > MOST_OPERATIONS)
    throw invalidValue('operations', `A batch has at most ${MOST_OPERATIONS} operations.`);
  if (failOnErrors != null && failOnErrors < 1) throw invalidValue('failOnErrors', 'failOnErrors must be at least 1.');
  const results: BatchResult[] = [];
  let refusals = 0;
  for (const [index, operation] of operations.entries()) {
    try {
      const id = await apply(services, operation);
      results.push({ index, ok: true, id, code: null, field: null, message: null });
    } catch (error) {
      if (!(error instanceof DomainError) || ENDS_THE_BATCH.has(error.code)) throw error;
      const { code, message, details } = error;
      results.push({ index, ok: false, id: idOf(operation), code, field: details.field ?? null, message });
      refusals += 1;
      if (refusals === failOnErrors) break;
    }
  }
  return results;
}

/** Not about one operation: no later one can fare better. */
const ENDS_THE_BATCH: ReadonlySet<string> = new Set(['DATABASE_UNAVAILABLE', 'PROFILE_CHANGED']);

async function apply({ users, teams }: Pick<Services, 'users' | 'teams'>, operation: BatchOperation): Promise<string> {
  const { createUser, replaceUser, changeUser, deleteUser, createTeam, replaceTeam, changeTeam, deleteTeam } =
    operation;
  if (createUser != null) {
    const { profileVersion, ...fields } = createUser;
    return (await users.create(fields, { profileVersion })).user.id;
  }
  if (replaceUser != null) {
    const { id, expectedVersion, profileVersion, ...fields } = replaceUser;
    return (await users.replace(id, fields, { expectedVersion, profileVersion })).user.id;
  }
  if (changeUser != null) {
    const { id, changes, expectedVersion, profileVersion } = changeUser;
    return (await users.change(id, changes, { expectedVersion, profileVersion })).user.id;
  }
  if (deleteUser != null) {
    await users.delete(deleteUser.id, { expectedVersion: deleteUser.expectedVersion });
    return deleteUser.id;
  }
  if (createTeam != null) {
    const { profileVersion, ...fields } = createTeam;
    return (await teams.create(fields, { profileVersion })).team.id;
  }
  if (replaceTeam != null) {
    const { id, expectedVersion, profileVersion, ...fields } = replaceTeam;
    return (await teams.replace(id, fields, { expectedVersion, profileVersion })).team.id;
  }
  if (changeTeam != null) {
    const { id, changes, expectedVersion, profileVersion } = changeTeam;
    return (await teams.change(id, changes, { expectedVersion, profileVersion })).team.id;
  }
  if (deleteTeam != null) {
    await teams.delete(deleteTeam.id, { expectedVersion: deleteTeam.expectedVersion });
    return deleteTeam.id;
  }
  throw invalidValue('operations', 'An operation has exactly one member.');
}

function idOf(operation: BatchOperation): string | null {
  const named =
    operation.replaceUser ??
    operation.changeUser ??
    operation.deleteUser ??
    operation.replaceTeam ??
    operation.changeTeam ??
    operation.deleteTeam;
  return named?.id ?? null;
}
