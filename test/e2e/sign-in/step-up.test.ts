import { afterAll, beforeAll, expect, it } from 'vitest';
import { coreSchema } from '#core-api/graphql/schema.js';
import { graphqlClient } from '#test/support/clients.js';
import { leastOperation } from '#test/support/least-operation.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';

/* What wants a sign-in of the last quarter of an hour: asked of every mutation, by an owner whose session is older. */

const schema = await coreSchema();
const mutations = Object.values(schema.getMutationType()!.getFields());

/** Mutations that mint credentials, or change by what or for whom the doors open. */
const WANT_IT = [
  'addGateExemption',
  'claimDomain',
  'confirmSsoMetadata',
  'createApiKey',
  'createDirectoryToken',
  'createOAuthClient',
  'createSsoConnection',
  'deleteSsoConnection',
  'disableProvisioning',
  'enableProvisioning',
  'enrolSecondFactor',
  'makeBreakGlass',
  'readSsoMetadata',
  'releaseDomain',
  'removeGateExemption',
  'removeSecondFactor',
  'rotateApiKey',
  'rotateDirectoryToken',
  'unbindSsoSubject',
  'unmakeBreakGlass',
  'updateDirectoryToken',
  'updateSsoConnection',
  'verifyDomain',
];
/** Those that want it only with these members. */
const WITH: readonly [string, object][] = [
  ['updateCompany', { policies: { signIn: 'ANY' } }],
  ['createDirectory', { name: 'D', idpKind: 'OTHER', ssoConnectionIds: [] }],
];

let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany();
});
afterAll(() => rollcall?.stop());

/** What an owner hears who signed in so long ago. */
async function codeOf(minutesAgo: number, text: string, variables: Record<string, unknown> = {}) {
  const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
  await rollcall.asOwner(
    `update session set authenticated_at = now() - interval '${minutesAgo} minutes' where id = '${session.sessionId}'`,
  );
  const { body } = await graphqlOf(company, session)(text, variables);
  return body.errors?.[0].extensions.code as string | undefined;
}

it('A-15: minting tokens and keys, changing SSO, domains, policies and provisioning is refused to a session older than 15 minutes', async () => {
  const refused: string[] = [];
  for (const field of mutations) {
    const { text, variables } = leastOperation('mutation', field);
    if ((await codeOf(16, text, variables)) === 'STEP_UP_REQUIRED') refused.push(field.name);
  }

  expect(refused.sort()).toEqual(WANT_IT);
  for (const [name, input] of WITH) {
    const type = schema.getMutationType()!.getFields()[name]!.args[0]!.type;
    const text = `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`;
    expect([name, await codeOf(16, text, { input })]).toEqual([name, 'STEP_UP_REQUIRED']);
  }
});

it('A-15: the same is done by a session that is fresh, and by a key, which is no session', async () => {
  const create = 'mutation { createApiKey(input: { name: "K", permissions: ["users:read"] }) { apiKey { id } } }';
  expect(await codeOf(14, create)).toBeUndefined();
  expect(await codeOf(16, create)).toBe('STEP_UP_REQUIRED');

  expect((await graphqlClient(company)(create)).body.errors).toBeUndefined();
});

it('A-15: what ends access never waits for a sign-in', async () => {
  expect(await codeOf(600, 'mutation { endSessions(input: { keepCurrent: true }) { ended } }')).toBeUndefined();
});
