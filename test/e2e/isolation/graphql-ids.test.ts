import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { graphqlClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { CONNECTIONS, SCHEMA, selectionOf } from './core-schema.js';
import { anObject, MARK, Neighbour, OBJECTS, type ObjectType } from './neighbour.js';

/*
 * Every place of the schema where an id can be said is asked three times, by an API key with every permission: with an id that nobody has, with one of a
 * neighbour's object, and with one of the company's own. The first two answers are the same, the third is another: so the id was looked at.
 */

/** One place for an id: an operation, and the way through its arguments. */
interface Place {
  kind: 'query' | 'mutation';
  field: GraphQLField<unknown, unknown>;
  path: readonly string[];
}

/** Whose ids they are that do not say it by their names. */
const BY_NAME: Readonly<Record<string, ObjectType>> = {
  members: 'User',
  addMembers: 'User',
  removeMembers: 'User',
  replaceMembers: 'User',
  credentialId: 'DirectoryToken',
  connectionId: 'SsoConnection',
  delete: 'RoleMapping',
  // Of the change log and what goes with it: everything that can change, or act.
  objectId: 'User',
  actorId: 'User',
};

/** Whose `id` an operation takes, where its name does not end with the type's. */
const BY_OPERATION: Readonly<Record<string, ObjectType>> = {
  node: 'User',
  changePlan: 'Company',
  restoreTeam: 'DeletedTeam',
  previewDirectoryProfile: 'Directory',
  readSsoMetadata: 'SsoConnection',
  confirmSsoMetadata: 'SsoConnection',
  acknowledgeAlarm: 'Alarm',
  resolveAlarm: 'Alarm',
  verifyDomain: 'DomainClaim',
  releaseDomain: 'DomainClaim',
  awardDomain: 'DomainClaim',
  resendInvitation: 'User',
  withdrawInvitation: 'User',
  makeBreakGlass: 'User',
  unmakeBreakGlass: 'User',
};

/** Only the gateway may, or only an operator: an API key hears the same whatever id it names. */
const REFUSED_TO_KEYS = /operator|gateway|OAuth client|directory token/i;

/** Where an own object makes no difference that this test could see. */
const LOOKS_ALIKE: readonly RegExp[] = [
  // A list may be empty for both; what lists show is another test's.
  /\.filter\.|^usersAndTeams\./,
  // No user of the directory has the external id.
  /^userByExternalId\./,
  // Who is no member cannot be removed, either.
  /\.removeMembers$/,
  // Whom no connection knows, and who is not exempt, cannot become so once more.
  /^ssoSubjects\.|^unbindSsoSubject\.|^removeGateExemption\./,
  // A batch says nothing of members; the same change by itself does.
  /^applyBatch\.input\.operations\.(create|replace|change)Team\.(members|changes)/,
];

/** Of requests and of processes, which no company has. */
const NOBODYS: ReadonlySet<string> = new Set(['requestId', 'gatewayId']);

/** Ids of other systems, and of requests, are none of ours. */
const TEXT_IDS = /^id$|(?<!^external|^request)Id$/;

const places = (['query', 'mutation'] as const).flatMap((kind) => {
  const type = kind === 'query' ? SCHEMA.getQueryType()! : SCHEMA.getMutationType()!;
  return Object.values(type.getFields()).flatMap((field) =>
    field.args.flatMap((arg) => waysToIds(arg.type, [arg.name]).map((path): Place => ({ kind, field, path }))),
  );
});

function waysToIds(type: GraphQLInputType, path: string[], through: readonly string[] = []): string[][] {
  const named = getNamedType(type);
  if (named.name === 'ID') return NOBODYS.has(path.at(-1)!) ? [] : [path];
  // Filters name ids as texts; conditions within conditions say nothing new.
  if (named.name === 'StringFilter' && TEXT_IDS.test(path.at(-1)!)) return [[...path, 'eq']];
  if (!isInputObjectType(named) || through.includes(named.name)) return [];
  return Object.values(named.getFields()).flatMap((field) =>
    waysToIds(field.type, [...path, field.name], [...through, named.name]),
  );
}

const nameOf = ({ field, path }: Place) => [field.name, ...path].join('.');

function objectOf({ field, path }: Place): ObjectType | null {
  const last = path.at(-1) === 'eq' ? path.at(-2)! : path.at(-1)!;
  return typeOf(last, path[1] === 'operations' ? path[2]! : field.name);
}

function typeOf(name: string, operation: string): ObjectType | null {
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name]!;
  const isItsOwn = /^ids?$/.test(name);
  if (isItsOwn && Object.hasOwn(BY_OPERATION, operation)) return BY_OPERATION[operation]!;
  const words = isItsOwn ? operation.replace(/ies$/, 'y').replace(/s$/, '') : name.replace(/Ids?$/, '');
  const named = OBJECTS.filter((type) => words.toLowerCase().endsWith(type.toLowerCase()));
  return named.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

let rollcall: TestRollcall;
let own: TestCompany;
let neighbour: Neighbour;
let before: Record<string, string>;
let theirIds: string[];
let made = 0;
const ofOurs = (type: ObjectType) => anObject(rollcall, own, type, `own-${++made}`);

/** What an input needs beside its required members, by the member that the way leads through; null: some value of its own. */
const COMPANIONS: Readonly<
  Record<string, (member: string | undefined) => Readonly<Partial<Record<string, string | null>>>>
> = {
  // Who has access is a user or a team, never both.
  ProjectAccessInput: (member) => (member === 'teamId' ? {} : { userId: null }),
  NewRoleMappingInput: (member) =>
    member === 'directoryId' ? { kind: 'PATTERN', pattern: '*x*' } : { kind: 'TEAM', teamId: null },
};

/** Says the id at a place, and whatever else the operation needs: objects of our own, and values that are new each time. */
class Saying {
  constructor(
    private readonly place: Place,
    private readonly id: string,
  ) {}

  async variables(): Promise<Record<string, unknown>> {
    const { field, path } = this.place;
    const values: Record<string, unknown> = {};
    for (const { name, type } of neededArguments(this.place))
      values[name] = await this.#value(type, name, name === path[0] ? path.slice(1) : null, field.name);
    return values;
  }

  /** @param path the rest of the way to the place; null beside it. */
  async #value(
    type: GraphQLInputType,
    name: string,
    path: readonly string[] | null,
    operation: string,
  ): Promise<unknown> {
    if (isNonNullType(type)) return this.#value(type.ofType, name, path, operation);
    const isId = getNamedType(type).name === 'ID';
    if (isListType(type)) return path === null && !isId ? [] : [await this.#value(type.ofType, name, path, operation)];
    if (path?.length === 0) return this.id;
    if (NOBODYS.has(name)) return newId();
    if (isId) return ofOurs(typeOf(name, operation)!);
    if (isEnumType(type)) return type.getValues()[0]!.name;
    if (!isInputObjectType(type)) return plainValue(type.name, name);
    const value: Record<string, unknown> = {};
    const companions = COMPANIONS[type.name]?.(path?.[0]) ?? {};
    for (const field of Object.values(type.getFields())) {
      const isNext = path?.[0] === field.name;
      const companion = companions[field.name];
      if (!isNext && companion === undefined && !isRequiredInputField(field)) continue;
      const next = type.name === 'BatchOperation' ? field.name : operation;
      value[field.name] = isNext
        ? await this.#value(field.type, field.name, path!.slice(1), next)
        : (companion ?? (await this.#value(field.type, field.name, null, next)));
    }
    return value;
  }
}

function neededArguments({ field, path }: Place) {
  return field.args.filter((arg) => arg.name === path[0] || isRequiredArgument(arg));
}

function plainValue(type: string, name: string): unknown {
  if (type === 'Int') return 1;
  if (type === 'Boolean') return true;
  if (type === 'JSON') return { issuer: 'https://idp.example/saml', entryPoint: 'https://idp.example/in' };
  if (type === 'DateTime') return '2100-01-01T00:00:00Z';
  if (name === 'email') return `somebody-${++made}@people.example`;
  return name === 'permission' ? 'users:read' : `${name.toLowerCase()}-${++made}`;
}

async function ask(place: Place, id: string): Promise<string> {
  const { kind, field } = place;
  const args = neededArguments(place);
  const variables = await new Saying(place, id).variables();
  const declared = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
  const text = `${kind} (${declared}) { ${field.name}(${given}) ${selectionOf(getNamedType(field.type), kind === 'query' ? 3 : 2)} }`;
  const { body } = await graphqlClient(own)(text, variables);
  return JSON.stringify(body)
    .replaceAll(id, '{id}')
    .replaceAll(/"requestId":"[^"]*"/g, '')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '{other}')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{time}')
    .replaceAll(/[a-z]+-\d+\b/gi, '{name}');
}

describe.each(['off', 'on'])('GraphQL beside another company, row-level security %s', (rowSecurity) => {
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
    own = await rollcall.newCompany({ name: 'Own' });
    neighbour = await Neighbour.moveIn(rollcall);
    before = await neighbour.rows();
    theirIds = await neighbour.allIds();
  });
  afterAll(() => rollcall?.stop());

  it('T-02: there is an object for every place that takes an id', () => {
    expect(places.length).toBeGreaterThan(70);
    expect(places.filter((place) => objectOf(place) === null).map(nameOf)).toEqual([]);
  });

  it.each(places.map((place) => ({ name: nameOf(place), place })))(
    'T-02: $name answers for a neighbour’s id as for one that nobody has',
    async ({ place }) => {
      const type = objectOf(place)!;
      const unknown = await ask(place, newId());
      const foreign = await ask(place, neighbour.ids[type]);
      expect(foreign).toBe(unknown);
      expect(foreign).not.toContain(MARK);
      expect(await neighbour.rows()).toEqual(before);
      expect(unknown).not.toMatch(/INTERNAL_SERVER_ERROR|GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT/);
      if (!REFUSED_TO_KEYS.test(unknown) && !LOOKS_ALIKE.some((each) => each.test(nameOf(place))))
        expect(await ask(place, await ofOurs(type)), 'with an own id').not.toBe(unknown);
    },
  );

  it.each(OBJECTS)('T-02: node finds no %s of a neighbour', async (type) => {
    const graphql = graphqlClient(own);
    const { body } = await graphql('query ($id: ID!) { node(id: $id) { __typename id } }', { id: neighbour.ids[type] });
    expect(body).toEqual({ data: { node: null } });
  });

  it.each(CONNECTIONS.map(({ name }) => name))(
    'T-02: a cursor that a neighbour got from %s shows nothing of theirs',
    async (list) => {
      const page = `pageInfo { endCursor } nodes { ${list === 'usersAndTeams' ? 'user { id } team { id }' : '__typename id'} }`;
      const theirs = await graphqlClient(neighbour.company)(`{ ${list}(first: 1) { ${page} } }`);
      expect([undefined, 'FORBIDDEN']).toContain(theirs.body.errors?.[0].extensions.code);
      const after: string | null = theirs.body.data?.[list].pageInfo.endCursor ?? null;
      if (after === null) return;
      const { body } = await graphqlClient(own)(
        `query ($after: String) { ${list}(first: 50, after: $after) { ${page} } }`,
        { after },
      );
      const found = JSON.stringify(body.data?.[list].nodes ?? []);
      expect(theirIds.filter((id) => found.includes(id))).toEqual([]);
      expect(JSON.stringify(body)).not.toContain(MARK);
    },
  );
});
