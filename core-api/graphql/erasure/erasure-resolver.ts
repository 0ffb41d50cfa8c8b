import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { EraseUserInput, EraseUserPayload } from './erasure-type.js';

@Resolver()
export class ErasureResolver {
  @Mutation(() => EraseUserPayload, {
    description:
      'Erases a person for good: the row of a deleted user and whatever the change log, the conflicts and the request log say of it. The log still shows that something was there, and still verifies. For owners: needs every permission.',
  })
  eraseUser(
    @Arg('input', () => EraseUserInput, { description: 'The user.' }) { id }: EraseUserInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.erasures.eraseUser(id);
  }
}
