import { type Exchange, type Handler, sendJson, sendNothing } from '#gateway/routes/exchange.js';
import { readPage } from '#gateway/routes/page.js';
import { expectedVersion, isNotModified } from '#gateway/routes/preconditions.js';
import { parseFilterIn } from '#gateway/scim/filter.js';
import { listResponse } from '#gateway/scim/list.js';
import { type Projection, project, wants } from '#gateway/scim/projection.js';
import { toUserOrder } from '#gateway/translate/order.js';
import { toETag } from '#gateway/translate/resource-meta.js';
import { toChangeUserInput } from '#gateway/translate/user-changes.js';
import { toUserFilter } from '#gateway/translate/user-filter.js';
import { toCreateUserInput, toReplaceUserInput } from '#gateway/translate/user-input.js';
import { toUserProjection } from '#gateway/translate/user-projection.js';
import { type CoreUser, toUserResource } from '#gateway/translate/user-resource.js';
import {
  ChangeUser,
  CreateUser,
  DeleteUser,
  GetUser,
  ListUsers,
  ReplaceUser,
  type UserChange,
} from '#schema/generated/gateway.js';

/** GET /Users (RFC 7644 §3.4.2). */
export const listUsers: Handler = async (exchange) => {
  const { core, dialect, query, baseUrl } = exchange;
  const projection = toUserProjection(query, dialect);
  const filter = parseFilterIn(query, dialect.note);
  const list = { filter: filter && toUserFilter(filter, dialect, baseUrl), orderBy: toUserOrder(query, dialect) };
  const withTeams = wants(projection, 'groups');
  const { page, facts } = await readPage(exchange, 'Users', async (variables) => {
    const { users } = await core.request(ListUsers, { ...list, ...variables, withTeams });
    return users;
  });
  const resources = page.nodes.map((user) => project(toUserResource(user, baseUrl, dialect), projection));
  sendJson(exchange, 200, listResponse({ ...facts, resources }));
};

/**
 * GET /Users/{id} (§3.4.1). A user's version tells of its own attributes, so `If-None-Match` is answered 304 only when what others decide, `groups` and
 * `roles`, is not part of the answer.
 */
export const getUser: Handler = async (exchange) => {
  const projection = toUserProjection(exchange.query, exchange.dialect);
  const { user } = await exchange.core.request(GetUser, { id: exchange.id, withTeams: wants(projection, 'groups') });
  const ETag = toETag(user.version);
  const isOwn = !wants(projection, 'groups') && !wants(projection, 'roles');
  if (isNotModified(exchange.req, ETag) && isOwn) return sendNothing(exchange, { status: 304, headers: { ETag } });
  sendUser(exchange, 200, user, projection);
};

/** POST /Users (§3.3). 201 also for a user who came back, or was adopted: to the provider it is a new one. */
export const createUser: Handler = async (exchange) => {
  const projection = toUserProjection(exchange.query, exchange.dialect);
  const input = toCreateUserInput(exchange.body, exchange.dialect);
  const answer = await exchange.core.request(CreateUser, { input, withTeams: wants(projection, 'groups') });
  sendUser(exchange, 201, answer.createUser.user, projection);
};

/** PUT /Users/{id} (§3.5.1). */
export const replaceUser: Handler = async (exchange) => {
  const { id, body, dialect, req } = exchange;
  const projection = toUserProjection(exchange.query, exchange.dialect);
  const expected = await expectedVersion(req, versionReader(exchange));
  const input = toReplaceUserInput(id, body, dialect, expected);
  const answer = await exchange.core.request(ReplaceUser, { input, withTeams: wants(projection, 'groups') });
  sendUser(exchange, 200, answer.replaceUser.user, projection);
};

/** PATCH /Users/{id} (§3.5.2): one mutation, and nothing is read first. */
export const patchUser: Handler = async (exchange) => {
  const { id, body, dialect, req } = exchange;
  const projection = toUserProjection(exchange.query, exchange.dialect);
  const input = toChangeUserInput(id, body, dialect, await expectedVersion(req, versionReader(exchange)));
  const withTeams = wants(projection, 'groups');
  const { changeUser } = await exchange.core.request(ChangeUser, {
    input,
    withTeams,
    withWarnings: input.changes.some(makesOnMiss),
  });
  for (const { code, field } of changeUser.warnings ?? [])
    if (code === 'CREATED_ON_MISS') dialect.note('CREATED_ON_MISS', field ?? '');
  sendUser(exchange, 200, changeUser.user, projection);
};

/** DELETE /Users/{id} (§3.6). */
export const deleteUser: Handler = async (exchange) => {
  const expected = await expectedVersion(exchange.req, versionReader(exchange));
  await exchange.core.request(DeleteUser, { input: { id: exchange.id, expectedVersion: expected } });
  sendNothing(exchange);
};

/** Only the core sees whether it has to; how often is asked only then. */
function makesOnMiss({ updateValues, updateExtensionValues }: UserChange): boolean {
  return (updateValues ?? updateExtensionValues)?.ifNone === 'CREATE';
}

function versionReader({ core, id }: Exchange): () => Promise<number> {
  return async () => (await core.request(GetUser, { id, withTeams: false })).user.version;
}

function sendUser(exchange: Exchange, status: 200 | 201, user: CoreUser, projection: Projection): void {
  const resource = toUserResource(user, exchange.baseUrl, exchange.dialect);
  const { location, version } = resource.meta;
  sendJson(exchange, status, project(resource, projection), {
    ETag: version,
    ...(status === 201 && { Location: location }),
  });
}
