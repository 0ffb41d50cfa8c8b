import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { OffboardingReceiptType } from './offboarding-type.js';

@Resolver()
export class OffboardingResolver {
  @Query(() => OffboardingReceiptType, {
    nullable: true,
    description:
      'What ended when a user was deactivated or deleted the last time: sessions, keys, tokens, links and open sign-ins, and when. Null for somebody who never was. Of the change log: it shows what is final there. Needs `users:read` and `audit:read`.',
  })
  offboardingReceipt(
    @Arg('userId', () => ID, { description: "The user's id; a deleted user has one, too." }) userId: string,
    @Ctx() { services }: RequestContext,
  ) {
    return services.offboardings.receipt(userId);
  }
}
