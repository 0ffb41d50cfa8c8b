import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import type { CompanyActor } from '../actor.js';
import { ApiKeyService } from '../auth/api-key-service.js';
import { bootstrapCompany } from '../bootstrap.js';
import { DirectoryTokens } from '../directory/directory-tokens.js';
import { DomainError } from '../errors.js';
import { newId } from '../new-id.js';
import { RoleService } from '../role/role-service.js';
import { SsoConnectionService } from '../sso/sso-connection-service.js';
import { DeletedTeamService } from '../team/deleted-team-service.js';
import { TeamService } from '../team/team-service.js';
import { assignedMembers } from '../user/assigned-members.js';
import { UserService } from '../user/user-service.js';

/* The log tells all there is: what folds out of it is what stands in the tables. */

let bed: CompanyBed;
let actors: CompanyActor[];
const roleIds: string[] = [];
beforeAll(async () => {
  bed = await CompanyBed.open();
  for (const key of ['manager', 'qa', 'billing']) {
    roleIds.push(newId());
    await bed.owner.query(
      `insert into role (company_id, id, key, name, permissions, rank) values ($1, $2, $3, $3, '{}', 1)`,
      [bed.companyId, roleIds.at(-1), key],
    );
  }
  actors = [
    bed.program(),
    await bed.directory({ roleAttribute: 'roles', unknownRoles: 'IGNORE', adopt: 'ON_CREATE' }),
    await bed.directory({ roleAttribute: 'roles', reviveBy: 'USER_NAME', attributes: ['userName', 'emails'] }),
  ];
});
afterAll(() => bed?.close());

type Step = { verb: string; actor: number; user: number; other: number; team: number; word: number };
const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(
    ...['create', 'create', 'create', 'change', 'values', 'replace', 'deactivate', 'reactivate', 'delete'],
    ...['team', 'team', 'rename', 'join', 'join', 'leave', 'members', 'dissolve', 'restore', 'assign', 'unassign'],
  ),
  actor: fc.nat(2),
  user: fc.nat(7),
  other: fc.nat(7),
  team: fc.nat(3),
  word: fc.nat(2),
});

/** Who has been made so far, by the numbers of the steps. */
interface Known {
  users: Map<number, string>;
  teams: Map<number, string>;
}

async function take({ verb, actor, user, other, team, word }: Step, { users, teams }: Known): Promise<unknown> {
  const by = actors[actor]!;
  const userService = new UserService(bed.db, by);
  const teamService = new TeamService(bed.db, by);
  const roles = new RoleService(bed.db, actors[0]!);
  const id = users.get(user) ?? newId();
  const teamId = teams.get(team) ?? newId();
  const fields = {
    userName: `user-${user}`,
    externalId: word ? `x-${user}` : undefined,
    title: ['', 'Boss', null][word],
    emails: [{ value: `${word}-${user}@x`, type: 'work' }],
    roleValues: [{ value: ['qa', 'manager', 'nobody'][word]! }],
    extensions: [{ urn: 'urn:example:a', values: { a: word, b: word ? null : 'b' } }],
  };
  switch (verb) {
    case 'create': {
      const made = await userService.create(fields);
      return users.set(user, made.user.id);
    }
    case 'change':
      return userService.change(id, [{ set: { title: `T${word}`, name: { givenName: word ? 'G' : null } } }]);
    case 'values':
      return userService.change(id, [
        { addValues: { attribute: 'roleValues', values: [{ value: ['billing', 'qa', 'manager'][word]! }] } },
        { removeValues: { attribute: 'emails', where: { type: { eq: 'work' } } } },
      ]);
    case 'replace':
      return userService.replace(id, { userName: fields.userName, nickName: `N${word}` });
    case 'deactivate':
      return userService.deactivate(id);
    case 'reactivate':
      return userService.reactivate(id);
    case 'delete':
      return userService.delete(id);
    case 'team': {
      const made = await teamService.create({ displayName: `Team ${team}`, members: [id] });
      return teams.set(team, made.team.id);
    }
    case 'rename':
      return teamService.update(teamId, { displayName: `Team ${team}${' '.repeat(word)}`, externalId: `t-${word}` });
    case 'join':
      return teamService.change(teamId, [{ addMembers: [id, users.get(other) ?? newId()] }]);
    case 'leave':
      return teamService.change(teamId, [{ removeMembers: [id] }]);
    case 'members':
      return teamService.change(teamId, [{ replaceMembers: [id, users.get(other) ?? 'nonsense'] }]);
    case 'dissolve':
      return teamService.delete(teamId);
    case 'restore':
      return new DeletedTeamService(bed.db, actors[0]!).restore(teamId);
    case 'assign':
      return roles.assign(id, roleIds[word]!);
    default:
      return roles.unassign(id, roleIds[word]!);
  }
}

