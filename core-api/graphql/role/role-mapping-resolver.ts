import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RoleMappingRow } from '#core-api/persistence/stores/admin-tables.js';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeRoleMappingsInput,
  ChangeRoleMappingsPayload,
  PreviewRoleMappingInput,
  RoleMappingConnection,
  RoleMappingListArgs,
  RoleMappingType,
  RolePreviewType,
} from './role-mapping-type.js';

@Resolver(() => RoleMappingType)
export class RoleMappingResolver {
  @Query(() => RoleMappingConnection, {
    description: 'What gives or denies roles to members of teams, and by group claims. Needs `roles:read`.',
  })
  roleMappings(
    @Args(() => RoleMappingListArgs) args: RoleMappingListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.roleMappings.list(pageRequest(args, info)));
  }

  @Query(() => RolePreviewType, {
    description:
      'Who would gain and who would lose a role if these mappings were made and deleted. Nothing is changed. Needs `roles:write` and `users:read`.',
  })
  previewRoleMapping(
    @Arg('input', () => PreviewRoleMappingInput, { description: 'The mappings.' }) input: PreviewRoleMappingInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.roleMappings.preview(input);
  }

  @Mutation(() => ChangeRoleMappingsPayload, {
    description:
      'Makes and deletes role mappings, all or none. NOT_FOUND names the team, role or directory that is not there; PREVIEW_CHANGED without the hash of a preview that still holds. Needs `roles:write` and `users:read`.',
  })
  changeRoleMappings(
    @Arg('input', () => ChangeRoleMappingsInput, { description: 'The mappings, and the hash of their preview.' })
    { previewHash, ...changes }: ChangeRoleMappingsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.roleMappings.change(changes, previewHash);
  }

  @FieldResolver()
  role(@Root() { roleId }: RoleMappingRow, @Ctx() { loaders }: RequestContext) {
    return loaders.role.load(roleId);
  }

  @FieldResolver()
  team(@Root() { teamId }: RoleMappingRow, @Ctx() { loaders }: RequestContext) {
    return teamId === null ? null : loaders.teamOfMapping.load(teamId);
  }

  @FieldResolver()
  directory(@Root() { directoryId }: RoleMappingRow, @Ctx() { loaders }: RequestContext) {
    return directoryId === null ? null : loaders.directory.load(directoryId);
  }
}
