import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import { commandLine } from '#test/support/command-line.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { A_FULL_USER, peopleOf } from '#test/support/people.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';

const root = defineCommand({
  meta: { name: 'rollcall' },
  subCommands: { export: exportCommand, import: importCommand },
});

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'people-'));
  vi.stubEnv('DATABASE_URL', bed.appUrl);
  vi.stubEnv('DATABASE_OWNER_URL', bed.owner.options.connectionString!);
  vi.stubEnv('ROLLCALL_KEYS', `k1:${Buffer.alloc(32).toString('base64')}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const rollcall = commandLine(root);

async function aCompany() {
  const companyId = await bed.anotherCompany();
  const { rows } = await bed.owner.query('select slug from company where id = $1', [companyId]);
  const actor = bed.program(undefined, companyId);
  return {
    companyId,
    slug: rows[0].slug as string,
    users: new UserService(bed.db, actor),
    teams: new TeamService(bed.db, actor),
  };
}
type Company = Awaited<ReturnType<typeof aCompany>>;

async function fill({ users, teams }: Company): Promise<void> {
  const { user: ann } = await users.create(A_FULL_USER);
  const { user: bob } = await users.create({ userName: 'bob' });
  await teams.create({ displayName: 'Both', externalId: 'T1', members: [ann.id, bob.id] });
  await teams.create({ displayName: 'Empty' });
}

async function changesOf({ companyId }: Company): Promise<number> {
  const { rows } = await bed.owner.query('select count(*)::int as n from change where company_id = $1', [companyId]);
  return rows[0].n;
}

describe.each(['csv', 'scim'])('rollcall export and import, as %s', (format) => {
  it('carry everything into another company; the second time there is nothing to do', async () => {
    const source = await aCompany();
    await fill(source);
    const written = await rollcall('export', '--company', source.slug, '--format', format, '--out', folder);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    for (const path of written.stdout.trim().split('\n')) expect(statSync(path).mode & 0o077).toBe(0);
    const same = await rollcall('import', folder, '--company', source.slug);
    expect(same).toMatchObject({
      code: 0,
      stdout: '0 new, 0 changed, 6 the same, 0 removed, 0 refused.\nThere is nothing to do.\n',
    });

    const target = await aCompany();
    const shown = await rollcall('import', folder, '--company', target.slug);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('+ team Both') });
    expect(shown.stdout).toMatch(/6 new, 0 changed.*\nNothing was done yet; --yes does it\.\n$/);
    expect(await changesOf(target)).toBe(0);
    const done = await rollcall('import', folder, '--company', target.slug, '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/Done\.\n$/) });
    expect(await peopleOf(target)).toEqual(await peopleOf(source));

    const logged = await changesOf(target);
    const again = await rollcall('import', folder, '--company', target.slug, '--yes');
    expect(again).toMatchObject({
      code: 0,
      stdout: '0 new, 0 changed, 6 the same, 0 removed, 0 refused.\nThere is nothing to do.\n',
    });
    expect(await changesOf(target)).toBe(logged);
  });
});

it('an export as SCIM JSON is a ListResponse of resources with their schemas and members', async () => {
  const company = await aCompany();
  await fill(company);
  await rollcall('export', '--company', company.slug, '--format', 'scim', '--out', folder);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const users = read('users.json');
  expect(users).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 2,
    startIndex: 1,
    itemsPerPage: 2,
  });
  expect(users.Resources[0]).toMatchObject({
    schemas: expect.arrayContaining(['urn:example:1.0:User']),
    userName: '=ann@example.com',
    roles: [{ value: 'qa', primary: true }],
    'urn:example:1.0:User': { badge: '0042', level: 7 },
    meta: { created: expect.stringMatching(/T.*Z$/), location: expect.stringMatching(/^http.*\/scim\/v2\/Users\//) },
  });
  const both = read('groups.json').Resources.find(({ displayName }: { displayName: string }) => displayName === 'Both');
  expect(both.members.map(({ value }: { value: string }) => value).sort()).toEqual(
    users.Resources.map(({ id }: { id: string }) => id).sort(),
  );
});

describe('rollcall import', () => {
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('shows what changes, and lets no file speak to the terminal', async () => {
    const company = await aCompany();
    await company.users.create({ userName: 'ann', title: 'Dev' });
    const path = file('people.csv', '\uFEFFuserName;title\r\nann;Lead\x1b[31m\r\n\x9b31mbob;\r\n');
    const { stdout } = await rollcall('import', path, '--company', company.slug, '--dry-run');
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '~ user ann (line 2)',
      '    title: "Dev" -> "Lead\\u001b[31m"',
      '+ user \\u{9b}31mbob (line 3)',
      '1 new, 1 changed, 0 the same, 0 removed, 0 refused.',
    ]);
  });

  it('does nothing and ends with exit code 1 when rows are refused, unless it may skip them', async () => {
    const company = await aCompany();
    const path = file('u.csv', 'userName,active\nann,\nbob,perhaps\n');
    const refused = await rollcall('import', path, '--company', company.slug, '--yes');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('rows are refused') });
    expect(refused.stdout).toContain('! user bob (line 3): INVALID_VALUE: active must be true or false.');
    expect(await changesOf(company)).toBe(0);
    expect(await rollcall('import', path, '--company', company.slug, '--yes', '--skip-refused')).toMatchObject({
      code: 0,
    });
    expect((await peopleOf(company)).users.map(({ userName }) => userName)).toEqual(['ann']);
  });

  it('reads resources one by one, and refuses those that it cannot', async () => {
    const company = await aCompany();
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
    const path = file(
      'u.json',
      JSON.stringify([
        { schemas, userName: 'ann' },
        { schemas, userName: 'bob', shoeSize: 43 },
      ]),
    );
    const { stdout } = await rollcall('import', path, '--company', company.slug);
    expect(stdout).toContain('+ user ann');
    expect(stdout).toContain('! user bob: INVALID_VALUE: There is no attribute');
    const one = file('one.json', JSON.stringify({ schemas, userName: 'cid' }));
    expect((await rollcall('import', one, '--company', company.slug)).stdout).toContain('+ user cid\n');
    const nameless = file('nameless.json', JSON.stringify([{ schemas, title: 'Dev' }]));
    expect((await rollcall('import', nameless, '--company', company.slug)).stdout).toContain('! user  (row 1): ');
  });

  it('puts what is refused last, and shortens what has no end', async () => {
    const { slug } = await aCompany();
    const path = file('u.csv', `userName,active\nann,maybe\nbob,\n${'x'.repeat(5_000)},\nBob,\n`);
    const { stdout } = await rollcall('import', path, '--company', slug);
    expect(stdout.split('\n')).toEqual([
      '+ user bob (line 3)',
      '! user ann (line 2): INVALID_VALUE: active must be true or false.',
      expect.stringMatching(/^! user x{200}… \(line 4\): /),
      '! user Bob (line 5): UNIQUENESS: The file has the same userName already in line 3.',
      '1 new, 0 changed, 0 the same, 0 removed, 3 refused.',
      '',
    ]);
  });

  it('says of a file with too much by which parts it comes in, and brings them in', async () => {
    const { slug, users } = await aCompany();
    const lines = Array.from({ length: 5_002 }, (_, i) => `u${i}`);
    const path = file('u.csv', `userName\n${lines.join('\n')}\n`);
    const bring = (...args: string[]) => rollcall('import', path, '--company', slug, ...args);
    expect(await bring('--yes')).toMatchObject({
      code: 1,
      stderr: `rollcall: ${path} has 5002 users, and an import takes 5000 at once. Bring it in by parts, one after the other: --part 1 to --part 2.\n`,
    });
    expect((await bring('--part', '1')).stdout).toContain('5000 new');
    const { code, stdout } = await bring('--part', '2', '--yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('+ user u5001 (line 5003)\n2 new')]);
    expect((await users.list({ first: 5 })).nodes.map(({ userName }) => userName).sort()).toEqual(['u5000', 'u5001']);
    expect((await bring('--part', '3')).stderr).toContain('--part must be a whole number from 1 to 2');
    expect((await bring('--part', '1', '--remove-missing')).stderr).toContain('exclude each other');

    file('users.csv', `userName\n${lines.join('\n')}\n`);
    file('teams.csv', 'displayName\nQA\n');
    const whole = await rollcall('import', folder, '--company', slug);
    expect(whole.stderr).toContain('import users.csv first, then teams.csv, then memberships.csv');
    file('users.csv', 'userName\nann\n');
    expect((await rollcall('import', folder, '--company', slug, '--part', '1')).stderr).toContain('--part is for');
  });

  it.each<[string, string, string]>([
    ['x.csv', 'a,b\n', 'names no column userName (of users), displayName (of teams) or team (of memberships)'],
    ['x.csv', '', 'is empty'],
    ['x.csv', '\r\n\r\n', 'is empty'],
    ['x.csv', 'userName,shoeSize\n', 'x.csv: There is no column "shoeSize".'],
    ['x.csv', 'userName,E-Mail,First Name\n', 'For "E-Mail" write emails.work. For "First Name" write name.givenName.'],
    ['x.csv', 'displayName,emails.work\n', 'has no column userName or id, by which users are known'],
    ['x.csv', 'team,user\n', 'There is no column "user". There are teamId, team, userId, userName.'],
    ['x.csv', 'userId\n', 'names no column team or teamId'],
    ['x.xlsx', 'PK\x03\x04', 'is a workbook or an archive. In a spreadsheet, save the sheet as CSV'],
    ['x.json', '{"a":\n1,}', 'is not JSON at position 8 (line 2 column 3)'],
    ['x.csv', 'userName\n"ann', 'The quote that line 2 opens is not closed'],
    ['x.json', '{', 'is not JSON'],
    ['x.json', '{"Resources":[]}', 'is no ListResponse'],
    ['x.json', '[{"schemas":["urn:x:y"]}]', 'neither a User'],
    ['x.json', '[1]', 'resource 1 is no object'],
  ])('refuses %s with %j', async (name, text, message) => {
    const { slug } = await aCompany();
    const { code, stderr } = await rollcall('import', file(name, text), '--company', slug);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it('refuses a path that is not there, a folder without an export, and what is no text', async () => {
    const { slug } = await aCompany();
    for (const path of [join(folder, 'none'), folder])
      expect((await rollcall('import', path, '--company', slug)).code).toBe(1);
    writeFileSync(join(folder, 'latin.csv'), Buffer.from('userName\nMüller\n', 'latin1'));
    const { stderr } = await rollcall('import', join(folder, 'latin.csv'), '--company', slug);
    expect(stderr).toContain('is not a text in UTF-8');
  });
});

it('an export writes over nothing', async () => {
  const company = await aCompany();
  expect((await rollcall('export', '--company', company.slug, '--out', folder)).code).toBe(0);
  const { code, stderr } = await rollcall('export', '--company', company.slug, '--out', folder);
  expect([code, stderr]).toEqual([1, expect.stringContaining('is there already')]);
});
