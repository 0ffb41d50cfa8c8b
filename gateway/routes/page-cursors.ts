import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { invalidCursor, ScimError } from '#gateway/scim/error.js';
import { CURSOR_TIMEOUT_SECONDS } from '#gateway/scim/list.js';

/** Where a page begins, and what was said when the walk began. */
export interface Place {
  /** The core's cursor of the row before the page; of the row behind it when the page is read backwards. */
  row: string;
  isBackwards: boolean;
  count: number;
  totalResults: number;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The cursors of RFC 9865. One carries all there is to know, sealed by the gateways' key, so that none of them keeps anything and each takes those
 * of the others; it opens only in the list that it was made for (docs/adr/0009).
 */
export class PageCursors {
  readonly #key: Buffer;

  constructor(
    gatewayKey: string,
    private readonly now: () => number = Date.now,
  ) {
    this.#key = createHmac('sha256', gatewayKey).update('rollcall page cursors').digest();
  }

  /** @param list whose, of what, by which filter and in which order: texts that a request must repeat. */
  seal({ row, isBackwards, count, totalResults }: Place, list: readonly string[]): string {
    const expiresAt = Math.floor(this.now() / 1000) + CURSOR_TIMEOUT_SECONDS;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(JSON.stringify(list)));
    const text = JSON.stringify([row, isBackwards, count, totalResults, expiresAt]);
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws invalidCursor (not ours, or of another list) | expiredCursor */
  open(cursor: string, list: readonly string[]): Place {
    const [row, isBackwards, count, totalResults, expiresAt] = this.#read(cursor, list);
    if (expiresAt * 1000 < this.now())
      throw new ScimError(
        400,
        'expiredCursor',
        `The cursor is older than ${CURSOR_TIMEOUT_SECONDS} seconds. Begin again.`,
      );
    return { row, isBackwards, count, totalResults };
  }

  #read(cursor: string, list: readonly string[]): [string, boolean, number, number, number] {
    const sealed = Buffer.from(cursor, 'base64url');
    if (!/^[\w-]+$/.test(cursor) || sealed.length <= IV_BYTES + TAG_BYTES) throw invalidCursor();
    const decipher = createDecipheriv(CIPHER, this.#key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(JSON.stringify(list)))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(text.toString('utf8')); // it was sealed by us
    } catch {
      throw invalidCursor();
    }
  }
}
