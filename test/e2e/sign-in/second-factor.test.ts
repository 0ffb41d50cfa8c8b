import { generateSync } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { FormBrowser } from '#test/support/form-browser.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';
import { linkIn, type SmtpSink, startSmtpSink } from '#test/support/smtp-sink.js';

/* Authenticator apps, and who is of last resort. */

let sink: SmtpSink;
let rollcall: TestRollcall;
let company: TestCompany;
beforeAll(async () => {
  sink = await startSmtpSink();
  rollcall = await startRollcall({
    mode: 'one-process',
    env: { ROLLCALL_SMTP_URL: sink.url, ROLLCALL_MAIL_FROM: 'rollcall@example.com' },
  });
});
afterAll(async () => {
  await rollcall?.stop();
  await sink?.close();
});
beforeEach(async () => {
  company = await rollcall.newCompany();
});

const STEP = 30;
const nowInSeconds = () => Math.floor(Date.now() / 1000);
const codeOf = (secret: string, epoch = nowInSeconds()) => generateSync({ secret, epoch });
const browser = () => new FormBrowser(new URL(rollcall.graphqlUrl).origin);

/** The company's owner, signed in by the password. */
async function ownerSignsIn(visitor = browser()) {
  await visitor.open(`/sign-in/${company.companySlug}`);
  return visitor.submit({ email: company.ownerEmail, password: company.ownerPassword });
}

const CONFIRM =
  'mutation ($input: ConfirmSecondFactorInput!) { confirmSecondFactor(input: $input) { localAccount { hasSecondFactor } } }';
const REMOVE =
  'mutation ($input: RemoveSecondFactorInput!) { removeSecondFactor(input: $input) { localAccount { hasSecondFactor } } }';

/** The owner's second factor, confirmed by the code of the step before this one. */
async function enrolled(): Promise<{ secret: string; ask: ReturnType<typeof graphqlOf> }> {
  const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
  const ask = graphqlOf(company, session);
  const { enrolSecondFactor } = await dataOf(ask('mutation { enrolSecondFactor(input: {}) { secret uri } }'));
  const { secret, uri } = enrolSecondFactor;
  expect(uri).toContain(`secret=${secret}`);
  expect(uri).toContain(encodeURIComponent(company.ownerEmail));
  const { confirmSecondFactor } = await dataOf(
    ask(CONFIRM, { input: { code: codeOf(secret, nowInSeconds() - STEP) } }),
  );
  expect(confirmSecondFactor.localAccount.hasSecondFactor).toBe(true);
  return { secret, ask };
}

describe('a second factor', () => {
  it('is not asked for before a code was right, and then by every way', async () => {
    const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    const ask = graphqlOf(company, session);
    await dataOf(ask('mutation { enrolSecondFactor(input: {}) { secret } }'));
    expect(await errorOf(ask(CONFIRM, { input: { code: '000000' } }))).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'code',
    });
    expect((await ownerSignsIn()).status).toBe(303);
    const { secret } = await enrolled();

    const visitor = browser();
    expect(await ownerSignsIn(visitor)).toMatchObject({ status: 200, title: 'Your second factor' });
    expect(visitor.cookies.size).toBe(0);
    expect(await visitor.submit({ code: codeOf(secret).replace(/(...)/, '$1 ') })).toMatchObject({ status: 303 });
    expect((await visitor.open('/sign-in/done')).status).toBe(200);

    const linked = browser();
    await linked.post('/sign-in/magic-link', { company: company.companySlug, email: company.ownerEmail });
    await linked.open(linkIn(await sink.mailTo(company.ownerEmail)));
    expect(await linked.submit()).toMatchObject({ status: 200, title: 'Your second factor' });
  });

  it('takes no code twice, and none of a step before', async () => {
    const { secret } = await enrolled();
    const code = codeOf(secret);
    const [first, second] = [browser(), browser()];
    await ownerSignsIn(first);
    await ownerSignsIn(second);
    expect((await first.submit({ code })).status).toBe(303);

    for (const replayed of [code, codeOf(secret, nowInSeconds() - STEP)])
      expect(await second.submit({ code: replayed })).toMatchObject({ status: 403, title: 'Your second factor' });
    expect(await second.submit({ code: codeOf(secret, nowInSeconds() + STEP) })).toMatchObject({ status: 303 });
  });

  it('lets nobody guess: after five wrong codes it waits, and each is in the log', async () => {
    await enrolled();
    const visitor = browser();
    await ownerSignsIn(visitor);
    for (let i = 0; i < 5; i++) expect((await visitor.submit({ code: `00000${i}` })).status).toBe(403);

    const answer = await visitor.submit({ code: '000009' });

    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    const owner = await ownerOf(rollcall, company.companyId);
    const reasons = await rollcall.asOwner(
      `select after ->> 'reason' as reason from change where kind = 'sign_in.refused' and object_id = '${owner}'`,
    );
    expect(reasons).toEqual(Array(5).fill({ reason: 'WRONG_CODE' }));
  });

  it('stands encrypted, is shown once and is taken away by its own person or another owner', async () => {
    const { secret, ask } = await enrolled();
    const stored = await rollcall.asOwner<{ secret: Buffer }>(
      `select secret from second_factor where company_id = '${company.companyId}'`,
    );
    expect(stored[0]!.secret.toString('latin1')).not.toContain(secret);
    const log = await rollcall.asOwner(`select before, after from change where company_id = '${company.companyId}'`);
    expect(JSON.stringify(log)).not.toContain(secret);
    expect(await errorOf(ask('mutation { enrolSecondFactor(input: {}) { secret } }'))).toMatchObject({
      code: 'UNIQUENESS',
    });

    const owner = await ownerOf(rollcall, company.companyId);
    // An API key has nothing of its own to remove.
    expect(await errorOf(graphqlClient(company)(REMOVE, { input: {} }))).toMatchObject({ code: 'FORBIDDEN' });
    const removed = await dataOf(graphqlClient(company)(REMOVE, { input: { userId: owner } }));
    expect(removed.removeSecondFactor.localAccount.hasSecondFactor).toBe(false);
    expect((await ownerSignsIn()).status).toBe(303);
  });

  it('is changed only soon after a sign-in', async () => {
    const session = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    await rollcall.asOwner(
      `update session set authenticated_at = now() - interval '16 minutes' where id = '${session.sessionId}'`,
    );
    for (const [mutation, variables] of [
      ['mutation { enrolSecondFactor(input: {}) { secret } }', {}],
      [REMOVE, { input: {} }],
    ] as const)
      expect(await errorOf(graphqlOf(company, session)(mutation, variables))).toMatchObject({
        code: 'STEP_UP_REQUIRED',
      });
  });
});

