import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ArgsDef, CommandDef } from 'citty';
import { buildSchema, type OperationDefinitionNode, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROFILES } from '#core-api/domain/directory/profile-presets.js';
import { PROFILE_PRESETS } from '#schema/profile.js';
import { SETTINGS } from '#schema/settings.js';
import { graphqlClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ROOT = new URL('../../', import.meta.url);
const FOLDER = new URL('docs/provisioning/', ROOT);
const PAGES = readdirSync(FOLDER)
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(file, FOLDER), 'utf8') }));
const all = PAGES.map(({ text }) => text).join('\n');

const blocksOf = (language: string) =>
  PAGES.flatMap(({ file, text }) =>
    [...text.matchAll(new RegExp(`^ *\`\`\`${language}\\n([^]*?)\`\`\``, 'gm'))].map(([, block = ''], i) => ({
      at: `${file} ${i + 1}`,
      block,
    })),
  );
const found = (pattern: RegExp) => [...new Set([...all.matchAll(pattern)].map(([, match]) => match!))].sort();

it('there is a page for each provider, and each links to what is the same for all', () => {
  expect(PAGES.map(({ file }) => file)).toEqual([
    'README.md',
    'entra.md',
    'jumpcloud.md',
    'okta.md',
    'onelogin.md',
    'ping.md',
  ]);
  for (const { file, text } of PAGES.slice(1)) expect(text, file).toContain('](README.md)');
});

it('links lead somewhere', () => {
  const anchors = new Map(
    PAGES.map(({ file, text }) => [
      file,
      [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      ),
    ]),
  );
  for (const target of found(/\]\(([^)]+)\)/g)) {
    const [file = '', anchor] = target.split('#');
    expect(existsSync(new URL(file, FOLDER)), target).toBe(true);
    if (anchor) expect(anchors.get(file), target).toContain(anchor);
  }
});

it.each(found(/npx rollcall ([^`\n]*)/g))('rollcall %s is a command, with these arguments', async (line) => {
  const words = line.replaceAll(/"[^"]*"/g, 'TEXT').split(' ');
  const name = words[0]!.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const { [`${name}Command`]: command } = (await import(`../../cli/commands/${words[0]}.ts`)) as Record<
    string,
    CommandDef
  >;
  const subCommands = (command?.subCommands ?? {}) as Record<string, CommandDef>;
  const args = (subCommands[words[1] ?? ''] ?? command)?.args as ArgsDef;

  expect(args).toBeDefined();
  for (const word of words.filter((each) => each.startsWith('--'))) expect(Object.keys(args)).toContain(word.slice(2));
});

it('names settings, presets and schemas that exist', () => {
  const settings = SETTINGS.map(({ name }): string => name);
  for (const name of found(/\b(ROLLCALL_[A-Z_]+)\b/g)) expect(settings).toContain(name);
  for (const preset of PROFILE_PRESETS) expect(all).toContain(`\`${preset}\``);
  const members = Object.keys(PROFILES.rollcall);
  for (const member of found(/`([a-zA-Z]+): (?:[A-Z_]+)`/g)) expect(['idpKind', ...members]).toContain(member);
  const urns = Object.values(PROFILES).flatMap(({ extensions }) =>
    extensions.flatMap(({ urn, attributes }) => [urn, ...attributes.map(({ name }) => `${urn}:${name}`)]),
  );
  for (const urn of found(/(urn:ietf:params:scim:schemas:extension:(?!enterprise)[\w.:]+)/g))
    expect(urns).toContain(urn);
});

it.each(blocksOf('json'))('the JSON of $at can be read', ({ block }) => {
  expect(() => JSON.parse(block)).not.toThrow();
});

describe('on a server', () => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    company = await rollcall.newCompany();
  });
  afterAll(() => rollcall?.stop());

  it.each(blocksOf('graphql'))('the GraphQL of $at does what it says', async ({ block }) => {
    const schema = buildSchema(readFileSync(new URL('schema/core.graphql', ROOT), 'utf8'));
    const document = parse(block);
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);

    const known: Record<string, string> = { directory: company.directoryId, name: company.ownerEmail };
    const { variableDefinitions = [] } = document.definitions[0] as OperationDefinitionNode; // one operation a block
    const names = variableDefinitions.map(({ variable }) => variable.name.value);
    if (names.every((name) => Object.hasOwn(known, name))) {
      const { body } = await graphqlClient(company)(block, known);
      expect(body.errors).toBeUndefined();
    }
  });

  it.each(found(/https:\/\/id\.example\.com(\/[^\s"`)]*)/g))('%s is served', async (path) => {
    const url = new URL(path.replace('/companies/acme', `/companies/${company.companySlug}`), rollcall.graphqlUrl);
    const isResource = /\/Users\b/.test(url.pathname);
    const isToken = url.pathname === '/oauth/token';
    const response = await fetch(isResource || isToken ? url : url.href.replace(/(\?|$)/, '/Users$1'), {
      method: isToken ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${company.scimToken}` },
    });
    await response.body?.cancel();

    expect(isToken ? [400, 401] : [200]).toContain(response.status);
  });
});
