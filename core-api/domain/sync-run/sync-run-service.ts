import type { Database } from '#core-api/persistence/database.js';
import { SyncRun } from '#core-api/persistence/entities/watch.js';
import type { ChangeRow } from '#core-api/persistence/rows.js';
import { newestChange } from '#core-api/persistence/stores/changes.js';
import { queueAtTeams, teamsOfRun } from '#core-api/persistence/stores/sync-run-revert.js';
import { countUsersOfRuns, type RunUserRow, usersOfRuns } from '#core-api/persistence/stores/sync-run-users.js';
import {
  growRun,
  isOfRun,
  lockRun,
  type RunScope,
  SYNC_RUNS,
  type SyncRunRow,
} from '#core-api/persistence/stores/sync-runs.js';
import { type CompanyActor, keptNameOf, requireOwner, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import { lockRecord, type RecordKind, saveRecord, type Transaction } from '../admin-record.js';
import { resolveAlarm } from '../alarm/alarms.js';
import { type ChangeListRequest, ChangeService } from '../change/change-service.js';
import { conflict, DomainError, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { MOST_ROWS, readBounds, toPage } from '../page-bounds.js';
import type { Page, PageRequest, StringFilter } from '../paging.js';
import { RunReversal } from './run-reversal.js';

export type { RunUserRow, SyncRunRow };

export type ChangePageRequest = Omit<ChangeListRequest, 'filter' | 'order'>;

/** All that are given must hold. */
export interface SyncRunFilter {
  directoryId?: StringFilter | null;
  status?: StringFilter | null;
}

const SYNC_RUN: RecordKind<SyncRun> = {
  entity: SyncRun,
  type: 'SyncRun',
  object: 'sync_run',
  logged: ['status', 'decidedBy'],
  ofCompany: true,
};
const ORDERS = { LAST_AT: 'lastAt' } as const;
/** More advisory locks than this could fill the server's table of locks; the rows are locked in any case. */
const MOST_QUEUES = 1_000;
const TRIES = 3;

/** What the directories of the actor's company took away too much of at once. */
export class SyncRunService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** The newest first. @throws INVALID_VALUE (the page that is asked for) | UNSUPPORTED_FILTER */
  list(request: PageRequest<SyncRunFilter, never>): Promise<Page<SyncRunRow>> {
    requirePermission(this.actor, 'directories:read');
    const orderBy = { field: 'LAST_AT', direction: 'DESC' } as const;
    return listRecords(this.db, SYNC_RUNS, ORDERS, this.actor.companyId, { ...request, orderBy });
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<SyncRunRow> {
    requirePermission(this.actor, 'directories:read');
    return this.#read(this.db, id);
  }

  /** By run: the same page of the users whom it took away, by id. @throws INVALID_VALUE (the page that is asked for) */
  async usersOf(
    runs: readonly SyncRunRow[],
    request: PageRequest<never, never>,
  ): Promise<Map<string, Page<RunUserRow>>> {
    requirePermission(this.actor, 'users:read');
    const bounds = readBounds(request, { most: MOST_ROWS, type: null });
    const scopes = runs.map((run) => ({ ...run, companyId: this.actor.companyId }));
    const rows = request.wantRows === false ? [] : await this.db.run(usersOfRuns(scopes, bounds));
    const totals = request.wantTotal ? await this.db.run(countUsersOfRuns(scopes)) : [];
    const lists = Map.groupBy(rows, ({ place }) => place);
    const totalOf = new Map(totals.map(({ place, total }) => [place, total]));
    return new Map(runs.map(({ id }, place) => [id, toPage(lists.get(place) ?? [], bounds, totalOf.get(place) ?? -1)]));
  }

  /** By run: the same page of what it consists of, oldest first. @throws INVALID_VALUE (the page that is asked for) */
  async changesOf(runs: readonly SyncRunRow[], page: ChangePageRequest): Promise<Map<string, Page<ChangeRow>>> {
    const conditions = runs.map((run) => isOfRun({ ...run, companyId: this.actor.companyId }));
    const pages = await new ChangeService(this.db, this.actor).listEach(conditions, page);
    return new Map(runs.map(({ id }, place) => [id, pages[place]!]));
  }

  /** It was meant: everything stays as it is. @throws FORBIDDEN | NOT_FOUND | ALREADY_DECIDED */
  confirm(id: string): Promise<SyncRunRow> {
    requireOwner(this.actor);
    return this.#decide(id, async () => ({ status: 'CONFIRMED' }));
  }

  /**
   * Gives back all that the run took away, as far as nobody changed it since; the report says what was left. Whatever the directory takes away afterwards
   * belongs to another run.
   *
   * @throws FORBIDDEN | NOT_FOUND | ALREADY_DECIDED | CONFLICT
   */
  revert(id: string): Promise<SyncRunRow> {
    requireOwner(this.actor);
    return this.#decide(id, async (tx, run) => {
      const report = await new RunReversal(tx, this.actor, run).revert();
      return { status: 'REVERTED', report: { ...report } };
    });
  }

  async #decide(
    id: string,
    decide: (tx: Database, run: RunScope) => Promise<Pick<Partial<SyncRun>, 'status' | 'report'>>,
  ): Promise<SyncRunRow> {
    if (!isId(id)) throw notFound('SyncRun', id);
    return this.#begunAgain(() =>
      this.db.inTransaction(async (tx, em) => {
        const found = await this.#read(tx, id);
        if (found.status !== 'HELD') throw alreadyDecided(id);
        // Before the first lock of a row, which gives the transaction its place in the log.
        await this.#queueAtTeams(tx, found);
        const run = await this.#caughtUp(tx, id);
        const { directoryId } = run;
        const values = await decide(tx, run);
        const transaction: Transaction = { tx, em };
        const record = await lockRecord(transaction, this.actor, SYNC_RUN, id);
        const decided = { ...values, decidedAt: new Date(), decidedBy: keptNameOf(this.actor) };
        await saveRecord(transaction, this.actor, SYNC_RUN, values.status!.toLowerCase(), record, decided);
        await resolveAlarm(tx, this.actor, { kind: 'MASS_DEPROVISION', directoryId, subjectId: id });
        return this.#read(tx, id);
      }),
    );
  }

  /** The run, locked, with what came to it since somebody last followed the log. @throws NOT_FOUND | ALREADY_DECIDED */
  async #caughtUp(tx: Database, id: string): Promise<RunScope> {
    const { companyId } = this.actor;
    const [run] = await tx.run(lockRun.bind({ companyId, id }));
    if (!run) throw notFound('SyncRun', id);
    if (run.status !== 'HELD') throw alreadyDecided(id);
    const [newest] = await tx.run(newestChange.bind({ companyId }));
    const upTo = { upToEpoch: newest!.epoch, upToXid: newest!.xid, upToNo: newest!.no }; // the run's own changes are final
    const [grown] = await tx.run(growRun.bind({ ...run, ...upTo }));
    return grown ? { ...run, throughEpoch: grown.epoch, throughXid: grown.xid } : run;
  }

  async #queueAtTeams(tx: Database, run: SyncRunRow): Promise<void> {
    const { companyId } = this.actor;
    const teams = await tx.run(teamsOfRun.bind({ ...run, companyId }));
    const ids = teams.slice(0, MOST_QUEUES).map((team) => team.id);
    await tx.run(queueAtTeams.bind({ companyId, ids }));
  }

  /** Names can be taken while the revert looks at them: then it looks again. */
  async #begunAgain<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const code = error instanceof DomainError ? error.code : null;
        if (code !== 'CONFLICT' && code !== 'UNIQUENESS') throw error;
        if (tries === TRIES) throw conflict();
      }
    }
  }

  #read(db: Database, id: string): Promise<SyncRunRow> {
    return getRecord(db, SYNC_RUNS, 'SyncRun', this.actor.companyId, id);
  }
}

const alreadyDecided = (id: string) =>
  new DomainError('ALREADY_DECIDED', 'The run was confirmed or reverted before.', { id });
