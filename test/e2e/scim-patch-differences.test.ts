import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialectOf } from '#gateway/translate/dialect.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { LONG_MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { aValue, everyAttribute, paintbox } from './scim-every-attribute.js';
import { NoTarget, type Operation, patched, toWire } from './scim-patch-meaning.js';

type Json = Record<string, unknown>;

/** Who signs in and whether, and a manager whose address goes with his id, have rules of their own. */
const APART = new Set(['userName', 'active', 'manager']);
const ATTRIBUTES = everyAttribute(
  dialectOf({ extensions: [paintbox], aliases: {} } as unknown as DirectoryProfile).custom,
).filter(({ attribute }) => attribute.mutability === 'readWrite' && !APART.has(attribute.name));

const seed = fc.integer({ min: 1, max: 3 });
const operation: fc.Arbitrary<Operation> = fc
  .record({
    op: fc.constantFrom('add' as const, 'replace' as const, 'remove' as const),
    at: fc.constantFrom(...ATTRIBUTES),
    seed,
    form: fc.constantFrom(
      'path' as const,
      'value' as const,
      'sub' as const,
      'filter' as const,
      'filtered sub' as const,
    ),
    part: fc.nat(),
    found: seed,
  })
  .map(({ op, at, seed, form, part, found }) => {
    const { attribute } = at;
    const subs = attribute.subAttributes ?? [];
    const keys = subs.filter(({ type, multiValued, caseExact }) => type === 'string' && !multiValued && !caseExact);
    const sub = (form === 'sub' || form === 'filtered sub') && subs.length > 0 ? subs[part % subs.length]! : null;
    const isFiltered = attribute.multiValued && form.startsWith('filter') && attribute.type !== 'boolean';
    const key = keys[part % Math.max(keys.length, 1)]?.name ?? 'value';
    const isMerged = attribute.type === 'complex' || attribute.type === 'string' || attribute.type === 'reference';
    const [wanted] = [aValue(attribute, found)].flat() as unknown[];
    const where = isFiltered && isMerged ? { key, value: subs.length > 0 ? (wanted as Json)[key] : wanted } : null;
    const whole = aValue(attribute, seed);
    const one = where ? ([whole].flat()[0] as unknown) : whole;
    const value = sub ? ([whole].flat()[0] as Json)[sub.name] : one;
    return { op, at, sub: sub?.name ?? null, where, value, inValue: form === 'value' && op !== 'remove' };
  });

