import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import { dialectOf } from '#gateway/translate/dialect.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { LONG_MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { aValue, type EveryAttribute, everyAttribute, paintbox } from './scim-every-attribute.js';
import { type Filter, finds, type Leaf, textOf } from './scim-filter-meaning.js';

type Resource = Record<string, unknown>;

const ALL = everyAttribute(
  dialectOf({ extensions: [paintbox], aliases: {} } as unknown as DirectoryProfile).custom,
).filter(({ attribute }) => attribute.returned !== 'never');

/** What a comparison can be made with: attributes that are no objects, and the parts of those that are. */
function leavesOf({ urn, path, attribute }: EveryAttribute): Leaf[] {
  const leaf = (sub: AttributeDefinition | null): Leaf => ({
    path: sub ? `${path}.${sub.name}` : path,
    keys: [...(urn === null ? [] : [urn]), attribute.name, ...(sub ? [sub.name] : [])],
    definition: sub ?? attribute,
  });
  if (attribute.type !== 'complex') return [leaf(null)];
  // Where a group is to be found is not what a filter asks, and its type is compared by eq alone.
  return (attribute.subAttributes ?? [])
    .filter(({ name }) => !(attribute.name === 'groups' && (name === '$ref' || name === 'type')))
    .map(leaf);
}

const common = (path: string, traits: Partial<AttributeDefinition> = {}): Leaf => ({
  path,
  keys: path.split('.'),
  definition: { name: path, type: 'string', caseExact: true, ...traits } as AttributeDefinition,
});
const USER_LEAVES = [
  ...ALL.flatMap(leavesOf),
  common('id'),
  common('externalId'),
  common('meta.created', { type: 'dateTime' }),
  common('meta.lastModified', { type: 'dateTime' }),
  common('meta.resourceType'),
  common('meta.location'),
  common('schemas', { caseExact: false }),
];
const GROUP_LEAVES = [
  common('id'),
  common('externalId'),
  common('displayName', { caseExact: false }),
  common('members.value'),
  common('members.display', { caseExact: false }),
  common('meta.created', { type: 'dateTime' }),
  common('meta.location'),
  common('schemas', { caseExact: false }),
];

/** Filters over these leaves, whose values are mostly those that somebody has, or parts of them. */
function filtersOver(leaves: Leaf[], lists: Leaf[][], population: () => Resource[]): fc.Arbitrary<Filter> {
  const comparison = (among: Leaf[], within: number): fc.Arbitrary<Filter> =>
    fc
      .record({
        leaf: fc.constantFrom(...among),
        op: fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'eq'),
        pick: fc.nat(),
        cut: fc.tuple(fc.nat(6), fc.nat(6), fc.boolean()),
      })
      .map(({ leaf, op, pick, cut }): Filter => {
        const at = { ...leaf, path: within ? leaf.keys.at(-1)! : leaf.path, keys: leaf.keys.slice(within) };
        if (op === 'pr') return { kind: 'pr', leaf: at };
        const known = population()
          .flatMap((each) => finds.valuesAt(each, leaf.keys))
          .filter((each) => each !== undefined);
        const value = known[pick % Math.max(known.length, 1)] ?? finds.nothingOf(leaf.definition);
        return finds.comparison(at, op, value, cut);
      });
  const inner = (list: Leaf[]) => {
    const within = list[0]!.keys.length - 1;
    return fc.letrec<{ node: Filter }>((tie) => ({
      node: fc.oneof({ maxDepth: 2 }, { weight: 3, arbitrary: comparison(list, within) }, ...combined(tie)),
    })).node;
  };
  const path = fc.constantFrom(...lists).chain((list) =>
    inner(list).map(
      (each): Filter => ({
        kind: 'path',
        path: list[0]!.path.replace(/\.[^.]*$/, ''),
        keys: list[0]!.keys.slice(0, -1),
        inner: each,
      }),
    ),
  );
  return fc.letrec<{ node: Filter }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, { weight: 3, arbitrary: comparison(leaves, 0) }, path, ...combined(tie)),
  })).node;
}

