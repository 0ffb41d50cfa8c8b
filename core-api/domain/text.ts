import { invalidValue } from './errors.js';
import { foldKey } from './fold-key.js';

/** A folded name or address must fit into one row of an index: PostgreSQL's end at 2,704 bytes. */
const MOST_KEY_BYTES = 1024;

/** PostgreSQL takes no NUL, and JSON with half of a surrogate pair is none to it. */
export function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

/**
 * A text as it is stored; null when it is empty, which means "unassigned" (RFC 7643 §2.5).
 *
 * @param max in characters (code points)
 * @throws INVALID_VALUE (too long, NUL, half of a surrogate pair)
 */
export function checkText(field: string, value: string, max: number): string | null {
  if (value === '') return null;
  const isLonger = value.length > 2 * max || (value.length > max && [...value].length > max);
  if (isLonger) throw invalidValue(field, `${field} must have at most ${max} characters.`);
  if (!isStorable(value)) throw invalidValue(field, `${field} holds a character that cannot be stored.`);
  return value;
}

/** Whether its folded form fits an index: folding can make one character 18 of them. @throws INVALID_VALUE */
export function checkFoldedSize(field: string, value: string): void {
  if (Buffer.byteLength(foldKey(value)) > MOST_KEY_BYTES) throw invalidValue(field, `${field} is too long.`);
}
