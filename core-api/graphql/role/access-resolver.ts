import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { AccessLink } from '#core-api/domain/role/access-service.js';
import type { RequestContext } from '../context.js';
import { AccessExplanationType, AccessLinkType } from './access-type.js';

@Resolver(() => AccessLinkType)
export class AccessResolver {
  @Query(() => AccessExplanationType, {
    description:
      'Why a user may do something, or may not: each source of each role, with the change that brought it. Needs `users:read`, `roles:read` and `audit:read`.',
  })
  explainAccess(
    @Arg('userId', () => ID, { description: "The user's id." }) userId: string,
    @Arg('permission', () => String, { description: 'The permission, as in `users:read`.' }) permission: string,
    @Ctx() { services }: RequestContext,
  ) {
    return services.access.explain(userId, permission);
  }

  @FieldResolver()
  directory(@Root() { directoryId }: AccessLink, @Ctx() { loaders }: RequestContext) {
    return directoryId === null ? null : loaders.directory.load(directoryId);
  }
}
