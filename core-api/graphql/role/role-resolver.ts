import { Arg, Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { requirePermission } from '#core-api/domain/actor.js';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import { partsOfPayload } from '../user/user-parts.js';
import { ChangeUserPayload } from '../user/user-type.js';
import {
  ChangeRolePayload,
  CreateRoleInput,
  RoleAssignmentInput,
  RoleConnection,
  RoleListArgs,
  RoleType,
  UpdateRoleInput,
} from './role-type.js';

@Resolver(() => RoleType)
export class RoleResolver {
  @Query(() => RoleConnection, { description: "The company's roles. Needs `roles:read`." })
  roles(
    @Args(() => RoleListArgs) args: RoleListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.roles.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeRolePayload, {
    description: 'Creates a role. UNIQUENESS when the key is taken. Needs `roles:write`.',
  })
  async createRole(
    @Arg('input', () => CreateRoleInput, { description: 'The new role.' }) input: CreateRoleInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { role: await services.roles.create(input) };
  }

  @Mutation(() => ChangeRolePayload, { description: 'Changes a role. Needs `roles:write`.' })
  async updateRole(
    @Arg('input', () => UpdateRoleInput, { description: 'The role, and what is to change.' }) input: UpdateRoleInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { role: await services.roles.update(id, changes) };
  }

  @Mutation(() => DeletePayload, {
    description: 'Deletes a role. IN_USE while anybody has it, or a mapping or profile names it. Needs `roles:write`.',
  })
  async deleteRole(
    @Arg('input', () => IdInput, { description: 'The role.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.roles.delete(id);
    return { id };
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Gives a user a role, beside what a directory grants. Nothing happens when the user has it so. Needs `roles:assign` and `users:read`.',
  })
  assignRole(
    @Arg('input', () => RoleAssignmentInput, { description: 'The user and the role.' }) input: RoleAssignmentInput,
    @Ctx() context: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { roles } = context.services;
    return showingUser(context, info, input.userId, () => roles.assign(input.userId, input.roleId));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Takes back a role that was given by `assignRole`; what a directory grants stays. LAST_OWNER for the last active local owner. Needs `roles:assign` and `users:read`.',
  })
  unassignRole(
    @Arg('input', () => RoleAssignmentInput, { description: 'The user and the role.' }) input: RoleAssignmentInput,
    @Ctx() context: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { roles } = context.services;
    return showingUser(context, info, input.userId, () => roles.unassign(input.userId, input.roleId));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Denies a user a role, whatever grants it; what `assignRole` gave makes way. LAST_OWNER for the last active local owner. Needs `roles:assign` and `users:read`.',
  })
  denyRole(
    @Arg('input', () => RoleAssignmentInput, { description: 'The user and the role.' }) input: RoleAssignmentInput,
    @Ctx() context: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { roles } = context.services;
    return showingUser(context, info, input.userId, () => roles.deny(input.userId, input.roleId));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Ends what `denyRole` denied: other sources give the role again. Nothing happens when there is none. Needs `roles:assign` and `users:read`.',
  })
  allowRole(
    @Arg('input', () => RoleAssignmentInput, { description: 'The user and the role.' }) input: RoleAssignmentInput,
    @Ctx() context: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { roles } = context.services;
    return showingUser(context, info, input.userId, () => roles.allow(input.userId, input.roleId));
  }
}

/** The user after `change`. Who may not see users is refused before anything is done, not after it. */
async function showingUser(
  { actor, services }: RequestContext,
  info: SelectionInfo,
  userId: string,
  change: () => Promise<unknown>,
) {
  requirePermission(actor, 'users:read');
  await change();
  return { user: await services.users.get(userId, partsOfPayload(info)), warnings: [] };
}
