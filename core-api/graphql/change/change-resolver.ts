import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type ChangeRow, changePosition } from '#core-api/domain/change/change-service.js';
import type { RequestContext } from '../context.js';
import { connectionOf } from '../paging/connection.js';
import { ChangeConnection, ChangeListArgs, ChangeType } from './change-type.js';

@Resolver(() => ChangeType)
export class ChangeResolver {
  @Query(() => ChangeConnection, {
    description:
      'The change log. Whoever goes on from the last cursor they got sees every change once, whatever was committed in between. Needs `audit:read`.',
  })
  changes(@Args(() => ChangeListArgs) { orderBy, ...args }: ChangeListArgs, @Ctx() { services }: RequestContext) {
    return connectionOf(services.changes.list({ ...args, order: orderBy ?? 'OLDEST_FIRST' }));
  }

  @FieldResolver()
  id(@Root() change: ChangeRow): string {
    return changePosition(change);
  }
}
