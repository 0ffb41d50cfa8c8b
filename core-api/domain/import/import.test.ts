import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { A_FULL_USER, peopleOf } from '#test/support/people.js';
import type { CompanyActor } from '../actor.js';
import { bootstrapCompany } from '../bootstrap.js';
import { PEOPLE_EXPORTS, type PeopleExport } from '../export/people-export.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';
import type { ImportRequest } from './import-request.js';
import { countsOf } from './import-row.js';
import { ImportService } from './import-service.js';
import { readMemberships, readTeams, readUsers } from './read-import.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

let companyId: string;
let services: Services;
beforeEach(async () => {
  companyId = await bed.anotherCompany();
  services = servicesOf(companyId);
});

const servicesFor = (actor: CompanyActor) => ({
  users: new UserService(bed.db, actor),
  teams: new TeamService(bed.db, actor),
  imports: new ImportService(bed.db, actor),
});
type Services = ReturnType<typeof servicesFor>;
const servicesOf = (company: string, permissions?: CompanyActor['permissions']) =>
  servicesFor(bed.program(permissions, company));

const request = (some: Partial<ImportRequest>): ImportRequest => ({
  users: [],
  teams: [],
  memberships: [],
  removeMissing: false,
  ...some,
});

async function preview(some: Partial<ImportRequest>) {
  return services.imports.preview(request(some));
}

/** Looks, and then does what was shown. */
async function bring(some: Partial<ImportRequest>, onRefused: 'STOP' | 'SKIP' = 'STOP') {
  const { hash } = await preview(some);
  return services.imports.run(request(some), { previewHash: hash, onRefused });
}

async function exported(name: PeopleExport, from = services): Promise<string> {
  let text = '';
  for await (const piece of PEOPLE_EXPORTS[name](from)) text += piece;
  return text;
}

async function changes(company = companyId): Promise<number> {
  const { rows } = await bed.owner.query('select count(*)::int as n from change where company_id = $1', [company]);
  return rows[0].n;
}

const short = (rows: readonly { verdict: string; name: string; code: string | null; field: string | null }[]) =>
  rows.map(({ verdict, name, code, field }) => [verdict, name, code, field].filter((each) => each !== null).join(' '));

