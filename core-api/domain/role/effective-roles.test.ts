import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { inRecordTransaction } from '../admin-record.js';
import { newId } from '../new-id.js';
import { ROLE_PRESETS } from '../permissions.js';
import { UserService } from '../user/user-service.js';
import { AccessService } from './access-service.js';
import { createPresetRoles } from './role-records.js';

/* Rule 5 once more, in memory: whatever reads roles has to agree with it, and so with all others that read them. */

interface Role {
  id: string;
  key: string;
  rank: number;
  grantable: boolean;
}
type Profile = Pick<DirectoryProfile, 'roleSource' | 'keptRoles' | 'defaultRole' | 'nestedGroups'>;
interface Person {
  id: string;
  directory: string | null;
  assigned: { role: Role; source: 'DIRECT' | 'ATTRIBUTE' | 'CLAIM'; denied: boolean }[];
  teams: Team[];
}
interface Team {
  id: string;
  name: string;
  directory: string | null;
  deleted: boolean;
  /** Teams of which it is a member. */
  around: Team[];
}
interface Mapping {
  team: Team | null;
  directory: string | null;
  infix: string;
  role: Role;
  denied: boolean;
}

/** The same numbers in every run. */
function chance(seed: number) {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  return {
    next,
    of: <T>(items: readonly T[]): T => items[next(items.length)]!,
    is: (percent: number) => next(100) < percent,
  };
}

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

it('gives every reader the same roles: one user, a page, a filter, and the explanation', async () => {
  const { next, of, is } = chance(7);
  const admin = bed.program();
  await inRecordTransaction(bed.db, (tx) => createPresetRoles(tx, admin, ROLE_PRESETS.functions));
  const { rows: roles } = await bed.owner.query<Role>(
    `update role set grantable_by_directory = key not in ('owner', 'billing') where company_id = $1
      returning id, key, rank, grantable_by_directory as grantable`,
    [bed.companyId],
  );
  const usable = roles.filter(({ key }) => key !== 'owner');
  const profiles = new Map<string, Profile>();
  for (const roleSource of ['ATTRIBUTE', 'TEAMS', 'BOTH'] as const)
    for (const keptRoles of ['ALL', 'HIGHEST'] as const) {
      const defaultRole = of([null, 'READ', 'billing', 'no such role']);
      const profile = { roleSource, keptRoles, defaultRole, nestedGroups: of(['NEST', 'FLATTEN', 'SKIP'] as const) };
      profiles.set((await bed.directory({ ...profile, roleAttribute: 'roles' })).directory.id, profile);
    }
  const places = [null, ...profiles.keys()];
  const teams = Array.from({ length: 30 }, (_, i): Team => {
    return { id: newId(), name: `Team ${i}`, directory: of(places), deleted: is(10), around: [] };
  });
  for (const team of teams) {
    const around = of(teams);
    if (is(60) && around !== team && !around.deleted && !team.deleted) team.around.push(around);
  }
  for (const { id, name, directory, deleted } of teams)
    await bed.owner.query(
      `insert into team (company_id, id, directory_id, display_name, display_name_key, deleted_at)
        values ($1, $2, $3, $4, lower($4), case when $5 then now() end)`,
      [bed.companyId, id, directory, name, deleted],
    );
  await bed.owner.query(
    `insert into team_nesting (company_id, team_id, member_team_id) select $1, n.* from jsonb_to_recordset($2) as n(outside uuid, inside uuid)`,
    [
      bed.companyId,
      JSON.stringify(teams.flatMap(({ id, around }) => around.map((each) => ({ outside: each.id, inside: id })))),
    ],
  );
  const mappings = new Map<string, Mapping>();
  for (let i = 0; i < 40; i += 1) {
    const team = is(50) ? of(teams) : null;
    const directory = team ? null : of([...profiles.keys()]);
    const mapping = { team, directory, infix: String(next(10)), role: of(usable), denied: is(20) };
    mappings.set([team?.id, directory, team ? '' : mapping.infix, mapping.role.id].join(' '), mapping);
  }
  for (const { team, directory, infix, role, denied } of mappings.values())
    await bed.owner.query(
      `insert into role_mapping (company_id, id, kind, team_id, directory_id, pattern, role_id, effect)
        values ($1, $2, case when $3::uuid is null then 'PATTERN' else 'TEAM' end, $3, $4, $5, $6, $7)`,
      [bed.companyId, newId(), team?.id, directory, team ? null : `*${infix}*`, role.id, denied ? 'DENY' : 'GRANT'],
    );
  const people: Person[] = [];
  for (let i = 0; i < 90; i += 1) {
    const directory = of(places);
    const person: Person = { id: await bed.user({ directoryId: directory }), directory, assigned: [], teams: [] };
    for (const role of roles)
      for (const source of ['DIRECT', 'ATTRIBUTE', 'CLAIM'] as const)
        if (is(10)) person.assigned.push({ role, source, denied: source === 'DIRECT' && is(40) });
    for (const team of teams) if (is(7)) person.teams.push(team);
    people.push(person);
  }
  await bed.owner.query(
    `insert into role_assignment (company_id, user_id, role_id, source, denied)
      select $1, a.* from jsonb_to_recordset($2) as a("user" uuid, role uuid, source text, denied boolean)`,
    [
      bed.companyId,
      JSON.stringify(
        people.flatMap(({ id, assigned }) =>
          assigned.map(({ role, ...each }) => ({ ...each, user: id, role: role.id })),
        ),
      ),
    ],
  );
  await bed.owner.query(
    `insert into team_membership (company_id, user_id, team_id) select $1, m.* from jsonb_to_recordset($2) as m("user" uuid, team uuid)`,
    [bed.companyId, JSON.stringify(people.flatMap(({ id, teams: in_ }) => in_.map((t) => ({ user: id, team: t.id }))))],
  );
  const expected = (isProvisioning: boolean) =>
    new Map(people.map((each) => [each.id, rolesOf(each, roles, [...mappings.values()], profiles, isProvisioning)]));

  const users = new UserService(bed.db, admin);
  const access = new AccessService(bed.db, admin);
  for (const isProvisioning of [false, true]) {
    await bed.owner.query('update company set provisioning = $2 where id = $1', [bed.companyId, isProvisioning]);
    const wanted = expected(isProvisioning);
    const page = (await users.list({ first: 100 }, { roles: true })).nodes;
    const read = new Map(page.map((user) => [user.id, user.roles!.map(({ key }) => key)]));
    expect(read).toEqual(wanted);

    for (const { key } of roles) {
      const { nodes } = await users.list({ filter: { roles: { some: { key: { eq: key } } } }, first: 100 });
      const having = people.filter(({ id }) => wanted.get(id)!.includes(key)).map(({ id }) => id);
      expect(nodes.map(({ id }) => id).sort(), key).toEqual(having.sort());
    }
    for (const { id } of people) {
      const { chain } = await access.explain(id, 'users:read');
      const granted = new Set(chain.filter(({ effect }) => effect === 'GRANTS').map(({ role }) => role.key));
      expect([...granted].sort()).toEqual(wanted.get(id)!.toSorted());
    }
  }
  // Each way to a role was met: a test in which nobody has any would hold for every template.
  expect(new Set([...expected(false).values()].map((keys) => keys.join())).size).toBeGreaterThan(8);
});

