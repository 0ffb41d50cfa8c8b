import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { unwaivedChanges } from '#core-api/check-schema.js';
import { emitSchema } from '#core-api/emit-schema.js';
import { coreSchema } from './schema.js';

const schema = await coreSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const committed = readFileSync(new URL('../../schema/core.graphql', import.meta.url), 'utf8');

/** Lists of objects that stay short, or that one answer bounds by itself. */
const SHORT_LISTS = new Set([
  'AccessExplanation.chain',
  'AccessExplanation.roles',
  'ChangeRoleMappingsPayload.created',
  'RolePreview.people',
  'ProvisioningPreview.shutOutUsers',
  'RequestLogEntry.tolerances',
  'RequestLogEntry.operations',
  'ChangeUsersPayload.users',
  'ChangeTeamsPayload.teams',
  'User.teams',
  'User.outerTeams',
  'Team.memberTeams',
  'Team.parentTeams',
  'User.roles',
  'User.projects',
  'Team.projects',
  'Company.defaultProjects',
  'Directory.ssoConnections',
  'SsoConnection.certificates',
  'Query.ssoSubjects',
  'UnbindSsoSubjectPayload.ssoSubjects',
  'Query.gateExemptions',
  'GateExemptionPayload.gateExemptions',
  'OffboardingReceipt.ended',
  'Directory.tokens',
  'Directory.tolerances',
  'TeamMemberPage.members',
  'ApplyBatchPayload.results',
  'ImportPayload.rows',
  'ImportRow.differences',
  'SyncRunReport.kept',
  'OffboardingReceipt.ended',
  'TestDirectoryPayload.steps',
]);
/** Objects without an id of their own are part of the one that lists them. */
const PARTS = new Set(['AttributeValue', 'Address', 'Extension', 'Warning']);

describe('the schema', () => {
  it('describes every type, field, argument and enum value for a stranger', () => {
    const named = types.flatMap((type) => [
      { name: type.name, description: type.description },
      ...membersOf(type).map(({ name, description }) => ({ name: `${type.name}.${name}`, description })),
    ]);

    const poor = named.filter(({ description }) => !description || description.length < 5).map(({ name }) => name);

    expect(named.length).toBeGreaterThan(800);
    expect(poor).toEqual([]);
  });

  it('is committed as it is emitted', async () => {
    expect(committed).toBe(await emitSchema());
  });

  it('lists objects that can grow by connections', () => {
    const isPageItself = (type: string) => type.endsWith('Connection') && type !== 'SsoConnection';
    const lists = types.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter(
          (field) => !isPageItself(type.name) && isListOfObjects(field) && !PARTS.has(getNamedType(field.type).name),
        )
        .map((field) => `${type.name}.${field.name}`),
    );

    expect(lists.filter((list) => !SHORT_LISTS.has(list))).toEqual([]);
    expect([...SHORT_LISTS].filter((list) => !lists.includes(list))).toEqual([]);
  });

  it('gives every mutation one input, and an answer of a type of its own', () => {
    for (const field of Object.values(schema.getMutationType()!.getFields())) {
      expect(field.args.map(({ name, type }) => `${name} ${isNonNullType(type)}`)).toEqual(['input true']);
      expect(String(field.type)).toMatch(/Payload!$/);
    }
  });

  it.each(['UserChange', 'TeamChange', 'BatchOperation'])('takes exactly one member of %s', (name) => {
    expect(buildSchema(committed).getType(name)).toMatchObject({ isOneOf: true });
  });
});

describe('a check against the schema of the last commit', () => {
  const before = 'type Query { a: Int b: Int }';
  const after = 'type Query { a: Int c: Int }';

  it('refuses what breaks clients', () => {
    expect(unwaivedChanges(before, after, '').map(({ description }) => description)).toEqual(['Query.b was removed.']);
  });

  it('lets through what a line of the waivers names, and what only adds', () => {
    expect(unwaivedChanges(before, after, '# Breaking changes\n\n- Query.b was removed.\n')).toEqual([]);
    expect(unwaivedChanges(before, 'type Query { a: Int b: Int c: Int }', '')).toEqual([]);
  });
});

/** Fields, input fields, enum values, and the arguments of fields as `field(argument)`. */
function membersOf(type: GraphQLNamedType): { name: string; description?: string | null }[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    field,
    ...field.args.map(({ name, description }) => ({ name: `${field.name}(${name})`, description })),
  ]);
}

function isListOfObjects({ type }: GraphQLField<unknown, unknown>): boolean {
  const bare = isNonNullType(type) ? type.ofType : type;
  return isListType(bare) && isObjectType(getNamedType(bare));
}