describe('from one company to another, as CSV', () => {
  const files = async (from: Services) => ({
    users: readUsers(await exported('users', from)),
    teams: readTeams(await exported('teams', from)),
    memberships: readMemberships(await exported('memberships', from)),
  });

  it('carries everything of users, teams and members; the second time nothing changes, and nothing is logged', async () => {
    const { user: ann } = await services.users.create(A_FULL_USER);
    const { user: bob } = await services.users.create({
      userName: 'bob',
      emails: [{ value: 'b@example.com', type: 'home' }],
    });
    await services.teams.create({ displayName: '@team', externalId: 'T1', members: [ann.id, bob.id] });
    await services.teams.create({ displayName: 'Empty, but "there"' });
    const source = await peopleOf(services);
    const carried = await files(services);
    const former = companyId;
    expect(countsOf((await preview(carried)).rows)).toMatchObject({ same: 6 });

    companyId = await bed.anotherCompany();
    services = servicesOf(companyId);
    const { rows } = await bring(carried);
    expect(countsOf(rows)).toEqual({ create: 6, update: 0, same: 0, remove: 0, refused: 0 });
    expect(await peopleOf(services)).toEqual(source);

    const logged = await changes();
    const again = await bring(carried);
    expect(countsOf(again.rows)).toEqual({ create: 0, update: 0, same: 6, remove: 0, refused: 0 });
    expect(await changes()).toBe(logged);
    const text = `${await exported('users')}${await exported('teams')}${await exported('memberships')}`;
    const { rows: theirs } = await bed.owner.query(
      'select id from app_user where company_id = $1 union select id from team where company_id = $1',
      [former],
    );
    expect(theirs.length).toBe(4);
    for (const { id } of theirs) expect(text, 'T-05: nothing of another company').not.toContain(id);
  });

  it('T-05: exports nothing of another company', async () => {
    await services.users.create({ userName: 'mine' });
    const other = servicesOf(await bed.anotherCompany());
    const { user } = await other.users.create({ userName: 'theirs' });
    await other.teams.create({ displayName: 'Theirs', members: [user.id] });
    expect(await exported('users')).toMatch(/mine/);
    for (const name of ['users', 'teams', 'memberships'] as const)
      expect((await exported(name)).toLowerCase()).not.toContain('theirs');
  });

  it('exports page by page, all there is', async () => {
    const ids = await bed.owner.query(
      `insert into app_user (company_id, id, user_name, user_name_key) select $1, gen_random_uuid(), 'u' || i, 'u' || i from generate_series(1, 250) i returning id`,
      [companyId],
    );
    const { team } = await services.teams.create({ displayName: 'All', members: ids.rows.map(({ id }) => id) });
    const users = readUsers(await exported('users'));
    expect(new Set(users.map(({ fields }) => fields.userName)).size).toBe(250);
    const members = readMemberships(await exported('memberships'));
    expect([members.length, new Set(members.map(({ teamId }) => teamId))]).toEqual([250, new Set([team.id])]);
  });

  it('exports the names of the columns of what is empty', async () => {
    expect(await exported('memberships')).toBe('teamId,team,userId,userName\r\n');
    expect(await exported('teams')).toBe('id,displayName,externalId\r\n');
    expect(await exported('users')).toMatch(/^id,userName,externalId,.*,active\r\n$/);
  });

  it.each([
    ['users', 'users:read'],
    ['teams', 'teams:read'],
    ['memberships', 'users:read'],
    ['memberships', 'teams:read'],
  ] as const)('refuses %s without %s', async (name, permission) => {
    await services.teams.create({
      displayName: 'T',
      members: [(await services.users.create({ userName: 'u' })).user.id],
    });
    const permissions = new Set(bed.program().permissions);
    permissions.delete(permission);
    await expect(exported(name, servicesOf(companyId, permissions))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('an import', () => {
  it('shows what it would change, field by field, and changes nothing until it runs', async () => {
    const { user } = await services.users.create({ userName: 'Ann', title: 'Dev', displayName: 'Ann' });
    const users = readUsers('userName,title,displayName\nann,Lead,\nBob,,\n');
    const { rows } = await preview({ users });
    expect(rows).toMatchObject([
      {
        verdict: 'UPDATE',
        id: user.id,
        line: 2,
        differences: [
          { field: 'userName', before: 'Ann', after: 'ann' },
          { field: 'displayName', before: 'Ann', after: null },
          { field: 'title', before: 'Dev', after: 'Lead' },
        ],
      },
      {
        verdict: 'CREATE',
        id: null,
        line: 3,
        differences: [
          { field: 'userName', before: null, after: 'Bob' },
          { field: 'active', before: null, after: true },
        ],
      },
    ]);
    expect(await services.users.get(user.id)).toMatchObject({ title: 'Dev', version: 1 });
    await bring({ users });
    expect(await services.users.get(user.id)).toMatchObject({ userName: 'ann', title: 'Lead', displayName: null });
    expect(await services.users.findByUserName('bob')).toMatchObject({ active: true });
    expect((await bed.changesOf(user.id)).length).toBe(0);
  });

  it('leaves alone what its columns do not name', async () => {
    const emails = [
      { value: 'h@example.com', type: 'home' },
      { value: 'w@example.com', type: 'work', primary: true, display: 'W' },
      { value: 'w2@example.com', type: 'work' },
    ];
    const { user } = await services.users.create({ userName: 'ann', title: 'Dev', emails });
    await bring({ users: readUsers('USERNAME;Emails.Work;emails.other\nann;new@example.com;o@example.com') });
    expect(await services.users.get(user.id)).toMatchObject({
      title: 'Dev',
      emails: [
        emails[0],
        { ...emails[1], value: 'new@example.com' },
        emails[2],
        { value: 'o@example.com', type: 'other' },
      ],
    });
    await bring({
      users: readUsers('userName,emails.work,emails.work#2,emails.home,active\nann,,last@example.com,,FALSE'),
    });
    expect(await services.users.get(user.id)).toMatchObject({
      active: false,
      emails: [
        { value: 'last@example.com', type: 'work' },
        { value: 'o@example.com', type: 'other' },
      ],
    });
  });

  it('refuses row by row what cannot be, and does the rest where it is told to', async () => {
    const directory = await bed.directory();
    await bed.owner.query('update directory set company_id = $1 where id = $2', [companyId, directory.directory.id]);
    const managed = servicesFor({ ...directory, companyId });
    const { user: theirs } = await managed.users.create({ userName: 'managed', title: 'Old' });
    await managed.teams.create({ displayName: 'Managed', members: [theirs.id] });
    await services.users.create({ userName: 'holder', externalId: 'E1' });
    const csv = {
      users: readUsers(
        [
          'userName,title,externalId,active',
          'managed,New,,',
          'ok,T,,',
          'OK,T,,',
          'taken,,E1,',
          'odd,,,maybe',
          'short',
          `${'x'.repeat(300)},,,`,
          ',T,,',
          'holder,Boss,E1,',
        ].join('\n'),
      ),
      teams: readTeams('displayName,externalId\nNew,\n,Y\nManaged,X\nnew,'),
      memberships: readMemberships(
        'team,userName\nNew,ok\nNew,OK\nNew,nobody\nNowhere,ok\nManaged,ok\nManaged,managed\nNew,taken\nNew,managed',
      ),
    };
    const { rows } = await preview(csv);
    expect(short(rows)).toEqual([
      'REFUSED managed MANAGED_BY_DIRECTORY title',
      'CREATE ok',
      'REFUSED OK UNIQUENESS userName',
      'REFUSED taken UNIQUENESS externalId',
      'REFUSED odd INVALID_VALUE active',
      'REFUSED  INVALID_VALUE csv.users',
      `REFUSED ${'x'.repeat(300)} INVALID_VALUE userName`,
      'REFUSED  INVALID_VALUE userName',
      'UPDATE holder',
      'CREATE New',
      'REFUSED  INVALID_VALUE displayName',
      'REFUSED Managed MANAGED_BY_DIRECTORY displayName, externalId, members',
      'REFUSED new UNIQUENESS displayName',
      'CREATE New / ok',
      'REFUSED New / ok UNIQUENESS userName',
      'REFUSED New / nobody NOT_FOUND userName',
      'REFUSED Nowhere / ok NOT_FOUND team',
      'REFUSED Managed / ok MANAGED_BY_DIRECTORY displayName, externalId, members',
      'SAME Managed / managed',
      'REFUSED New / taken NOT_FOUND userName',
      'CREATE New / managed',
    ]);
    const before = await changes();
    await expect(bring(csv)).rejects.toMatchObject({
      code: 'MANAGED_BY_DIRECTORY',
      message: expect.stringContaining('USER managed (line 2)'),
    });
    expect(await changes()).toBe(before);
    await bring(csv, 'SKIP');
    const after = await peopleOf(services);
    expect(after.teams.map(({ displayName }) => displayName)).toEqual(['Managed', 'New']);
    expect(after.users.map(({ userName, title, teams }) => [userName, title, teams])).toEqual([
      ['holder', 'Boss', []],
      ['managed', 'Old', ['Managed', 'New']],
      ['ok', 'T', ['New']],
    ]);
  });

  it('needs the hash of a preview that still holds', async () => {
    const some = { users: [{ fields: { userName: 'ann', title: 'A' } }] };
    const { hash } = await preview(some);
    await expect(services.imports.run(request(some), { previewHash: 'none', onRefused: 'STOP' })).rejects.toMatchObject(
      { code: 'PREVIEW_CHANGED' },
    );
    await services.users.create({ userName: 'ann' });
    await expect(services.imports.run(request(some), { previewHash: hash, onRefused: 'STOP' })).rejects.toMatchObject({
      code: 'PREVIEW_CHANGED',
    });
    expect(await services.users.findByUserName('ann')).toMatchObject({ title: null });
  });

  it('removes members only when it is told to, and only from the teams that it names', async () => {
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map(async (userName) => (await services.users.create({ userName })).user.id),
    );
    const { team: one } = await services.teams.create({ displayName: 'One', members: [ann!, bob!] });
    const { team: two } = await services.teams.create({ displayName: 'Two', members: [ann!, bob!] });
    const memberships = [{ team: 'one', userName: 'ann' }];
    expect(short((await preview({ memberships })).rows)).toEqual(['SAME One / ann']);
    const { rows } = await bring({ memberships, removeMissing: true });
    expect(short(rows)).toEqual(['SAME One / ann', 'REMOVE One / bob']);
    const members = async (id: string) =>
      (await services.teams.memberPage([id], null, null)).members.map(({ memberId }) => memberId);
    expect(await members(one.id)).toEqual([ann]);
    expect((await members(two.id)).length).toBe(2);
  });

  it('undoes all of it when a rule refuses at the end: the last owner stays', async () => {
    const made = await bootstrapCompany(bed.db, { name: 'Owned', preset: 'rollcall' });
    companyId = made.companyId;
    services = servicesOf(companyId);
    const users = [{ fields: { userName: 'new' } }, { fields: { userName: made.ownerEmail, active: false } }];
    await expect(bring({ users })).rejects.toMatchObject({
      code: 'LAST_OWNER',
      message: expect.stringContaining(`USER ${made.ownerEmail} (row 2)`),
    });
    expect(await services.users.findByUserName('new')).toBeNull();
  });

  it('T-02: an id of another company is an id that nobody has', async () => {
    const other = servicesOf(await bed.anotherCompany());
    const { user } = await other.users.create({ userName: 'theirs', title: 'Secret' });
    const { team } = await other.teams.create({ displayName: 'Theirs', members: [user.id] });
    const { rows } = await preview({
      users: [{ id: user.id, fields: { title: 'Mine' } }],
      teams: [{ id: team.id, externalId: 'x' }],
      memberships: [{ teamId: team.id, userId: user.id }],
      removeMissing: true,
    });
    expect(rows.map(({ verdict, code }) => [verdict, code])).toEqual([
      ['REFUSED', 'INVALID_VALUE'],
      ['REFUSED', 'INVALID_VALUE'],
      ['REFUSED', 'NOT_FOUND'],
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/Secret|theirs/i);
  });

  it('has bounds, and brings many at once within them', async () => {
    const users = Array.from({ length: 5_001 }, (_, i) => ({ fields: { userName: `u${i}` } }));
    await expect(preview({ users })).rejects.toMatchObject({ code: 'INVALID_VALUE', details: { field: 'users' } });
    const { rows } = await preview({ users: users.slice(0, 5_000) });
    expect(countsOf(rows).create).toBe(5_000);
    const memberships = users.slice(0, 500).map(({ fields }) => ({ team: 'All', userName: fields.userName }));
    await bring({ users: users.slice(0, 500), teams: [{ displayName: 'All' }], memberships });
    const { nodes } = await services.teams.list({ filter: { displayName: { eq: 'all' } } });
    expect((await services.teams.memberPage([nodes[0]!.id], null, null)).members.length).toBe(500);
  });
});
