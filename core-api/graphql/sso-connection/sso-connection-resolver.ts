import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inCompany } from '#core-api/domain/actor.js';
import { describeCertificates } from '#core-api/domain/sso/certificates.js';
import { connectionAddresses } from '#core-api/domain/sso/connection-addresses.js';
import type { SsoConnectionRow } from '#core-api/persistence/stores/admin-tables.js';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeSsoConnectionPayload,
  ConfirmSsoMetadataInput,
  CreateSsoConnectionInput,
  type SsoAddressesType,
  type SsoCertificateType,
  SsoConnectionConnection,
  SsoConnectionListArgs,
  SsoConnectionType,
  UpdateSsoConnectionInput,
} from './sso-connection-type.js';

@Resolver(() => SsoConnectionType)
export class SsoConnectionResolver {
  @Query(() => SsoConnectionConnection, {
    description: "The company's sign-in connections. Needs `directories:read`.",
  })
  ssoConnections(
    @Args(() => SsoConnectionListArgs) args: SsoConnectionListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.ssoConnections.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeSsoConnectionPayload, {
    description:
      'Creates a sign-in connection. UNIQUENESS when the name is taken. Needs `sso:write`, and of a person a fresh sign-in.',
  })
  async createSsoConnection(
    @Arg('input', () => CreateSsoConnectionInput, { description: 'The new connection.' })
    input: CreateSsoConnectionInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { ssoConnection: await services.ssoConnections.create(input) };
  }

  @Mutation(() => ChangeSsoConnectionPayload, {
    description:
      'Changes a sign-in connection. Another issuer or client, or a certificate less, ends the sessions that were opened by it; so does taking it out of work. Needs `sso:write`, and of a person a fresh sign-in.',
  })
  async updateSsoConnection(
    @Arg('input', () => UpdateSsoConnectionInput, { description: 'The connection, and what is to change.' })
    input: UpdateSsoConnectionInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { ssoConnection: await services.ssoConnections.update(id, changes) };
  }

  @Mutation(() => DeletePayload, {
    description:
      'Deletes a sign-in connection; its sessions end, and whom it knew is forgotten. IN_USE while a directory belongs with it. Needs `sso:write`, and of a person a fresh sign-in.',
  })
  async deleteSsoConnection(
    @Arg('input', () => IdInput, { description: 'The connection.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.ssoConnections.delete(id);
    return { id };
  }

  @Mutation(() => ChangeSsoConnectionPayload, {
    description:
      'Reads the metadata of a SAML connection again, from its `metadataUrl`. What they say now waits in `proposedConfig`. Needs `sso:write`, and of a person a fresh sign-in.',
  })
  async readSsoMetadata(
    @Arg('input', () => IdInput, { description: 'The connection.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { ssoConnection: await services.ssoConnections.readMetadata(id) };
  }

  @Mutation(() => ChangeSsoConnectionPayload, {
    description:
      'Lets a connection go by its `proposedConfig` from now on. INVALID_VALUE when there is none. Needs `sso:write`, and of a person a fresh sign-in.',
  })
  async confirmSsoMetadata(
    @Arg('input', () => ConfirmSsoMetadataInput, { description: 'The connection, and what was seen of it.' })
    { id, expectedVersion }: ConfirmSsoMetadataInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { ssoConnection: await services.ssoConnections.confirmMetadata(id, expectedVersion) };
  }

  @FieldResolver()
  certificates(@Root() { config }: SsoConnectionRow): SsoCertificateType[] {
    return describeCertificates(config, new Date());
  }

  @FieldResolver()
  addresses(@Root() { id }: SsoConnectionRow, @Ctx() { actor, coreUrl }: RequestContext): SsoAddressesType {
    return connectionAddresses(coreUrl(), inCompany(actor).companyId, id);
  }
}
