import { defineCommand } from 'citty';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { systemActor } from '#core-api/domain/actor.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { commandLine } from '#test/support/command-line.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { testScimCommand } from './test-scim.js';

const root = defineCommand({ meta: { name: 'rollcall' }, subCommands: { 'test-scim': testScimCommand } });

let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany({ name: 'Acme' });
});
afterAll(() => rollcall?.stop());

beforeEach(() => {
  const settings = {
    DATABASE_URL: rollcall.settings.DATABASE_URL,
    DATABASE_OWNER_URL: rollcall.settings.DATABASE_OWNER_URL,
    ROLLCALL_KEYS: rollcall.settings.ROLLCALL_KEYS,
    ROLLCALL_PUBLIC_URL: rollcall.scimBaseUrl.replace('/scim/v2', ''),
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const testScim = (...args: string[]) => commandLine(root)('test-scim', ...args);

it('tests the only directory of the only company, and prints a line for each step, without codes for colours', async () => {
  const { code, stdout, stderr } = await testScim();

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`SCIM at ${rollcall.scimBaseUrl}, for the directory "Identity provider" of acme`);
  expect(stdout.match(/^ {2}green {4}\S.* \(\d+ ms\)$/gm)).toHaveLength(17);
  expect(stdout).toMatch(/\n\nAll is well: an identity provider can work with this directory\.\n$/);
  expect(stdout).not.toContain('\x1b');
  // The hidden company is there by now, and still this one is the only one.
  expect((await testScim()).code).toBe(0);
});

it('says what is red and how to mend it, and exits with 1', async () => {
  vi.stubEnv('ROLLCALL_PUBLIC_URL', 'http://nobody.invalid');

  const { code, stdout, stderr } = await testScim('--company', 'acme', '--directory', 'Identity provider');

  expect([code, stderr]).toEqual([1, 'rollcall: 1 of 17 steps failed.\n']);
  expect(stdout).toMatch(
    /^ {2}red {6}The address is reached\n {13}expected {2}.+\n {13}got {7}.+DNS.+\n {13}to mend {3}/m,
  );
  expect(stdout.match(/^ {2}skipped {2}/gm)).toHaveLength(15);
});

it('prints one JSON object with --json', async () => {
  const { code, stdout } = await testScim('--json');

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ company: 'acme', ok: true, url: rollcall.scimBaseUrl });
});

it('asks which one is meant when there are several', async () => {
  const actor = systemActor(company.companyId, PERMISSIONS);
  await new DirectoryService(rollcall.db, actor).create({ name: 'Second', idpKind: 'OKTA' });
  expect((await testScim()).stderr).toContain('--directory NAME');
  expect((await testScim('--directory', 'Third')).stderr).toBe(
    'rollcall: acme has no directory "Third". There are: "Identity provider", "Second".\n',
  );
  expect((await testScim('--directory', 'Second')).code).toBe(0);

  await rollcall.newCompany({ name: 'Beta' });
  expect((await testScim()).stderr).toMatch(/say which by --company SLUG\. There are: acme, [\w-]+\.$/m);
  expect((await testScim('--company', 'gamma')).stderr).toMatch(
    /no company with the slug "gamma"\. There are: acme, [\w-]+\.$/m,
  );
});