/** Keys, the highest rank first. */
function rolesOf(
  { directory, assigned, teams }: Person,
  roles: readonly Role[],
  mappings: readonly Mapping[],
  profiles: ReadonlyMap<string, Profile>,
  isProvisioning: boolean,
): string[] {
  const own = directory === null ? null : profiles.get(directory)!;
  const gifts: { role: Role; denied: boolean; byDirectory: boolean }[] = [];
  for (const { role, source, denied } of assigned) {
    const byDirectory = source === 'ATTRIBUTE';
    const counts =
      source === 'DIRECT' || (role.grantable && (byDirectory ? own?.roleSource !== 'TEAMS' : !isProvisioning));
    if (counts) gifts.push({ role, denied, byDirectory });
  }
  const isByAttribute = gifts.some(({ byDirectory }) => byDirectory);
  const all = new Set(teams);
  for (const { around } of all)
    for (const team of around)
      if (team.directory === null || profiles.get(team.directory)!.nestedGroups !== 'SKIP') all.add(team);
  for (const team of [...all].filter(({ deleted }) => !deleted))
    for (const { team: named, directory: of, infix, role, denied } of mappings) {
      const isMeant = named ? named.id === team.id : of === team.directory && team.name.includes(infix);
      if (!isMeant) continue;
      const source = team.directory === null ? null : profiles.get(team.directory)!.roleSource;
      if (source !== null && (!role.grantable || source === 'ATTRIBUTE')) continue;
      if (source === 'BOTH' && !denied && isByAttribute) continue;
      gifts.push({ role, denied, byDirectory: team.directory !== null });
    }
  const inOrder = roles.toSorted((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
  const left = inOrder.filter((role) => {
    const ways = gifts.filter((each) => each.role === role);
    return ways.length > 0 && !ways.some(({ denied }) => denied);
  });
  const highest = left.find((role) => gifts.some((each) => each.role === role && each.byDirectory));
  const kept = left.filter(
    (role) =>
      own?.keptRoles !== 'HIGHEST' || role === highest || gifts.some((each) => each.role === role && !each.byDirectory),
  );
  if (kept.length > 0) return kept.map(({ key }) => key);
  const named = roles.find(({ key, grantable }) => grantable && key === own?.defaultRole?.toLowerCase());
  const usual = named ?? roles.find(({ key }) => key === 'qa')!;
  return gifts.some(({ role, denied }) => role === usual && denied) ? [] : [usual.key];
}