describe.each(LONG_MODES)('any PATCH, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let count = 0;
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
  });
  afterAll(() => rollcall?.stop());

  const changesOf = async (id: unknown) => {
    const rows = await rollcall.asOwner<{ found: string }>(
      `select count(*) as found from change where object_id = '${id}'`,
    );
    return Number(rows[0]!.found);
  };
  const aUser = async (has: readonly (readonly [number, number])[]) => {
    const user: Json = { userName: `patched ${++count}` };
    for (const [i, of] of has) {
      const { urn, attribute } = ATTRIBUTES[i % ATTRIBUTES.length]!;
      const value = { [attribute.name]: aValue(attribute, of) };
      if (urn === null) Object.assign(user, value);
      else user[urn] = { ...(user[urn] as object), ...value };
    }
    const { status, body } = await scim.post('/Users', user);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  const expected = (before: Json, operations: Operation[]): Json | null => {
    try {
      return patched(before, operations);
    } catch (error) {
      if (error instanceof NoTarget) return null;
      throw error;
    }
  };
  const bare = ({ meta: _, schemas: __, ...others }: Json) => others;

  it('does to a user what the RFC says: all of it or nothing, and nothing where nothing differs', async () => {
    const has = fc.array(fc.tuple(fc.nat(), seed), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(has, fc.array(operation, { minLength: 1, maxLength: 4 }), async (values, operations) => {
        // What an operation is about is mostly there.
        const own = operations.slice(0, 2).map(({ at }, i) => [ATTRIBUTES.indexOf(at), (i % 3) + 1] as const);
        const before = await aUser([...values, ...own]);
        const wire = operations.map(toWire);
        const after = expected(before, operations);
        const { status, body } = await scim.patch(`/Users/${before.id}`, wire);
        const { body: stored } = await scim.get(`/Users/${before.id}`);
        const told = JSON.stringify({ before, wire, answer: body });
        if (after === null) {
          expect({ status, scimType: body.scimType }, told).toEqual({ status: 400, scimType: 'noTarget' });
          expect(stored, told).toEqual(before);
          return;
        }
        expect(status, told).toBe(200);
        expect(bare(body), told).toEqual(bare(after));
        expect(stored, told).toEqual(body);
        const isSame = JSON.stringify(sorted(bare(after))) === JSON.stringify(sorted(bare(before)));
        expect(body.meta.version, told).toBe(isSame ? before.meta.version : 'W/"2"');
        if (isSame) expect(body.meta, told).toEqual(before.meta);
        if (isSame) expect(await changesOf(before.id), told).toBe(1);
      }),
      { numRuns: 80, seed: LONG_MODES.indexOf(mode), endOnFailure: true },
    );
  }, 60_000);

  it('is undone as a whole by an operation that fails', async () => {
    const failing = [
      [{ op: 'remove', path: 'userName' }, 'mutability'],
      [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
      [{ op: 'add', path: 'emails[', value: 'x' }, 'invalidPath'],
      [{ op: 'add', path: 'title', value: {} }, 'invalidValue'],
      [{ op: 'replace', path: 'emails[value co "nobody"].type', value: 'x' }, 'noTarget'],
      [{ op: 'remove' }, 'noTarget'],
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 2 }),
        fc.constantFrom(...failing),
        async (operations, [last, scimType]) => {
          const before = await aUser([]);
          const isRefusedBefore = expected(before, operations) === null;
          const answer = await scim.patch(`/Users/${before.id}`, [...operations.map(toWire), last]);
          expect(answer.status).toBe(400);
          if (!isRefusedBefore) expect(answer.body.scimType).toBe(scimType);
          expect((await scim.get(`/Users/${before.id}`)).body).toEqual(before);
        },
      ),
      { numRuns: 30, seed: 20261128 },
    );
  });

  it('has 1,000 operations at most', async () => {
    const user = await aUser([]);
    const many = (length: number) => Array.from({ length }, () => ({ op: 'replace', path: 'title', value: 'x' }));
    expect((await scim.patch(`/Users/${user.id}`, many(1000))).status).toBe(200);
    expect(await scim.patch(`/Users/${user.id}`, many(1001))).toMatchObject({ body: { scimType: 'tooMany' } });
  });

  describe('of a group', () => {
    let people: string[];
    beforeAll(async () => {
      people = [];
      for (let i = 0; i < 3; i++) people.push((await aUser([])).id);
    });
    const member = (i: number) => ({ value: people[i] });

    it.each<[name: string, operations: () => object[], members: number[], other?: object]>([
      ['add of a member', () => [{ op: 'add', path: 'members', value: [member(2)] }], [0, 1, 2]],
      ['add of one alone', () => [{ op: 'add', path: 'members', value: member(2) }], [0, 1, 2]],
      ['add of who is there', () => [{ op: 'add', path: 'members', value: [member(0), member(1)] }], [0, 1]],
      ['add without a path', () => [{ op: 'add', value: { members: [member(2)] } }], [0, 1, 2]],
      ['add twice of one', () => [{ op: 'add', path: 'members', value: [member(2), member(2)] }], [0, 1, 2]],
      ['replace of all', () => [{ op: 'replace', path: 'members', value: [member(2)] }], [2]],
      ['replace by the same', () => [{ op: 'replace', path: 'members', value: [member(1), member(0)] }], [0, 1]],
      ['replace by none', () => [{ op: 'replace', path: 'members', value: [] }], []],
      [
        'replace without a path',
        () => [{ op: 'replace', value: { members: [member(0)], displayName: 'N' } }],
        [0],
        { displayName: 'N' },
      ],
      ['remove of all', () => [{ op: 'remove', path: 'members' }], []],
      ['remove by a filter', () => [{ op: 'remove', path: `members[value eq "${people[0]}"]` }], [1]],
      [
        'remove by a filter of several',
        () => [{ op: 'remove', path: `members[value eq "${people[0]}" or value eq "${people[1]}"]` }],
        [],
      ],
      ['remove of who is not there', () => [{ op: 'remove', path: `members[value eq "${people[2]}"]` }], [0, 1]],
      ['remove by a list', () => [{ op: 'remove', path: 'members', value: [member(1)] }], [0]],
      [
        'add and remove of one',
        () => [
          { op: 'add', path: 'members', value: [member(2)] },
          { op: 'remove', path: `members[value eq "${people[2]}"]` },
        ],
        [0, 1],
      ],
      [
        'remove and add of one',
        () => [
          { op: 'remove', path: 'members' },
          { op: 'add', path: 'members', value: [member(1)] },
        ],
        [1],
      ],
      ['another name', () => [{ op: 'replace', path: 'displayName', value: 'N' }], [0, 1], { displayName: 'N' }],
      [
        'a name by its URN',
        () => [{ op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:Group:displayName', value: 'N' }],
        [0, 1],
        { displayName: 'N' },
      ],
      ['an externalId', () => [{ op: 'add', path: 'externalId', value: 'E' }], [0, 1], { externalId: 'E' }],
      [
        'an externalId that goes',
        () => [
          { op: 'add', path: 'externalId', value: 'E' },
          { op: 'remove', path: 'externalId' },
        ],
        [0, 1],
      ],
      ['the same name', () => [{ op: 'replace', path: 'displayName', value: null }], [0, 1]],
    ])('%s', async (_, operations, members, other = {}) => {
      const displayName = `Group ${++count}`;
      const { body: before } = await scim.post('/Groups', { displayName, members: [member(0), member(1)] });
      const named = JSON.parse(
        JSON.stringify(operations())
          .replaceAll('"N"', `"New ${count}"`)
          .replace('"value":null', `"value":"${displayName}"`),
      );
      const answer = await scim.patch(`/Groups/${before.id}`, named);
      expect(answer.status, JSON.stringify(answer.body)).toBe(204);
      const { body: after } = await scim.get(`/Groups/${before.id}`);
      const ids = (group: Json) => ((group.members as Json[]) ?? []).map(({ value }) => value).sort();
      expect(ids(after)).toEqual(members.map((i) => people[i]).sort());
      expect(after).toMatchObject(
        JSON.parse(JSON.stringify({ displayName, ...other }).replaceAll('"N"', `"New ${count}"`)),
      );
      expect(after.externalId).toBe((other as Json).externalId);
      const isSame = JSON.stringify(ids(after)) === JSON.stringify(ids(before)) && Object.keys(other).length === 0;
      if (isSame) expect(after).toEqual(before);
      else expect(after.meta.version).not.toBe(before.meta.version);
    });

    it.each<[object, string]>([
      [{ op: 'remove', path: 'displayName' }, 'mutability'],
      [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
      [{ op: 'replace', path: 'displayName', value: '' }, 'invalidValue'],
      [{ op: 'add', path: 'members[display eq "x"]', value: [] }, 'invalidPath'],
      [{ op: 'add', path: 'displayName[value eq "x"]', value: 'x' }, 'invalidPath'],
      [{ op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue'],
      [{ op: 'add', path: 'members.', value: [] }, 'invalidPath'],
    ])('%j is refused, and nothing of the request is done', async (last, scimType) => {
      const { body: before } = await scim.post('/Groups', { displayName: `Group ${++count}`, members: [member(0)] });
      const answer = await scim.patch(`/Groups/${before.id}`, [{ op: 'remove', path: 'members' }, last]);
      expect(answer).toMatchObject({ status: 400, body: { scimType } });
      expect((await scim.get(`/Groups/${before.id}`)).body).toEqual(before);
    });
  });
});

/** Members in one order, so that equal resources are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
