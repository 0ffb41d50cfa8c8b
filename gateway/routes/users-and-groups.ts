import type { Handler } from '#gateway/routes/exchange.js';
import { sendList } from '#gateway/routes/group-writer.js';
import { readPage } from '#gateway/routes/page.js';
import { parseFilterIn } from '#gateway/scim/filter.js';
import { project, wants } from '#gateway/scim/projection.js';
import { toCommonFilters } from '#gateway/translate/common-filter.js';
import { toGroupProjection } from '#gateway/translate/group-resource.js';
import { toCommonOrder } from '#gateway/translate/order.js';
import { toUserProjection } from '#gateway/translate/user-projection.js';
import { toUserResource } from '#gateway/translate/user-resource.js';
import { ListUsersAndTeams } from '#schema/generated/gateway.js';

/** GET at the root (RFC 7644 §3.4.2.1): users and groups in one list. */
export const listUsersAndGroups: Handler = async (exchange) => {
  const { core, dialect, query, baseUrl } = exchange;
  const projection = toUserProjection(query, dialect);
  const filter = parseFilterIn(query, dialect.note);
  const list = { ...(filter && toCommonFilters(filter, dialect, baseUrl)), orderBy: toCommonOrder(query, dialect) };
  const withTeams = wants(projection, 'groups');
  const { page, facts } = await readPage(exchange, '', async (variables) => {
    const { usersAndTeams } = await core.request(ListUsersAndTeams, { ...list, ...variables, withTeams });
    return usersAndTeams;
  });
  const items = page.nodes.map(
    ({ user, team }) => (team ? { team } : { resource: project(toUserResource(user!, baseUrl, dialect), projection) }), // one of the two is there
  );
  await sendList(exchange, { items, facts, projection: toGroupProjection(query) });
};
