import { ID, InputType, ObjectType } from 'type-graphql';
import { Optional, Required } from '../fields.js';
import { DateTime } from '../scalars.js';
import { SsoConnectionType } from '../sso-connection/sso-connection-type.js';
import { UserType } from '../user/user-type.js';

@ObjectType('SsoSubject', {
  simpleResolvers: true,
  description:
    'What the identity provider of a connection calls a user: bound at the first sign-in, and from then on the only thing that says who signs in.',
})
export class SsoSubjectType {
  @Optional(() => SsoConnectionType, 'The connection.')
  ssoConnection!: SsoConnectionType | null;
  @Required(() => String, 'The NameID or `sub`, as it was asserted.')
  subject!: string;
  @Required(() => DateTime, 'When it was bound.')
  boundAt!: string;
  @Required(() => DateTime, 'When the user last came in by it.')
  lastSignInAt!: string;
}

@ObjectType('GateExemption', {
  simpleResolvers: true,
  description:
    'A user who comes in by single sign-on without being provisioned, whatever the policy of the company says.',
})
export class GateExemptionType {
  @Optional(() => UserType, 'The user. Needs `users:read`.')
  user!: UserType | null;
  @Required(() => DateTime, 'Since when.')
  createdAt!: string;
}

@InputType('UnbindSsoSubjectInput', { description: 'Whom a connection forgets.' })
export class UnbindSsoSubjectInput {
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => ID, "The connection's id.")
  ssoConnectionId!: string;
}

@InputType('GateExemptionInput', { description: 'Who comes in without being provisioned, or no longer.' })
export class GateExemptionInput {
  @Required(() => ID, "The user's id.")
  userId!: string;
}

@ObjectType('GateExemptionPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that changes who is exempt from provisioning.',
})
export class GateExemptionPayload {
  @Required(() => [GateExemptionType], 'All who are exempt now, the oldest first.')
  gateExemptions!: GateExemptionType[];
}

@ObjectType('UnbindSsoSubjectPayload', {
  simpleResolvers: true,
  description: 'The answer to `unbindSsoSubject`.',
})
export class UnbindSsoSubjectPayload {
  @Required(() => [SsoSubjectType], 'By which names connections still know the user.')
  ssoSubjects!: SsoSubjectType[];
}
