import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TOLERANCES } from '#schema/tolerances.js';

it('docs/scim.md lists every habit that the request log names, with its sentence', () => {
  const page = readFileSync(new URL('../../docs/scim.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));

  expect(rows).toEqual(Object.entries(TOLERANCES).map(([name, { description }]) => `| \`${name}\` | ${description} |`));
});
