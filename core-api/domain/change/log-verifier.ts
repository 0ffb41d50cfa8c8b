import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { rowsToVerify, type SealedRow, type SealRow, sealsAfter } from '#core-api/persistence/stores/change-seals.js';
import { BEFORE_ALL, type ChangePosition } from '#core-api/persistence/stores/changes.js';
import { readInOrder } from '#core-api/persistence/stores/reading-order.js';
import { changePosition } from './change-service.js';

const ROWS_AT_ONCE = 1_000;
const SEALS_AT_ONCE = 100;
/** After every change there can be. */
const AFTER_ALL: ChangePosition = { epoch: 2 ** 31 - 1, xid: '18446744073709551615', no: '9223372036854775807' };

/** A seal by its number and root: whoever keeps the newest one elsewhere can later show that it is still there. */
export interface NotedSeal {
  /** 1, 2, 3, … as decimal text. */
  sealNo: string;
  /** Hexadecimal. */
  root: string;
}

export type BreakKind =
  | 'CHANGED_ROW'
  | 'UNTOLD_ERASURE'
  | 'MISSING_ROWS'
  | 'ADDED_ROWS'
  | 'OTHER_ROWS'
  | 'MISSING_SEAL'
  | 'BROKEN_CHAIN'
  | 'OTHER_SEAL';

/** The first place at which a log is not what was sealed. */
export interface LogBreak {
  kind: BreakKind;
  /** Positions `epoch.xid.no`: the row itself, or the stretch after `after` (null: from the beginning) up to `through` (null: to the end). */
  after: string | null;
  through: string | null;
  message: string;
}

export interface LogVerdict {
  /** Seals that hold, and rows that they cover. */
  seals: number;
  sealedRows: number;
  /** Rows since the last seal: each agrees with its own digest, but nothing says yet that none is missing. */
  unsealedRows: number;
  newest: NotedSeal | null;
  /** Null when all holds. */
  broken: LogBreak | null;
}

/**
 * Recomputes digests and seals of one company's log from the stored rows, in order, and stops at the first place that does not hold. What it cannot see:
 * the end of the log cut off together with its seals, unless a seal that was noted before is handed in.
 */
export async function verifyLog(db: Database, companyId: string, noted: NotedSeal | null = null): Promise<LogVerdict> {
  return new LogVerifier(db, companyId, noted).verify();
}

class Broken extends Error {
  constructor(readonly where: LogBreak) {
    super(where.message);
  }
}

class LogVerifier {
  #last: { sealNo: bigint; root: string | null; position: ChangePosition } = {
    sealNo: 0n,
    root: null,
    position: BEFORE_ALL,
  };
  #sealedRows = 0;
  #unsealedRows = 0;

  constructor(
    private readonly db: Database,
    private readonly companyId: string,
    private readonly noted: NotedSeal | null,
  ) {}

  async verify(): Promise<LogVerdict> {
    const broken = await this.#walk().catch((error: unknown) => {
      if (error instanceof Broken) return error.where;
      throw error;
    });
    const { sealNo, root } = this.#last;
    return {
      seals: Number(sealNo),
      sealedRows: this.#sealedRows,
      unsealedRows: this.#unsealedRows,
      newest: root === null ? null : { sealNo: String(sealNo), root },
      broken: broken ?? null,
    };
  }

  async #walk(): Promise<undefined> {
    const { db, companyId } = this;
    for (;;) {
      const sealNo = String(this.#last.sealNo);
      const seals = await db.run(sealsAfter.bind({ companyId, sealNo, limit: SEALS_AT_ONCE }));
      for (const seal of seals) await this.#verifySeal(seal);
      if (seals.length < SEALS_AT_ONCE) break;
    }
    if (this.noted && BigInt(this.noted.sealNo) > this.#last.sealNo)
      this.#refuse('MISSING_SEAL', null, `seal ${this.noted.sealNo}, which was noted, is not there`);
    this.#unsealedRows = await this.#eachRow(AFTER_ALL, () => undefined);
  }

  async #verifySeal(seal: SealRow): Promise<void> {
    const { sealNo, root } = this.#last;
    const expected = sealNo + 1n;
    if (BigInt(seal.sealNo) !== expected) this.#refuse('MISSING_SEAL', seal, `seal ${expected} is not there`);
    if (seal.previousRoot !== root)
      this.#refuse('BROKEN_CHAIN', seal, `seal ${seal.sealNo} was not made after seal ${sealNo} as it is now`);
    if (this.noted?.sealNo === seal.sealNo && this.noted.root !== seal.root)
      this.#refuse('OTHER_SEAL', seal, `seal ${seal.sealNo} is not the one that was noted`);

    const hash = createHash('sha256').update(Buffer.from(root ?? '', 'hex'));
    const rows = await this.#eachRow(seal, (leaf) => hash.update(leaf));
    if (rows < seal.rows) this.#refuse('MISSING_ROWS', seal, `of ${seal.rows} rows ${seal.rows - rows} are missing`);
    if (rows > seal.rows) this.#refuse('ADDED_ROWS', seal, `there are ${rows - seal.rows} rows more than were sealed`);
    if (hash.digest('hex') !== seal.root) this.#refuse('OTHER_ROWS', seal, 'there are other rows than were sealed');
    this.#last = { sealNo: expected, root: seal.root, position: seal };
    this.#sealedRows += rows;
  }

  /** Hands on the leaves of the rows since the last seal, in order. @returns how many those were. */
  async #eachRow(through: ChangePosition, take: (leaf: Buffer) => void): Promise<number> {
    let at = this.#last.position;
    let count = 0;
    for (;;) {
      const rows = await this.#read(at, through);
      for (const row of rows) {
        const position = changePosition(row);
        const at = { after: position, through: position };
        if (row.isWhole === false)
          throw new Broken({ kind: 'CHANGED_ROW', ...at, message: 'the row says something else than its digest' });
        if (row.isErasureTold === false)
          throw new Broken({
            kind: 'UNTOLD_ERASURE',
            ...at,
            message: 'the row was emptied, and no erasure is told of',
          });
        take(row.leaf);
      }
      count += rows.length;
      if (rows.length < ROWS_AT_ONCE) return count;
      at = rows.at(-1)!;
    }
  }

  #read({ epoch, xid, no }: ChangePosition, through: ChangePosition): Promise<SealedRow[]> {
    const stretch = {
      ...{ companyId: this.companyId, epoch, xid, no, limit: ROWS_AT_ONCE },
      ...{ throughEpoch: through.epoch, throughXid: through.xid, throughNo: through.no },
    };
    return this.db.inTransaction(async (tx) => {
      await tx.run(readInOrder);
      return tx.run(rowsToVerify.bind(stretch));
    });
  }

  #refuse(kind: BreakKind, through: ChangePosition | null, message: string): never {
    const { position } = this.#last;
    throw new Broken({
      kind,
      after: position === BEFORE_ALL ? null : changePosition(position),
      through: through && changePosition(through),
      message,
    });
  }
}