type Members = Record<string, unknown>;
const assigned = (members: Members) =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([name, value]) => name === 'directoryId' || (value !== null && !(Array.isArray(value) && value.length === 0)),
    ),
  );
const sorted = <T>(entries: Iterable<[string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

interface Logged {
  kind: string;
  id: string;
  before: Members | null;
  after: Members | null;
}

/** Users, teams, memberships and role assignments, as the log has them. */
function fold(changes: readonly Logged[]) {
  const objects = { user: new Map<string, Members>(), team: new Map<string, Members>() };
  const links = new Map<string, true>();
  const link = (name: string, isNew: boolean) => {
    expect([name, links.has(name)]).toEqual([name, !isNew]);
    if (isNew) links.set(name, true);
    else links.delete(name);
  };
  for (const { kind, id, before, after } of changes) {
    const [type, action] = kind.split('.') as ['user' | 'team' | 'role', string];
    if (action.endsWith('_refused')) continue;
    if (type === 'role') {
      const { roleId, source } = (after ?? before)!;
      link(`role ${id} ${roleId} ${source}`, action === 'assigned');
    } else if (action.startsWith('member_')) link(`member ${id} ${(after ?? before)!.userId}`, after !== null);
    else {
      const known = objects[type].get(id);
      expect([kind, known !== undefined]).toEqual([kind, before !== null]);
      if (action !== 'deleted')
        for (const [name, value] of Object.entries(before ?? {}))
          expect([kind, assigned({ [name]: known?.[name] ?? null })]).toEqual([kind, assigned({ [name]: value })]);
      if (after === null) objects[type].delete(id);
      else objects[type].set(id, assigned({ ...known, ...after }));
    }
  }
  return { users: sorted(objects.user), teams: sorted(objects.team), links: [...links.keys()].sort() };
}

async function stored(): Promise<ReturnType<typeof fold>> {
  const users = new Map<string, Members>();
  const all = new UserService(bed.db, actors[0]!);
  for (let after: string | null = null, more = true; more; ) {
    const page = await all.list({ first: 100, after });
    for (const user of page.nodes) users.set(user.id, assigned(assignedMembers(user)));
    after = page.cursors.at(-1) ?? null;
    more = page.hasNextPage;
  }
  const query = async <R extends object>(sql: string) => (await bed.owner.query<R>(sql, [bed.companyId])).rows;
  const teams = await query<{ id: string; said: Members }>(
    `select id, jsonb_build_object('displayName', display_name, 'externalId', external_id, 'directoryId', directory_id) as said
     from team where company_id = $1 and deleted_at is null`,
  );
  const links = await query<{ link: string }>(
    `select 'member ' || team_id || ' ' || user_id as link from team_membership where company_id = $1
     union all select 'role ' || user_id || ' ' || role_id || ' ' || source from role_assignment where company_id = $1`,
  );
  return {
    users: sorted(users),
    teams: sorted(teams.map(({ id, said }): [string, Members] => [id, assigned(said)])),
    links: links.map(({ link }) => link).sort(),
  };
}

it('users, teams, memberships and roles fold out of it, whatever was done, also at once (E-04)', async () => {
  const known: Known = { users: new Map(), teams: new Map() };
  const kinds = new Set<string>();
  const run = fc.asyncProperty(
    fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 15, maxLength: 25 }),
    async (rounds) => {
      for (const round of rounds)
        for (const result of await Promise.allSettled(round.map((each) => take(each, known))))
          if (result.status === 'rejected' && !(result.reason instanceof DomainError)) throw result.reason;

      const { rows } = await bed.owner.query<Logged>(
        `select kind, object_id as id, before, after from change where company_id = $1 order by epoch, xid, no`,
        [bed.companyId],
      );
      for (const { kind } of rows) kinds.add(kind);
      expect(fold(rows)).toEqual(await stored());
    },
  );
  await fc.assert(run, { numRuns: 8, endOnFailure: true, verbose: 0 });

  expect([...kinds].sort()).toEqual(
    expect.arrayContaining([
      'user.created',
      'user.changed',
      'user.deleted',
      'team.created',
      'team.member_added',
      'team.member_removed',
    ]),
  );
}, 60_000);

