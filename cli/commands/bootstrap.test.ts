import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineCommand } from 'citty';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandLine } from '#test/support/command-line.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';
import { bootstrapCommand } from './bootstrap.js';
import { tokenCommand } from './token.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = defineCommand({
  meta: { name: 'rollcall' },
  subCommands: { bootstrap: bootstrapCommand, token: tokenCommand },
});

let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    ROLLCALL_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    ROLLCALL_PUBLIC_URL: 'https://id.example.com',
  };
});
afterAll(() => database.drop());

beforeEach(() => {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const rollcall = commandLine(root);

describe('rollcall bootstrap', () => {
  it('prints one JSON object with --json, and nothing else', async () => {
    const program = ['--conditions=source', '--import=tsx', MAIN];
    const args = ['bootstrap', '--company', 'Acme Testing', '--json'];
    const env = { PATH: process.env.PATH, ...settings };
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args], { env });
    expect(JSON.parse(stdout)).toEqual({
      companyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      companySlug: 'acme-testing',
      graphqlUrl: 'https://id.example.com/graphql',
      scimBaseUrl: 'https://id.example.com/scim/v2',
      scimToken: expect.stringMatching(/^rcs_/),
      apiKey: expect.stringMatching(/^rck_/),
      ownerEmail: expect.stringContaining('@'),
      ownerPassword: expect.stringMatching(/^.{12,}$/),
    });
  });

  it('shows a person what to paste', async () => {
    const { stdout } = await rollcall('bootstrap', '--company', 'Beta', '--preset', 'testmail');
    expect(stdout.match(/^ {2}curl /gm)).toHaveLength(2);
    expect(stdout).toContain('https://id.example.com/scim/v2/Users');
  });

  it('names the presets when it does not know the one asked for', async () => {
    expect(await rollcall('bootstrap', '--company', 'Gamma', '--preset', 'gmail')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'rollcall: unknown preset "gmail"; there are: rollcall, testomat, betatesting, testmail, testplanit.\n',
    });
  });
});

describe('rollcall token', () => {
  it('makes a token, lists it and revokes it', async () => {
    const { companySlug } = JSON.parse((await rollcall('bootstrap', '--company', 'Delta', '--json')).stdout);
    const inDelta = ['--company', companySlug];
    const listed = async () => JSON.parse((await rollcall('token', 'list', ...inDelta, '--json')).stdout);
    const [{ directory }] = await listed();

    const made = await rollcall(
      'token',
      'create',
      ...inDelta,
      '--directory',
      directory,
      '--name',
      'spare',
      '--expires',
      '90d',
    );
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^rcs_\w+\n$/) });

    const spare = (await listed()).find(({ name }: { name: string }) => name === 'spare');
    expect(spare).toMatchObject({ directory, revokedAt: null, expiresAt: expect.any(String) });
    expect(JSON.stringify(spare)).not.toContain(made.stdout.trim());

    expect(await rollcall('token', 'revoke', ...inDelta, spare.id)).toMatchObject({ code: 0 });
    expect((await listed()).find(({ id }: { id: string }) => id === spare.id).revokedAt).not.toBeNull();
  });

  it('rotates a token: the new one is shown this once, the old one ends after the overlap', async () => {
    const { companySlug, ownerEmail } = JSON.parse(
      (await rollcall('bootstrap', '--company', 'Epsilon', '--json')).stdout,
    );
    const inEpsilon = ['--company', companySlug];
    const listed = async () => JSON.parse((await rollcall('token', 'list', ...inEpsilon, '--json')).stdout);
    const [first] = await listed();

    const rotated = await rollcall('token', 'rotate', ...inEpsilon, first.id, '--overlap', '1h');
    expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^rcs_\w+\n$/) });

    const [old, next] = await listed();
    expect(old).toMatchObject({ id: first.id, revokedAt: null });
    expect(Date.parse(old.expiresAt) - Date.parse(next.createdAt)).toBe(3_600_000);
    expect(next).toMatchObject({ name: first.name, replacesId: first.id, expiresAt: null });
    const again = await rollcall('token', 'rotate', ...inEpsilon, first.id);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('one overlap at a time') });

    const made = await rollcall(
      ...[
        'token',
        'create',
        ...inEpsilon,
        '--directory',
        first.directory,
        '--name',
        'here',
        '--from',
        '192.0.2.7, ::1',
      ],
    );
    expect(made.code).toBe(0);
    const here = (await listed()).find(({ name }: { name: string }) => name === 'here');
    expect(here.allowedAddresses).toEqual(['192.0.2.7', '::1']);
    const forOne = ['token', 'create', ...inEpsilon, '--directory', first.directory, '--name', 'one', '--user'];
    // Nobody is in the directory yet; the owner is no user of it.
    expect(await rollcall(...forOne, 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('nobody') });
    expect(await rollcall(...forOne, ownerEmail)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('active user'),
    });
    const json = await rollcall('token', 'rotate', ...inEpsilon, here.id, '--overlap', 'none', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      token: expect.stringMatching(/^rcs_/),
      oldEndsAt: expect.any(String),
    });
    expect((await listed()).find(({ id }: { id: string }) => id === here.id).revokedAt).not.toBeNull();
  });

  it.each([
    [['list', '--company', 'nowhere'], 'there is no company with the slug "nowhere".'],
    [
      ['create', '--company', 'nowhere', '--directory', 'x', '--name', 'y', '--expires', 'soon'],
      '--expires must be like',
    ],
  ])('answers %j with one line', async (args, line) => {
    const { code, stdout, stderr } = await rollcall('token', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(line);
  });
});
