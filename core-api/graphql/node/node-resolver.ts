import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import { DomainError } from '#core-api/domain/errors.js';
import type { Services } from '#core-api/domain/services.js';
import type { UserParts } from '#core-api/domain/user/user-types.js';
import type { RequestContext } from '../context.js';
import { type SelectionInfo, selectionOf } from '../selection.js';
import { userParts } from '../user/user-parts.js';
import { type FoundNode, NodeType } from './node-type.js';

type Find = (services: Services, id: string, parts: UserParts) => Promise<{ id: string }>;

/** In the order in which an id is looked for: what there is most of comes first. */
const KINDS: readonly (readonly [typename: string, find: Find])[] = [
  ['User', ({ users }, id, parts) => users.get(id, parts)],
  ['Team', ({ teams }, id) => teams.get(id)],
  ['Role', ({ roles }, id) => roles.get(id)],
  ['RoleMapping', ({ roleMappings }, id) => roleMappings.get(id)],
  ['Project', ({ projects }, id) => projects.get(id)],
  ['Directory', ({ directories }, id) => directories.get(id)],
  ['SsoConnection', ({ ssoConnections }, id) => ssoConnections.get(id)],
  ['DomainClaim', ({ domainClaims }, id) => domainClaims.get(id)],
  ['ApiKey', ({ apiKeys }, id) => apiKeys.get(id)],
  ['DirectoryToken', ({ directoryTokens }, id) => directoryTokens.get(id)],
  ['Session', ({ sessions }, id) => sessions.get(id)],
  ['Alarm', ({ alarms }, id) => alarms.get(id)],
  ['Conflict', ({ conflicts }, id) => conflicts.get(id)],
  ['SyncRun', ({ syncRuns }, id) => syncRuns.get(id)],
  ['Change', async ({ changes }, id) => ({ ...(await changes.get(id)), id })],
];

@Resolver()
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description:
      'The object with this id, of whatever type: also a token of a directory, or an entry of the change log. Null when there is none, and when reading it is not allowed.',
  })
  async node(
    @Arg('id', () => ID, { description: "The object's id." }) id: string,
    @Ctx() { services, actor }: RequestContext,
    @Info() info: SelectionInfo,
  ): Promise<FoundNode | null> {
    if (id === actor.companyId) return unlessHidden('Company', async () => services.companies.get());
    const parts = userParts(selectionOf(info));
    for (const [typename, find] of KINDS) {
      const found = await unlessHidden(typename, async () => find(services, id, parts));
      if (found) return found;
    }
    return null;
  }
}

async function unlessHidden(__typename: string, find: () => Promise<{ id: string }>): Promise<FoundNode | null> {
  try {
    return { ...(await find()), __typename };
  } catch (error) {
    if (error instanceof DomainError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) return null;
    throw error;
  }
}
