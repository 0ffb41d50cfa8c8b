import { readFileSync, writeFileSync } from 'node:fs';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parse,
} from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '#core-api/domain/actor.js';
import { DomainError } from '#core-api/domain/errors.js';
import { newId } from '#core-api/domain/new-id.js';
import { PERMISSIONS, type Permission, ROLE_PRESETS } from '#core-api/domain/permissions.js';
import { contextMaker, type MakeContext } from '#core-api/graphql/context.js';
import { makePlan } from '#core-api/graphql/plans.js';
import { buildCoreSchema } from '#core-api/graphql/schema.js';
import { KeyRing } from '#core-api/persistence/keyring.js';
import { CompanyBed } from '#test/support/company-bed.js';

/*
 * Who may do what is asked of the product itself: every operation is tried with no permission at all, and with each that the refusals name, until it is
 * not refused any more.
 */

const FILE = new URL('../../docs/permissions.md', import.meta.url);
/** Operations that are checked one by one, inside. */
const BY_CONTENT: Readonly<Record<string, string>> = {
  applyBatch: 'what each of its operations needs',
  node: 'what reading the object needs; null without',
};

const schema = await buildCoreSchema();
let bed: CompanyBed;
let makeContext: MakeContext;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const keyRing = KeyRing.parse(`k1:${Buffer.alloc(32).toString('base64')}`);
  makeContext = contextMaker({ db: bed.db, keyRing });
});
afterAll(() => bed?.close());

/** The least value that the type takes. */
function leastValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return leastValue(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return { Int: 1, Float: 1, Boolean: true, ID: newId() }[type.name] ?? 'text';
  const fields = Object.values(type.getFields()).filter(
    (field, i) => isRequiredInputField(field) || (type.isOneOf && i === 0),
  );
  return Object.fromEntries(fields.map((field) => [field.name, leastValue(field.type)]));
}

function leastSelection(type: GraphQLNamedOutputType): string {
  return isLeafType(type) ? '' : '{ __typename }';
}

/** @returns the refusal's sentence; null when it was not refused. */
async function refusal(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>, actor: Actor) {
  const needed = field.args.filter((arg) => isNonNullType(arg.type));
  const variables = needed.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const args = needed.map(({ name }) => `${name}: $${name}`).join(', ');
  const inBrackets = (text: string) => text && `(${text})`;
  const document = parse(
    `${kind} ${inBrackets(variables)} { ${field.name}${inBrackets(args)} ${leastSelection(getNamedType(field.type))} }`,
  );
  const values = Object.fromEntries(needed.map(({ name, type }) => [name, leastValue(type)]));
  const { errors } = await makePlan(schema, document)(makeContext(actor, 'probe', 'api'), values);
  const cause = errors?.[0]?.originalError;
  if (errors && !(cause instanceof DomainError)) throw errors[0];
  return cause instanceof DomainError && cause.code === 'FORBIDDEN' ? cause.message : null;
}

async function needOf(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>): Promise<string> {
  if (Object.hasOwn(BY_CONTENT, field.name)) return BY_CONTENT[field.name]!;
  const held: Permission[] = [];
  for (;;) {
    const message = await refusal(kind, field, bed.program(new Set(held)));
    if (message === null) return held.length > 0 ? held.map((each) => `\`${each}\``).join(', ') : 'nothing';
    const named = PERMISSIONS.find((each) => message.includes(` ${each}`) && !held.includes(each));
    if (named) held.push(named);
    else if (/Only an owner/.test(message)) return 'every permission, as an owner has';
    else if (/operator/.test(message)) return 'an operator key';
    else if (/gateway/.test(message)) return "a directory token, at the gateway's door";
    else throw new Error(`${field.name}: ${message}`);
  }
}

async function table(kind: 'query' | 'mutation'): Promise<string> {
  const type = kind === 'query' ? schema.getQueryType()! : schema.getMutationType()!;
  const rows: string[] = [];
  for (const field of Object.values(type.getFields()))
    rows.push(`| \`${field.name}\` | ${await needOf(kind, field)} |`);
  return [`| ${kind} | needs |`, '|---|---|', ...rows].join('\n');
}

function presetTable(name: keyof typeof ROLE_PRESETS): string {
  const roles = ROLE_PRESETS[name];
  const line = (permission: Permission) =>
    `| \`${permission}\` | ${roles.map((role) => (role.permissions.includes(permission) ? 'yes' : '')).join(' | ')} |`;
  const head = roles.map(({ key, isDefault }) => `${key}${isDefault ? ' (default)' : ''}`).join(' | ');
  return [`| permission | ${head} |`, `|---|${'---|'.repeat(roles.length)}`, ...PERMISSIONS.map(line)].join('\n');
}

async function page(): Promise<string> {
  return `# Who may do what

Generated by \`UPDATE_DOCS=1 npm test -- test/docs\`: every operation was tried with no permission, and with those that the refusals named.

An API key has the permissions that it was made with; a directory token those of its scopes (\`read\`: \`company:read\`, \`users:read\`, \`teams:read\`,
\`roles:read\`; \`users\` and \`groups\` add \`users:write\` and \`teams:write\`; \`all\` both); an operator key all of them, in the company that the header
\`Rollcall-Company\` names. Nobody hands out a permission that they lack, by a key, a token, a role or a mapping. What belongs to another company
is not found. Of what is selected below a field, \`teams\` needs \`teams:read\`, \`roles\` \`roles:read\`, \`projects\` \`projects:read\` and \`managedBy\`
\`directories:read\`.

## Reading

${await table('query')}

## Writing

${await table('mutation')}

## What roles begin with

By function:

${presetTable('functions')}

By seniority:

${presetTable('seniority')}
`;
}

it('docs/permissions.md says what every operation needs', async () => {
  const text = await page();
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, text);
  expect(readFileSync(FILE, 'utf8')).toBe(text);
});

it('no mutation is open to an actor without permissions', async () => {
  for (const field of Object.values(schema.getMutationType()!.getFields()))
    expect([field.name, await needOf('mutation', field)]).not.toEqual([field.name, 'nothing']);
});
