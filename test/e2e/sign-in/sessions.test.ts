import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';

const WHO = '{ viewer { actor { kind name } userId permissions } }';

describe.each(MODES)('sessions, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    company = await rollcall.newCompany();
  });
  afterAll(() => rollcall?.stop());

  const at = (path: string) => new URL(path, rollcall.graphqlUrl).href;
  const ask = (headers: Record<string, string>, query = WHO) =>
    fetch(rollcall.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  const member = async () => {
    const { body } = await scimClient(company).post('/Users', { userName: `member-${Math.random()}` });
    return body.id as string;
  };

  it('act for their user, with what the roles of the user allow at this moment', async () => {
    const owner = await ownerOf(rollcall, company.companyId);
    const user = await member();

    const [ofOwner, ofUser] = await Promise.all(
      [owner, user].map(
        async (id) => (await graphqlOf(company, await signedIn(rollcall, company.companyId, id))(WHO)).body,
      ),
    );

    expect(ofOwner.data.viewer).toMatchObject({ actor: { kind: 'USER' }, userId: owner });
    expect(ofOwner.data.viewer.permissions).toContain('sso:write');
    expect(ofUser.data.viewer.permissions).toEqual(['company:read', 'projects:read', 'teams:read', 'users:read']);
  });

  it('are written into the log as who did it, and by which session', async () => {
    const owner = await ownerOf(rollcall, company.companyId);
    const session = await signedIn(rollcall, company.companyId, owner);

    const made = await graphqlOf(
      company,
      session,
    )('mutation { createTeam(input: { displayName: "Of a person" }) { team { id } } }');

    const id: string = made.body.data.createTeam.team.id;
    const [change] = await rollcall.asOwner(
      `select actor_kind, actor_id, actor_name, source, credential_id from change where object_id = '${id}'`,
    );
    expect(change).toEqual({
      actor_kind: 'USER',
      actor_id: owner,
      // Not by name: what is sealed stays, and an erasure of the person could not reach it.
      actor_name: `user ${owner}`,
      source: 'CONSOLE',
      credential_id: session.sessionId,
    });
  });

  it('count as cookies for pages of this server, and for no other page', async () => {
    const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    const cookie = `rollcall-session=${session.token}`;
    const own = new URL(rollcall.graphqlUrl).origin;

    const statuses = await Promise.all(
      [
        { cookie },
        { cookie, origin: own, 'sec-fetch-site': 'same-origin' },
        { cookie, origin: 'https://evil.example' },
        { cookie, origin: 'null' },
        { cookie, 'sec-fetch-site': 'cross-site' },
        { cookie: `${cookie}; ${cookie}` },
        { cookie: 'rollcall-session=nonsense' },
      ].map(async (headers) => (await ask(headers as never)).status),
    );

    expect(statuses).toEqual([200, 200, 401, 401, 401, 401, 401]);
  });

  it('are no credential for SCIM (A-04)', async () => {
    const { token } = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    const byToken = await scimClient({ ...company, scimToken: token }).get('/Users');
    const byCookie = await fetch(`${company.scimBaseUrl}/Users`, { headers: { cookie: `rollcall-session=${token}` } });
    expect([byToken.status, byCookie.status]).toEqual([401, 401]);
  });

  it('end with the sign-out, wherever the browser goes back to', async () => {
    const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    const cookie = `rollcall-session=${session.token}`;
    const before = await fetch(at('/sign-in/done'), { headers: { cookie } });
    expect([before.status, before.headers.get('cache-control')]).toEqual([200, 'no-store']);

    const strange = await fetch(at('/sign-out'), {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin: 'https://evil.example' },
    });
    expect([strange.status, (await ask({ cookie })).status]).toEqual([403, 200]);

    const out = await fetch(at('/sign-out'), { method: 'POST', redirect: 'manual', headers: { cookie } });

    expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-out']);
    const forget = await fetch(at('/sign-out/forget.css'));
    expect(forget.headers.get('clear-site-data')).toBe('"cache"');
    expect(out.headers.get('set-cookie')).toMatch(/^rollcall-session=;.*Expires=Thu, 01 Jan 1970/);
    const after = await fetch(at('/sign-in/done'), { redirect: 'manual', headers: { cookie } });
    expect([after.status, (await ask({ cookie })).status]).toEqual([303, 401]);
    const [ended] = await rollcall.asOwner(`select kind, after ->> 'reason' as reason from change
      where object_id = '${session.sessionId}' order by epoch desc, xid desc, no desc limit 1`);
    expect(ended).toEqual({ kind: 'session.ended', reason: 'SIGNED_OUT' });
  });

  it('run out when they are not used, and at their absolute end', async () => {
    const owner = await ownerOf(rollcall, company.companyId);
    const [idle, old] = await Promise.all([1, 2].map(() => signedIn(rollcall, company.companyId, owner)));
    const statuses = async () =>
      Promise.all([idle!, old!].map(async ({ token }) => (await ask({ authorization: `Bearer ${token}` })).status));
    expect(await statuses()).toEqual([200, 200]);

    await rollcall.asOwner(
      `update session set last_used_at = now() - interval '481 minutes' where id = '${idle!.sessionId}'`,
    );
    await rollcall.asOwner(`update session set expires_at = now() where id = '${old!.sessionId}'`);

    expect(await statuses()).toEqual([401, 401]);
  });

  it('keep their reads while the company is suspended, and write nothing', async () => {
    const suspended = await rollcall.newCompany();
    const session = await signedIn(rollcall, suspended.companyId, await ownerOf(rollcall, suspended.companyId));
    await rollcall.asOwner(`update company set suspended_at = now() where id = '${suspended.companyId}'`);
    const graphql = graphqlOf(suspended, session);

    const read = await graphql('{ users { totalCount } }');
    const written = await graphql('mutation { createTeam(input: { displayName: "No" }) { team { id } } }');

    expect(read.body.data.users.totalCount).toBe(1);
    expect(written.body.errors[0].extensions.code).toBe('COMPANY_SUSPENDED');
  });

  it('are opened for nobody who is not active', async () => {
    const user = await member();
    await scimClient(company).patch(`/Users/${user}`, [{ op: 'replace', path: 'active', value: false }]);
    await expect(signedIn(rollcall, company.companyId, user)).rejects.toThrow('may not sign in');
  });

  it('let nothing be written once their user is not active, though the request was under way', async () => {
    const user = await member();
    const session = await signedIn(rollcall, company.companyId, user);
    const graphql = graphqlClient(company);
    const roles = await graphql('{ roles(filter: { key: { eq: "manager" } }) { nodes { id } } }');
    await graphql('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
      input: { userId: user, roleId: roles.body.data.roles.nodes[0].id },
    });
    const db = rollcall.db;
    let answered: Promise<{ body: { errors?: { extensions: { code: string } }[] } }> | undefined;

    // The deactivation is written and not yet committed: the request comes, is let in, and has to wait with its write.
    await db.inTransaction(async (_tx, em) => {
      await em.execute(`update app_user set active = false where company_id = ? and id = ?`, [company.companyId, user]);
      answered = graphqlOf(
        company,
        session,
      )('mutation { createTeam(input: { displayName: "Too late" }) { team { id } } }');
      await expect
        .poll(async () => (await rollcall.asOwner(`select 1 from pg_locks where not granted`)).length, {
          timeout: 10_000,
        })
        .toBeGreaterThan(0);
    });

    expect((await answered!).body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await rollcall.asOwner(`select 1 from team where display_name = 'Too late'`)).toEqual([]);
  });
});

