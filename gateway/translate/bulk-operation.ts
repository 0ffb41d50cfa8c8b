import type { BulkOperation } from '#gateway/scim/bulk.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { toChangeTeamInput } from '#gateway/translate/group-changes.js';
import { toCreateTeamInput, toReplaceTeamInput } from '#gateway/translate/group-input.js';
import { toChangeUserInput } from '#gateway/translate/user-changes.js';
import { toCreateUserInput, toReplaceUserInput } from '#gateway/translate/user-input.js';
import type { BatchOperation } from '#schema/generated/gateway.js';

/** One operation of a Bulk as one of the core's batch. Throws what the same request by itself would be refused with. */
export function toBatchOperation(
  { method, resourceType, id, data }: BulkOperation,
  dialect: Dialect,
  expectedVersion: number | null,
): BatchOperation {
  const isUser = resourceType === 'User';
  switch (method) {
    case 'POST':
      return isUser
        ? { createUser: toCreateUserInput(data, dialect) }
        : { createTeam: toCreateTeamInput(data, dialect) };
    case 'PUT':
      return isUser
        ? { replaceUser: toReplaceUserInput(id, data, dialect, expectedVersion) }
        : { replaceTeam: toReplaceTeamInput(id, data, dialect, expectedVersion) };
    case 'PATCH':
      return isUser
        ? { changeUser: toChangeUserInput(id, data, dialect, expectedVersion) }
        : { changeTeam: toChangeTeamInput(id, data, dialect, expectedVersion) };
    case 'DELETE':
      return isUser ? { deleteUser: { id, expectedVersion } } : { deleteTeam: { id, expectedVersion } };
  }
}

/** The status that the same request by itself is answered with when it succeeds. */
export function statusOf({ method, resourceType }: Pick<BulkOperation, 'method' | 'resourceType'>): string {
  if (method === 'POST') return '201';
  return method === 'DELETE' || (method === 'PATCH' && resourceType === 'Group') ? '204' : '200';
}
