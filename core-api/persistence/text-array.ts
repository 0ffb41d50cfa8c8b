const TEXT_OID = 25;
const HEADER_BYTES = 20;

/**
 * Texts as a `text[]` in PostgreSQL's binary form (array_send), which the driver hands through: nothing in them is escaped here and unescaped there. For
 * many and long ones; a list of ids is as well off as a list.
 */
export function textArray(texts: readonly (string | null)[]): Buffer {
  // At most: measuring each text would cost as much as writing it.
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + 4 + 3 * (text?.length ?? 0), HEADER_BYTES));
  const [dimensions, mayHoldNulls, lowerBound] = [1, 1, 1];
  let at = 0;
  for (const number of [dimensions, mayHoldNulls, TEXT_OID, texts.length, lowerBound])
    at = bytes.writeInt32BE(number, at);
  for (const text of texts) {
    const size = text === null ? -1 : bytes.write(text, at + 4);
    at = bytes.writeInt32BE(size, at) + Math.max(size, 0);
  }
  return bytes.subarray(0, at);
}
