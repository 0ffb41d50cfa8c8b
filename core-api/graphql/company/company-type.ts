import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION } from '../mutation/words.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { ProjectType } from '../project/project-type.js';
import { RoleType } from '../role/role-type.js';
import { DateTime } from '../scalars.js';

export const UnprovisionedSignIn = enumType(
  'UnprovisionedSignIn',
  'Whether people that no directory has provisioned can sign in while provisioning is on.',
  {
    BLOCK: 'They cannot.',
    GRACE: 'Those who were users before provisioning was switched on can, for 14 days.',
    ALLOW: 'They can; new ones become users when they first sign in.',
  },
);

const Plan = enumType('Plan', 'What a company pays for.', {
  FREE: 'Users, teams and roles.',
  TEAM: 'As FREE, for larger companies.',
  ENTERPRISE: 'With single sign-on and provisioning by directories.',
});

const ProvisioningState = enumType('ProvisioningState', 'Whether directories can provision users and teams.', {
  OFF: 'It is switched off.',
  ON: 'They can.',
  SUSPENDED: 'It is switched on, but something that it needs is missing. It goes on when that is back.',
});

const ProvisioningLack = enumType('ProvisioningLack', 'What provisioning is missing.', {
  PLAN_REQUIRED: 'The plan ENTERPRISE.',
  SSO_REQUIRED: 'An active single sign-on connection.',
  DOMAIN_REQUIRED: "A verified domain, which the company's policy wants.",
  COMPANY_SUSPENDED: 'The company itself is suspended.',
});

@ObjectType('ProvisioningStatus', {
  simpleResolvers: true,
  description: 'Whether directories can provision users and teams, and if not, why.',
})
export class ProvisioningStatusType {
  @Required(() => ProvisioningState, 'Whether they can.')
  state!: keyof typeof ProvisioningState;
  @Optional(() => DateTime, 'When it was last switched on; null while it is off.')
  since!: string | null;
  @Optional(() => ProvisioningLack, 'Why it is suspended; null while it is not.')
  reason!: keyof typeof ProvisioningLack | null;
}

const SignInPolicy = enumType('SignInPolicy', 'Which ways in are open.', {
  ANY: 'Single sign-on, and for local accounts passwords and links in mails.',
  SSO_ONLY:
    'Single sign-on alone; only break-glass accounts keep their own sign-in, and each use raises an alarm. Needs an active connection when it is chosen.',
});

const SelfRegistration = enumType('SelfRegistration', 'Who may make an account of their own.', {
  OFF: 'Nobody.',
  VERIFIED_DOMAINS: 'Whoever has an e-mail address in one of the verified domains of the company.',
  ANYONE: 'Whoever has an e-mail address.',
});

const POLICY = {
  signIn: 'Which ways in are open.',
  magicLinks: 'Whether local accounts can come in by a link in a mail.',
  selfRegistration: 'Who may make an account of their own.',
  provisioningNeedsVerifiedDomain: 'Whether directories can provision only while the company has a verified domain.',
  sessionIdleMinutes: 'A session that is not used for so long is over; 5 to 43,200.',
  sessionHours: 'No session lasts longer, used or not; 1 to 2,160.',
};

@ObjectType('CompanyPolicies', { simpleResolvers: true, description: "A company's own rules." })
class CompanyPoliciesType {
  @Required(
    () => UnprovisionedSignIn,
    'Whether people that no directory has provisioned can sign in while provisioning is on.',
  )
  unprovisionedSignIn!: keyof typeof UnprovisionedSignIn;
  @Required(() => SignInPolicy, POLICY.signIn)
  signIn!: keyof typeof SignInPolicy;
  @Required(() => Boolean, POLICY.magicLinks)
  magicLinks!: boolean;
  @Required(() => SelfRegistration, POLICY.selfRegistration)
  selfRegistration!: keyof typeof SelfRegistration;
  @Required(() => Boolean, POLICY.provisioningNeedsVerifiedDomain)
  provisioningNeedsVerifiedDomain!: boolean;
  @Required(() => Int, POLICY.sessionIdleMinutes)
  sessionIdleMinutes!: number;
  @Required(() => Int, POLICY.sessionHours)
  sessionHours!: number;
}

@ObjectType('Company', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'A tenant: everything else belongs to one company, and nothing reaches from one company to another.',
})
export class CompanyType {
  @Required(() => ID, 'Opaque; stays when the company is renamed.')
  id!: string;
  @Required(() => String, 'The name that is shown to people.')
  name!: string;
  @Required(() => String, 'The name in addresses: lower-case letters, digits and hyphens. Unique among all companies.')
  slug!: string;
  @Required(() => Plan, 'What the company pays for.')
  plan!: keyof typeof Plan;
  @Required(() => Boolean, 'Whether provisioning by directories is switched on.')
  provisioning!: boolean;
  @Required(() => ProvisioningStatusType, 'Whether directories can provision users and teams, and if not, why.')
  provisioningStatus!: ProvisioningStatusType;
  @Optional(() => DateTime, 'Since when nothing of it can be changed; null while it is not suspended.')
  suspendedAt!: string | null;
  @Required(() => CompanyPoliciesType, "The company's own rules.")
  policies!: CompanyPoliciesType;
  @Optional(() => RoleType, 'The role of users that have no other; null when there is none.')
  defaultRole!: RoleType | null;
  @Required(() => [ProjectType], 'Projects that new users get access to.')
  defaultProjects!: ProjectType[];
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When the company was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When the company was last changed.')
  updatedAt!: string;
}

