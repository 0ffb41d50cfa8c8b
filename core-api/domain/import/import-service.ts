import type { Database } from '#core-api/persistence/database.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { begunAgain } from '../again.js';
import { DomainError, invalidValue } from '../errors.js';
import { TeamService } from '../team/team-service.js';
import { createUser } from '../user/user-creation.js';
import { hashOf, type ImportPlan, planImport, rowsOf } from './import-plan.js';
import { HOW_TO_SPLIT, type ImportRequest, MOST_ROWS_OF_IMPORT } from './import-request.js';
import { type ImportRow, placeOf } from './import-row.js';
import type { Reference } from './plan-memberships.js';

export interface ImportResult {
  /** Users, teams, memberships, each in the order of the file; then the members that go. */
  rows: ImportRow[];
  /** Stands for what the rows say. */
  hash: string;
}

export interface RunOptions {
  previewHash: string;
  /** STOP: nothing is done when a row is refused. SKIP: everything else is. */
  onRefused: 'STOP' | 'SKIP';
}

const changed = () =>
  new DomainError(
    'PREVIEW_CHANGED',
    'The import would not do any more what the preview showed. Look at a new one, and send its hash.',
  );

/** Brings users, teams and memberships of a file into the actor's company; rows of directories stay theirs. */
export class ImportService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** What would be done; nothing is. @throws FORBIDDEN | INVALID_VALUE (too many rows) */
  async preview(request: ImportRequest): Promise<ImportResult> {
    this.#require(request);
    return resultOf(await planImport(this.db, this.actor, request));
  }

  /**
   * Does what a preview showed, in one transaction: all of it, or nothing.
   *
   * @throws FORBIDDEN | INVALID_VALUE (too many rows) | PREVIEW_CHANGED | LAST_OWNER | UNIQUENESS | CONFLICT, and with STOP the refusal of the first
   *   row that is refused; a row that is at fault is named
   */
  async run(request: ImportRequest, { previewHash, onRefused }: RunOptions): Promise<ImportResult> {
    this.#require(request);
    return begunAgain(this.db, () =>
      this.db.inTransaction(async (tx) => {
        const plan = await planImport(tx, this.actor, request);
        const result = resultOf(plan);
        if (result.hash !== previewHash) throw changed();
        const refused = result.rows.find(({ verdict }) => verdict === 'REFUSED');
        if (refused && onRefused === 'STOP')
          throw new DomainError(refused.code as DomainError['code'], naming(refused, refused.message ?? ''), {
            ...(refused.field !== null && { field: refused.field }),
          });
        await this.#write(tx, plan);
        return result;
      }),
    );
  }

  async #write(tx: Database, { users, teams, memberships, writer }: ImportPlan): Promise<void> {
    const service = new TeamService(tx, this.actor);
    const userIds = new Map<number, string>();
    const teamIds = new Map<number, string>();
    for (const { row, write } of users)
      await about(row, async () => {
        if (!write) return;
        if ('change' in write) {
          if (!(await writer.write(write.change, {}))) throw changed();
        } else userIds.set(row.index!, (await createUser(tx, this.actor, writer, write.create, {})).user.id);
      });
    for (const { row, write } of teams)
      await about(row, async () => {
        if (!write) return;
        if ('change' in write) await service.change(write.before.id, [{ set: write.change }], versionOf(write.before));
        else teamIds.set(row.index!, (await service.create(write.create)).team.id);
      });
    const idIn = (made: ReadonlyMap<number, string>, at: Reference) => ('id' in at ? at.id : made.get(at.row)!);
    const writes = memberships.flatMap(({ row, write }) => (write ? [{ row, ...write }] : []));
    for (const [teamId, some] of Map.groupBy(writes, ({ team }) => idIn(teamIds, team)))
      await about(some[0]!.row, async () => {
        const named = (isIn: boolean) =>
          some.filter((each) => each.isIn === isIn).map(({ user }) => idIn(userIds, user));
        const change = [{ addMembers: named(true) }, { removeMembers: named(false) }];
        const { warnings } = await service.change(teamId, change);
        if (warnings.length > 0) throw changed();
      });
  }

  #require({ users, teams, memberships }: ImportRequest): void {
    for (const permission of ['users:read', 'users:write', 'teams:read', 'teams:write'] as const)
      requirePermission(this.actor, permission);
    for (const [name, rows] of Object.entries({ users, teams, memberships })) {
      const most = MOST_ROWS_OF_IMPORT[name as keyof typeof MOST_ROWS_OF_IMPORT];
      if (rows.length > most)
        throw invalidValue(name, `An import has at most ${most} ${name}; this one has ${rows.length}. ${HOW_TO_SPLIT}`);
    }
  }
}

function resultOf(plan: ImportPlan): ImportResult {
  const rows = rowsOf(plan);
  return { rows, hash: hashOf(rows) };
}

const versionOf = ({ version }: { version: number }) => ({ expectedVersion: version });

/** Does the work of one row; what a rule refuses now it did not refuse in the preview, and the row is named. */
async function about(row: ImportRow, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isRule = error instanceof DomainError && error.code !== 'CONFLICT' && error.code !== 'PREVIEW_CHANGED';
    if (!isRule) throw error;
    if (error.code === 'VERSION_MISMATCH' || error.code === 'NOT_FOUND') throw changed();
    throw new DomainError(error.code, naming(row, error.message), error.details);
  }
}

function naming(row: ImportRow, message: string): string {
  return `${row.object} ${row.name} (${placeOf(row)}): ${message}`;
}
