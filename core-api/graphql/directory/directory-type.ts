import { ID, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { DateTime, Json } from '../scalars.js';
import { SsoConnectionType } from '../sso-connection/sso-connection-type.js';
import { DirectoryTokenType } from './directory-token-type.js';
import { RequestLogSuccesses } from './request-log-successes.js';

export const IdpKind = enumType('IdpKind', 'Whose identity provider a directory is.', {
  OKTA: 'Okta.',
  ENTRA: 'Microsoft Entra ID.',
  ONELOGIN: 'OneLogin.',
  JUMPCLOUD: 'JumpCloud.',
  PING: 'PingOne or PingFederate.',
  GOOGLE: 'Google Workspace.',
  AUTHENTIK: 'authentik.',
  OTHER: 'Any other one.',
});

export const DirectoryStatus = enumType('DirectoryStatus', 'Whether a directory is at work.', {
  ENABLED: 'Its tokens are accepted.',
  DISABLED: 'Its tokens are refused with DIRECTORY_DISABLED; users and teams stay as they are.',
});

@ObjectType('DirectoryBreaker', {
  simpleResolvers: true,
  description:
    'From when on deactivations and removals by one directory within ten minutes are held as one run: when they are `percent` of all and at least `least`, or `most`.',
})
class DirectoryBreakerType {
  @Required(() => Int, 'The share of all, in percent; 20 unless it was set.')
  percent!: number;
  @Required(() => Int, 'Below this number the share alone holds nothing; 20 unless it was set.')
  least!: number;
  @Required(() => Int, 'This number is held whatever its share; 100 unless it was set.')
  most!: number;
}

@ObjectType('DirectorySettings', { simpleResolvers: true, description: 'How a directory is watched.' })
class DirectorySettingsType {
  @Required(() => RequestLogSuccesses, 'Which requests that went well the request log keeps.')
  loggedSuccesses!: keyof typeof RequestLogSuccesses;
  @Required(() => DirectoryBreakerType, 'From when on deactivations and removals are held.')
  breaker!: DirectoryBreakerType;
}

@ObjectType('DirectoryTolerance', {
  simpleResolvers: true,
  description:
    "A deviation from the protocol that a directory's provider was seen with, and that is accepted unless the profile is `strict`.",
})
class DirectoryToleranceType {
  @Required(() => String, 'Which one, as in `TEXT_BOOLEAN`; docs/scim.md lists all that are known.')
  name!: string;
  @Required(() => String, 'What was met, and what was made of it.')
  description!: string;
  @Required(() => [String], 'Who is known to do it.')
  providers!: string[];
  @Required(() => String, "What the provider's administrator can do about it, or that nothing can be done.")
  cure!: string;
  @Required(() => Int, 'How many times in the last 30 days.')
  count!: number;
  @Required(() => DateTime, 'When it was last met.')
  lastAt!: string;
}

@ObjectType('Directory', {
  implements: NodeType,
  simpleResolvers: true,
  description: "A company's connection to one identity provider, which provisions users and teams through it.",
})
export class DirectoryType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'The name that is shown to people. Unique in the company.')
  name!: string;
  @Required(() => IdpKind, 'Whose identity provider it is.')
  idpKind!: keyof typeof IdpKind;
  @Required(() => DirectoryStatus, 'Whether it is at work.')
  status!: keyof typeof DirectoryStatus;
  @Required(
    () => Json,
    "How the identity provider's attributes map to users and teams, and which of them it owns: one object.",
  )
  profile!: unknown;
  @Required(() => Int, 'Rises by one with each change of the profile.')
  profileVersion!: number;
  @Required(() => DirectorySettingsType, 'How it is watched.')
  settings!: DirectorySettingsType;
  @Optional(
    () => DateTime,
    'The request log keeps the bodies of all requests until then, whatever the settings say: for an hour after a token was made. Null: there is none.',
  )
  recordsBodiesUntil!: string | null;
  @Required(() => [SsoConnectionType], 'The sign-in connections that it belongs with. Needs `directories:read`.')
  ssoConnections!: SsoConnectionType[];
  @Required(
    () => [DirectoryTokenType],
    'Its tokens and OAuth clients, the newest last, revoked and expired ones too. Needs `directories:read`.',
  )
  tokens!: DirectoryTokenType[];
  @Required(
    () => [DirectoryToleranceType],
    'In what its provider deviates from the protocol, the most frequent first; of the last 30 days, and some seconds behind. Needs `directories:read`.',
  )
  tolerances!: DirectoryToleranceType[];
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When it was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When it was last changed.')
  updatedAt!: string;
}

export const DirectoryConnection = connectionType('Directory', () => DirectoryType, 'One page of directories.');

@ObjectType('ChangeDirectoryPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a directory.',
})
export class ChangeDirectoryPayload {
  @Required(() => DirectoryType, 'The directory as it is stored now.')
  directory!: DirectoryType;
}
