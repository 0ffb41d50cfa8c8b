import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SETTINGS, type Setting } from '#schema/settings.js';

const README = new URL('../../README.md', import.meta.url);
const MARKS = /(<!-- settings: [^\n]* -->\n)([\s\S]*?)(<!-- \/settings -->)/;

/** `UPDATE_DOCS=1 npm test -- test/docs` writes it anew. */
function settingsTable(): string {
  const row = ({ name, default: value, meaning, programs, secret }: Setting) =>
    `| \`${name}\`${secret ? ' *' : ''} | ${value ? `\`${value}\`` : ''} | ${programs.join(', ')} | ${meaning} |`;
  return ['| variable | default | program | what it does |', '|---|---|---|---|', ...SETTINGS.map(row), ''].join('\n');
}

it('README lists every setting there is, with its default', () => {
  const text = readFileSync(README, 'utf8');
  if (process.env.UPDATE_DOCS) writeFileSync(README, text.replace(MARKS, `$1${settingsTable()}$3`));
  expect(readFileSync(README, 'utf8').match(MARKS)?.[2]).toBe(settingsTable());
});
