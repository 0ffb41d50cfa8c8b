import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { SETTINGS } from '#schema/settings.js';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const PAGE = read('docs/sign-in.md');
const SDL = read('schema/core.graphql');

const tableLines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/^[ *]+/, ''))
    .filter((line) => line.startsWith('|'));

/** The tables that stand in a docstring, each with its head. */
function tablesOf(docstring: string): string[][] {
  const lines = tableLines(docstring);
  const heads = lines.flatMap((line, i) => (line.startsWith('| ---') ? [i - 1] : []));
  return heads.map((from, i) => lines.slice(from, heads[i + 1]));
}

it.each([
  ['who', 0],
  ['may', 1],
])('the table "%s" is the one by which the gate decides', (name, which) => {
  const docstring = /\/\*\*[^/]*?\*\/\nexport function decideSignIn/.exec(read('core-api/domain/sso/sign-in-gate.ts'))!;
  const shown = new RegExp(String.raw`<!-- ${name}: .*?-->([\s\S]*?)<!-- /${name} -->`).exec(PAGE)!;

  expect(tableLines(shown[1]!)).toEqual(tablesOf(docstring[0])[which]);
});

it.each([
  ['GateRefusal', 'core-api/domain/sso/sign-in-gate.ts'],
  ['ProtocolRefusal', 'core-api/domain/sso/refusal.ts'],
  ['LocalRefusal', 'core-api/domain/sign-in/local-ways.ts'],
])('every reason of %s is explained', (type, file) => {
  const [, union = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(read(file)) ?? [];
  const reasons = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, reason]) => reason!);
  const why = PAGE.slice(PAGE.indexOf('## Why somebody did not come in'));
  const explained = tableLines(why).flatMap((line) => [...line.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)]);

  expect(reasons.length).toBeGreaterThan(5);
  expect(explained.map(([, reason]) => reason)).toEqual(expect.arrayContaining(reasons));
});

/** Names of others, of configuration, and of OAuth. */
const NOT_OURS = ['firstName', 'lastName', 'emailAddress', 'memberOf', 'objectId', 'entryPoint'];

it('names operations, fields, policies and alarms as they are called', () => {
  const names = [...PAGE.matchAll(/`([a-z]+[A-Z]\w*)(?:\([^`]*)?`/g)].map(([, name]) => name!);
  const fields = [...PAGE.matchAll(/`(?:config|after)\.(\w+)/g)].map(([, name]) => name!);
  const known = new Set([...NOT_OURS, ...fields, ...(SDL.match(/\w+/g) ?? [])]);

  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  const alarms = [...PAGE.matchAll(/`((?:DOMAIN|SSO|SUBJECT|BREAK)_[A-Z_]+)`(?:,[^`]*)? rings|alarm `([A-Z_]+)`/g)];
  expect(alarms.length).toBeGreaterThan(5);
  for (const [, rings, alarm] of alarms) expect(SDL).toContain(`\`${rings ?? alarm}\``);
});

it('shows documents that the schema takes', () => {
  const schema = buildSchema(SDL);
  const blocks = [...PAGE.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(validate(schema, parse(block))).toEqual([]);
});

it('has steps for Okta, Entra ID and OneLogin, by SAML and by OIDC', () => {
  for (const provider of ['Okta', 'Entra ID', 'OneLogin']) {
    const [, part = ''] = PAGE.split(`\n### ${provider}\n`);
    const [saml = '', oidc = ''] = part.split('\n### ')[0]!.split('**OIDC.**');
    for (const [steps, addresses] of [
      [saml, ['`entityId`', '`acsUrl`', '`metadataUrl`']],
      [oidc, ['`redirectUri`', 'issuer: "https://', 'clientId: "']],
    ] as const) {
      expect(steps.match(/^\d\. /gm)!.length, provider).toBeGreaterThanOrEqual(4);
      for (const address of addresses) expect(steps, provider).toContain(address);
    }
  }
});

it('names settings that there are', () => {
  const names = SETTINGS.map(({ name }) => name as string);
  for (const [name] of PAGE.matchAll(/\bROLLCALL_[A-Z_]+/g)) expect(names).toContain(name);
});

it('links lead somewhere', () => {
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
  for (const [, target = ''] of PAGE.matchAll(/\]\(([^)]+)\)/g)) {
    const [file, anchor] = target.split('#');
    const url = new URL(file || 'sign-in.md', new URL('docs/', ROOT));
    expect(existsSync(url), target).toBe(true);
    if (anchor) expect(anchorsOf(readFileSync(url, 'utf8')), target).toContain(anchor);
  }
});
