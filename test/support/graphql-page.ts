import { readFileSync } from 'node:fs';
import { PERMISSIONS, type Permission } from '#core-api/domain/permissions.js';

export const PAGE = readFileSync(new URL('../../docs/graphql.md', import.meta.url), 'utf8');

/** The scripts of the page, by the file name that each begins with. */
export const SCRIPTS = new Map(
  [...PAGE.matchAll(/^```js\n\/\/ (\S+\.mjs)\n[\s\S]*?^```$/gm)].map(([block, name]) => [
    name!, // the group takes part in every match
    block.replace(/^```js\n/, '').replace(/```$/, ''),
  ]),
);

/** What the page says that a script needs: the permissions named above it, or every one. */
export function needOf(name: string): readonly Permission[] {
  const [, above = ''] =
    PAGE.match(new RegExp(`\\n### [^\\n]*\\n((?:(?!\\n### )[\\s\\S])*?)\`\`\`js\\n// ${name}\\n`)) ?? [];
  const [, need = ''] = above.match(/Needs ([\s\S]*)$/) ?? [];
  return /every permission|whatever the roles? may do/.test(need)
    ? PERMISSIONS
    : PERMISSIONS.filter((each) => need.includes(`\`${each}\``));
}
