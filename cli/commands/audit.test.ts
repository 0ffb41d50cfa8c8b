import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineCommand } from 'citty';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { commandLine } from '#test/support/command-line.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { auditCommand } from './audit.js';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = defineCommand({ meta: { name: 'rollcall' }, subCommands: { audit: auditCommand } });

let bed: CompanyBed;
let slug: string;
let settings: Record<string, string>;
beforeAll(async () => {
  bed = await CompanyBed.open();
  settings = {
    DATABASE_URL: bed.appUrl,
    DATABASE_OWNER_URL: bed.owner.options.connectionString!,
    ROLLCALL_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  };
});
afterAll(() => bed?.close());

let companyId: string;
beforeEach(async () => {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  companyId = await bed.anotherCompany();
  const { rows } = await bed.owner.query('select slug from company where id = $1', [companyId]);
  slug = rows[0].slug;
  const teams = new TeamService(bed.db, bed.program(undefined, companyId));
  for (const displayName of ['=1+1', 'Two']) await teams.create({ displayName });
  const follower = new LogFollower({ db: bed.db, log: { warn: () => undefined }, consumers: [] });
  const sealed = async () => {
    await follower.follow();
    const answer = await bed.owner.query(
      'select coalesce(sum(rows), 0)::int as n from change_seal where company_id = $1',
      [companyId],
    );
    return answer.rows[0].n;
  };
  await expect.poll(sealed, { interval: 20, timeout: 15_000 }).toBe(2);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const rollcall = commandLine(root);

describe('rollcall audit verify', () => {
  it('says what holds, and which seal to note', async () => {
    const { code, stdout } = await rollcall('audit', 'verify', '--company', slug);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^${slug}: 2 changes under [12] seals? hold, 0 are not sealed yet; note [12]:[0-9a-f]{64}\n$`),
      ),
    ]);
    const noted = stdout.trim().split(' ').at(-1)!;
    expect((await rollcall('audit', 'verify', '--company', slug, '--noted', noted)).code).toBe(0);
    const other = noted.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(await rollcall('audit', 'verify', '--company', slug, '--noted', other)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is not the one that was noted'),
    });
  });

  it('names the place that does not hold, goes on with the other companies, and ends with exit code 1', async () => {
    const { rows } = await bed.owner.query(
      `update change set kind = 'x' where company_id = $1 returning epoch || '.' || xid || '.' || no as position`,
      [companyId],
    );
    const { code, stdout, stderr } = await rollcall('audit', 'verify');
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.find((line) => line.startsWith(slug))).toContain(`BROKEN at ${rows[0].position}: the row says`);
    expect([code, stderr]).toEqual([1, `rollcall: the change log does not hold: ${slug}.\n`]);
    await bed.owner.query('delete from change where company_id = $1', [companyId]);
    await bed.owner.query('delete from change_seal where company_id = $1', [companyId]);
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await rollcall('audit', 'verify', '--company', slug, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ company: slug, sealedRows: 2, unsealedRows: 0, broken: null });
  });

  it.each([
    [['--company', 'nobody'], 'there is no company with the slug "nobody".'],
    [['--noted', `1:${'0'.repeat(64)}`], '--noted goes with --company'],
    [['--company', 'x', '--noted', '1:x'], '--noted is the number and root of a seal'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await rollcall('audit', 'verify', ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe('rollcall audit export', () => {
  const program = async (...args: string[]) => {
    const command = ['--conditions=source', '--import=tsx', MAIN, 'audit', 'export', '--company', slug, ...args];
    const env = { PATH: process.env.PATH, ...settings };
    return (await promisify(execFile)(process.execPath, command, { env })).stdout;
  };

  it('prints the log as lines of JSON, or of CSV that no spreadsheet runs', async () => {
    const lines = (await program()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).after.displayName)).toEqual(['=1+1', 'Two']);
    const [head, ...rows] = (await program('--format', 'csv', '--kind', 'team.created')).trim().split('\r\n');
    expect([head!.split(',')[0], rows.length]).toEqual(['id', 2]);
  });

  it('refuses a time that is none, and an unknown company', async () => {
    expect(await rollcall('audit', 'export', '--company', slug, '--from', 'yesterday')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('from must be a time'),
    });
    expect((await rollcall('audit', 'export', '--company', newId())).code).toBe(1);
  });
});
