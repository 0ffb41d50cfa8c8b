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

/** A group as the core has it, or another resource as it goes out. */
export type ListItem = { team: CoreTeam } | { resource: object };

interface List {
  items: readonly ListItem[];
  facts: ListFacts;
  /** Of the groups. */
  projection: Projection;
}

/** Sends a page of groups, and of others among them; the members of all groups are one stream. */
export async function sendList(exchange: Exchange, { items, facts, projection }: List): Promise<void> {
  const { res, core, baseUrl, mediaType, recording } = exchange;
  const ids = items.flatMap((item) => ('team' in item ? item.team.id : []));
  if (ids.length === 0 || !wants(projection, 'members')) {
    const resources = items.map((item) =>
      'team' in item ? project(toGroupResource(item.team, baseUrl), projection) : item.resource,
    );
    sendJson(exchange, 200, listResponse({ ...facts, resources }));
    return;
  }
  if (isHeadAnswered(exchange)) return;
  const reader = new MembersReader(core, ids);
  await reader.open();
  const out = new TextStream(res, 200, { 'Content-Type': contentType(mediaType) }, recording.keepAnswer);
  const envelope = JSON.stringify({ ...listResponse({ ...facts, resources: items }), Resources: [] });
  await out.write(envelope.slice(0, -']}'.length));
  for (const [index, item] of items.entries()) {
    if (index > 0) await out.write(',');
    if ('team' in item) await writeGroup(out, exchange, item.team, projection, reader);
    else await out.write(JSON.stringify(item.resource));
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
