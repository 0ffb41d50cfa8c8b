import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import {
  CreateDirectoryTokenInput,
  CreateOAuthClientInput,
  IssueAccessTokenInput,
  RotateDirectoryTokenInput,
  UpdateDirectoryTokenInput,
} from './directory-token-inputs.js';
import {
  ChangeDirectoryTokenPayload,
  CreateDirectoryTokenPayload,
  CreateOAuthClientPayload,
  IssueAccessTokenPayload,
  RevokeDirectoryTokenPayload,
  RotateDirectoryTokenPayload,
} from './directory-token-type.js';

@Resolver()
export class DirectoryTokenResolver {
  @Mutation(() => CreateDirectoryTokenPayload, {
    description: 'Makes a token by which an identity provider gets in. Needs `tokens:write`.',
  })
  createDirectoryToken(
    @Arg('input', () => CreateDirectoryTokenInput, { description: 'The new token.' }) input: CreateDirectoryTokenInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directoryTokens.create(input);
  }

  @Mutation(() => CreateOAuthClientPayload, {
    description:
      'Makes an OAuth client, for identity providers that get access tokens by client credentials at `/oauth/token`. It is changed, rotated and revoked like a token. Needs `tokens:write`.',
  })
  createOAuthClient(
    @Arg('input', () => CreateOAuthClientInput, { description: 'The new client.' }) input: CreateOAuthClientInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directoryTokens.createClient(input);
  }

  @Mutation(() => ChangeDirectoryTokenPayload, {
    description:
      'Changes what a token is called, from where and until when it may be used. ROTATION_UNDER_WAY when the end of one that is being replaced would change. Needs `tokens:write`, and what its scopes allow.',
  })
  async updateDirectoryToken(
    @Arg('input', () => UpdateDirectoryTokenInput, { description: 'The token, and what is to change.' })
    { id, ...changes }: UpdateDirectoryTokenInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { directoryToken: await services.directoryTokens.update(id, changes) };
  }

  @Mutation(() => RotateDirectoryTokenPayload, {
    description:
      'Replaces a token by a new one of the same name, scopes, addresses and lifetime; the old one ends after the overlap. ROTATION_UNDER_WAY before the last overlap has ended. Needs `tokens:write`, and what its scopes allow.',
  })
  rotateDirectoryToken(
    @Arg('input', () => RotateDirectoryTokenInput, { description: 'The token, and the overlap.' })
    { id, overlap }: RotateDirectoryTokenInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directoryTokens.rotate(id, overlap ?? undefined);
  }

  @Mutation(() => RevokeDirectoryTokenPayload, {
    description:
      'Revokes a token for good, everywhere within one second. Nothing happens when it is. Needs `tokens:write`.',
  })
  async revokeDirectoryToken(
    @Arg('input', () => IdInput, { description: 'The token.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { directoryToken: await services.directoryTokens.revoke(id) };
  }

  @Mutation(() => IssueAccessTokenPayload, {
    description:
      "Issues an access token for one hour to an OAuth client that shows its secret, at the gateway's door and nowhere else. INVALID_VALUE for scopes beyond the client's.",
  })
  issueAccessToken(
    @Arg('input', () => IssueAccessTokenInput, { description: 'What it is to be good for.' })
    { scopes }: IssueAccessTokenInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.directoryTokens.issueAccess(scopes ?? null);
  }
}
