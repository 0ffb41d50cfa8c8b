import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { LOG_CONSUMERS } from '#core-api/jobs/log-consumers.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { ERROR_CODES } from '#schema/error-codes.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { needOf, PAGE, SCRIPTS } from '#test/support/graphql-page.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ROOT = new URL('../../', import.meta.url);
const keys = new Map<string, string>();

let rollcall: TestRollcall;
let folder: string;
let company: TestCompany;
let ask: (query: string, variables?: Record<string, unknown>) => ReturnType<typeof dataOf>;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  folder = mkdtempSync(join(tmpdir(), 'rollcall-scripts-'));
  for (const [name, text] of SCRIPTS) writeFileSync(join(folder, name), text);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rollcall?.stop();
});
beforeEach(async () => {
  company = await rollcall.newCompany();
  ask = (query, variables) => dataOf(graphqlClient(company)(query, variables));
});

/** A key of the company that may do what the page says that this script needs, and nothing else. */
async function keyFor(name: string): Promise<string> {
  const made = keys.get(`${company.companyId} ${name}`);
  if (made) return made;
  const { createApiKey } = await ask(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
    {
      input: { name, permissions: needOf(name) },
    },
  );
  keys.set(`${company.companyId} ${name}`, createApiKey.secret);
  return createApiKey.secret;
}

