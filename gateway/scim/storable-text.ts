/** False for text with a NUL character or half of a surrogate pair: PostgreSQL stores neither. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
