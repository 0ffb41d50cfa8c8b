import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BreakingChange, buildSchema, type DocumentNode, findBreakingChanges, parse, print, visit } from 'graphql';

const file = (name: string) => fileURLToPath(new URL(`../schema/${name}`, import.meta.url));
const CURRENT = file('core.graphql');
/** What clients have been promised: the schema of the last release, without its descriptions. */
const PUBLISHED = file('published.graphql');
const WAIVERS = file('breaking-changes.md');

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

function withoutDescriptions(text: string): string {
  const bare: DocumentNode = visit(parse(text), {
    enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
  });
  return `${print(bare)}\n`;
}

/** Refuses changes of the schema that break what was published. With `--publish` (at a release), the schema becomes what is published. */
function main(): void {
  const current = readFileSync(CURRENT, 'utf8');
  const waivers = existsSync(WAIVERS) ? readFileSync(WAIVERS, 'utf8') : '';
  const broken = existsSync(PUBLISHED) ? unwaivedChanges(readFileSync(PUBLISHED, 'utf8'), current, waivers) : [];
  for (const { description } of broken)
    console.error(
      `schema/core.graphql breaks clients: ${description} (wanted? put this sentence as a line into schema/breaking-changes.md)`,
    );
  if (broken.length > 0) process.exitCode = 1;
  else if (process.argv.includes('--publish')) writeFileSync(PUBLISHED, withoutDescriptions(current));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
