import { ID, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { DateTime, Json } from '../scalars.js';
import { SsoConnectionType } from '../sso-connection/sso-connection-type.js';

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

@ObjectType('DirectoryToken', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'A credential of a directory, which its identity provider sends with each request. The secret itself is not kept.',
})
export class DirectoryTokenType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'What people call it.')
  name!: string;
  @Required(() => String, 'The beginning and end of the secret, to recognise it by.')
  hint!: string;
  @Required(() => [String], 'What it may be used for, as in `users:write`.')
  scopes!: string[];
  @Optional(() => DateTime, 'When it stops working; null: never.')
  expiresAt!: string | null;
  @Optional(() => DateTime, 'When it was revoked; null: it was not.')
  revokedAt!: string | null;
  @Optional(() => DateTime, 'When it was last used, to the minute; null: never.')
  lastUsedAt!: string | null;
  @Optional(() => String, 'The address that it was last used from.')
  lastUsedAddress!: string | null;
  @Optional(() => String, 'The user agent that it was last used by.')
  lastUsedAgent!: string | null;
  @Required(() => DateTime, 'When it was made.')
  createdAt!: string;
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
  @Required(() => [SsoConnectionType], 'The sign-in connections that it belongs with. Needs `directories:read`.')
  ssoConnections!: SsoConnectionType[];
  @Required(
    () => [DirectoryTokenType],
    'Its tokens, the newest last, revoked and expired ones too. Needs `directories:read`.',
  )
  tokens!: DirectoryTokenType[];
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

@ObjectType('CreateDirectoryTokenPayload', {
  simpleResolvers: true,
  description: 'The answer to `createDirectoryToken`.',
})
export class CreateDirectoryTokenPayload {
  @Required(() => DirectoryTokenType, 'The token.')
  directoryToken!: DirectoryTokenType;
  @Required(() => String, 'The secret, to be given to the identity provider. Shown this once.')
  secret!: string;
}

@ObjectType('RevokeDirectoryTokenPayload', {
  simpleResolvers: true,
  description: 'The answer to `revokeDirectoryToken`.',
})
export class RevokeDirectoryTokenPayload {
  @Required(() => DirectoryTokenType, 'The token, which works no more.')
  directoryToken!: DirectoryTokenType;
}
