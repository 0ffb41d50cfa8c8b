import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueOneTimeToken, takeOneTimeToken } from '#core-api/domain/sign-in/one-time-tokens.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { secondInstance } from '#test/support/second-instance.js';
import { graphqlOf, signedIn } from '#test/support/sign-in.js';

/* Deactivated at the identity provider means: out, now, everywhere. */

const RACES = process.env.LONG ? 500 : 40;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const BULK = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'] };
const RECEIPT = `query ($id: ID!) { offboardingReceipt(userId: $id) {
  userId lostAt change { kind actorKind source objectId } ended { kind id what endedAt } } }`;

describe.each(MODES)('losing access, %s', (mode) => {
  let rollcall: TestRollcall;
  let other: Awaited<ReturnType<typeof secondInstance>>;
  let company: TestCompany;
  let scim: ReturnType<typeof scimClient>;
  let ask: (query: string, variables?: Record<string, unknown>) => ReturnType<typeof dataOf>;
  let people = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    other = await secondInstance(rollcall);
  });
  afterAll(async () => {
    await other?.stop();
    await rollcall?.stop();
  });
  beforeEach(async () => {
    company = await rollcall.newCompany();
    scim = scimClient(company);
    ask = (query, variables) => dataOf(graphqlClient(company)(query, variables));
  });

  const provision = async () => (await scim.post('/Users', { userName: `person-${++people}` })).body.id as string;
  const createLocal = async () => {
    const input = { userName: `local-${++people}` };
    const made = await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
      input,
    });
    return made.createUser.user.id as string;
  };
  const patch = (id: string, operation: object) => scim.patch(`/Users/${id}`, [operation]);
  const onUser = (mutation: string) => (id: string) =>
    ask(`mutation ($id: ID!) { ${mutation}(input: { id: $id }) { __typename } }`, { id });
  const bulk = (operations: object[]) => scim.post('/Bulk', { ...BULK, Operations: operations });

  /** What each instance answers to each session: a cookie's, and a front end's. */
  const statuses = (sessions: { token: string }[]) =>
    Promise.all(
      [rollcall.graphqlUrl, other.graphqlUrl].flatMap((url) =>
        sessions.flatMap(({ token }) =>
          [{ cookie: `rollcall-session=${token}` }, { authorization: `Bearer ${token}` }].map(async (headers) => {
            const body = JSON.stringify({ query: '{ viewer { userId } }' });
            const method = 'POST';
            return (
              await fetch(url, { method, body, headers: { ...headers, 'content-type': 'application/json' } as never })
            ).status;
          }),
        ),
      ),
    );

  const WAYS: [string, string, () => Promise<string>, (id: string) => Promise<unknown>][] = [
    ['L-01', 'PATCH', provision, (id) => patch(id, { op: 'replace', path: 'active', value: false })],
    [
      'L-01',
      'PATCH with Entra’s "False"',
      provision,
      (id) => patch(id, { op: 'Replace', path: 'active', value: 'False' }),
    ],
    ['L-02', 'PATCH without a path', provision, (id) => patch(id, { op: 'replace', value: { active: false } })],
    ['L-02', 'PATCH by a URN', provision, (id) => patch(id, { op: 'replace', path: `${USER}:active`, value: false })],
    ['L-02', 'PUT', provision, (id) => scim.put(`/Users/${id}`, { userName: `replaced-${id}`, active: false })],
    ['L-02', 'DELETE', provision, (id) => scim.delete(`/Users/${id}`)],
    [
      'L-02',
      'Bulk',
      provision,
      async (id) => {
        const off = (each: string) => ({
          method: 'PATCH',
          path: `/Users/${each}`,
          data: { Operations: [{ op: 'replace', path: 'active', value: false }] },
        });
        return bulk([off(id), off(await provision())]);
      },
    ],
    [
      'L-02',
      'Bulk that deletes',
      provision,
      async (id) => bulk([id, await provision()].map((each) => ({ method: 'DELETE', path: `/Users/${each}` }))),
    ],
    ['L-02', 'GraphQL', createLocal, onUser('deactivateUser')],
    ['L-02', 'GraphQL that deletes', createLocal, onUser('deleteUser')],
    [
      'L-02',
      'a flood that the breaker applies and alarms',
      provision,
      async (id) => {
        const crowd = [id, ...(await Promise.all(Array.from({ length: 24 }, provision)))];
        await Promise.all(crowd.map((each) => patch(each, { op: 'replace', path: 'active', value: false })));
      },
    ],
    [
      'L-02',
      'the end of provisioning',
      provision,
      () => ask('mutation { disableProvisioning(input: { users: DEACTIVATE }) { company { id } } }'),
    ],
  ];

  it.each(WAYS)(
    '%s: by %s, the next request of each session is 401 on every instance',
    async (_row, _way, make, lose) => {
      const user = await make();
      const bystander = await make();
      const sessions = await Promise.all([
        signedIn(rollcall, company.companyId, user),
        signedIn(rollcall, company.companyId, user, { kind: 'BEARER', method: 'SAML' }),
      ]);
      const theirs = await signedIn(rollcall, company.companyId, bystander);
      expect(new Set(await statuses(sessions))).toEqual(new Set([200]));

      await lose(user);

      expect(new Set(await statuses(sessions))).toEqual(new Set([401]));
      if (_way !== 'the end of provisioning') expect(new Set(await statuses([theirs]))).toEqual(new Set([200]));
      const rows = await rollcall.asOwner(
        `select s.end_reason, s.ended_at = u.at as at_once from session s join change u on u.object_id = s.user_id
         and u.kind in ('user.deactivated', 'user.deleted') where s.user_id = '${user}'`,
      );
      expect(rows).toEqual([1, 2].map(() => ({ end_reason: 'LOST_ACCESS', at_once: true })));
    },
  );

  it('L-03: keys, links and open sign-ins die in the same transaction, and the receipt has each of them', async () => {
    const user = await provision();
    const session = await signedIn(rollcall, company.companyId, user);
    const made = await dataOf(
      graphqlOf(
        company,
        session,
      )(
        `mutation { createApiKey(input: { name: "My script", permissions: ["users:read"], kind: PERSONAL }) { secret apiKey { id } } }`,
      ),
    );
    const { secret, apiKey } = made.createApiKey;
    const { createDirectoryToken } = await ask(
      'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret directoryToken { id } } }',
      { input: { directoryId: company.directoryId, name: 'Me', userId: user } },
    );
    const link = await rollcall.db
      .forCompany(company.companyId)
      .inTransaction((tx) =>
        issueOneTimeToken(tx, { companyId: company.companyId, userId: user, kind: 'MAGIC_LINK', minutes: 15 }),
      );
    const asKey = () => graphqlClient({ ...company, apiKey: secret })('{ users { totalCount } }');
    const asToken = () => scimClient({ ...company, scimToken: createDirectoryToken.secret }).get('/Me');
    expect([(await asKey()).status, (await asToken()).status]).toEqual([200, 200]);

    await patch(user, { op: 'replace', path: 'active', value: false });

    const after = async () => [(await asKey()).status, (await asToken()).status, ...(await statuses([session]))];
    expect(new Set(await after())).toEqual(new Set([401]));
    expect(await rollcall.db.inTransaction((tx) => takeOneTimeToken(tx, 'MAGIC_LINK', link))).toBeNull();
    const receipt = await receiptOf(user);
    expect(receipt).toMatchObject({
      userId: user,
      change: { kind: 'user.deactivated', actorKind: 'DIRECTORY_TOKEN', source: 'DIRECTORY', objectId: user },
    });
    const endedAt = receipt.lostAt;
    expect(receipt.ended).toHaveLength(4);
    expect(receipt.ended).toEqual(
      expect.arrayContaining([
        { kind: 'SESSION', id: session.sessionId, what: 'PASSWORD', endedAt },
        { kind: 'API_KEY', id: apiKey.id, what: 'My script', endedAt },
        { kind: 'DIRECTORY_TOKEN', id: createDirectoryToken.directoryToken.id, what: 'Me', endedAt },
        { kind: 'ONE_TIME_TOKEN', id: expect.any(String), what: 'MAGIC_LINK', endedAt },
      ]),
    );

    // L-07: who comes back comes back without them.
    await patch(user, { op: 'replace', path: 'active', value: true });
    expect(new Set(await after())).toEqual(new Set([401]));
    expect(await rollcall.db.inTransaction((tx) => takeOneTimeToken(tx, 'MAGIC_LINK', link))).toBeNull();
    await signedIn(rollcall, company.companyId, user);
  });

  /** Once the log shows it. */
  const receiptOf = async (id: string) => {
    await expect.poll(async () => (await ask(RECEIPT, { id })).offboardingReceipt, { timeout: 10_000 }).not.toBeNull();
    return (await ask(RECEIPT, { id })).offboardingReceipt;
  };

  it(
    `L-04: of ${RACES} races between writes and the end of access none commits after it`,
    async () => {
      // Asks at the very end of each transaction whether the person who wrote in it is still active.
      await rollcall.asOwner(`
      create table late_write (object_id uuid);
      grant insert on late_write to public;
      create function note_late_write() returns trigger language plpgsql as $$ begin
        if exists (select from app_user u where u.company_id = new.company_id and u.id = new.actor_id and not u.active) then
          insert into late_write values (new.object_id);
        end if;
        return null; end $$;
      create constraint trigger note_late_write after insert on change deferrable initially deferred
        for each row when (new.actor_kind = 'USER') execute function note_late_write()`);
      const { roles } = await ask('{ roles(filter: { key: { eq: "manager" } }) { nodes { id } } }');
      const user = await provision();
      await ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
        input: { userId: user, roleId: roles.nodes[0].id },
      });
      const written = async () =>
        (
          await rollcall.asOwner<{ count: number }>(
            `select count(*)::int from change where actor_id = '${user}' and kind = 'team.created'`,
          )
        )[0]!.count;
      let [stopped, inTime] = [0, 0];

      for (let race = 0; race < RACES; race++) {
        const session = await signedIn(rollcall, company.companyId, user);
        const write = (url: string, n: number) =>
          graphqlOf(
            { ...company, graphqlUrl: url },
            session,
          )(`mutation { createTeam(input: { displayName: "Race ${race} ${n}" }) { team { id } } }`);
        const writes = [rollcall.graphqlUrl, other.graphqlUrl, rollcall.graphqlUrl].map(write);
        const ended = await patch(user, { op: 'replace', path: 'active', value: false });
        const atTheEnd = await written();
        expect(ended.status).toBe(200);

        for (const { body } of await Promise.all(writes)) {
          if (body.data) inTime++;
          else {
            expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
            stopped++;
          }
        }
        expect(await written()).toBe(atTheEnd);
        await patch(user, { op: 'replace', path: 'active', value: true });
      }

      expect(await rollcall.asOwner('select * from late_write')).toEqual([]);
      expect(inTime + stopped).toBe(RACES * 3);
      expect(inTime).toBe(await written());
      await rollcall.asOwner('drop trigger note_late_write on change');
    },
    RACES * 1_000,
  );
});
