import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { DomainError } from '../errors.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';
import { applyAlone, type BatchOperation } from './batch-operation.js';
import { BatchService } from './batch-service.js';

/* Random batches, done together in one company and one by one in another: both end with the same answers, rows, changes and conflicts. */

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const USERS = 8;
const TEAMS = 4;
/** One that nobody has, and one that cannot be an id. */
const NOBODY = [newId(), 'nobody'];

/** A batch as it is drawn: objects are numbers, resolved in each company to what stands there at that moment. */
type Drawn = {
  kind: string;
  user: number;
  team: number;
  name: number;
  flag: boolean;
  text: string;
  version: number | null;
};

const drawnOperation = (kinds: readonly string[]): fc.Arbitrary<Drawn> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    user: fc.nat(USERS + 3),
    team: fc.nat(TEAMS),
    name: fc.nat(7),
    flag: fc.boolean(),
    text: fc.constantFrom('a', 'b', ''),
    version: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null, freq: 6 }),
  });

const KINDS = [
  ['createUser'],
  ['changeTitle', 'deactivate', 'rename', 'replaceUser', 'setRole', 'addEmail'],
  ['deleteUser'],
  ['createTeam'],
  ['addMember', 'removeMember'],
  ['addMember', 'removeMember', 'renameTeam', 'replaceMembers', 'deleteTeam'],
];

/** Runs of neighbours of one kind, as they are written together. */
const drawnBatch = fc
  .array(
    fc.constantFrom(...KINDS).chain((kinds) => fc.array(drawnOperation(kinds), { minLength: 1, maxLength: 7 })),
    { minLength: 1, maxLength: 5 },
  )
  .map((runs) => runs.flat());

const drawnActor = fc.constantFrom<Partial<DirectoryProfile> | null>(
  null,
  {},
  { adopt: 'ON_UPDATE', unknownMembers: 'REFUSE', listScope: 'MANAGED' },
  {
    reviveBy: 'USER_NAME',
    roleAttribute: 'userType',
    roleSource: 'BOTH',
    unknownRoles: 'IGNORE',
    defaultProjects: ['web'],
  },
  { roleAttribute: 'userType', roleSource: 'ATTRIBUTE', unknownRoles: 'REFUSE' },
);

interface Company {
  actor: CompanyActor;
  users: string[];
  teams: string[];
  labels: Map<string, string>;
}

async function aCompany(profile: Partial<DirectoryProfile> | null): Promise<Company> {
  const companyId = await bed.anotherCompany();
  const program = bed.program(undefined, companyId);
  const directory = await bed.directory(profile ?? {}, companyId);
  const { rows } = await bed.owner.query(
    `insert into role (company_id, id, key, name, permissions, rank, is_default, grantable_by_directory)
     select $1, gen_random_uuid(), key, key, '{}', rank, key = 'qa', key <> 'owner'
     from (values ('owner', 100), ('a', 50), ('qa', 10)) as r(key, rank) returning id, key`,
    [companyId],
  );
  await bed.owner.query(
    `insert into project (company_id, id, key, name, is_default) values ($1, gen_random_uuid(), 'web', 'Web', false),
       ($1, gen_random_uuid(), 'all', 'All', true)`,
    [companyId],
  );
  const labels = new Map<string, string>([
    [companyId, 'company'],
    [directory.directory.id, 'directory'],
  ]);
  for (const { id, key } of rows) labels.set(id, `role ${key}`);
  const company: Company = { actor: profile ? directory : program, users: [], teams: [], labels };
  // Local ones, and the directory's own; an owner, one who is away, one who was deleted.
  for (let i = 0; i < USERS; i++) {
    const users = new UserService(bed.db, i % 2 === 0 ? directory : program);
    const { user } = await users.create({
      userName: `n${i}`,
      externalId: i % 3 === 0 ? `e${i}` : null,
      active: i !== 2 && i !== 5,
      emails: [{ value: `n${i}@x`, type: 'work' }],
    });
    company.users.push(user.id);
    labels.set(user.id, `user ${i}`);
    if (i === 6) await users.delete(user.id);
  }
  await bed.owner.query(
    `insert into role_assignment (company_id, user_id, role_id, source) select $1, $2, id, 'DIRECT' from role where company_id = $1 and key = 'owner'`,
    [companyId, company.users[1]],
  );
  await bed.owner.query(
    `insert into directory_token (company_id, id, directory_id, user_id, name, hash, hint, scopes)
     select $1, gen_random_uuid(), $2, id, 'own', uuid_send(id), 'own', '{}' from app_user where company_id = $1 and directory_id = $2`,
    [companyId, directory.directory.id],
  );
  for (let i = 0; i < TEAMS; i++) {
    const { team } = await new TeamService(bed.db, i % 2 === 0 ? directory : program).create({
      displayName: `t${i}`,
      members: company.users.slice(0, i).filter((_, place) => i % 2 === 1 || place % 2 === 0),
    });
    company.teams.push(team.id);
    labels.set(team.id, `team ${i}`);
  }
  return company;
}

