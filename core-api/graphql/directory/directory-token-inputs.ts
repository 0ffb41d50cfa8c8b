import { ID, InputType } from 'type-graphql';
import { Optional, Required } from '../fields.js';
import { RotationOverlap } from '../rotation-overlap.js';
import { DateTime } from '../scalars.js';

const FROM =
  'Addresses and CIDR blocks, IPv4 or IPv6, that it may be used from, 100 at most; ADDRESS_NOT_ALLOWED from elsewhere.';

@InputType('CreateDirectoryTokenInput', { description: 'A new token of a directory.' })
export class CreateDirectoryTokenInput {
  @Required(() => ID, "The directory's id.")
  directoryId!: string;
  @Required(() => String, 'What people call the token.')
  name!: string;
  @Optional(() => [String], 'What it may be used for; left out, all that directories can do.')
  scopes?: string[] | null;
  @Optional(() => DateTime, 'When it stops working; left out, never.')
  expiresAt?: string | null;
  @Optional(() => [String], `${FROM} Left out or empty: from anywhere.`)
  allowedAddresses?: string[] | null;
  @Optional(
    () => ID,
    'The one user that it is to be good for, an active one of the directory; it ends with that user. Left out, for all of the directory.',
  )
  userId?: string | null;
}

@InputType('CreateOAuthClientInput', { description: 'A new OAuth client of a directory.' })
export class CreateOAuthClientInput {
  @Required(() => ID, "The directory's id.")
  directoryId!: string;
  @Required(() => String, 'What people call the client.')
  name!: string;
  @Optional(() => [String], 'What its access tokens may be used for; left out, all that directories can do.')
  scopes?: string[] | null;
  @Optional(() => DateTime, 'When it stops working, and its access tokens with it; left out, never.')
  expiresAt?: string | null;
  @Optional(() => [String], `${FROM} Holds for its access tokens too. Left out or empty: from anywhere.`)
  allowedAddresses?: string[] | null;
}

@InputType('UpdateDirectoryTokenInput', { description: 'Changes to a token: a field that is left out stays.' })
export class UpdateDirectoryTokenInput {
  @Required(() => ID, "The token's id.")
  id!: string;
  @Optional(() => String, 'What people call the token.')
  name?: string | null;
  @Optional(() => [String], `${FROM} Replaces all that were there; empty: from anywhere.`)
  allowedAddresses?: string[] | null;
  @Optional(() => DateTime, 'When it stops working; null, never.')
  expiresAt?: string | null;
}

@InputType('RotateDirectoryTokenInput', { description: 'A token, and how it is replaced.' })
export class RotateDirectoryTokenInput {
  @Required(() => ID, "The token's id.")
  id!: string;
  @Optional(() => RotationOverlap, 'For how long it still works beside the new one; left out, one day.')
  overlap?: keyof typeof RotationOverlap | null;
}

@InputType('IssueAccessTokenInput', { description: 'What an access token is to be good for.' })
export class IssueAccessTokenInput {
  @Optional(() => [String], "Some of the client's scopes; left out or empty, all of them.")
  scopes?: string[] | null;
}
