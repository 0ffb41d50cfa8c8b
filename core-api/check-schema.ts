import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BreakingChange, buildSchema, findBreakingChanges } from 'graphql';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCHEMA = 'schema/core.graphql';
const WAIVERS = 'schema/breaking-changes.md';

/**
 * The changes from `before` to `after` that break clients and that no line of `waivers` names by its description:
 * `- User.nickName was removed.`
 */
export function unwaivedChanges(before: string, after: string, waivers: string): BreakingChange[] {
  const waived = new Set(waivers.split('\n').map((line) => line.replace(/^\s*[-*]\s*/, '').trim()));
  return findBreakingChanges(buildSchema(before), buildSchema(after)).filter(
    ({ description }) => !waived.has(description),
  );
}

/** The schema of the last commit; null before the first one that has it, or outside of a repository. */
function committedSchema(): string | null {
  try {
    return execFileSync('git', ['show', `HEAD:${SCHEMA}`], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return null;
  }
}

/** Refuses changes of the schema that break clients. The schema to compare with can be given as a file. */
function main(): void {
  const former = process.argv[2] ? readFileSync(process.argv[2], 'utf8') : committedSchema();
  if (former === null) return;
  const waivers = existsSync(`${ROOT}/${WAIVERS}`) ? readFileSync(`${ROOT}/${WAIVERS}`, 'utf8') : '';
  const broken = unwaivedChanges(former, readFileSync(`${ROOT}/${SCHEMA}`, 'utf8'), waivers);
  for (const { description } of broken)
    console.error(`${SCHEMA} breaks clients: ${description} (wanted? put this sentence as a line into ${WAIVERS})`);
  if (broken.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
