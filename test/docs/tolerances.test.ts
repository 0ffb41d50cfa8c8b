import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TOLERANCES, type ToleranceEntry } from '#schema/tolerances.js';

const FILE = new URL('../../docs/scim.md', import.meta.url);
const TABLE = /(?<=<!-- tolerances: [^\n]*\n)[\s\S]*?(?=<!-- \/tolerances -->)/;

function tableOf(entries: Record<string, ToleranceEntry>): string {
  const rows = Object.entries(entries).map(([name, { description, rule, providers, cure, refusal }]) => {
    const strict = typeof refusal === 'number' ? String(refusal) : `\`${refusal}\``;
    return `| \`${name}\` | ${description} | ${rule} | ${providers.join(', ')} | ${cure} | ${strict} |`;
  });
  const head = ['| name | what was met | what the RFCs want | who | cure | strict |', '|---|---|---|---|---|---|'];
  return `${[...head, ...rows].join('\n')}\n`;
}

it('docs/scim.md lists every tolerance with what it means, who needs it, the cure and the refusal (UPDATE_DOCS=1 writes it)', () => {
  const page = readFileSync(FILE, 'utf8');
  const wanted = tableOf(TOLERANCES);
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      FILE,
      page.replace(TABLE, () => wanted),
    );
  else expect(TABLE.exec(page)?.[0]).toBe(wanted);
});

it('says of each tolerance whole sentences, and names the RFC that it deviates from', () => {
  for (const [name, { description, rule, cure }] of Object.entries(TOLERANCES))
    for (const text of [description, rule, cure]) expect(`${name}: ${text}`).toMatch(/: ["`A-Z].*\.$/);
});
