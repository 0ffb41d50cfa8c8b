import { contentType, type Exchange, isHeadAnswered, sendJson } from '#gateway/routes/exchange.js';
import { MembersReader } from '#gateway/routes/group-members-reader.js';
import { TextStream } from '#gateway/routes/text-stream.js';
import { type ListFacts, listResponse } from '#gateway/scim/list.js';
import { type Projection, project, wants } from '#gateway/scim/projection.js';
import {
  type CoreMember,
  type CoreTeam,
  toGroupResource,
  toMemberResource,
} from '#gateway/translate/group-resource.js';

interface OneGroup {
  status: 200 | 201;
  team: CoreTeam;
  projection: Projection;
  /** Known to have no members, so that they need not be read. */
  isEmpty?: boolean;
}

/** Sends one group, its members as a stream. */
export async function sendGroup(exchange: Exchange, { status, team, projection, isEmpty }: OneGroup): Promise<void> {
  const { res, core, baseUrl, mediaType, recording } = exchange;
  const resource = toGroupResource(team, baseUrl);
  const { version, location } = resource.meta;
  const headers = { ETag: version, ...(status === 201 && { Location: location }) };
  if (isEmpty || !wants(projection, 'members')) {
    sendJson(exchange, status, project(isEmpty ? { ...resource, members: [] } : resource, projection), headers);
    return;
  }
  if (isHeadAnswered(exchange, headers)) return;
  const reader = new MembersReader(core, [team.id]);
  await reader.open();
  const out = new TextStream(res, status, { 'Content-Type': contentType(mediaType), ...headers }, recording.keepAnswer);
  await writeGroup(out, exchange, team, projection, reader);
  reader.close();
  out.end('');
}

interface ListOfGroups {
  teams: readonly CoreTeam[];
  facts: ListFacts;
  projection: Projection;
}

/** Sends a page of groups, their members as one stream. */
export async function sendGroups(exchange: Exchange, { teams, facts, projection }: ListOfGroups): Promise<void> {
  const { res, core, baseUrl, mediaType, recording } = exchange;
  if (teams.length === 0 || !wants(projection, 'members')) {
    const resources = teams.map((team) => project(toGroupResource(team, baseUrl), projection));
    sendJson(exchange, 200, listResponse({ ...facts, resources }));
    return;
  }
  if (isHeadAnswered(exchange)) return;
  const ids = teams.map(({ id }) => id);
  const reader = new MembersReader(core, ids);
  await reader.open();
  const out = new TextStream(res, 200, { 'Content-Type': contentType(mediaType) }, recording.keepAnswer);
  const envelope = JSON.stringify({ ...listResponse({ ...facts, resources: teams }), Resources: [] });
  await out.write(envelope.slice(0, -']}'.length));
  for (const [index, team] of teams.entries()) {
    if (index > 0) await out.write(',');
    await writeGroup(out, exchange, team, projection, reader);
  }
  reader.close();
  out.end(']}');
}

async function writeGroup(
  out: TextStream,
  { baseUrl }: Exchange,
  team: CoreTeam,
  projection: Projection,
  reader: MembersReader,
): Promise<void> {
  const resource = JSON.stringify(project(toGroupResource(team, baseUrl), projection));
  await out.write(`${resource.slice(0, -1)},"members":[`);
  let separator = '';
  for await (const member of reader.membersOf(team.id)) {
    const text = memberText(member, baseUrl, projection);
    if (text === null) continue;
    const full = out.write(separator + text);
    if (full) await full;
    separator = ',';
  }
  await out.write(']}');
}

/** Null when the projection leaves nothing of it. */
function memberText(member: CoreMember, baseUrl: string, projection: Projection): string | null {
  const resource = toMemberResource(member, baseUrl);
  if (projection.kind === 'whole') return JSON.stringify(resource);
  const { members } = project({ members: [resource] }, projection) as { members?: object[] }; // a part of what went in
  return members ? JSON.stringify(members[0]) : null;
}
