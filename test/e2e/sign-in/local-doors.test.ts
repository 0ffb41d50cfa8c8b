import { describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { INVITE, LocalBed } from '#test/support/local-bed.js';
import type { TestCompany } from '#test/support/rollcall.js';
import { linkIn } from '#test/support/smtp-sink.js';

/* Which ways in somebody is shown, how often one may try, and what shuts them. */

const bed = new LocalBed();

/** What bootstrap lays as configuration checks nothing yet, and so is not offered. */
async function complete({ companyId }: TestCompany): Promise<void> {
  await bed.rollcall.asOwner(`update sso_connection set kind = 'OIDC', config = '{"issuer": "https://idp.example", "clientId": "c"}'
    where company_id = '${companyId}'`);
}

describe('home-realm discovery', () => {
  it('offers no connection by which nobody could come in', async () => {
    const fresh = await bed.rollcall.newCompany();
    const page = () => bed.browser().open(`/sign-in/${fresh.companySlug}`);

    expect((await page()).text).not.toContain('/sso/');
    await complete(fresh);
    expect((await page()).text).toContain(`/sso/${fresh.companyId}/`);
  });

  it('leads from an address of a verified domain to its company, and from no other (T-19)', async () => {
    await bed.verify('found.example');
    await complete(bed.company);
    await bed.rollcall.asOwner(
      `insert into domain_claim (company_id, id, domain, challenge) values ('${bed.company.companyId}', gen_random_uuid(), 'claimed.example', 'c')`,
    );
    const ask = async (email: string) => {
      const visitor = bed.browser();
      await visitor.open('/sign-in');
      return visitor.submit({ email });
    };

    const found = await ask('Ann@FOUND.example');
    expect(found.title).toMatch(/^Sign in to Company/);
    expect(found.text).toMatch(new RegExp(`href="/sso/${bed.company.companyId}/[0-9a-f-]{36}/start`));
    for (const email of [
      'ann@claimed.example',
      'ann@sub.found.example',
      'ann@found.example.evil.example',
      'nonsense',
      '',
    ])
      expect(await ask(email)).toMatchObject({ status: 200, title: 'Which company?' });
  });

  it('goes straight on where single sign-on is all there is and there is one connection', async () => {
    const strict = await bed.rollcall.newCompany();
    await bed.verify('strict.example', strict);
    await complete(strict);
    await bed.rollcall.asOwner(
      `update company set policies = policies || '{"signIn": "SSO_ONLY"}' where id = '${strict.companyId}'`,
    );
    const visitor = bed.browser();
    await visitor.open('/sign-in?returnTo=/sign-in/done%3Fx');

    await visitor.submit({ email: 'ann@strict.example' });

    expect(visitor.page.status).toBe(303);
    const to = new URL(visitor.page.location!, 'http://x');
    expect(to.pathname).toMatch(new RegExp(`^/sso/${strict.companyId}/[0-9a-f-]{36}/start$`));
    expect(Object.fromEntries(to.searchParams)).toEqual({
      returnTo: '/sign-in/done?x',
      login_hint: 'ann@strict.example',
    });
  });

  it('knows no company that is not there', async () => {
    expect(await bed.browser().open('/sign-in/no-such-company')).toMatchObject({ status: 404 });
    expect(await bed.browser().open('/sign-in/NO_SUCH%2f..')).toMatchObject({ status: 404 });
    expect(await bed.browser().open('/sign-in/magic-link?token=nonsense')).toMatchObject({ status: 410 });
  });
});

describe('A-10: known and unknown addresses', () => {
  /** Texts of statements, sorted: the same work for both. */
  const counted = async (work: () => Promise<{ status: number; text: string }>) => {
    const before = bed.rollcall.statements.length;
    const { status, text } = await work();
    return {
      status,
      text,
      statements: bed.rollcall.statements.slice(before).filter((sql) => !/refresh_statistics/.test(sql)),
    };
  };
  const same = (text: string, email: string) =>
    text.replaceAll(email, 'EMAIL').replaceAll(encodeURIComponent(email), 'EMAIL');

  it.each([
    ['at the first page', '/sign-in', {}],
    ['at the password', '/sign-in/password', { password: 'a wrong long password' }],
    ['when they ask for a link', '/sign-in/magic-link', {}],
    ['when they ask for a new password', '/sign-in/password-reset', {}],
  ])('%s get the same status, the same text and the same statements', async (_where, path, fields) => {
    const { email } = await bed.person();
    const managed = `managed-${bed.newAddress()}`;
    await scimClient(bed.company).post('/Users', { userName: managed, emails: [{ value: managed, type: 'work' }] });
    // Whatever is done once a process is done.
    await bed.browser().post('/sign-in/password', { company: bed.company.companySlug, email: 'first', password: 'x' });
    const ask = (who: string) =>
      counted(() =>
        bed
          .browser()
          .post(path, { ...fields, email: who, ...(path !== '/sign-in' && { company: bed.company.companySlug }) }),
      );

    const [known, unknown, provisioned] = [await ask(email), await ask('nobody@people.example'), await ask(managed)];

    for (const [answer, who] of [
      [unknown, 'nobody@people.example'],
      [provisioned, managed],
    ] as const) {
      expect(answer.status).toBe(known.status);
      expect(same(answer.text, who)).toBe(same(known.text, email));
      expect(answer.statements).toEqual(known.statements);
    }
  });
});

describe('A-09: too many attempts', () => {
  it('are answered by 429 with Retry-After, for that account from there; its person comes in from elsewhere, and others from there', async () => {
    const [someone, other] = [await bed.person(), await bed.person()];
    const wrong = { email: someone.email, password: 'a wrong long password' };
    const stranger = bed.browser('127.0.0.9');

    for (let i = 0; i < 5; i++) expect((await bed.signIn(wrong, stranger)).status).toBe(403);
    const answer = await bed.signIn(wrong, stranger);

    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    expect((await bed.signIn(someone, bed.browser('127.0.0.9'))).status).toBe(429);
    expect((await bed.signIn(someone, bed.browser('127.0.0.10'))).status).toBe(303);
    expect((await bed.signIn(other, bed.browser('127.0.0.9'))).status).toBe(303);
  });

  it('from many addresses shut an account for minutes at most, and never to where it is at home', async () => {
    const someone = await bed.person();
    expect((await bed.signIn(someone, bed.browser('127.0.0.20'))).status).toBe(303);
    const wrong = { email: someone.email, password: 'a wrong long password' };
    for (let i = 0; i < 31; i++) await bed.signIn(wrong, bed.browser(`127.0.1.${1 + Math.floor(i / 4)}`));

    expect((await bed.signIn(someone, bed.browser('127.0.0.21'))).status).toBe(429);
    expect((await bed.signIn(someone, bed.browser('127.0.0.20'))).status).toBe(303);
    const [{ minutes }] = (await bed.rollcall.asOwner<{ minutes: number }>(
      `select max(extract(epoch from window_ends_at - now())) / 60 as minutes from sign_in_attempt where count > 30`,
    )) as [{ minutes: number }];
    expect(Number(minutes)).toBeLessThanOrEqual(5);
  });

  it('count mails, too, whoever they are for', async () => {
    const ask = (email: string) =>
      bed.browser().post('/sign-in/magic-link', { company: bed.company.companySlug, email });
    for (const email of [(await bed.person()).email, 'nobody@people.example'])
      for (const status of [200, 200, 200, 429]) expect((await ask(email)).status).toBe(status);
  });

  it('are counted no more once they have succeeded', async () => {
    const someone = await bed.person();
    for (let i = 0; i < 12; i++) expect((await bed.signIn(someone)).status).toBe(303);
  });
});

describe('S-27: where single sign-on is all there is', () => {
  it('is no policy of a company that has no connection by which anybody could come in', async () => {
    const lone = await bed.rollcall.newCompany();
    await bed.rollcall.asOwner(`update sso_connection set status = 'DRAFT' where company_id = '${lone.companyId}'`);

    const refused = await errorOf(
      graphqlClient(lone)('mutation { updateCompany(input: { policies: { signIn: SSO_ONLY } }) { company { id } } }'),
    );

    expect(refused).toMatchObject({ code: 'SSO_REQUIRED' });
  });

  it('no local way is open on any path, but to break-glass accounts, and each of their sign-ins rings', async () => {
    const strict = await bed.rollcall.newCompany();
    const ask = (source: string, variables = {}) => graphqlClient(strict)(source, variables);
    const email = bed.newAddress();
    const { inviteUser } = await dataOf(ask(INVITE, { input: { email } }));
    const invitation = linkIn(await bed.sink.mailTo(email));
    const accepted = bed.newAddress();
    const { inviteUser: second } = await dataOf(ask(INVITE, { input: { email: accepted } }));
    const guest = bed.browser();
    await guest.open(linkIn(await bed.sink.mailTo(accepted)));
    await guest.submit({ password: 'a long enough password' });
    const links: string[] = [];
    for (const path of ['/sign-in/magic-link', '/sign-in/password-reset']) {
      const mails = bed.sink.mails.length;
      await bed.browser().post(path, { company: strict.companySlug, email: accepted });
      await expect.poll(() => bed.sink.mails.length).toBe(mails + 1);
      links.push(linkIn(bed.sink.mails.at(-1)!));
    }
    const session = guest.cookies.get('rollcall-session')!;
    await bed.rollcall.asOwner('delete from sign_in_attempt');
    await dataOf(
      ask('mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }', {
        input: { policies: { signIn: 'SSO_ONLY', selfRegistration: 'ANYONE' } },
      }),
    );

    const at = (fields: Record<string, string>) => ({ company: strict.companySlug, ...fields });
    const visitor = bed.browser();
    expect(
      await visitor.post('/sign-in/password', at({ email: accepted, password: 'a long enough password' })),
    ).toMatchObject({
      status: 403,
    });
    expect(await bed.lastRefusal(second.user.id)).toMatchObject({ reason: 'SSO_ONLY' });
    await visitor.open(links[0]!);
    expect(await visitor.submit()).toMatchObject({ status: 403 });
    await visitor.open(links[1]!);
    expect(await visitor.submit({ password: 'quite another password' })).toMatchObject({ status: 403 });
    await visitor.open(invitation);
    expect(await visitor.submit({ password: 'a long enough password' })).toMatchObject({ status: 403 });
    const mails = bed.sink.mails.length;
    for (const path of ['/sign-in/magic-link', '/sign-in/password-reset'])
      expect((await visitor.post(path, at({ email: accepted }))).status).toBe(200);
    expect(await visitor.post('/sign-in/register', at({ email: bed.newAddress() }))).toMatchObject({ status: 403 });
    expect(bed.sink.mails.length).toBe(mails);
    expect(await errorOf(ask(INVITE, { input: { email: bed.newAddress() } }))).toMatchObject({
      code: 'LOCAL_SIGN_IN_OFF',
    });
    const RESEND = 'mutation ($input: IdInput!) { resendInvitation(input: $input) { isMailSent } }';
    expect(await errorOf(ask(RESEND, { input: { id: inviteUser.user.id } }))).toMatchObject({
      code: 'LOCAL_SIGN_IN_OFF',
    });
    const own = graphqlClient({ ...strict, apiKey: session });
    expect(
      await errorOf(
        own('mutation { setOwnPassword(input: { newPassword: "a new long password" }) { sessionsEnded } }'),
      ),
    ).toMatchObject({ code: 'LOCAL_SIGN_IN_OFF' });
    expect(await errorOf(own('mutation { enrolSecondFactor(input: {}) { uri } }'))).toMatchObject({
      code: 'LOCAL_SIGN_IN_OFF',
    });

    const owner = bed.browser();
    await owner.open(`/sign-in/${strict.companySlug}`);
    expect(owner.page.text).toContain('Emergency access');
    for (let i = 0; i < 2; i++) {
      await owner.open(`/sign-in/${strict.companySlug}`);
      expect(await owner.submit({ email: strict.ownerEmail, password: strict.ownerPassword })).toMatchObject({
        status: 303,
      });
    }
    const { alarms } = await dataOf(
      ask('{ alarms(filter: { kind: { eq: "BREAK_GLASS_SIGN_IN" } }) { nodes { id subjectId details resolvedAt } } }'),
    );
    expect(alarms.nodes).toHaveLength(2);
    expect(alarms.nodes[0]).toMatchObject({ details: { method: 'PASSWORD', address: '127.0.0.1' }, resolvedAt: null });
    const logged = await bed.rollcall.asOwner(
      `select 1 from change where kind = 'alarm.raised' and company_id = '${strict.companyId}' and after ->> 'kind' = 'BREAK_GLASS_SIGN_IN'`,
    );
    expect(logged).toHaveLength(2);
    const { acknowledgeAlarm } = await dataOf(
      ask('mutation ($input: IdInput!) { acknowledgeAlarm(input: $input) { alarm { resolvedAt } } }', {
        input: { id: alarms.nodes[0].id },
      }),
    );
    expect(acknowledgeAlarm.alarm.resolvedAt).not.toBeNull();
  });

  it('nobody whom a directory manages has a local way, whatever the policy', async () => {
    const someone = await bed.person();
    const scim = scimClient(bed.company);
    await scim.post('/Users', { userName: someone.email, externalId: 'adopted' });

    expect((await bed.signIn(someone)).status).toBe(403);
    expect(await bed.lastRefusal(someone.id)).toMatchObject({ reason: 'MANAGED_BY_DIRECTORY' });
  });
});
