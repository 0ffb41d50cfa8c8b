import type { Database } from '#core-api/persistence/database.js';
import {
  lastMembersOfTeams,
  type MemberOfTeam,
  membersOfTeams,
} from '#core-api/persistence/stores/members-of-teams.js';
import { countMembers } from '#core-api/persistence/stores/memberships.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { isId } from '../new-id.js';
import { MOST_ROWS, readBounds, toPage } from '../page-bounds.js';
import type { Page, PageRequest } from '../paging.js';

const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export interface Membership {
  userId: string;
  /** PostgreSQL's text of a timestamptz(3). */
  since: string;
}

/**
 * The same page of the members of each team, without deleted users: one statement for all teams, and one for the totals. A team that is not there
 * has an empty page.
 *
 * @throws FORBIDDEN | INVALID_VALUE (the page asked for)
 */
export async function pagesOfMembers(
  db: Database,
  actor: CompanyActor,
  teamIds: readonly string[],
  request: PageRequest<never, never>,
): Promise<Map<string, Page<Membership>>> {
  requirePermission(actor, 'teams:read');
  requirePermission(actor, 'users:read');
  const bounds = readBounds(request, { most: MOST_ROWS, type: null });
  const view = {
    companyId: actor.companyId,
    directoryId: actor.directory?.id ?? null,
    seesLocal: actor.directory?.profile.listScope !== 'MANAGED',
    teamIds: teamIds.filter(isId),
  };
  const { backwards, from, limit } = bounds;
  const read = backwards ? lastMembersOfTeams : membersOfTeams;
  const beyond = from?.id ?? (backwards ? LAST : FIRST);
  const wantsRows = request.wantRows !== false && limit > 0;
  const rows = wantsRows ? await db.run(read.bind({ ...view, beyond, limit: limit + 1 })) : [];
  const totals = request.wantTotal ? await db.run(countMembers.bind(view)) : null;

  const rowsOf = Map.groupBy(rows, (row) => row.teamId);
  const totalOf = new Map(totals?.map(({ teamId, total }) => [teamId, total]));
  const pageOf = (teamId: string) => {
    const page = toPage<MemberOfTeam>(rowsOf.get(teamId) ?? [], bounds, totals ? (totalOf.get(teamId) ?? 0) : -1);
    return { ...page, nodes: page.nodes.map(({ id, since }) => ({ userId: id, since })) };
  };
  return new Map(teamIds.map((id) => [id, pageOf(id)]));
}
