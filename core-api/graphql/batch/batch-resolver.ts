import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { ApplyBatchInput, ApplyBatchPayload } from './batch-types.js';

@Resolver()
export class BatchResolver {
  @Mutation(() => ApplyBatchPayload, {
    description:
      'Runs many operations in one request, in order, each all or nothing by itself: one that fails undoes nothing else. Needs what the operations need. Neighbours of one kind are written together, so that a thousand cost little more than a few.',
  })
  async applyBatch(
    @Arg('input', () => ApplyBatchInput, { description: 'The operations.' })
    { operations, failOnErrors }: ApplyBatchInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { results: await services.batches.apply(operations, failOnErrors) };
  }
}
