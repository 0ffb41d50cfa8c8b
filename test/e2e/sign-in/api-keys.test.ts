import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';

const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  secret apiKey { id userId replacesId permissions expiresAt } } }`;
const ROTATE = `mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) {
  secret apiKey { id userId replacesId name permissions expiresAt } replaced { id expiresAt revokedAt } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }';
const LIST = '{ apiKeys(first: 100) { nodes { id } } }';

type Graphql = ReturnType<typeof graphqlClient>;

describe('API keys', () => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  /** The company's first key, a service key with every permission. */
  let service: Graphql;
  let owner: Graphql;
  let manager: { id: string; graphql: Graphql };
  let people = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
  });
  afterAll(() => rollcall?.stop());
  beforeEach(async () => {
    company = await rollcall.newCompany();
    service = graphqlClient(company);
    const ownerId = await ownerOf(rollcall, company.companyId);
    owner = graphqlOf(company, await signedIn(rollcall, company.companyId, ownerId));
    const id = await member();
    await give(id, 'manager');
    manager = { id, graphql: graphqlOf(company, await signedIn(rollcall, company.companyId, id)) };
  });

  const member = async () =>
    (await scimClient(company).post('/Users', { userName: `user-${++people}` })).body.id as string;
  const roleId = async (key: string) =>
    (await dataOf(service(`{ roles(filter: { key: { eq: "${key}" } }) { nodes { id } } }`))).roles.nodes[0]
      .id as string;
  const onRole = async (mutation: string, userId: string, key: string) =>
    dataOf(
      service(`mutation ($input: RoleAssignmentInput!) { ${mutation}(input: $input) { user { id } } }`, {
        input: { userId, roleId: await roleId(key) },
      }),
    );
  const give = (userId: string, key: string) => onRole('assignRole', userId, key);
  const by = (secret: string) => graphqlClient({ ...company, apiKey: secret });
  const create = async (graphql: Graphql, more: object) =>
    (await dataOf(graphql(CREATE, { input: { name: 'A key', permissions: ['users:read'], ...more } }))).createApiKey;
  const personal = (graphql: Graphql, ...permissions: string[]) => create(graphql, { kind: 'PERSONAL', permissions });
  const idsOf = async (graphql: Graphql) =>
    (await dataOf(graphql(LIST))).apiKeys.nodes.map(({ id }: { id: string }) => id) as string[];
  const may = async (graphql: Graphql) =>
    (await dataOf(graphql('{ viewer { permissions } }'))).viewer.permissions as string[];

  it('a personal key can do what its user can at that moment, as far as its permissions go', async () => {
    const { secret, apiKey } = await personal(manager.graphql, 'users:read', 'users:write');
    expect(apiKey.userId).toBe(manager.id);
    const viewer = await dataOf(by(secret)('{ viewer { actor { kind id } userId } }'));
    expect(viewer).toEqual({ viewer: { actor: { kind: 'API_KEY', id: apiKey.id }, userId: manager.id } });
    expect(await may(by(secret))).toEqual(['users:read', 'users:write']);

    await onRole('unassignRole', manager.id, 'manager');

    expect(await may(by(secret))).toEqual(['users:read']);
    await give(manager.id, 'manager');
    expect(await may(by(secret))).toEqual(['users:read', 'users:write']);
    expect(
      await errorOf(manager.graphql(CREATE, { input: { name: 'X', kind: 'PERSONAL', permissions: ['sso:write'] } })),
    ).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('an ordinary member makes a key of their own, and no service key', async () => {
    const id = await member();
    const graphql = graphqlOf(company, await signedIn(rollcall, company.companyId, id));

    const { secret } = await personal(graphql, 'users:read');

    expect((await dataOf(by(secret)('{ users { totalCount } }'))).users.totalCount).toBeGreaterThan(0);
    expect(await errorOf(graphql(CREATE, { input: { name: 'X', permissions: ['users:read'] } }))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('a key makes no personal key, neither for its user nor for nobody', async () => {
    const { secret } = await personal(owner, 'tokens:write', 'users:read');
    for (const graphql of [by(secret), service])
      expect(
        await errorOf(graphql(CREATE, { input: { name: 'X', kind: 'PERSONAL', permissions: ['users:read'] } })),
      ).toMatchObject({
        code: 'FORBIDDEN',
      });
    const { apiKey } = await personal(manager.graphql, 'users:read');
    const mine = await personal(owner, 'users:read');
    expect(await errorOf(owner(ROTATE, { input: { id: apiKey.id } }))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await errorOf(by(mine.secret)(ROTATE, { input: { id: mine.apiKey.id } }))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('are seen by their user; service keys by those who manage keys; all of them by an owner', async () => {
    const ofService = await create(service, {});
    const ofManager = await personal(manager.graphql, 'users:read');
    const ofOwner = await personal(owner, 'users:read');
    const keyManager = by((await create(service, { permissions: ['tokens:write', 'users:read'] })).secret);

    const sees = async (graphql: Graphql) => {
      const ids = await idsOf(graphql);
      return [ofService, ofManager, ofOwner].map(({ apiKey }) => ids.includes(apiKey.id));
    };
    expect(await sees(manager.graphql)).toEqual([false, true, false]);
    expect(await sees(keyManager)).toEqual([true, false, false]);
    expect(await sees(owner)).toEqual([true, true, true]);
    for (const { apiKey } of [ofService, ofOwner]) {
      expect(await errorOf(manager.graphql(REVOKE, { id: apiKey.id }))).toMatchObject({ code: 'NOT_FOUND' });
      expect(
        (await dataOf(manager.graphql('query ($id: ID!) { node(id: $id) { id } }', { id: apiKey.id }))).node,
      ).toBeNull();
    }
    expect(await errorOf(keyManager(REVOKE, { id: ofManager.apiKey.id }))).toMatchObject({ code: 'NOT_FOUND' });
    await dataOf(manager.graphql(REVOKE, { id: ofManager.apiKey.id }));
    await dataOf(owner(REVOKE, { id: ofService.apiKey.id }));
    expect(
      await Promise.all([ofManager, ofService].map(async ({ secret }) => (await by(secret)(LIST)).status)),
    ).toEqual([401, 401]);
    expect((await by(ofOwner.secret)('{ users { totalCount } }')).status).toBe(200);
  });

  it.each(['service', 'personal'])('A-07: a %s key works beside the new one until the overlap ends', async (kind) => {
    const graphql = kind === 'service' ? service : manager.graphql;
    const old = await create(graphql, {
      kind: kind === 'service' ? 'SERVICE' : 'PERSONAL',
      expiresAt: new Date(Date.now() + 3_600_000 * 48).toISOString(),
    });

    const { rotateApiKey } = await dataOf(graphql(ROTATE, { input: { id: old.apiKey.id, overlap: 'ONE_HOUR' } }));

    const { apiKey, secret, replaced } = rotateApiKey;
    expect(apiKey).toMatchObject({
      userId: old.apiKey.userId,
      replacesId: old.apiKey.id,
      name: 'A key',
      permissions: ['users:read'],
    });
    expect(Date.parse(apiKey.expiresAt)).toBeGreaterThanOrEqual(Date.parse(old.apiKey.expiresAt));
    expect(Date.parse(replaced.expiresAt)).toBeLessThan(Date.parse(old.apiKey.expiresAt));
    const statuses = () =>
      Promise.all([old.secret, secret].map(async (each) => (await by(each)('{ users { totalCount } }')).status));
    expect(await statuses()).toEqual([200, 200]);
    for (const id of [old.apiKey.id, apiKey.id])
      expect(await errorOf(graphql(ROTATE, { input: { id } }))).toMatchObject({ code: 'ROTATION_UNDER_WAY' });
    await rollcall.asOwner(`update api_key set expires_at = now() where id = '${old.apiKey.id}'`);
    expect(await statuses()).toEqual([401, 200]);
    const next = (await dataOf(graphql(ROTATE, { input: { id: apiKey.id, overlap: 'NONE' } }))).rotateApiKey;
    expect(next.replaced.revokedAt).toEqual(expect.any(String));
    expect((await by(secret)('{ users { totalCount } }')).status).toBe(401);
    expect((await by(next.secret)('{ users { totalCount } }')).status).toBe(200);
    expect(await errorOf(graphql(ROTATE, { input: { id: apiKey.id } }))).toMatchObject({
      code: expect.stringMatching(/ROTATION|INVALID/),
    });
  });

  it('stand in the log with their user and without their secret', async () => {
    const { secret, apiKey } = await personal(manager.graphql, 'users:read');
    const [row] = await rollcall.asOwner<{ after: object; actor_id: string }>(
      `select after, actor_id from change where object_id = '${apiKey.id}'`,
    );
    expect(row).toMatchObject({
      actor_id: manager.id,
      after: { userId: manager.id, name: 'A key', permissions: ['users:read'] },
    });
    expect(JSON.stringify(row)).not.toContain(secret);
  });
});
