/**
 * The first minor release of each major one that has the fixes of February 2026 (CVE-2026-2005 among them), and with them every earlier one that row-level
 * security needs. Newer majors have them all.
 */
const FIXED_IN: ReadonlyMap<number, number> = new Map([
  [15, 16],
  [16, 12],
  [17, 8],
  [18, 2],
]);

/**
 * What an operator has to know about the server's release; null when nothing.
 *
 * @param versionNumber PostgreSQL's `server_version_num`, as in 170004 for 17.4.
 */
export function missingFixes(versionNumber: number): string | null {
  const major = Math.floor(versionNumber / 10_000);
  const minor = versionNumber % 10_000;
  const fixed = FIXED_IN.get(major);
  if (fixed === undefined || minor >= fixed) return null;
  return `This is PostgreSQL ${major}.${minor}, which lacks security fixes: update it to ${major}.${fixed} or newer.`;
}