describe('accounts of last resort', () => {
  const make = (action: 'makeBreakGlass' | 'unmakeBreakGlass', id: string) =>
    graphqlClient(company)(
      `mutation ($input: IdInput!) { ${action}(input: $input) { localAccount { isBreakGlass } } }`,
      { input: { id } },
    );

  it('are made and unmade by owners, and one owner among them remains', async () => {
    const owner = await ownerOf(rollcall, company.companyId);
    const { createUser } = await dataOf(
      graphqlClient(company)('mutation { createUser(input: { userName: "second" }) { user { id } } }'),
    );
    const { id } = createUser.user;

    expect((await dataOf(make('makeBreakGlass', id))).makeBreakGlass.localAccount.isBreakGlass).toBe(true);
    // No owner yet: the first one has to stay.
    expect(await errorOf(make('unmakeBreakGlass', owner))).toMatchObject({ code: 'LAST_OWNER' });
    const { roles } = await dataOf(
      graphqlClient(company)('{ roles(filter: { key: { eq: "owner" } }) { nodes { id } } }'),
    );
    await dataOf(
      graphqlClient(company)('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
        input: { userId: id, roleId: roles.nodes[0].id },
      }),
    );
    expect((await dataOf(make('unmakeBreakGlass', owner))).unmakeBreakGlass.localAccount.isBreakGlass).toBe(false);
    expect(await errorOf(make('unmakeBreakGlass', id))).toMatchObject({ code: 'LAST_OWNER' });
    const changes = await rollcall.asOwner(
      `select before, after from change where object_id = '${id}' and kind = 'user.changed'`,
    );
    expect(changes).toEqual([{ before: { breakGlass: false }, after: { breakGlass: true } }]);
  });

  it('of two owners who are unmade at once, one remains', async () => {
    const owner = await ownerOf(rollcall, company.companyId);
    const ask = graphqlClient(company);
    const { createUser } = await dataOf(ask('mutation { createUser(input: { userName: "second" }) { user { id } } }'));
    const { roles } = await dataOf(ask('{ roles(filter: { key: { eq: "owner" } }) { nodes { id } } }'));
    const input = { userId: createUser.user.id, roleId: roles.nodes[0].id };
    await dataOf(
      ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', { input }),
    );
    await dataOf(make('makeBreakGlass', createUser.user.id));

    const answers = await Promise.all([owner, createUser.user.id].map((id) => make('unmakeBreakGlass', id)));

    expect(answers.filter(({ body }) => body.errors?.[0].extensions.code === 'LAST_OWNER')).toHaveLength(1);
  });
});
