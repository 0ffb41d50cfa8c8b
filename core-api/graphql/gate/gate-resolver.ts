import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import {
  GateExemptionInput,
  GateExemptionPayload,
  GateExemptionType,
  SsoSubjectType,
  UnbindSsoSubjectInput,
  UnbindSsoSubjectPayload,
} from './gate-type.js';

@Resolver(() => SsoSubjectType)
export class SsoSubjectResolver {
  @Query(() => [SsoSubjectType], {
    description:
      'By which names sign-in connections know a user, the oldest first. Needs `users:read` and `directories:read`.',
  })
  ssoSubjects(
    @Arg('userId', () => ID, { description: "The user's id; a deleted user can have some, too." }) userId: string,
    @Ctx() { services }: RequestContext,
  ) {
    return services.gate.subjectsOf(userId);
  }

  @Mutation(() => UnbindSsoSubjectPayload, {
    description:
      'Lets a connection forget a user: whoever signs in by it next under that user name is bound anew. The sessions of the user by it end. NOT_FOUND when the connection does not know the user. For owners, and of a person a fresh sign-in.',
  })
  async unbindSsoSubject(
    @Arg('input', () => UnbindSsoSubjectInput, { description: 'The user and the connection.' })
    { userId, ssoConnectionId }: UnbindSsoSubjectInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.gate.unbind(userId, ssoConnectionId);
    return { ssoSubjects: await services.gate.subjectsOf(userId) };
  }

  @FieldResolver()
  ssoConnection(@Root() { connectionId }: { connectionId: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.ssoConnection.load(connectionId);
  }
}

@Resolver(() => GateExemptionType)
export class GateExemptionResolver {
  @Query(() => [GateExemptionType], {
    description:
      'Who comes in by single sign-on without being provisioned, the oldest first: at most 100. Needs `users:read`.',
  })
  gateExemptions(@Ctx() { services }: RequestContext) {
    return services.gate.exemptions();
  }

  @Mutation(() => GateExemptionPayload, {
    description:
      'Lets a user come in without being provisioned. Nothing happens when the user is exempt. For owners, and of a person a fresh sign-in.',
  })
  async addGateExemption(
    @Arg('input', () => GateExemptionInput, { description: 'The user.' }) { userId }: GateExemptionInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.gate.exempt(userId);
    return { gateExemptions: await services.gate.exemptions() };
  }

  @Mutation(() => GateExemptionPayload, {
    description:
      'Ends an exemption. Nothing happens when the user is not exempt. For owners, and of a person a fresh sign-in.',
  })
  async removeGateExemption(
    @Arg('input', () => GateExemptionInput, { description: 'The user.' }) { userId }: GateExemptionInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.gate.endExemption(userId);
    return { gateExemptions: await services.gate.exemptions() };
  }

  @FieldResolver()
  user(@Root() { userId }: { userId: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.user.load(userId);
  }
}
