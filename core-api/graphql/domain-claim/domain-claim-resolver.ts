import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { recordNameOf } from '#core-api/domain/domain-claim/domain-name.js';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeDomainClaimPayload,
  ClaimDomainInput,
  DomainClaimConnection,
  DomainClaimListArgs,
  DomainClaimType,
  VerifyDomainPayload,
} from './domain-claim-type.js';

@Resolver(() => DomainClaimType)
export class DomainClaimResolver {
  @Query(() => DomainClaimConnection, {
    description: 'The domains that the company says are its own. Needs `directories:read`.',
  })
  domainClaims(
    @Args(() => DomainClaimListArgs) args: DomainClaimListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.domainClaims.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeDomainClaimPayload, {
    description:
      "Says that a domain is the company's; nothing follows before the TXT record that the answer names is found by `verifyDomain`. UNIQUENESS when the company has claimed it. Needs `sso:write`.",
  })
  async claimDomain(
    @Arg('input', () => ClaimDomainInput, { description: 'The domain.' }) { domain }: ClaimDomainInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { domainClaim: await services.domainClaims.claim(domain) };
  }

  @Mutation(() => VerifyDomainPayload, {
    description:
      'Looks for the proof in DNS now. A domain that another company has proved before is held, and both get an alarm. Needs `sso:write`.',
  })
  async verifyDomain(
    @Arg('input', () => IdInput, { description: 'The claim.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { domainClaim, look } = await services.domainClaims.verify(id);
    return { domainClaim, proof: look.proof, foundTexts: look.found };
  }

  @Mutation(() => DeletePayload, {
    description: "Ends a claim: the domain is nobody's, or free for a company whose claim is held. Needs `sso:write`.",
  })
  async releaseDomain(
    @Arg('input', () => IdInput, { description: 'The claim.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.domainClaims.release(id);
    return { id };
  }

  @Mutation(() => ChangeDomainClaimPayload, {
    description:
      'Gives a domain to the company whose claim is held; the claim of the one that had it is held from then on. Only for operators.',
  })
  async awardDomain(
    @Arg('input', () => IdInput, { description: 'The claim that is held.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { domainClaim: await services.domainClaims.award(id) };
  }

  @FieldResolver()
  recordName(@Root() { domain }: { domain: string }) {
    return recordNameOf(domain);
  }

  @FieldResolver()
  recordText(@Root() { challenge }: { challenge: string }) {
    return challenge;
  }
}
