import { type Exchange, type Handler, sendNothing } from '#gateway/routes/exchange.js';
import { sendGroup, sendList } from '#gateway/routes/group-writer.js';
import { readPage } from '#gateway/routes/page.js';
import { expectedVersion, isNotModified } from '#gateway/routes/preconditions.js';
import { parseFilterIn } from '#gateway/scim/filter.js';
import { wants } from '#gateway/scim/projection.js';
import { toChangeTeamInput } from '#gateway/translate/group-changes.js';
import { toGroupFilter } from '#gateway/translate/group-filter.js';
import { toCreateTeamInput, toReplaceTeamInput } from '#gateway/translate/group-input.js';
import { toGroupProjection } from '#gateway/translate/group-resource.js';
import { toGroupOrder } from '#gateway/translate/order.js';
import { toETag } from '#gateway/translate/resource-meta.js';
import { ChangeTeam, CreateTeam, DeleteTeam, GetTeam, ListTeams, ReplaceTeam } from '#schema/generated/gateway.js';

/** GET /Groups (RFC 7644 §3.4.2). */
export const listGroups: Handler = async (exchange) => {
  const { core, dialect, query, baseUrl } = exchange;
  const projection = toGroupProjection(query);
  const filter = parseFilterIn(query, dialect.note);
  const list = { filter: filter && toGroupFilter(filter, dialect, baseUrl), orderBy: toGroupOrder(query) };
  const { page, facts } = await readPage(exchange, 'Groups', async (variables) => {
    const { teams } = await core.request(ListTeams, { ...list, ...variables });
    return teams;
  });
  await sendList(exchange, { items: page.nodes.map((team) => ({ team })), facts, projection });
};

/** GET /Groups/{id} (§3.4.1). */
export const getGroup: Handler = async (exchange) => {
  const projection = toGroupProjection(exchange.query);
  // A version tells of the group's own members, and not of those whom groups inside it bring.
  const couldFlatten = exchange.dialect.profile.nestedGroups === 'FLATTEN' && wants(projection, 'members');
  const { team } = await exchange.core.request(GetTeam, {
    id: exchange.id,
    withMemberTeams: couldFlatten && exchange.req.headers['if-none-match'] !== undefined,
  });
  const ETag = toETag(team.version);
  if (isNotModified(exchange.req, ETag) && (team.memberTeams ?? []).length === 0)
    return sendNothing(exchange, { status: 304, headers: { ETag } });
  await sendGroup(exchange, { status: 200, team, projection });
};

/** POST /Groups (§3.3). */
export const createGroup: Handler = async (exchange) => {
  const projection = toGroupProjection(exchange.query);
  const input = toCreateTeamInput(exchange.body, exchange.dialect);
  const { createTeam } = await exchange.core.request(CreateTeam, { input });
  const isEmpty = !input.members || input.members.length === 0;
  await sendGroup(exchange, { status: 201, team: createTeam.team, projection, isEmpty });
};

/** PUT /Groups/{id} (§3.5.1). */
export const replaceGroup: Handler = async (exchange) => {
  const { id, body, dialect, req } = exchange;
  const projection = toGroupProjection(exchange.query);
  const expected = await expectedVersion(req, versionReader(exchange));
  const input = toReplaceTeamInput(id, body, dialect, expected);
  const { replaceTeam } = await exchange.core.request(ReplaceTeam, { input });
  await sendGroup(exchange, { status: 200, team: replaceTeam.team, projection });
};

/** PATCH /Groups/{id} (§3.5.2): 204, since Entra wants no members back; with the group when attributes are asked for. */
export const patchGroup: Handler = async (exchange) => {
  const { id, body, dialect, query, req } = exchange;
  const projection = toGroupProjection(exchange.query);
  const input = toChangeTeamInput(id, body, dialect, await expectedVersion(req, versionReader(exchange)));
  const { changeTeam } = await exchange.core.request(ChangeTeam, { input });
  if (query.get('attributes') || query.get('excludedAttributes')) {
    await sendGroup(exchange, { status: 200, team: changeTeam.team, projection });
  } else {
    sendNothing(exchange, { headers: { ETag: toETag(changeTeam.team.version) } });
  }
};

/** DELETE /Groups/{id} (§3.6). */
export const deleteGroup: Handler = async (exchange) => {
  const expected = await expectedVersion(exchange.req, versionReader(exchange));
  await exchange.core.request(DeleteTeam, { input: { id: exchange.id, expectedVersion: expected } });
  sendNothing(exchange);
};

function versionReader({ core, id }: Exchange): () => Promise<number> {
  return async () => (await core.request(GetTeam, { id, withMemberTeams: false })).team.version;
}