function toOperation(
  { kind, user, team, name, flag, text, version }: Drawn,
  { users, teams }: Company,
): BatchOperation {
  const id = [...users, ...NOBODY][user % (users.length + NOBODY.length)]!;
  const teamId = [...teams, ...NOBODY][team % (teams.length + NOBODY.length)]!;
  const of = { id, expectedVersion: version };
  const teamOf = { id: teamId, expectedVersion: version };
  const userName = name === 7 ? '' : flag ? `n${name}` : `N${name + 6}`;
  const externalId = flag ? `e${name}` : null;
  const changes = {
    changeTitle: { set: { title: text } },
    deactivate: { set: { active: flag } },
    rename: { set: { userName, ...(name % 2 === 0 && { externalId }) } },
    setRole: { set: { userType: name % 2 === 0 ? 'a' : text } },
    addEmail: { addValues: { attribute: 'emails' as const, values: [{ value: `${text}@y`, type: 'home' }] } },
  };
  switch (kind) {
    case 'createUser':
      return {
        createUser: { userName, externalId, active: name !== 3, userType: text, emails: [{ value: `${text}@z` }] },
      };
    case 'replaceUser':
      return { replaceUser: { ...of, userName, title: text } };
    case 'deleteUser':
      return { deleteUser: of };
    case 'createTeam':
      return {
        createTeam: { displayName: `t${name}`, externalId: flag ? `e${text}` : null, members: flag ? [id] : [] },
      };
    case 'addMember':
      return { changeTeam: { ...teamOf, changes: [{ addMembers: [id, ...(flag ? users.slice(0, 2) : [])] }] } };
    case 'removeMember':
      return {
        changeTeam: { ...teamOf, changes: [{ removeMembers: [id] }, { addMembers: flag ? users.slice(3, 4) : [] }] },
      };
    case 'renameTeam':
      return { changeTeam: { ...teamOf, changes: [{ set: { displayName: `t${name}` } }] } };
    case 'replaceMembers':
      return { changeTeam: { ...teamOf, changes: [{ replaceMembers: users.slice(name % USERS) }] } };
    case 'deleteTeam':
      return { deleteTeam: teamOf };
    default:
      return { changeUser: { ...of, changes: [changes[kind as keyof typeof changes]] } };
  }
}

type Told = { ok: boolean; id: string | null; code: string | null; field: string | null };

const servicesOf = (actor: CompanyActor) => ({
  users: new UserService(bed.db, actor),
  teams: new TeamService(bed.db, actor),
});

async function oneByOne(actor: CompanyActor, operations: readonly BatchOperation[], failOnErrors: number | null) {
  const told: Told[] = [];
  for (const operation of operations) {
    try {
      const { id } = await applyAlone(servicesOf(actor), operation);
      told.push({ ok: true, id, code: null, field: null });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      told.push({ ok: false, id: null, code: error.code, field: error.details.field ?? null });
      if (told.filter(({ ok }) => !ok).length === failOnErrors) break;
    }
  }
  return told;
}

