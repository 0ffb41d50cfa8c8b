import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { ALWAYS, idCondition } from '#core-api/persistence/stores/filter-sql.js';
import type { OrderBy, PageOrder } from '#core-api/persistence/stores/page-sql.js';
import { listTeams } from '#core-api/persistence/stores/teams.js';
import { countAll } from '#core-api/persistence/stores/totals.js';
import { usersByIds } from '#core-api/persistence/stores/users.js';
import {
  type UserOrTeamKey,
  type UsersAndTeams,
  userAndTeamCount,
  userOrTeamPage,
} from '#core-api/persistence/stores/users-and-teams.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { orderBy, orderPath, unknownOrder } from '../list-order.js';
import { MOST_ROWS, MOST_ROWS_AT_THE_DOOR, readBounds, readPage } from '../page-bounds.js';
import type { Page, PathPageRequest } from '../paging.js';
import { toTeamCondition } from '../team/team-filter.js';
import { findTeamOrder, TEAM_ID, toTeamOrder } from '../team/team-order.js';
import type { TeamFilter, TeamRow } from '../team/team-types.js';
import { extensionsFor } from '../user/declared-extensions.js';
import { scopeOf, type UserScope } from '../user/ownership.js';
import { asksForRoles, toUserCondition } from '../user/user-filter.js';
import { findUserOrder, isExtensionPath, USER_ID } from '../user/user-order.js';
import type { UserFilter, UserParts, UserView } from '../user/user-types.js';

/** Exactly one of the two is there. */
export interface UserOrTeam {
  user: UserView | null;
  team: TeamRow | null;
}

/** `filter` says for each kind which are listed; left out, all of them. */
type Request = PathPageRequest<{ users?: UserFilter | null; teams?: TeamFilter | null }, never>;

/** The users and the teams of the actor's company, as far as the actor sees them, in one list. */
export class UsersAndTeamsService {
  readonly #scope: UserScope;

  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {
    this.#scope = scopeOf(actor);
  }

  /**
   * Four statements at most, whatever the page holds. Who does not have the attribute that the list is ordered by is without a value.
   *
   * @throws INVALID_VALUE (the page or the order that is asked for) | UNSUPPORTED_FILTER
   */
  async list({ filter, ...request }: Request, parts: UserParts = {}): Promise<Page<UserOrTeam>> {
    const { actor } = this;
    for (const permission of ['users:read', 'teams:read'] as const) requirePermission(actor, permission);
    if (parts.roles || (filter?.users && asksForRoles(filter.users))) requirePermission(actor, 'roles:read');
    const orders = await this.#orders(request.orderBy);
    const most = actor.directory ? MOST_ROWS_AT_THE_DOOR : MOST_ROWS;
    const bounds = readBounds(request, { most, type: orders.users.by?.type ?? null });
    const conditions = {
      users: toUserCondition(actor.companyId, filter?.users ?? {}, actor.directory?.profile ?? null),
      teams: toTeamCondition(filter?.teams, actor),
    };
    const isWhole = conditions.users === ALWAYS && conditions.teams === ALWAYS;
    const page = await readPage(request, bounds, {
      rows: () => this.db.run(userOrTeamPage(this.#scope, conditions, orders, bounds)),
      total: () =>
        this.db.run(
          isWhole
            ? countAll.bind({ ...this.#scope, kinds: ['User', 'Team'] })
            : userAndTeamCount(this.#scope, conditions),
        ),
    });
    return { ...page, ...(await this.#rowsOf(page, parts)) };
  }

  /** The rows of a page of keys. One that went away meanwhile is left out. */
  async #rowsOf(
    { nodes, cursors }: Page<Omit<UserOrTeamKey, 'orderValue'>>,
    parts: UserParts,
  ): Promise<Pick<Page<UserOrTeam>, 'nodes' | 'cursors'>> {
    const idsOf = (wanted: UserOrTeamKey['type']) => nodes.filter(({ type }) => type === wanted).map(({ id }) => id);
    const [userIds, teamIds] = [idsOf('User'), idsOf('Team')];
    const users = userIds.length > 0 ? await this.db.run(usersByIds(parts).bind({ ...this.#scope, ids: userIds })) : [];
    const teams = teamIds.length > 0 ? await this.db.run(this.#teamsByIds(teamIds)) : [];
    const userBy = new Map(users.map((user) => [user.id, user]));
    const teamBy = new Map(teams.map((team) => [team.id, team]));
    const rows = nodes.map(({ id }) => ({ user: userBy.get(id) ?? null, team: teamBy.get(id) ?? null }));
    const isThere = rows.map(({ user, team }) => user !== null || team !== null);
    // With all of them gone, the page's ends are still those from which the list goes on.
    const left = isThere.includes(true) ? cursors.filter((_, i) => isThere[i]) : cursors;
    return { nodes: rows.filter((_, i) => isThere[i]), cursors: left };
  }

  #teamsByIds(ids: string[]) {
    const bounds = { limit: ids.length, from: null, offset: 0, backwards: false };
    return listTeams(this.#scope, idCondition(sql.ref('team.id'), { in: ids }), toTeamOrder(null, true), bounds);
  }

  async #orders(order: Request['orderBy']): Promise<UsersAndTeams<PageOrder>> {
    const path = orderPath(order, {});
    const direction = order?.direction ?? 'ASC';
    if (path === 'type') return ordersBy(direction, typeOrder('User'), typeOrder('Team'));
    const declared = isExtensionPath(path) ? await extensionsFor(this.db, this.actor) : [];
    const users = findUserOrder(path, declared);
    const teams = findTeamOrder(path, this.actor.directory === null);
    if (users === undefined && teams === undefined) throw unknownOrder(path);
    return ordersBy(direction, users ?? absentFrom(teams), teams ?? absentFrom(users));
  }
}

function ordersBy(
  direction: PageOrder['direction'],
  users: OrderBy | null,
  teams: OrderBy | null,
): UsersAndTeams<PageOrder> {
  const nullable = (users?.nullable || teams?.nullable) ?? false;
  return {
    users: { id: USER_ID, direction, by: users && { ...users, nullable } },
    teams: { id: TEAM_ID, direction, by: teams && { ...teams, nullable } },
  };
}

const typeOrder = (type: UserOrTeamKey['type']) => orderBy(sql`${sql.lit(type)}::text collate "C"`, 'text');

/** What the other kind is ordered by, and this one does not have; null where that is the id, which both have. */
function absentFrom(other: OrderBy | null | undefined): OrderBy | null {
  return other ? orderBy(sql`null::${sql.raw(other.type)}`, other.type, true) : null;
}