export const CompanyConnection = connectionType('Company', () => CompanyType, 'One page of companies.');

@ObjectType('ChangeCompanyPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a company.',
})
export class ChangeCompanyPayload {
  @Required(() => CompanyType, 'The company as it is stored now.')
  company!: CompanyType;
}

@InputType('CompanyFilter', { description: `Which companies are listed. ${LOGIC.tree}` })
class CompanyFilter {
  @Optional(() => [CompanyFilter], LOGIC.and)
  and?: CompanyFilter[] | null;
  @Optional(() => [CompanyFilter], LOGIC.or)
  or?: CompanyFilter[] | null;
  @Optional(() => CompanyFilter, LOGIC.not)
  not?: CompanyFilter | null;
  @Optional(() => StringFilter, "The company's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'The name in addresses.')
  slug?: StringFilter | null;
  @Optional(() => StringFilter, 'The name that is shown.')
  name?: StringFilter | null;
  @Optional(() => StringFilter, 'The plan, by its name in the enum `Plan`.')
  plan?: StringFilter | null;
}

const CompanyOrderField = enumType('CompanyOrderField', 'What companies can be ordered by.', {
  ID: 'The id, which is the order in which companies were created.',
  SLUG: 'The name in addresses.',
  NAME: 'The name that is shown.',
});
const CompanyOrder = orderInput('CompanyOrder', CompanyOrderField);

@ArgsType()
export class CompanyListArgs extends PageArgs {
  @Optional(() => CompanyFilter, 'Which companies are listed; left out, all of them.')
  filter?: CompanyFilter | null;
  @Optional(() => CompanyOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof CompanyOrder> | null;
}

@InputType('CreateCompanyInput', { description: 'A new company.' })
export class CreateCompanyInput {
  @Required(() => String, 'The name that is shown to people.')
  name!: string;
  @Optional(() => String, 'The name in addresses; left out, it is made of `name`.')
  slug?: string | null;
  @Optional(() => Plan, 'What the company pays for; left out, FREE.')
  plan?: keyof typeof Plan | null;
  @Optional(
    () => String,
    'The preset that its roles and policies come from: `rollcall` (when left out), `testomat`, `betatesting`, `testmail` or `testplanit`.',
  )
  preset?: string | null;
}

@InputType('CompanyPoliciesInput', { description: "A company's own rules; those that are left out stay." })
class CompanyPoliciesInput {
  @Optional(
    () => UnprovisionedSignIn,
    'Whether people that no directory has provisioned can sign in while provisioning is on.',
  )
  unprovisionedSignIn?: keyof typeof UnprovisionedSignIn | null;
  @Optional(() => SignInPolicy, POLICY.signIn)
  signIn?: keyof typeof SignInPolicy | null;
  @Optional(() => Boolean, POLICY.magicLinks)
  magicLinks?: boolean | null;
  @Optional(() => SelfRegistration, POLICY.selfRegistration)
  selfRegistration?: keyof typeof SelfRegistration | null;
  @Optional(() => Boolean, POLICY.provisioningNeedsVerifiedDomain)
  provisioningNeedsVerifiedDomain?: boolean | null;
  @Optional(() => Int, POLICY.sessionIdleMinutes)
  sessionIdleMinutes?: number | null;
  @Optional(() => Int, POLICY.sessionHours)
  sessionHours?: number | null;
}

@InputType('UpdateCompanyInput', { description: 'Changes to a company: a field that is left out stays.' })
export class UpdateCompanyInput {
  @Optional(
    () => ID,
    "The company's id; left out, the company that the request is for. Another one only for operators.",
  )
  id?: string | null;
  @Optional(() => String, 'The name that is shown to people.')
  name?: string | null;
  @Optional(() => String, 'The name in addresses. Addresses with the old one stop working.')
  slug?: string | null;
  @Optional(() => ID, 'The role of users that have no other.')
  defaultRoleId?: string | null;
  @Optional(() => [ID], 'The projects that new users get access to; replaces all that were there.')
  defaultProjectIds?: string[] | null;
  @Optional(() => CompanyPoliciesInput, "The company's own rules.")
  policies?: CompanyPoliciesInput | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('ChangePlanInput', { description: 'The plan of a company.' })
export class ChangePlanInput {
  @Required(() => ID, "The company's id.")
  id!: string;
  @Required(() => Plan, 'What the company pays for from now on.')
  plan!: keyof typeof Plan;
}
