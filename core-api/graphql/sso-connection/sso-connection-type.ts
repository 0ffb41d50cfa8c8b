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

const SubjectMatch = enumType(
  'SubjectMatch',
  'By what a user is found who signs in by a connection for the first time.',
  {
    USER_NAME: 'The asserted user name, ignoring case, is that of the user.',
    EXTERNAL_ID: "The asserted external id, or the subject where none is asserted, is the user's external id.",
    EMAIL:
      "The asserted e-mail address is one of the user's. Only where the identity provider has verified it, and in domains that the company has verified.",
  },
);

const CONFIG =
  'What is public of it, as an object. SAML: `issuer` (the entity id of the identity provider), `entryPoint`, `logoutUrl`, `certificates` (PEM), `metadataUrl`, `subjectAttribute` (left out, the NameID is the subject). OpenID Connect: `issuer`, `clientId`, `scopes`. Both: `claims`, the names of what says `userName`, `externalId`, `email`, `givenName`, `familyName`, `displayName` and `groups`, where they are not the usual ones.';
const METADATA_URL =
  'SAML: where the metadata of the identity provider are. They are read now, and again every day; what they say then waits for `confirmSsoMetadata`.';
const METADATA = 'SAML: the metadata of the identity provider as they came in a file.';
const MATCH = 'By what users are found at their first sign-in. Who has signed in by it stays who they are.';
const IDP_INITIATED = 'SAML: whether the identity provider may begin a sign-in by itself.';
const SECRET = 'The client secret of OpenID Connect. Kept encrypted, and never shown again.';

@ObjectType('SsoCertificate', {
  simpleResolvers: true,
  description: 'A certificate by which the answers of an identity provider are checked.',
})
export class SsoCertificateType {
  @Required(() => String, 'Whose it says to be.')
  subject!: string;
  @Required(() => String, 'SHA-256 of the certificate, in pairs of hexadecimal digits.')
  fingerprint!: string;
  @Required(() => DateTime, 'From when on it is valid.')
  notBefore!: string;
  @Required(() => DateTime, 'Until when it is valid. Alarms ring 30 and 7 days before the last one ends.')
  notAfter!: string;
  @Optional(() => String, 'Why nothing can be checked by it now; null when something can.')
  problem!: string | null;
}

@ObjectType('SsoAddresses', {
  simpleResolvers: true,
  description: 'The addresses of one sign-in connection. No renaming moves them.',
})
export class SsoAddressesType {
  @Required(() => String, 'SAML: the entity id of this service provider.')
  entityId!: string;
  @Required(() => String, 'SAML: where the metadata of this service provider are.')
  metadataUrl!: string;
  @Required(() => String, 'SAML: the assertion consumer service, with the binding HTTP-POST.')
  acsUrl!: string;
  @Required(() => String, 'SAML: where log-outs are sent to.')
  sloUrl!: string;
  @Required(() => String, 'OpenID Connect: the redirect URI.')
  redirectUri!: string;
  @Required(() => String, 'Where a sign-in by this connection begins: a link for a tile or a bookmark.')
  signInUrl!: string;
  @Required(
    () => String,
    'Where an admin who is signed in tries the connection out, also as a draft. Nobody is let in by it; `lastTest` says what came of it.',
  )
  testSignInUrl!: string;
}

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
  @Required(() => SubjectMatch, MATCH)
  subjectMatch!: keyof typeof SubjectMatch;
  @Required(() => Boolean, IDP_INITIATED)
  idpInitiated!: boolean;
  @Optional(
    () => Json,
    'What `config` would become by the metadata as they were last read; null when nothing waits to be confirmed.',
  )
  proposedConfig!: unknown;
  @Optional(
    () => Json,
    'The last test sign-in: `at`, `succeeded`, of a failure `reason` and `detail`, of a success `claims`, the names of what was asserted; null before the first.',
  )
  lastTest!: unknown;
  @Required(() => [SsoCertificateType], 'The certificates of `config`, read.')
  certificates!: SsoCertificateType[];
  @Required(() => SsoAddressesType, 'What the identity provider has to be told, and where people begin.')
  addresses!: SsoAddressesType;
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
  @Optional(() => Json, CONFIG)
  config?: unknown;
  @Optional(() => String, METADATA_URL)
  metadataUrl?: string | null;
  @Optional(() => String, METADATA)
  metadata?: string | null;
  @Optional(() => String, SECRET)
  clientSecret?: string | null;
  @Optional(() => SubjectMatch, `${MATCH} Left out: by user name.`)
  subjectMatch?: keyof typeof SubjectMatch | null;
  @Optional(() => Boolean, `${IDP_INITIATED} Left out: it may not.`)
  idpInitiated?: boolean | null;
  @Optional(
    () => SsoStatus,
    'Whether it is at work; left out, it is a draft. INVALID_VALUE while nothing could be checked by it, naming what is missing.',
  )
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
  @Optional(() => String, METADATA_URL)
  metadataUrl?: string | null;
  @Optional(() => String, METADATA)
  metadata?: string | null;
  @Optional(() => SubjectMatch, MATCH)
  subjectMatch?: keyof typeof SubjectMatch | null;
  @Optional(() => Boolean, IDP_INITIATED)
  idpInitiated?: boolean | null;
  @Optional(() => String, `${SECRET} Left out or null, the one that is kept stays; an empty text removes it.`)
  clientSecret?: string | null;
  @Optional(
    () => SsoStatus,
    'Whether it is at work. INVALID_VALUE while nothing could be checked by it, naming what is missing.',
  )
  status?: keyof typeof SsoStatus | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('ConfirmSsoMetadataInput', { description: 'The connection whose metadata were looked at.' })
export class ConfirmSsoMetadataInput {
  @Required(() => ID, "The connection's id.")
  id!: string;
  @Required(() => Int, 'The version of the connection that was looked at: what has changed since is not confirmed.')
  expectedVersion!: number;
}
