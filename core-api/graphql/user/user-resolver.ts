import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { UserView } from '#core-api/domain/user/user-types.js';
import type { RequestContext } from '../context.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import { type SelectionInfo, selectionOf } from '../selection.js';
import { UserListArgs } from './user-filters.js';
import { ChangeUserInput, CreateUserInput, ReplaceUserInput, UpdateUserInput, UserIdInput } from './user-inputs.js';
import { partsOfConnection, partsOfPayload, userParts } from './user-parts.js';
import { attributesOf, enterpriseOf, extensionsOf, nameOf } from './user-shape.js';
import { ChangeUserPayload, CreateUserPayload, UserConnection, UserType } from './user-type.js';

/*
 * Like all resolvers: argument types, one call to a service, nothing else. Permissions are checked by the services, for every caller alike, so
 * there is no @Authorized here.
 */
@Resolver(() => UserType)
export class UserResolver {
  @Query(() => UserType, {
    description: 'One user by id. NOT_FOUND when there is none in this company. Needs `users:read`.',
  })
  user(
    @Arg('id', () => ID, { description: "The user's id." }) id: string,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.get(id, userParts(selectionOf(info)));
  }

  @Query(() => UserType, {
    nullable: true,
    description: 'The user with this user name, ignoring case; null when there is none. Needs `users:read`.',
  })
  userByUserName(
    @Arg('userName', () => String, { description: 'What the user signs in with.' }) userName: string,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.findByUserName(userName, userParts(selectionOf(info)));
  }

  @Query(() => UserType, {
    nullable: true,
    description: 'The user with this id at the identity provider; null when there is none. Needs `users:read`.',
  })
  userByExternalId(
    @Arg('externalId', () => String, { description: 'The id at the identity provider, as it was sent.' })
    externalId: string,
    @Arg('directoryId', () => ID, {
      nullable: true,
      description:
        'Looks among the users of this directory; left out, among local ones, or among its own for a directory token.',
    })
    directoryId: string | null | undefined,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.findByExternalId(externalId, directoryId ?? null, userParts(selectionOf(info)));
  }

  @Query(() => UserConnection, { description: "The company's users, inactive ones too. Needs `users:read`." })
  users(
    @Args(() => UserListArgs) args: UserListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.users.list(pageRequest(args, info), partsOfConnection(info)));
  }

  @Query(() => UserConnection, {
    description: 'Users that work can be given to: the active ones. Needs `users:read`.',
  })
  assignableUsers(
    @Args(() => UserListArgs) args: UserListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.users.listAssignable(pageRequest(args, info), partsOfConnection(info)));
  }

  @Mutation(() => CreateUserPayload, {
    description:
      'Creates a user. UNIQUENESS when the user name is taken. A directory can instead get back a user that left, or take over a local one; `outcome` tells. Needs `users:write`.',
  })
  createUser(
    @Arg('input', () => CreateUserInput, { description: 'The new user.' }) input: CreateUserInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { profileVersion, ...fields } = input;
    return services.users.create(fields, { profileVersion }, partsOfPayload(info));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Changes a user, for people: fields that are left out stay. MANAGED_BY_DIRECTORY for fields that belong to a directory. Needs `users:write`.',
  })
  updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'The user, and what is to change.' }) input: UpdateUserInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { id, addEmails, removeEmails, expectedVersion, ...fields } = input;
    return services.users.update(id, fields, { addEmails, removeEmails, expectedVersion }, partsOfPayload(info));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Replaces a user, for programs that hold the whole of it: mapped fields that are left out are cleared. Needs `users:write`.',
  })
  replaceUser(
    @Arg('input', () => ReplaceUserInput, { description: 'The user, and all its fields.' }) input: ReplaceUserInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { id, expectedVersion, profileVersion, ...fields } = input;
    return services.users.replace(id, fields, { expectedVersion, profileVersion }, partsOfPayload(info));
  }

  @Mutation(() => ChangeUserPayload, {
    description: 'Applies changes to a user in order, for programs: all of them, or none. Needs `users:write`.',
  })
  changeUser(
    @Arg('input', () => ChangeUserInput, { description: 'The user, and the changes.' }) input: ChangeUserInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    const { id, changes, expectedVersion, profileVersion } = input;
    return services.users.change(id, changes, { expectedVersion, profileVersion }, partsOfPayload(info));
  }

  @Mutation(() => ChangeUserPayload, {
    description:
      'Takes away the right to sign in; everything else stays. LAST_OWNER for the last active local owner. Needs `users:write`.',
  })
  deactivateUser(
    @Arg('input', () => UserIdInput, { description: 'The user.' }) { id, expectedVersion }: UserIdInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.deactivate(id, { expectedVersion }, partsOfPayload(info));
  }

  @Mutation(() => ChangeUserPayload, { description: 'Gives back the right to sign in. Needs `users:write`.' })
  reactivateUser(
    @Arg('input', () => UserIdInput, { description: 'The user.' }) { id, expectedVersion }: UserIdInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.users.reactivate(id, { expectedVersion }, partsOfPayload(info));
  }

  @Mutation(() => DeletePayload, {
    description:
      'Deletes a user: memberships and roles end, the user name is free again, the history stays. Needs `users:write`.',
  })
  async deleteUser(
    @Arg('input', () => UserIdInput, { description: 'The user.' }) { id, expectedVersion }: UserIdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.users.delete(id, { expectedVersion });
    return { id };
  }

  @FieldResolver()
  name(@Root() user: UserView) {
    return nameOf(user);
  }

  @FieldResolver()
  enterprise(@Root() user: UserView) {
    return enterpriseOf(user);
  }

  @FieldResolver()
  extensions(@Root() user: UserView) {
    return extensionsOf(user);
  }

  @FieldResolver()
  attributes(@Root() user: UserView) {
    return attributesOf(user);
  }

  @FieldResolver()
  projects(@Root() user: UserView, @Ctx() { loaders }: RequestContext) {
    return loaders.projectsOfUser.load(user.id);
  }

  @FieldResolver()
  managedBy(@Root() user: UserView, @Ctx() { loaders }: RequestContext) {
    return user.directoryId === null ? null : loaders.directory.load(user.directoryId);
  }

  @FieldResolver()
  lockedFields(@Root() user: UserView, @Ctx() { loaders }: RequestContext) {
    return user.directoryId === null ? [] : loaders.lockedFields.load(user.directoryId);
  }
}