/** Names what is new by the operation that made it, and keeps it for the batches that follow. */
function learn({ users, teams, labels }: Company, drawn: readonly Drawn[], told: readonly Told[]): void {
  for (const [place, { ok, id }] of told.entries()) {
    if (!ok || id === null || labels.has(id)) continue;
    const type = drawn[place]!.kind === 'createTeam' ? 'team' : 'user';
    labels.set(id, `${type} new ${labels.size}`);
    (type === 'team' ? teams : users).push(id);
  }
}

const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** All that a company has, without what is by nature another one each time: ids, times, and how often a team's version rose. */
async function stateOf({ actor, labels }: Company): Promise<unknown> {
  const named = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value)
        .replace(TIME, 'then')
        .replace(UUID, (id) => labels.get(id) ?? (NOBODY.includes(id) ? 'nobody' : 'id')),
    );
  const of = async (table: string, columns: string) => {
    const { rows } = await bed.owner.query(
      `select to_jsonb(t) as row from (select ${columns} from ${table} where company_id = $1) t`,
      [actor.companyId],
    );
    return rows.map(({ row }) => JSON.stringify(named(row))).sort();
  };
  const { rows: changes } = await bed.owner.query(
    'select object_id, kind, before, after from change where company_id = $1 order by epoch, xid, no',
    [actor.companyId],
  );
  return {
    users: await of(
      'app_user',
      'id, directory_id, user_name, user_name_key, external_id, active, title, user_type, emails, extensions, version, deleted_at is null as here',
    ),
    teams: await of(
      'team',
      'id, directory_id, display_name, display_name_key, external_id, deleted_at is null as here',
    ),
    members: await of('team_membership', 'team_id, user_id'),
    pending: await of('pending_membership', 'team_id, user_id, directory_id'),
    values: await of('user_value', 'user_id, attribute, type, value_key'),
    roles: await of('role_assignment', 'user_id, role_id, source, denied'),
    access: await of('project_access', 'user_id, team_id'),
    tokens: await of('directory_token', 'user_id, revoked_at is null as good'),
    conflicts: await of('conflict', 'kind, object_type, object_id, details'),
    changes: Object.fromEntries(
      [...Map.groupBy(changes, ({ object_id, kind }) => labels.get(object_id) ?? kind.split('.')[0])]
        .map(
          ([label, some]) =>
            [label, inOrder(some.map(({ kind, before, after }) => named({ kind, before, after })))] as const,
        )
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** Of neighbours of one kind (members who leave together with many teams) the order is nobody's promise. */
function inOrder(changes: { kind: string }[]): string[] {
  const blocks: string[][] = [];
  let kind = '';
  for (const change of changes) {
    if (change.kind !== kind) blocks.push([]);
    kind = change.kind;
    blocks.at(-1)!.push(JSON.stringify(change));
  }
  return blocks.flatMap((block) => block.sort());
}

describe('a batch that is written in sets', () => {
  it('does what its operations one by one do', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnActor,
        fc.array(fc.tuple(drawnBatch, fc.option(fc.integer({ min: 1, max: 4 }), { nil: null })), {
          minLength: 1,
          maxLength: 2,
        }),
        async (profile, batches) => {
          const [together, alone] = [await aCompany(profile), await aCompany(profile)];
          for (const [drawn, failOnErrors] of batches) {
            const one = await new BatchService(bed.db, together.actor, servicesOf(together.actor)).apply(
              drawn.map((each) => toOperation(each, together)),
              failOnErrors,
            );
            const other = await oneByOne(
              alone.actor,
              drawn.map((each) => toOperation(each, alone)),
              failOnErrors,
            );
            learn(together, drawn, one);
            learn(alone, drawn, other);
            const said = (told: readonly Told[], { labels }: Company) =>
              told.map(({ ok, id, code, field }) => ({ ok, code, field, id: ok && labels.get(id!) }));
            expect(said(one, together)).toEqual(said(other, alone));
          }
          expect(await stateOf(together)).toEqual(await stateOf(alone));
        },
      ),
      { numRuns: Number(process.env.BATCH_RUNS ?? 40), timeout: 60_000 },
    );
  }, 240_000);
});
