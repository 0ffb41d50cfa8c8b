import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { TestDirectoryPayload } from './probe-type.js';

@Resolver()
export class ProbeResolver {
  @Mutation(() => TestDirectoryPayload, {
    description:
      'Tests a directory as its identity provider would find it, over HTTP and through whatever stands in front of the server, in a hidden company: nothing of it shows in this one. Takes 20 seconds at most; CONFLICT while another test of the company is under way. Needs `directories:write` and `tokens:write`.',
  })
  testDirectory(
    @Arg('input', () => IdInput, { description: 'The directory.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.probes.test(id);
  }
}
