import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';
import { dialectOf } from '#gateway/translate/dialect.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { type Answer, graphqlClient, scimClient } from '#test/support/clients.js';
import { LONG_MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { aValue, type EveryAttribute, everyAttribute, paintbox } from './scim-every-attribute.js';

type Resource = Record<string, unknown>;
type Element = Record<string, unknown>;

const ALL = everyAttribute(dialectOf({ extensions: [paintbox], aliases: {} } as unknown as DirectoryProfile).custom);
const named = (attributes: EveryAttribute[]) => attributes.map((each) => [each.path, each] as const);
const isWritable = ({ attribute: { mutability, name } }: EveryAttribute) =>
  mutability === 'readWrite' && name !== 'userName';
const WRITABLE = ALL.filter(isWritable);
const isPlural = ({ attribute }: EveryAttribute) => attribute.multiValued && attribute.type === 'complex';

/** The sub-attributes that can be written and hold one value. */
const partsOf = ({ subAttributes = [] }: AttributeDefinition) =>
  subAttributes.filter(({ mutability, multiValued }) => mutability !== 'readOnly' && !multiValued);

function body(userName: string, { urn, attribute }: EveryAttribute, value: unknown): Resource {
  if (urn === null) return { userName, [attribute.name]: value };
  return { userName, [urn]: value === undefined ? {} : { [attribute.name]: value } };
}

function read(user: Resource, { urn, attribute }: EveryAttribute): unknown {
  const holder = urn === null ? user : (user[urn] as Resource | undefined);
  return holder?.[attribute.name];
}

function literal(value: unknown): string {
  return JSON.stringify(value);
}

describe.each(LONG_MODES)('every attribute that a user can have, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let count = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    const company = await rollcall.newCompany();
    scim = scimClient(company);
    // What roles may be named is tested elsewhere.
    const { body: configured } = await graphqlClient(company)(
      'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
      {
        input: {
          id: company.directoryId,
          profile: { extensions: [paintbox], roleAttribute: null, roleSource: 'TEAMS' },
        },
      },
    );
    expect(configured.errors).toBeUndefined();
    await scim.post('/Users', { userName: 'plain' });
  });
  afterAll(() => rollcall?.stop());

  const ok = (answer: Answer, status = 200): Answer['body'] => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    return answer.body;
  };
  const aUser = async (each: EveryAttribute, value: unknown) =>
    ok(await scim.post('/Users', body(`user ${++count}`, each, value)), 201);
  const patch = async (id: string, op: string, path: string, value?: unknown) =>
    ok(await scim.patch(`/Users/${id}`, [{ op, path, ...(value !== undefined && { value }) }]));
  const finds = async (user: Resource, filter: string) => {
    const both = `(${filter}) and (id eq "${user.id}" or userName eq "plain")`;
    const { Resources } = ok(await scim.get(`/Users?filter=${encodeURIComponent(both)}`));
    return Resources.map(({ userName }: Resource) => (userName === 'plain' ? 'another' : 'it')).join(' and ');
  };

  describe.each(named(WRITABLE))('%s', (path, each) => {
    const { attribute } = each;
    const [first, second] = [aValue(attribute, 1), aValue(attribute, 2)];

    it('is created, read, replaced and cleared as it was sent', async () => {
      const made = await aUser(each, first);
      expect(read(made, each)).toEqual(first);
      expect(read(ok(await scim.get(`/Users/${made.id}`)), each)).toEqual(first);

      const put = ok(await scim.put(`/Users/${made.id}`, body(made.userName, each, second)));
      expect(read(put, each)).toEqual(second);
      const again = ok(await scim.put(`/Users/${made.id}`, put));
      expect(again).toEqual(put);

      const cleared = ok(await scim.put(`/Users/${made.id}`, body(made.userName, each, undefined)));
      // Who may sign in is not decided by leaving something out.
      expect(read(cleared, each)).toEqual(attribute.name === 'active' ? second : undefined);
    });

    it('is added, replaced and removed by PATCH, and adding it again changes nothing', async () => {
      const made = await aUser(each, undefined);
      const added = await patch(made.id, 'add', path, first);
      expect(read(added, each)).toEqual(first);
      expect(await patch(made.id, 'add', path, first)).toEqual(added);
      expect(await patch(made.id, 'replace', path, first)).toEqual(added);
      expect(read(await patch(made.id, 'replace', path, second), each)).toEqual(second);

      if (attribute.name === 'active') return;
      expect(read(await patch(made.id, 'remove', path), each)).toBeUndefined();
      expect(read(await patch(made.id, 'add', path, first), each)).toEqual(first);
      expect(read(await patch(made.id, 'replace', path, null), each)).toBeUndefined();
    });

    it('is projected, and left out', async () => {
      const { id } = await aUser(each, first);
      const only = ok(await scim.get(`/Users/${id}?attributes=${encodeURIComponent(path)}`));
      expect(read(only, each)).toEqual(first);
      expect(Object.keys(only).sort()).toEqual(['id', 'schemas', each.urn ?? attribute.name].sort());
      const others = ok(await scim.get(`/Users/${id}?excludedAttributes=${encodeURIComponent(path)}`));
      expect(read(others, each)).toBeUndefined();
      expect(others.userName).toBeDefined();
      for (const part of partsOf(attribute)) {
        const cut = ok(await scim.get(`/Users/${id}?attributes=${encodeURIComponent(`${path}.${part.name}`)}`));
        for (const element of [read(cut, each)].flat() as Element[]) expect(Object.keys(element)).toEqual([part.name]);
      }
    });

    it('is filtered by each operator that its type has, and refused by the others', async () => {
      const user = await aUser(each, first);
      const leaves: [name: string, definition: AttributeDefinition, value: unknown][] =
        attribute.type === 'complex'
          ? partsOf(attribute).map((part) => [`${path}.${part.name}`, part, ([first].flat()[0] as Element)[part.name]])
          : [[path, attribute, [first].flat()[0]]];
      if (attribute.name !== 'active') expect(await finds(user, `${path} pr`)).toBe('it');
      for (const [name, definition, value] of leaves) {
        if (definition.name !== 'active') {
          expect(await finds(user, `${name} eq ${literal(value)}`), name).toBe('it');
          expect(await finds(user, `${name} ne ${literal(value)}`), name).toBe('another');
          expect(await finds(user, `not (${name} pr)`), name).toBe('another');
        }
        const isText = definition.type === 'string' || definition.type === 'reference';
        const isOrdered = definition.type !== 'boolean' && definition.type !== 'binary';
        for (const op of ['gt', 'ge', 'lt', 'le', 'co', 'sw', 'ew']) {
          const filter = `${name} ${op} ${literal(value)}`;
          if (isOrdered && (isText || /^[gl]/.test(op))) {
            // Another one of many values may well be greater.
            if (attribute.multiValued && /t$/.test(op)) continue;
            expect(await finds(user, filter), filter).toBe(/t$/.test(op) ? '' : 'it');
          } else {
            const answer = await scim.get(`/Users?filter=${encodeURIComponent(filter)}`);
            expect(answer, filter).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
            expect(answer.body.detail).toContain(name);
            expect(answer.body.detail).toMatch(/\(at character \d+\)/);
          }
        }
        if (typeof value !== 'string' || definition.type === 'dateTime') continue;
        const otherCase = value.toLowerCase() === value ? value.toUpperCase() : value.toLowerCase();
        expect(await finds(user, `${name} eq ${literal(otherCase)}`), `${name} in another case`).toBe(
          definition.caseExact ? '' : 'it',
        );
      }
    });
  });

  describe.each(named(WRITABLE.filter(({ attribute }) => attribute.type === 'complex')))(
    'parts of %s',
    (path, each) => {
      const { attribute } = each;
      const parts = partsOf(attribute).filter(({ name }) => name !== 'primary');
      // Who has another manager has not the address and the name of the former.
      const isManager = attribute.name === 'manager';

      it.each(parts.filter(({ name }) => !(isManager && name === 'value')).map((part) => [part.name, part] as const))(
        '%s is changed by itself',
        async (name, part) => {
          const [first, second] = [aValue(attribute, 1), aValue(attribute, 2)] as [
            Element | Element[],
            Element | Element[],
          ];
          const made = await aUser(each, first);
          const to = ([second].flat() as Element[])[0]![name];
          // The element is found by another part, where it has one.
          const key = parts.find((other) => other !== part && other.type === 'string') ?? part;
          const one = ([first].flat() as Element[])[0]!;
          const at = isPlural(each) ? `${path}[${key.name} eq ${literal(one[key.name])}].${name}` : `${path}.${name}`;

          const changed = read(await patch(made.id, 'replace', at, to), each);
          expect(changed).toEqual(
            Array.isArray(first) ? [{ ...first[0], [name]: to }, first[1]] : { ...first, [name]: to },
          );

          if (part === key && isPlural(each)) return;
          const { [name]: _, ...rest } = one;
          const removed = read(await patch(made.id, 'remove', at), each);
          // Without its value an element of the standard says nothing.
          const left = name === 'value' && each.urn === null ? [] : [rest];
          expect(removed).toEqual(Array.isArray(first) ? [...left, first[1]] : rest);
        },
      );
    },
  );

  describe.each(named(WRITABLE.filter(isPlural)))('elements of %s', (path, each) => {
    const value = aValue(each.attribute, 1) as Element[];
    const key = partsOf(each.attribute).find(
      ({ type }) => type === 'string' || type === 'reference' || type === 'binary',
    )!.name;
    const isIt = (element: Element) => `${path}[${key} eq ${literal(element[key])}]`;

    it('are found, removed and replaced one by one', async () => {
      const user = await aUser(each, value);
      expect(await finds(user, isIt(value[1]!))).toBe('it');
      expect(read(await patch(user.id, 'remove', isIt(value[0]!)), each)).toEqual([value[1]]);
      const [other] = aValue(each.attribute, 2) as Element[];
      expect(read(await patch(user.id, 'replace', isIt(value[1]!), other), each)).toEqual([other]);
      expect(read(await patch(user.id, 'remove', path, [{ [key]: other![key] }]), each)).toBeUndefined();
    });

    it('are primary one at a time, the last that says so', async () => {
      if (!partsOf(each.attribute).some(({ name }) => name === 'primary')) return;
      const primaries = (user: Resource) => (read(user, each) as Element[]).map(({ primary }) => primary);
      const user = await aUser(
        each,
        value.map((element) => ({ ...element, primary: true })),
      );
      expect(primaries(user)).toEqual([false, true]);
      expect(primaries(await patch(user.id, 'replace', `${isIt(value[0]!)}.primary`, true))).toEqual([true, false]);
      const [third] = aValue(each.attribute, 5) as Element[];
      expect(primaries(await patch(user.id, 'add', path, [third]))).toEqual([false, false, true]);
    });
  });

  it.each(named(ALL.filter(({ attribute }) => attribute.mutability === 'readOnly')))(
    '%s is the server’s: passed over in a body, refused in a path',
    async (path, each) => {
      const user = await aUser(each, aValue({ ...each.attribute, subAttributes: [] }, 1));
      expect(read(user, each)).toBeUndefined();
      for (const op of ['add', 'replace', 'remove'])
        expect(await scim.patch(`/Users/${user.id}`, [{ op, path, value: 'x' }])).toMatchObject({
          status: 400,
          body: { scimType: 'mutability' },
        });
      expect(ok(await scim.get(`/Users/${user.id}`))).toEqual(user);
    },
  );

  it.each(named(ALL.filter(({ attribute }) => attribute.returned === 'never')))(
    '%s is taken, never shown, never kept and never to be asked for',
    async (path, each) => {
      const secret = `Sesame ${++count}`;
      const user = await aUser(each, secret);
      const patched = await patch(user.id, 'replace', path, secret);
      const put = ok(await scim.put(`/Users/${user.id}`, body(user.userName, each, secret)));
      const asked = ok(await scim.get(`/Users/${user.id}?attributes=${encodeURIComponent(path)}`));
      for (const answer of [user, patched, put, asked]) expect(JSON.stringify(answer)).not.toContain(secret);
      expect(put.meta).toEqual(user.meta);
      for (const filter of [`${path} eq "${secret}"`, `${path} pr`])
        expect(await scim.get(`/Users?filter=${encodeURIComponent(filter)}`)).toMatchObject({
          status: 400,
          body: { scimType: 'invalidFilter' },
        });
      const rows = await rollcall.asOwner<{ found: number }>(`
        select (select count(*) from app_user u where u::text like '%${secret}%')
          + (select count(*) from change c where c::text like '%${secret}%') as found`);
      expect(Number(rows[0]!.found)).toBe(0);
    },
  );

  it.each(named(ALL.filter(({ attribute }) => attribute.required)))('%s is required', async (path, { attribute }) => {
    expect(await scim.post('/Users', { displayName: 'x' })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
    const user = ok(await scim.post('/Users', { [attribute.name]: `needed ${++count}` }), 201);
    expect(await scim.put(`/Users/${user.id}`, { displayName: 'x' })).toMatchObject({ status: 400 });
    expect(await scim.patch(`/Users/${user.id}`, [{ op: 'remove', path }])).toMatchObject({ status: 400 });
  });

  it.each(named(ALL.filter(({ attribute }) => attribute.uniqueness === 'server')))(
    '%s is unique',
    async (path, { attribute }) => {
      const [one, other] = [`Only ${++count}`, `Only ${++count}`];
      ok(await scim.post('/Users', { [attribute.name]: one }), 201);
      const user = ok(await scim.post('/Users', { [attribute.name]: other }), 201);
      const taken = { status: 409, body: { scimType: 'uniqueness' } };
      const inAnotherCase = attribute.caseExact ? one : one.toUpperCase();
      expect(await scim.post('/Users', { [attribute.name]: inAnotherCase })).toMatchObject(taken);
      expect(await scim.put(`/Users/${user.id}`, { [attribute.name]: inAnotherCase })).toMatchObject(taken);
      expect(await scim.patch(`/Users/${user.id}`, [{ op: 'replace', path, value: inAnotherCase }])).toMatchObject(
        taken,
      );
    },
  );
});
