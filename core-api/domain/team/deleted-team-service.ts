import type { Database } from '#core-api/persistence/database.js';
import {
  countDeletedTeams,
  type DeletedTeamRow,
  listDeletedTeams,
  lockDeletedTeam,
  restoreTeam,
} from '#core-api/persistence/stores/deleted-teams.js';
import { authorOf, type CompanyActor, requireOwner, requirePermission } from '../actor.js';
import { begunAgain } from '../again.js';
import { notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { MOST_ROWS, readBounds, toPage } from '../page-bounds.js';
import type { Page, PageRequest } from '../paging.js';
import { unknownMembers, type WrittenTeam } from './team-service.js';

export type { DeletedTeamRow };

/** The teams of the actor's company that were deleted in the last 30 days. */
export class DeletedTeamService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** The last deleted one first. @throws FORBIDDEN | INVALID_VALUE (the page asked for) */
  async list(request: PageRequest<never, never>): Promise<Page<DeletedTeamRow>> {
    requirePermission(this.actor, 'teams:read');
    requirePermission(this.actor, 'audit:read');
    const { companyId } = this.actor;
    const bounds = readBounds(request, { most: MOST_ROWS, type: 'timestamptz' });
    const wantsRows = request.wantRows !== false && bounds.limit > 0;
    const rows = wantsRows ? await this.db.run(listDeletedTeams(companyId, bounds)) : [];
    const [counted] = request.wantTotal ? await this.db.run(countDeletedTeams.bind({ companyId })) : [];
    return toPage(rows, bounds, counted?.total ?? -1);
  }

  /**
   * Gives back a team under its id, to the directory that managed it, with the members, and the teams that it was in, that are still there, and its access to projects. Its name is
   * as it was; members that are gone are left out with a warning.
   *
   * @throws FORBIDDEN | NOT_FOUND (also when it was deleted more than 30 days ago) | UNIQUENESS (displayName, externalId)
   */
  async restore(id: string): Promise<WrittenTeam> {
    requireOwner(this.actor);
    const { companyId } = this.actor;
    const [restored] = await begunAgain(this.db, () =>
      this.db.inTransaction(async (tx) => {
        const [locked] = isId(id) ? await tx.run(lockDeletedTeam.bind({ companyId, teamId: id })) : [];
        if (!locked) throw notFound('Team', id);
        return tx.run(restoreTeam.bind({ ...authorOf(this.actor), teamId: id }));
      }),
    );
    const { gone, ...team } = restored!; // it is locked
    return { team, warnings: unknownMembers(gone) };
  }
}
