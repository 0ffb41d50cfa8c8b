import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const DomainStatus = enumType('DomainStatus', 'Whether a company has proved that a domain is its own.', {
  PENDING: 'It has not, and nothing follows from the domain.',
  VERIFIED: 'It has: people with an e-mail address in the domain are sent to the company to sign in.',
  HELD: "It has, but another company had before. Nothing follows until that one's claim ends or an operator decides.",
  LAPSED: 'It had, but the proof was missing for 7 days. Nothing follows until it is looked for and found again.',
});

const DomainProof = enumType('DomainProof', 'What a look into DNS brought.', {
  PROVEN: 'The text is there.',
  ABSENT: 'DNS says that the text is not there.',
  UNANSWERED: 'DNS did not answer, or with a failure.',
});

@ObjectType('DomainClaim', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'A domain that a company says is its own. The proof is a TXT record; it is looked for again every 24 hours. Domains below it are others.',
})
export class DomainClaimType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'The domain in lower case and ASCII (punycode). Unique in the company.')
  domain!: string;
  @Required(() => DomainStatus, 'Whether it is proved.')
  status!: keyof typeof DomainStatus;
  @Required(() => String, 'Where the TXT record has to stand in DNS.')
  recordName!: string;
  @Required(() => String, 'What the TXT record has to say. Other records may stand beside it.')
  recordText!: string;
  @Optional(() => DateTime, 'Since when it is verified; null while it is not.')
  verifiedAt!: string | null;
  @Optional(() => DateTime, 'When DNS was last asked; null when it never was.')
  checkedAt!: string | null;
  @Optional(() => DateTime, 'Since when the proof of a verified domain is missing; after 7 days the claim lapses.')
  failingSince!: string | null;
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When it was claimed.')
  createdAt!: string;
  @Required(() => DateTime, 'When it was last changed.')
  updatedAt!: string;
}

export const DomainClaimConnection = connectionType(
  'DomainClaim',
  () => DomainClaimType,
  'One page of domains that a company says are its own.',
);

@ObjectType('ChangeDomainClaimPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes the claim to a domain.',
})
export class ChangeDomainClaimPayload {
  @Required(() => DomainClaimType, 'The claim as it is stored now.')
  domainClaim!: DomainClaimType;
}

@ObjectType('VerifyDomainPayload', { simpleResolvers: true, description: 'What looking for the proof brought.' })
export class VerifyDomainPayload {
  @Required(() => DomainClaimType, 'The claim as it is stored now.')
  domainClaim!: DomainClaimType;
  @Required(() => DomainProof, 'What was found.')
  proof!: keyof typeof DomainProof;
  @Required(() => [String], 'The texts that stand there, up to ten of them: for looking for what is wrong.')
  foundTexts!: string[];
}

@InputType('DomainClaimFilter', { description: `Which claims are listed. ${LOGIC.tree}` })
class DomainClaimFilter {
  @Optional(() => [DomainClaimFilter], LOGIC.and)
  and?: DomainClaimFilter[] | null;
  @Optional(() => [DomainClaimFilter], LOGIC.or)
  or?: DomainClaimFilter[] | null;
  @Optional(() => DomainClaimFilter, LOGIC.not)
  not?: DomainClaimFilter | null;
  @Optional(() => StringFilter, "The claim's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'The domain, as it is kept.')
  domain?: StringFilter | null;
  @Optional(() => StringFilter, 'Whether it is proved, by its name in the enum `DomainStatus`.')
  status?: StringFilter | null;
}

const DomainClaimOrderField = enumType('DomainClaimOrderField', 'What claims can be ordered by.', {
  ID: 'The id, which is the order in which domains were claimed.',
  DOMAIN: 'The domain.',
});
const DomainClaimOrder = orderInput('DomainClaimOrder', DomainClaimOrderField);

@ArgsType()
export class DomainClaimListArgs extends PageArgs {
  @Optional(() => DomainClaimFilter, 'Which claims are listed; left out, all of them.')
  filter?: DomainClaimFilter | null;
  @Optional(() => DomainClaimOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof DomainClaimOrder> | null;
}

@InputType('ClaimDomainInput', { description: "A domain that is the company's." })
export class ClaimDomainInput {
  @Required(
    () => String,
    'A name like `example.com`, in whatever case or script; no wildcard and no address of a machine. Domains below it are claimed by themselves.',
  )
  domain!: string;
}