function combined(tie: (key: 'node') => fc.Arbitrary<Filter>): fc.Arbitrary<Filter>[] {
  const of = (kind: 'and' | 'or') =>
    fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((operands): Filter => ({ kind, operands }));
  return [of('and'), of('or'), tie('node').map((operand): Filter => ({ kind: 'not', operand }))];
}

describe.each(LONG_MODES)('any filter means to the server what it means to a reader, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  const users: Resource[] = [];
  const groups: Resource[] = [];
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    const company = await rollcall.newCompany();
    scim = scimClient(company);
    await graphqlClient(company)(
      'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
      {
        input: {
          id: company.directoryId,
          profile: { extensions: [paintbox], roleAttribute: null, roleSource: 'TEAMS' },
        },
      },
    );
    for (const seed of [1, 2, 3, 4, 5]) {
      // Everybody has other attributes, the last one has none.
      const mine = ALL.filter(
        ({ attribute }, i) => attribute.mutability !== 'readOnly' && seed < 5 && (i + seed) % 3 > 0,
      );
      const user: Record<string, unknown> = { externalId: seed % 2 ? `Ext-${seed}` : undefined };
      for (const { urn, attribute } of mine) {
        const value = { [attribute.name]: aValue(attribute, seed) };
        if (urn === null) Object.assign(user, value);
        else user[urn] = { ...(user[urn] as object), ...value };
      }
      const { status, body } = await scim.post('/Users', { ...user, userName: `Uşer-${seed}%_\\` });
      expect(status, JSON.stringify(body)).toBe(201);
      users.push(body);
    }
    for (const [name, members] of [
      ['Ops', [0, 1]],
      ['ops EU', [1, 2, 3]],
      ['Nobody', []],
    ] as const) {
      const { body } = await scim.post('/Groups', {
        displayName: name,
        members: members.map((i) => ({ value: users[i]!.id })),
      });
      groups.push(body);
    }
    for (const [i, { id }] of users.entries()) users[i] = (await scim.get(`/Users/${id}`)).body;
  });
  afterAll(() => rollcall?.stop());

  const holdsFor = async (path: string, population: Resource[], filter: Filter) => {
    const text = textOf(filter);
    const { status, body } = await scim.get(`/${path}?attributes=id&filter=${encodeURIComponent(text)}`);
    expect(status, `${text}\n${JSON.stringify(body)}`).toBe(200);
    const expected = population.filter((each) => finds.holds(filter, each)).map(({ id }) => id);
    const found = body.Resources.map(({ id }: Resource) => id);
    expect(found.sort(), text).toEqual(expected.sort());
  };

  it('on users', async () => {
    const lists = ALL.filter(({ attribute }) => attribute.type === 'complex').map(leavesOf);
    await fc.assert(
      fc.asyncProperty(
        filtersOver(USER_LEAVES, lists, () => users),
        (filter) => holdsFor('Users', users, filter),
      ),
      { numRuns: 200, seed: LONG_MODES.indexOf(mode) },
    );
  });

  it('on groups', async () => {
    const members = GROUP_LEAVES.filter(({ path }) => path.startsWith('members.'));
    await fc.assert(
      fc.asyncProperty(
        filtersOver(GROUP_LEAVES, [members], () => groups),
        (filter) => holdsFor('Groups', groups, filter),
      ),
      { numRuns: 60, seed: LONG_MODES.indexOf(mode) },
    );
  });

  it('up to 40 levels and 200 terms, and no further', async () => {
    const nested = (levels: number) => `${'not ('.repeat(levels)}userName pr${')'.repeat(levels)}`;
    const wide = (terms: number) => Array.from({ length: terms }, (_, i) => `emails[type ne "${i}" ]`).join(' or ');
    const ask = (filter: string) => scim.get(`/Users?filter=${encodeURIComponent(filter)}`);
    expect((await ask(nested(40))).body.totalResults).toBe(users.length);
    expect((await ask(wide(200))).status).toBe(200);
    for (const filter of [nested(41), wide(201)])
      expect(await ask(filter)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });
});
