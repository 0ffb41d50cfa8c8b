import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'rollcall-cli-'));
});
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true });
  await database.drop();
});

/** Runs the program itself, as a person would. */
async function rollcall(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    ROLLCALL_DATA_DIR: dataDir,
    ROLLCALL_PUBLIC_URL: 'https://id.example.com',
  };
  const program = ['--conditions=source', '--import=tsx', MAIN, ...args];
  return promisify(execFile)(process.execPath, program, { env }).then(
    (said) => ({ code: 0, ...said }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('rollcall bootstrap', () => {
  it('prints one JSON object with --json, and nothing else', async () => {
    const { code, stdout } = await rollcall('bootstrap', '--company', 'Acme Testing', '--json');
    expect(code).toBe(0);
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