/** Runs a script of the page as a reader would: saved, with two variables and nothing else. */
async function run(name: string, args: readonly string[] = [], key?: string) {
  const apiKey = key ?? (await keyFor(name));
  const env = { PATH: process.env.PATH, ROLLCALL_URL: new URL(company.graphqlUrl).origin, ROLLCALL_API_KEY: apiKey };
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [name, ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

async function ran(name: string, args: readonly string[] = [], apiKey?: string): Promise<string> {
  const { code, out, err } = await run(name, args, apiKey);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out;
}

const CREATE_USER = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
const CREATE_TEAM = 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { team { id } } }';
const aUser = async (userName: string): Promise<string> =>
  (await ask(CREATE_USER, { input: { userName } })).createUser.user.id;
const aTeam = async (displayName: string, members: string[] = []): Promise<string> =>
  (await ask(CREATE_TEAM, { input: { displayName, members } })).createTeam.team.id;
const roleId = async (key: string): Promise<string> =>
  (await ask('query ($key: String) { roles(filter: { key: { eq: $key } }) { nodes { id } } }', { key })).roles.nodes[0]
    .id;
/** The names of a team's members, in order. */
const membersOf = async (displayName: string): Promise<string[]> =>
  (
    await ask(
      'query ($name: String) { teams(filter: { displayName: { eq: $name } }) { nodes { members(first: 100) { nodes { userName } } } } }',
      { name: displayName },
    )
  ).teams.nodes[0].members.nodes
    .map(({ userName }: { userName: string }) => userName)
    .sort();

describe('the scripts of docs/graphql.md', () => {
  it('sync-teams.mjs lets each team have exactly the members of the list', async () => {
    const people = Array.from({ length: 120 }, (_, i) => `person${i}@acme.example`);
    const ids = await Promise.all(people.map(aUser));
    await aTeam('Support', ids.slice(0, 110));
    const list = {
      Design: people.slice(0, 2),
      support: [people[0]!.toUpperCase(), people[119], 'nobody@acme.example'],
    };
    writeFileSync(join(folder, 'teams.json'), JSON.stringify(list));

    const first = await run('sync-teams.mjs', ['teams.json']);
    expect(first.out).toBe('Design: made, 2 members\nsupport: 1 added, 109 removed\n');
    expect(first.err).toBe('support: nobody@acme.example is nobody here\n');
    expect([await membersOf('Design'), await membersOf('Support')]).toEqual([
      people.slice(0, 2),
      [people[0], people[119]],
    ]);
    expect(await ran('sync-teams.mjs', ['teams.json'])).toBe(
      'Design: 0 added, 0 removed\nsupport: 0 added, 0 removed\n',
    );
  });

  it('sync-teams.mjs makes a team of its own beside one that a directory manages', async () => {
    await aUser('ana@acme.example');
    expect(await scimClient(company).post('/Groups', { displayName: 'Design' })).toMatchObject({ status: 201 });
    writeFileSync(join(folder, 'teams.json'), JSON.stringify({ Design: ['ana@acme.example'] }));

    expect(await ran('sync-teams.mjs', ['teams.json'])).toBe('Design: made, 1 members\n');
    expect((await ask('{ teams { nodes { managedBy { id } memberCount } } }')).teams.nodes).toEqual(
      expect.arrayContaining([
        { managedBy: { id: company.directoryId }, memberCount: 0 },
        { managedBy: null, memberCount: 1 },
      ]),
    );
  });

  it('stale-users.mjs finds who is inactive and who did not change for so long', async () => {
    const [old, gone] = [
      await aUser('old@acme.example'),
      await aUser('gone@acme.example'),
      await aUser('new@acme.example'),
    ];
    await aTeam('Design', [old]);
    await ask('mutation ($id: ID!) { deactivateUser(input: { id: $id }) { user { id } } }', { id: gone });
    await rollcall.asOwner(
      `update app_user set updated_at = now() - interval '91 days' where company_id = '${company.companyId}' and id = '${old}'`,
    );

    const rows = (await ran('stale-users.mjs', ['90'])).split('\n').slice(0, -1);
    expect(rows.map((row) => row.split('\t').filter((_, i) => i !== 2))).toEqual([
      ['old@acme.example', 'active', 'local', expect.any(String), 'Design'],
      ['gone@acme.example', 'inactive', 'local', expect.any(String), ''],
    ]);
    expect(await ran('stale-users.mjs', ['92'])).not.toContain('old@acme.example');
  });

  it('follow-changes.mjs writes each entry once, however often it runs', async () => {
    const file = join(folder, 'changes.jsonl');
    const made = (id: string, kind: string) => expect.objectContaining({ objectId: id, kind });
    const written = () =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));

    const ana = await aUser('ana@acme.example');
    await vi.waitFor(async () => {
      await ran('follow-changes.mjs', [file]);
      expect(written()).toContainEqual(made(ana, 'user.created'));
    }, 15_000);
    await ask('mutation ($id: ID!) { deactivateUser(input: { id: $id }) { user { id } } }', { id: ana });
    await vi.waitFor(async () => {
      await ran('follow-changes.mjs', [file]);
      expect(written()).toContainEqual(made(ana, 'user.deactivated'));
    }, 15_000);

    const all = (await ask('{ changes(first: 100) { nodes { id } } }')).changes.nodes;
    expect(written().map(({ id }) => id)).toEqual(all.map(({ id }: { id: string }) => id));
    expect(await ran('follow-changes.mjs', [file])).toBe('0 new entries\n');
  });

  it('rotate-token.mjs prints a new secret, and the old one works beside it', async () => {
    const { directories } = await ask('{ directories { nodes { tokens { id } } } }');
    const [{ id }] = directories.nodes[0].tokens;

    const scimToken = (await ran('rotate-token.mjs', [id])).trim();
    for (const token of [scimToken, company.scimToken])
      expect(await scimClient(company).get('/Users?count=1', { token })).toMatchObject({ status: 200 });
    expect(scimToken).not.toBe(company.scimToken);
    expect(await run('rotate-token.mjs', [id])).toMatchObject({ code: 1, out: '' });
  });

  it('rotate-key.mjs makes a key that may do the same, which then ends the old one', async () => {
    const { viewer } = await ask('{ viewer { actor { id } permissions } }');
    const apiKey = (await ran('rotate-key.mjs', [], company.apiKey)).trim();
    const fresh = graphqlClient({ ...company, apiKey });
    expect((await dataOf(fresh('{ viewer { permissions } }'))).viewer.permissions).toEqual(viewer.permissions);
    expect(await run('rotate-key.mjs', [viewer.actor.id], company.apiKey)).toMatchObject({ code: 1 });

    await ran('rotate-key.mjs', [viewer.actor.id], apiKey);
    expect(await errorOf(graphqlClient(company)('{ viewer { permissions } }'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('offboard.mjs takes away what was given by hand', async () => {
    const ana = await aUser('ana@acme.example');
    await aTeam('Design', [ana]);
    const { createProject } = await ask(
      'mutation { createProject(input: { key: "web", name: "Web" }) { project { id } } }',
    );
    await ask('mutation ($input: ProjectAccessInput!) { grantProjectAccess(input: $input) { project { id } } }', {
      input: { projectId: createProject.project.id, userId: ana },
    });
    await ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
      input: { userId: ana, roleId: await roleId('manager') },
    });
    const left = () =>
      ask('query ($id: ID!) { user(id: $id) { active roles { isDefault } teams { id } projects { id } } }', {
        id: ana,
      });
    expect((await left()).user).toMatchObject({ active: true, roles: [{ isDefault: false }] });

    await ran('offboard.mjs', ['ana@acme.example']);
    expect((await left()).user).toEqual({ active: false, roles: [{ isDefault: true }], teams: [], projects: [] });
    expect(await run('offboard.mjs', ['nobody@acme.example'])).toMatchObject({ code: 1 });
  });

  it('offboard.mjs says at which directory a managed person is unassigned', async () => {
    const { body } = await scimClient(company).post('/Users', { userName: 'ana@acme.example', active: true });
    const { directories } = await ask('{ directories { nodes { name } } }');

    const { code, out } = await run('offboard.mjs', ['ana@acme.example']);
    expect(code).toBe(1);
    expect(out).toContain(`unassign ana@acme.example at ${directories.nodes[0].name}`);
    expect((await ask('query ($id: ID!) { user(id: $id) { active } }', { id: body.id })).user.active).toBe(true);
  });

  it('who-may.mjs lists everybody who may do something, and why', async () => {
    const ana = await aUser('ana@acme.example');
    await aUser('ben@acme.example');
    await aTeam('Leads', [ana]);
    await ran('map-team.mjs', ['Leads', 'manager', '--yes']);

    const rows = (await ran('who-may.mjs', ['users:write'])).trimEnd().split('\n');
    expect(rows.map((row) => row.split('\t').slice(0, 4))).toEqual([
      [company.ownerEmail, 'owner', 'DIRECT', '-'],
      ['ana@acme.example', 'manager', 'TEAM', 'Leads'],
    ]);
    expect(await ran('who-may.mjs', ['users:read'])).toContain('ben@acme.example\tqa\tDEFAULT');
  });

  it('set-up-directory.mjs switches provisioning on and prints what an identity provider needs', async () => {
    await ask('mutation { disableProvisioning(input: { users: KEEP_ACTIVE }) { company { id } } }');
    await aUser('ana@acme.example');

    const { out, err } = await run('set-up-directory.mjs', ['Okta', 'OKTA', 'testomat']);
    const { baseUrl, token } = JSON.parse(out);
    expect(err).toContain('ana@acme.example can not sign in any more from 2');
    expect(await scimClient({ scimBaseUrl: baseUrl, scimToken: token }).get('/Users?count=1')).toMatchObject({
      status: 200,
    });
    expect(await ran('set-up-directory.mjs', ['Entra', 'ENTRA', 'rollcall'])).toContain('"token":"rcs_');
  });

  it('map-team.mjs shows who gains and loses, and only then does it', async () => {
    const ana = await aUser('ana@acme.example');
    await aTeam('Readers', [ana]);
    const roles = async () =>
      (await ask('query ($id: ID!) { user(id: $id) { roles { key } } }', { id: ana })).user.roles;

    const shown = await ran('map-team.mjs', ['Readers', 'manager']);
    expect(shown).toMatch(/^ana@acme\.example \+manager -qa\n1 gain, 1 lose\n$/);
    expect(await roles()).toEqual([{ key: 'qa' }]);
    expect(await ran('map-team.mjs', ['Readers', 'manager', '--yes'])).toBe(`${shown}done\n`);
    expect(await roles()).toEqual([{ key: 'manager' }]);
  });

  it('restore-team.mjs lists deleted teams, and brings one back with its members', async () => {
    const team = await aTeam('Design', [await aUser('ana@acme.example')]);
    await ask('mutation ($id: ID!) { deleteTeam(input: { id: $id }) { id } }', { id: team });
    await vi.waitFor(async () => expect(await ran('restore-team.mjs')).toContain('Design\tdeleted 2'), 15_000);

    expect(await ran('restore-team.mjs', ['Design'])).toBe('Design is back with 1 members\n');
    expect(await membersOf('Design')).toEqual(['ana@acme.example']);
    expect(await ran('restore-team.mjs')).toBe('');
  });

  it('refused-requests.mjs shows what an identity provider was refused, and the conflicts', async () => {
    const scim = scimClient(company);
    await scim.post('/Groups', { displayName: 'Design', members: [{ value: '0199f3a2-0000-7000-8000-000000000000' }] });
    const refused = await scim.post('/Users', { displayName: 'Nobody' });
    expect(refused.status).toBe(400);

    await vi.waitFor(async () => {
      const out = await ran('refused-requests.mjs');
      expect(out).toContain('400 POST /scim/v2/Users');
      expect(out).toContain(refused.headers.get('x-request-id'));
      expect(out).toContain('UNKNOWN_MEMBER');
    }, 15_000);
  });

  it('import-users.mjs shows what would become of each line, and only then does it', async () => {
    await aUser('ana@acme.example');
    await scimClient(company).post('/Users', { userName: 'managed@acme.example' });
    writeFileSync(
      join(folder, 'people.csv'),
      'userName,title\nana@acme.example,Engineer\nben@acme.example,Designer\nmanaged@acme.example,Boss\n',
    );
    const titles = async () =>
      (await ask('{ users(orderBy: { field: USER_NAME }) { nodes { userName title } } }')).users.nodes.filter(
        ({ title }: { title: string | null }) => title,
      );

    const shown = await ran('import-users.mjs', ['people.csv']);
    expect(shown).toContain('line 2\tana@acme.example\tUPDATE\ttitle: null → "Engineer"\n');
    expect(shown).toContain('line 4\tmanaged@acme.example\tREFUSED\tMANAGED_BY_DIRECTORY: ');
    expect(shown).toContain('1 new, 1 changed, 0 the same, 1 refused\n');
    expect(await titles()).toEqual([]);
    expect(await ran('import-users.mjs', ['people.csv', '--yes'])).toContain('done: 1 made, 1 changed\n');
    expect(await titles()).toEqual([
      { userName: 'ana@acme.example', title: 'Engineer' },
      { userName: 'ben@acme.example', title: 'Designer' },
    ]);
    expect(await ran('import-users.mjs', ['people.csv'])).toContain('0 new, 0 changed, 2 the same, 1 refused\n');
  });

  it('alarms.mjs lists what rings, and gives back what a directory took away', async () => {
    const scim = scimClient(company);
    expect(await ran('alarms.mjs')).toBe('');
    const ids: string[] = [];
    for (let i = 0; i < 25; i++)
      ids.push((await scim.post('/Users', { userName: `person${i}@acme.example`, active: true })).body.id);
    for (const id of ids) await scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: false }]);
    const follower = new LogFollower({ db: rollcall.db, log: { warn: () => {} }, consumers: LOG_CONSUMERS });

    const alarmed = await vi.waitFor(async () => {
      await follower.follow();
      const answer = await run('alarms.mjs');
      expect(answer).toMatchObject({ code: 1, out: expect.stringContaining('25 users deactivated') });
      return answer.out;
    }, 15_000);
    expect(alarmed).toContain('MASS_DEPROVISION');
    const id = alarmed.split('\t')[3]!;
    expect(await ran('alarms.mjs', ['revert', id])).toMatch(
      /^REVERTED\n25 users, 0 teams and 0 memberships are back, 0 /,
    );
    expect(
      (await ask('{ users(filter: { userName: { startsWith: "person" }, active: { eq: true } }) { totalCount } }'))
        .users.totalCount,
    ).toBe(25);
    expect(await ran('alarms.mjs')).toBe('');
    expect((await run('alarms.mjs', ['confirm', id])).err).toContain('ALREADY_DECIDED');
  });

  it('test-directory.mjs tells how an identity provider would fare', async () => {
    const { directories } = await ask('{ directories { nodes { name } } }');
    const out = await ran('test-directory.mjs', [directories.nodes[0].name]);
    expect(out).toMatch(/^http:\S+\/scim\/v2\nok\t/);
    expect(out).not.toContain('FAILED');
    expect(await run('test-directory.mjs', ['Nowhere'])).toMatchObject({ code: 1 });
  });
});

