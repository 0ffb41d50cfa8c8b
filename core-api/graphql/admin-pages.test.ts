import { type ExecutionResult, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, systemActor } from '#core-api/domain/actor.js';
import { newId } from '#core-api/domain/new-id.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { contextMaker, type MakeContext } from './context.js';
import { makePlan } from './plans.js';
import { coreSchema } from './schema.js';

const schema = await coreSchema();
let bed: CompanyBed;
let makeContext: MakeContext;
beforeAll(async () => {
  bed = await CompanyBed.open();
  makeContext = contextMaker({ db: bed.db, ...MEANS });
});
afterAll(() => bed?.close());

async function ask(source: string, variables: Record<string, unknown>, actor: Actor) {
  const plan = makePlan(schema, parse(source));
  const { data, errors } = (await plan(makeContext(actor, 'r1', 'api'), variables)) as ExecutionResult;
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data));
}

describe('a page of administration', () => {
  const counted = async (source: string, actor: Actor) => {
    bed.statements.length = 0;
    const data = await ask(source, {}, actor);
    return { data, statements: bed.statements.length };
  };

  it('of directories costs 3 statements with their tokens and connections, not two more a row', async () => {
    const company = await bed.anotherCompany();
    const program = bed.program(undefined, company);
    const { createSsoConnection } = await ask(
      'mutation { createSsoConnection(input: { name: "SSO", kind: SAML, config: {} }) { ssoConnection { id } } }',
      {},
      program,
    );
    const ssoConnectionIds = [createSsoConnection.ssoConnection.id];
    for (const name of ['One', 'Two', 'Three']) {
      const { createDirectory } = await ask(
        'mutation ($i: CreateDirectoryInput!) { createDirectory(input: $i) { directory { id } } }',
        { i: { name, idpKind: 'OKTA', ssoConnectionIds: name === 'Three' ? [] : ssoConnectionIds } },
        program,
      );
      await ask(
        'mutation ($i: CreateDirectoryTokenInput!) { createDirectoryToken(input: $i) { secret } }',
        { i: { directoryId: createDirectory.directory.id, name: `of ${name}` } },
        program,
      );
    }

    const { data, statements } = await counted(
      '{ directories { nodes { name tokens { name } ssoConnections { name } } } }',
      program,
    );

    expect(statements).toBe(3);
    expect(data.directories.nodes).toEqual([
      { name: 'One', tokens: [{ name: 'of One' }], ssoConnections: [{ name: 'SSO' }] },
      { name: 'Two', tokens: [{ name: 'of Two' }], ssoConnections: [{ name: 'SSO' }] },
      { name: 'Three', tokens: [{ name: 'of Three' }], ssoConnections: [] },
    ]);
  });

  it('of companies costs 3 statements with their default role and projects, not two more a row', async () => {
    const operator: Actor = { ...systemActor(bed.companyId, PERMISSIONS), kind: 'OPERATOR', companyId: null };
    const slugs = [`s-${newId()}`, `s-${newId()}`];
    for (const slug of slugs) {
      const { createCompany } = await ask(
        'mutation ($i: CreateCompanyInput!) { createCompany(input: $i) { company { id } } }',
        { i: { name: 'S', slug } },
        operator,
      );
      await ask(
        'mutation ($i: CreateProjectInput!) { createProject(input: $i) { project { id } } }',
        { i: { key: slug, name: 'P', isDefault: true } },
        bed.program(undefined, createCompany.company.id),
      );
    }

    const { data, statements } = await counted(
      '{ companies(first: 100) { nodes { slug defaultRole { key } defaultProjects { key } } } }',
      operator,
    );

    expect(statements).toBe(3);
    for (const slug of slugs)
      expect(data.companies.nodes).toContainEqual({
        slug,
        defaultRole: { key: 'qa' },
        defaultProjects: [{ key: slug }],
      });
  });
});
