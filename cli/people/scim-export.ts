import { pagesOfMembers, pagesOfTeams, pagesOfUsers } from '#core-api/domain/export/people-export.js';
import type { Services } from '#core-api/domain/services.js';
import type { UserRow } from '#core-api/domain/user/user-types.js';
import { DateTime } from '#core-api/graphql/scalars.js';
import { attributesOf } from '#core-api/graphql/user/user-shape.js';
import { LIST_URN } from '#gateway/scim/urns.js';
import { toGroupResource, toMemberResource } from '#gateway/translate/group-resource.js';
import { type CoreUser, toUserResource } from '#gateway/translate/user-resource.js';
import { FILE_DIALECT } from './scim-dialect.js';

type Readers = Pick<Services, 'users' | 'teams'>;

/** All users as one ListResponse (RFC 7644 §3.4.2), piece by piece. @param baseUrl of the gateway, which locations begin with */
export function scimUsers(readers: Readers, baseUrl: string): AsyncGenerator<string> {
  return listOf(async function* () {
    for await (const page of pagesOfUsers(readers))
      for (const user of page) yield JSON.stringify(userResource(user, baseUrl));
  });
}

/** All teams with their members, as `scimUsers`. */
export function scimGroups(readers: Readers, baseUrl: string): AsyncGenerator<string> {
  return listOf(async function* () {
    for await (const page of pagesOfTeams(readers))
      for (const team of page) {
        const members: string[] = [];
        for await (const lot of pagesOfMembers(readers, [team.id]))
          for (const member of lot) members.push(JSON.stringify(toMemberResource(member, baseUrl)));
        const group = JSON.stringify(toGroupResource({ ...team, ...timesOf(team) }, baseUrl));
        yield members.length === 0 ? group : `${group.slice(0, -1)},"members":[${members.join(',')}]}`;
      }
  });
}

/** The totals stand at the end, where they are known. */
async function* listOf(resources: () => AsyncGenerator<string>): AsyncGenerator<string> {
  let total = 0;
  yield `{"schemas":${JSON.stringify([LIST_URN])},"Resources":[`;
  for await (const resource of resources()) {
    yield `${total === 0 ? '' : ','}\n${resource}`;
    total += 1;
  }
  yield `\n],"totalResults":${total},"startIndex":1,"itemsPerPage":${total}}\n`;
}

function userResource(user: UserRow, baseUrl: string): object {
  const { extensions: _, ...attributes } = attributesOf(user);
  const read: CoreUser = { id: user.id, attributes, version: user.version, ...timesOf(user) };
  const resource = toUserResource(read, baseUrl, FILE_DIALECT);
  const urns = Object.keys(user.extensions);
  return { ...resource, schemas: [...resource.schemas, ...urns], ...user.extensions };
}

function timesOf({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) {
  return { createdAt: String(DateTime.serialize(createdAt)), updatedAt: String(DateTime.serialize(updatedAt)) };
}
