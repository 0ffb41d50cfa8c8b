import 'reflect-metadata';
import { GraphQLInputObjectType, GraphQLInterfaceType, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AlarmResolver } from './alarm/alarm-resolver.js';
import { ApiKeyResolver } from './api-key/api-key-resolver.js';
import { BatchResolver } from './batch/batch-resolver.js';
import { ChangeResolver } from './change/change-resolver.js';
import { CompanyResolver } from './company/company-resolver.js';
import { ConflictResolver } from './conflict/conflict-resolver.js';
import { resolveDirectly } from './direct-resolvers.js';
import { DirectoryResolver } from './directory/directory-resolver.js';
import { DirectoryTokenResolver } from './directory/directory-token-resolver.js';
import { ProbeResolver } from './directory/probe-resolver.js';
import { DomainClaimResolver } from './domain-claim/domain-claim-resolver.js';
import { ErasureResolver } from './erasure/erasure-resolver.js';
import { GateExemptionResolver, SsoSubjectResolver } from './gate/gate-resolver.js';
import { ImportResolver } from './import/import-resolver.js';
import { LocalAccountResolver } from './local-account/local-account-resolver.js';
import { NodeResolver } from './node/node-resolver.js';
import type { FoundNode } from './node/node-type.js';
import { ProjectResolver } from './project/project-resolver.js';
import { ProvisioningResolver } from './provisioning/provisioning-resolver.js';
import { RequestLogResolver } from './request-log/request-log-resolver.js';
import { AccessResolver } from './role/access-resolver.js';
import { RoleMappingResolver } from './role/role-mapping-resolver.js';
import { RoleResolver } from './role/role-resolver.js';
import { SessionResolver } from './session/session-resolver.js';
import { SsoConnectionResolver } from './sso-connection/sso-connection-resolver.js';
import { SyncRunResolver } from './sync-run/sync-run-resolver.js';
import { DeletedTeamResolver } from './team/deleted-team-resolver.js';
import { TeamMemberResolver, TeamResolver } from './team/team-resolver.js';
import { OffboardingResolver } from './user/offboarding-resolver.js';
import { UserResolver } from './user/user-resolver.js';
import { UsersAndTeamsResolver } from './users-and-teams/users-and-teams-resolver.js';
import { ViewerResolver } from './viewer/viewer-resolver.js';

const ONE_OF = ['UserChange', 'TeamChange', 'BatchOperation'];

let built: Promise<GraphQLSchema> | null = null;

/** The core's schema, executable; one in this process, which holds no state. Its text is `schema/core.graphql`. */
export function coreSchema(): Promise<GraphQLSchema> {
  built ??= buildCoreSchema();
  return built;
}

async function buildCoreSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      ViewerResolver,
      NodeResolver,
      CompanyResolver,
      UserResolver,
      TeamResolver,
      TeamMemberResolver,
      UsersAndTeamsResolver,
      DeletedTeamResolver,
      RoleResolver,
      RoleMappingResolver,
      AccessResolver,
      ProjectResolver,
      DirectoryResolver,
      DirectoryTokenResolver,
      ProbeResolver,
      ApiKeyResolver,
      SessionResolver,
      SsoConnectionResolver,
      SsoSubjectResolver,
      GateExemptionResolver,
      LocalAccountResolver,
      DomainClaimResolver,
      ChangeResolver,
      ErasureResolver,
      OffboardingResolver,
      AlarmResolver,
      ConflictResolver,
      SyncRunResolver,
      ProvisioningResolver,
      RequestLogResolver,
      ImportResolver,
      BatchResolver,
    ],
    // The rules are the domain's: one place for all callers.
    validate: false,
  });
  resolveDirectly(schema);
  schema.getQueryType()!.description = 'What can be read. Nothing here changes anything.';
  schema.getMutationType()!.description =
    'What can be changed. Each runs in one transaction: when it fails, nothing was changed, and `errors[].extensions.code` says why.';
  for (const name of ONE_OF) inputType(schema, name).isOneOf = true;
  const node = schema.getType('Node');
  // type-graphql resolves types by a promise, which compiled plans do not wait for.
  if (node instanceof GraphQLInterfaceType) node.resolveType = (value: FoundNode) => value.__typename;
  return schema;
}

function inputType(schema: GraphQLSchema, name: string): GraphQLInputObjectType {
  const type = schema.getType(name);
  if (!(type instanceof GraphQLInputObjectType)) throw new Error(`${name} is no input type.`);
  return type;
}
