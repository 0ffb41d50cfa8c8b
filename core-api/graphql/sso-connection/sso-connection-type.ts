import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION } from '../mutation/words.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime, Json } from '../scalars.js';

const SsoKind = enumType('SsoKind', 'The protocol of a sign-in connection.', {
  SAML: 'SAML 2.0.',
  OIDC: 'OpenID Connect.',
});

const SsoStatus = enumType('SsoStatus', 'Whether a sign-in connection is at work.', {
  DRAFT: 'It is being set up; nobody signs in by it.',
  ACTIVE: 'People sign in by it.',
});

const CONFIG = 'What is public of it, as an object: issuer, entry point, certificates or client id.';
const SECRET = 'The client secret of OpenID Connect. Kept encrypted, and never shown again.';

@ObjectType('SsoConnection', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'A way for the users of a company to sign in at their identity provider.',
})
export class SsoConnectionType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'The name that is shown to people. Unique in the company.')
  name!: string;
  @Required(() => SsoKind, 'The protocol.')
  kind!: keyof typeof SsoKind;
  @Required(() => SsoStatus, 'Whether it is at work.')
  status!: keyof typeof SsoStatus;
  @Required(() => Json, CONFIG)
  config!: unknown;
  @Required(() => Boolean, 'Whether a client secret is kept.')
  hasSecret!: boolean;
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When it was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When it was last changed.')
  updatedAt!: string;
}

export const SsoConnectionConnection = connectionType(
  'SsoConnection',
  () => SsoConnectionType,
  'One page of sign-in connections.',
);

@ObjectType('ChangeSsoConnectionPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a sign-in connection.',
})
export class ChangeSsoConnectionPayload {
  @Required(() => SsoConnectionType, 'The connection as it is stored now.')
  ssoConnection!: SsoConnectionType;
}

@InputType('SsoConnectionFilter', { description: `Which sign-in connections are listed. ${LOGIC.tree}` })
class SsoConnectionFilter {
  @Optional(() => [SsoConnectionFilter], LOGIC.and)
  and?: SsoConnectionFilter[] | null;
  @Optional(() => [SsoConnectionFilter], LOGIC.or)
  or?: SsoConnectionFilter[] | null;
  @Optional(() => SsoConnectionFilter, LOGIC.not)
  not?: SsoConnectionFilter | null;
  @Optional(() => StringFilter, "The connection's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'The name that is shown.')
  name?: StringFilter | null;
  @Optional(() => StringFilter, 'The protocol, by its name in the enum `SsoKind`.')
  kind?: StringFilter | null;
  @Optional(() => StringFilter, 'Whether it is at work, by its name in the enum `SsoStatus`.')
  status?: StringFilter | null;
}

const SsoConnectionOrderField = enumType('SsoConnectionOrderField', 'What sign-in connections can be ordered by.', {
  ID: 'The id, which is the order in which connections were created.',
  NAME: 'The name that is shown.',
});
const SsoConnectionOrder = orderInput('SsoConnectionOrder', SsoConnectionOrderField);

@ArgsType()
export class SsoConnectionListArgs extends PageArgs {
  @Optional(() => SsoConnectionFilter, 'Which connections are listed; left out, all of them.')
  filter?: SsoConnectionFilter | null;
  @Optional(() => SsoConnectionOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof SsoConnectionOrder> | null;
}

@InputType('CreateSsoConnectionInput', { description: 'A new sign-in connection.' })
export class CreateSsoConnectionInput {
  @Required(() => String, 'The name that is shown to people. Unique in the company.')
  name!: string;
  @Required(() => SsoKind, 'The protocol; never changes.')
  kind!: keyof typeof SsoKind;
  @Required(() => Json, CONFIG)
  config!: unknown;
  @Optional(() => String, SECRET)
  clientSecret?: string | null;
  @Optional(() => SsoStatus, 'Whether it is at work; left out, it is a draft.')
  status?: keyof typeof SsoStatus | null;
}

@InputType('UpdateSsoConnectionInput', {
  description: 'Changes to a sign-in connection: a field that is left out stays.',
})
export class UpdateSsoConnectionInput {
  @Required(() => ID, "The connection's id.")
  id!: string;
  @Optional(() => String, 'The name that is shown to people. Unique in the company.')
  name?: string | null;
  @Optional(() => Json, `${CONFIG} Replaces all that was there.`)
  config?: unknown;
  @Optional(() => String, `${SECRET} Left out or null, the one that is kept stays; an empty text removes it.`)
  clientSecret?: string | null;
  @Optional(() => SsoStatus, 'Whether it is at work.')
  status?: keyof typeof SsoStatus | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}