it('no write without its entry: when the log takes none, nothing is written (F-03)', async () => {
  const users = new UserService(bed.db, actors[0]!);
  const roles = new RoleService(bed.db, actors[0]!);
  const { user } = await users.create({ userName: newId() });
  await bed.owner.query(`create function full_log() returns trigger language plpgsql as $$ begin raise 'full'; end $$;
    create trigger full_log before insert on change for each row execute function full_log()`);

  for (const write of [
    () => users.create({ userName: 'unlogged' }),
    () => users.change(user.id, [{ set: { title: 'T' } }]),
    () => users.delete(user.id),
    () => roles.assign(user.id, roleIds[0]!),
    () => roles.create({ key: 'unlogged', name: 'U', permissions: [], rank: 1 }),
    () => new ApiKeyService(bed.db, actors[0]!).create({ name: 'unlogged', permissions: ['users:read'] }),
  ])
    await expect(write()).rejects.toThrow();
  await bed.owner.query('drop trigger full_log on change; drop function full_log()');

  expect(await users.get(user.id)).toEqual(user);
  expect(await users.findByUserName('unlogged')).toBeNull();
  for (const table of ['role', 'api_key'])
    expect((await bed.owner.query(`select 1 from ${table} where name = 'unlogged' or name = 'U'`)).rows).toEqual([]);
});

it('no row of it holds a secret or a hash', async () => {
  const made = await bootstrapCompany(bed.db, { name: 'Canary', preset: 'rollcall' });
  const actor = bed.program(undefined, made.companyId);
  const sso = new SsoConnectionService(bed.db, actor, MEANS);
  const connection = await sso.create({ name: 'S', kind: 'OIDC', config: {}, clientSecret: 'canary-one' });
  await sso.update(connection.id, { clientSecret: 'canary-two' });
  const tokens = new DirectoryTokens(bed.db, actor);
  const token = await tokens.create({ directoryId: made.directoryId, name: 'T' });
  await tokens.revoke(token.directoryToken.id);
  const keys = new ApiKeyService(bed.db, actor);
  const key = await keys.create({ name: 'K', permissions: ['users:read'] });
  await keys.revoke(key.apiKey.id);

  const { rows: hashes } = await bed.owner.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from directory_token union all select encode(hash, 'hex') from api_key
     union all select password_hash from local_credential union all select encode(client_secret, 'hex') from sso_connection`,
  );
  const { rows: log } = await bed.owner.query<{ text: string }>('select change::text as text from change');
  const text = log.map((row) => row.text).join('\n');
  const secrets = [
    made.scimToken,
    made.apiKey,
    made.ownerPassword,
    token.secret,
    key.secret,
    'canary-one',
    'canary-two',
  ];
  const known = [...secrets, ...hashes.flatMap(({ hash }) => hash ?? [])];
  expect(known.length).toBeGreaterThan(11);
  for (const secret of known) expect(text.includes(secret)).toBe(false);
  const bytes = (secret: string) => JSON.stringify([...Buffer.from(secret, 'hex')]).slice(1, -1);
  for (const { hash } of hashes) if (/^[0-9a-f]+$/.test(hash ?? '')) expect(text.includes(bytes(hash))).toBe(false);
});
