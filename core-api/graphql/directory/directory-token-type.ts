import { ID, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { DateTime } from '../scalars.js';
import { RequestLogSuccesses } from './request-log-successes.js';

const DirectoryTokenKind = enumType('DirectoryTokenKind', 'What a credential of a directory is good for.', {
  BEARER: 'It is sent with each request.',
  CLIENT: 'An OAuth client: its secret gets access tokens at `/oauth/token`, and nothing else.',
  ACCESS: 'An access token of an OAuth client, for an hour. It is never shown.',
});

@ObjectType('DirectoryToken', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'A credential of a directory, by which its identity provider gets in: a token that is sent with each request, or an OAuth client. The secret itself is not kept.',
})
export class DirectoryTokenType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => DirectoryTokenKind, 'What it is good for.')
  kind!: keyof typeof DirectoryTokenKind;
  @Required(() => String, 'What people call it.')
  name!: string;
  @Required(() => String, 'The beginning and end of the secret, to recognise it by.')
  hint!: string;
  @Required(() => [String], 'What it may be used for: `read`, `users`, `groups`, `all`.')
  scopes!: string[];
  @Required(() => [String], 'The addresses and blocks that it may be used from; empty: from anywhere.')
  allowedAddresses!: string[];
  @Optional(
    () => ID,
    'The id of the one user that it is good for; it ends when that user is deactivated, deleted or leaves the directory. Null: for all of the directory.',
  )
  userId!: string | null;
  @Optional(() => ID, 'The id of the token whose place it took; null when it is the first.')
  replacesId!: string | null;
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

@ObjectType('CreateOAuthClientPayload', { simpleResolvers: true, description: 'The answer to `createOAuthClient`.' })
export class CreateOAuthClientPayload {
  @Required(() => DirectoryTokenType, 'The client. Its id is the `client_id`.')
  directoryToken!: DirectoryTokenType;
  @Required(() => String, 'The `client_secret`, to be given to the identity provider. Shown this once.')
  secret!: string;
}

@ObjectType('ChangeDirectoryTokenPayload', {
  simpleResolvers: true,
  description: 'The answer to `updateDirectoryToken`.',
})
export class ChangeDirectoryTokenPayload {
  @Required(() => DirectoryTokenType, 'The token as it is stored now.')
  directoryToken!: DirectoryTokenType;
}

@ObjectType('RotateDirectoryTokenPayload', {
  simpleResolvers: true,
  description: 'The answer to `rotateDirectoryToken`.',
})
export class RotateDirectoryTokenPayload {
  @Required(() => DirectoryTokenType, 'The new token.')
  directoryToken!: DirectoryTokenType;
  @Required(() => String, 'The new secret, to be given to the identity provider. Shown this once.')
  secret!: string;
  @Required(() => DirectoryTokenType, 'The old token: it ends when the overlap does.')
  replaced!: DirectoryTokenType;
}

@ObjectType('RevokeDirectoryTokenPayload', {
  simpleResolvers: true,
  description: 'The answer to `revokeDirectoryToken`.',
})
export class RevokeDirectoryTokenPayload {
  @Required(() => DirectoryTokenType, 'The token, which works no more.')
  directoryToken!: DirectoryTokenType;
}

@ObjectType('IssueAccessTokenPayload', { simpleResolvers: true, description: 'The answer to `issueAccessToken`.' })
export class IssueAccessTokenPayload {
  @Required(() => String, 'The access token. Shown this once.')
  secret!: string;
  @Required(() => Int, 'For how many seconds it works.')
  expiresIn!: number;
  @Required(() => [String], 'What it may be used for.')
  scopes!: string[];
  @Required(() => RequestLogSuccesses, 'Which requests that went well the request log of its directory keeps.')
  loggedSuccesses!: keyof typeof RequestLogSuccesses;
  @Optional(() => DateTime, 'Until then it keeps all of them, with their bodies; null: it does not.')
  recordsBodiesUntil!: string | null;
}