describe('sessions of people', () => {
  const SESSIONS = `query ($filter: SessionFilter) { sessions(filter: $filter, first: 100) {
    totalCount nodes { id userId isCurrent kind method address userAgent } } }`;
  const END = 'mutation ($id: ID!) { endSession(input: { id: $id }) { session { id } } }';
  const END_ALL = 'mutation ($input: EndSessionsInput!) { endSessions(input: $input) { ended } }';

  let rollcall: TestRollcall;
  let company: TestCompany;
  let user: string;
  let owner: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
  });
  afterAll(() => rollcall?.stop());
  beforeEach(async () => {
    company = await rollcall.newCompany();
    user = (await scimClient(company).post('/Users', { userName: 'ann' })).body.id;
    owner = await ownerOf(rollcall, company.companyId);
  });

  const enter = (id = user) => signedIn(rollcall, company.companyId, id);
  const statusOf = async (session: { token: string }) => (await graphqlOf(company, session)(WHO)).status;
  const list = async (session: { token: string }, filter?: object) =>
    (await dataOf(graphqlOf(company, session)(SESSIONS, { filter }))).sessions;
  const codeOf = async (session: { token: string }, query: string, variables: Record<string, unknown>) =>
    (await errorOf(graphqlOf(company, session)(query, variables))).code;

  it('are listed to their user, and those of everybody to whoever may change users', async () => {
    const [one, two, boss] = [await enter(), await enter(), await enter(owner)];

    const own = await list(one);

    expect(own.totalCount).toBe(2);
    expect(own.nodes).toEqual(
      [one, two].map(({ sessionId }) => ({
        id: sessionId,
        userId: user,
        isCurrent: sessionId === one.sessionId,
        kind: 'COOKIE',
        method: 'PASSWORD',
        address: '127.0.0.1',
        userAgent: 'a test',
      })),
    );
    expect((await list(boss)).totalCount).toBe(3);
    expect((await list(boss, { userId: { eq: user } })).totalCount).toBe(2);
    expect((await list(one, { userId: { eq: owner } })).nodes).toEqual([]);
    await rollcall.asOwner(
      `update session set last_used_at = now() - interval '481 minutes' where id = '${two.sessionId}'`,
    );
    expect((await list(boss, { userId: { eq: user } })).nodes.map(({ id }: { id: string }) => id)).toEqual([
      one.sessionId,
    ]);
  });

  it('A-12: one that was ended, by its user or by an admin, is 401 from the next request on', async () => {
    const [one, two, three, boss] = [await enter(), await enter(), await enter(), await enter(owner)];

    await dataOf(graphqlOf(company, one)(END, { id: two.sessionId }));
    await dataOf(graphqlOf(company, boss)(END, { id: three.sessionId }));

    expect(await Promise.all([one, two, three, boss].map(statusOf))).toEqual([200, 401, 401, 200]);
    expect(await codeOf(one, END, { id: boss.sessionId })).toBe('NOT_FOUND');
    expect(await statusOf(boss)).toBe(200);
    const reasons = await rollcall.asOwner(
      `select end_reason from session where id in ('${two.sessionId}', '${three.sessionId}') order by id`,
    );
    expect(reasons).toEqual([{ end_reason: 'SIGNED_OUT' }, { end_reason: 'ENDED' }]);
  });

  it('A-12: all of a user end at once, and the one that asks with them unless it is to stay', async () => {
    const [one, two, three] = [await enter(), await enter(), await enter()];
    const boss = await enter(owner);

    expect((await dataOf(graphqlOf(company, one)(END_ALL, { input: { keepCurrent: true } }))).endSessions.ended).toBe(
      2,
    );
    expect(await Promise.all([one, two, three, boss].map(statusOf))).toEqual([200, 401, 401, 200]);
    expect((await dataOf(graphqlOf(company, one)(END_ALL, { input: {} }))).endSessions.ended).toBe(1);
    expect(await statusOf(one)).toBe(401);

    const again = await enter();
    expect(await codeOf(again, END_ALL, { input: { userId: owner } })).toBe('FORBIDDEN');
    expect((await dataOf(graphqlOf(company, boss)(END_ALL, { input: { userId: user } }))).endSessions.ended).toBe(1);
    expect(await Promise.all([again, boss].map(statusOf))).toEqual([401, 200]);
  });
});
