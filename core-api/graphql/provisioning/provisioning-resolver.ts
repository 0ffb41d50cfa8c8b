import { Arg, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ProvisioningPreview } from '#core-api/domain/provisioning/provisioning-service.js';
import { ChangeCompanyPayload } from '../company/company-type.js';
import type { RequestContext } from '../context.js';
import { below, type SelectionInfo, selectionOf } from '../selection.js';
import { userParts } from '../user/user-parts.js';
import {
  ChangeTeamsPayload,
  ChangeUsersPayload,
  ReleaseTeamsInput,
  ReleaseUsersInput,
  TransferTeamsInput,
  TransferUsersInput,
} from './handover-types.js';
import { DisableProvisioningInput, EnableProvisioningInput, ProvisioningPreviewType } from './provisioning-type.js';

@Resolver(() => ProvisioningPreviewType)
export class ProvisioningResolver {
  @Query(() => ProvisioningPreviewType, {
    description:
      'Who could not sign in any more if provisioning were switched on: local, active users, by the policy of the company. Needs `directories:read` and `users:read`.',
  })
  previewProvisioning(@Ctx() { services }: RequestContext) {
    return services.provisioning.preview();
  }

  @Mutation(() => ChangeCompanyPayload, {
    description:
      'Switches provisioning on. PREVIEW_CHANGED unless the hash is that of a preview which still holds; SSO_REQUIRED without an active sign-in connection; DOMAIN_REQUIRED without a verified domain where the policy wants one; PLAN_REQUIRED on another plan than ENTERPRISE. Nothing happens when it is on. For owners: needs every permission.',
  })
  async enableProvisioning(
    @Arg('input', () => EnableProvisioningInput, { description: 'What was seen before.' })
    { previewHash }: EnableProvisioningInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.provisioning.enable(previewHash ?? null) };
  }

  @Mutation(() => ChangeCompanyPayload, {
    description:
      'Switches provisioning off: directories are shut out, and what they manage stays theirs. Nothing happens when it is off. For owners: needs every permission.',
  })
  async disableProvisioning(
    @Arg('input', () => DisableProvisioningInput, { description: 'How it is switched off.' })
    { users }: DisableProvisioningInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.provisioning.disable(users) };
  }

  @Mutation(() => ChangeUsersPayload, {
    description:
      'Hands users to a directory, which manages them from then on: all of them, or none. LAST_OWNER when no active local owner would remain; UNIQUENESS when the directory has a user with such an `externalId`. For owners: needs every permission.',
  })
  async transferUsers(
    @Arg('input', () => TransferUsersInput, { description: 'The users, and where they go.' })
    { ids, toDirectoryId }: TransferUsersInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    await services.handovers.transferUsers(ids, toDirectoryId);
    return { users: await services.users.getMany(ids, userParts(below(selectionOf(info), 'users'))) };
  }

  @Mutation(() => ChangeUsersPayload, {
    description:
      'Hands users back to the company: all of them, or none. Roles that an attribute of the directory granted become roles of their own. For owners: needs every permission.',
  })
  async releaseUsers(
    @Arg('input', () => ReleaseUsersInput, { description: 'The users.' }) { ids }: ReleaseUsersInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    await services.handovers.releaseUsers(ids);
    return { users: await services.users.getMany(ids, userParts(below(selectionOf(info), 'users'))) };
  }

  @Mutation(() => ChangeTeamsPayload, {
    description:
      'Hands teams to a directory, which manages them from then on: all of them, or none. UNIQUENESS when the directory has a team with such a name or `externalId`. For owners: needs every permission.',
  })
  async transferTeams(
    @Arg('input', () => TransferTeamsInput, { description: 'The teams, and where they go.' })
    { ids, toDirectoryId }: TransferTeamsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { teams: await services.handovers.transferTeams(ids, toDirectoryId) };
  }

  @Mutation(() => ChangeTeamsPayload, {
    description:
      'Hands teams back to the company: all of them, or none. UNIQUENESS when there is a local team with such a name or `externalId`. For owners: needs every permission.',
  })
  async releaseTeams(
    @Arg('input', () => ReleaseTeamsInput, { description: 'The teams.' }) { ids }: ReleaseTeamsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { teams: await services.handovers.releaseTeams(ids) };
  }

  @FieldResolver()
  shutOutUsers(
    @Root() { shutOutIds }: ProvisioningPreview,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.getMany(shutOutIds, userParts(selectionOf(info)));
  }
}