describe('docs/graphql.md', () => {
  it('has ten scripts and more, each of which is run here', () => {
    const names = [...SCRIPTS.keys()].filter((name) => name !== 'rollcall.mjs');
    expect(names.length).toBeGreaterThanOrEqual(10);
    const tests = readFileSync(new URL(import.meta.url), 'utf8');
    for (const name of names) expect(tests).toMatch(new RegExp(`\\bran\\('${name}'`));
    expect([...PAGE.matchAll(/^```js$/gm)]).toHaveLength(SCRIPTS.size);
  });

  it('shows GraphQL that fits the schema and is answered', async () => {
    const schema = buildSchema(readFileSync(new URL('schema/core.graphql', ROOT), 'utf8'));
    const blocks = [...PAGE.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      expect(validate(schema, parse(block))).toEqual([]);
      await ask(block);
    }
  });

  it('says of each script what it needs', () => {
    for (const name of SCRIPTS.keys())
      if (name !== 'rollcall.mjs') expect(needOf(name).length, name).toBeGreaterThan(0);
    expect(needOf('follow-changes.mjs')).toEqual(['audit:read']);
  });

  it('links to pages that there are', () => {
    for (const [, file = ''] of PAGE.matchAll(/\]\(([^)#]+)/g))
      expect(existsSync(new URL(file, new URL('docs/', ROOT))), file).toBe(true);
  });

  it('shows a call that is answered', async () => {
    const [, query = ''] = PAGE.match(/-d '(\{"query":.*\})'/) ?? [];
    const body = await ask(JSON.parse(query).query);
    expect(body.viewer).toMatchObject({ actor: { kind: 'API_KEY' }, permissions: expect.any(Array) });
  });

  it('names codes and permissions that there are', () => {
    const codes = new Set(
      [...PAGE.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(
        ([, list = '']) => list.match(/[A-Z_]+/g) ?? [],
      ),
    );
    expect(codes.size).toBeGreaterThan(10);
    for (const code of codes) expect(Object.keys(ERROR_CODES)).toContain(code);
    for (const [, permission] of PAGE.matchAll(/`([a-z]+:[a-z]+)`/g)) expect(PERMISSIONS).toContain(permission);
  });
});
