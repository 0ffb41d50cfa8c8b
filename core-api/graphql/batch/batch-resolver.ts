import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { applyBatch } from '#core-api/domain/batch.js';
import type { RequestContext } from '../context.js';
import { ApplyBatchInput, ApplyBatchPayload } from './batch-types.js';

@Resolver()
export class BatchResolver {
  @Mutation(() => ApplyBatchPayload, {
    description:
      'Runs many operations in one request, in order, each in its own transaction: one that fails undoes nothing but itself. Needs what the operations need.',
  })
  async applyBatch(
    @Arg('input', () => ApplyBatchInput, { description: 'The operations.' })
    { operations, failOnErrors }: ApplyBatchInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { results: await applyBatch(services, operations, failOnErrors) };
  }
}
