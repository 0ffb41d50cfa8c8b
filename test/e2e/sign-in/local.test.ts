import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { FormBrowser } from '#test/support/form-browser.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { linkIn, type SmtpSink, startSmtpSink } from '#test/support/smtp-sink.js';

/* Coming in beside single sign-on, as a browser without scripts does it. */

let sink: SmtpSink;
let rollcall: TestRollcall;
let company: TestCompany;
let people = 0;
beforeAll(async () => {
  sink = await startSmtpSink();
  rollcall = await startRollcall({
    mode: 'one-process',
    env: { ROLLCALL_SMTP_URL: sink.url, ROLLCALL_MAIL_FROM: 'Rollcall <rollcall@example.com>' },
  });
  company = await rollcall.newCompany();
});
afterAll(async () => {
  await rollcall?.stop();
  await sink?.close();
});
// What one test uses up is not another one's.
beforeEach(() => rollcall.asOwner('delete from sign_in_attempt'));

const browser = (address?: string) => new FormBrowser(new URL(rollcall.graphqlUrl).origin, address);
const graphql = (source: string, variables = {}) => dataOf(graphqlClient(company)(source, variables));
const refused = (source: string, variables = {}) => errorOf(graphqlClient(company)(source, variables));
const policies = (given: object) =>
  graphql('mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }', {
    input: { policies: given },
  });
const INVITE = `mutation ($input: InviteUserInput!) { inviteUser(input: $input) { isMailSent user { id userName active } } }`;
const newAddress = () => `person-${++people}@people.example`;

/** A local user, invited and come in with a password. */
async function person(password = 'a long enough password'): Promise<{ id: string; email: string; password: string }> {
  const email = newAddress();
  const { inviteUser } = await graphql(INVITE, { input: { email } });
  const guest = browser();
  await guest.open(linkIn(await sink.mailTo(email)));
  expect(await guest.submit({ password })).toMatchObject({ status: 303 });
  return { id: inviteUser.user.id, email, password };
}

async function signIn({ email, password }: { email: string; password: string }, visitor = browser()) {
  await visitor.open(`/sign-in/${company.companySlug}`);
  return visitor.submit({ email, password });
}

const isSignedIn = async (visitor: FormBrowser) => (await visitor.open('/sign-in/done')).status === 200;
const lastRefusal = async (objectId: string) => {
  const [row] = await rollcall.asOwner<{ after: Record<string, unknown> }>(
    `select after from change where kind = 'sign_in.refused' and object_id = '${objectId}' order by epoch desc, xid desc, no desc limit 1`,
  );
  return row?.after ?? null;
};

describe('a password', () => {
  it('lets its person in from the first page on, and sends them where they wanted to go', async () => {
    const { email, password } = await person();
    const visitor = browser();

    await visitor.open('/sign-in?returnTo=/sign-in/done%3Fhere');
    await visitor.submit({ email });
    expect(visitor.page).toMatchObject({ status: 200, title: 'Which company?' });
    await visitor.submit({ company: company.companySlug });
    expect(visitor.page.title).toMatch(/^Sign in to Company/);
    expect(visitor.page.text).toContain(`value="${email}"`);
    await visitor.submit({ password }, 'Sign in');

    expect(visitor.page).toMatchObject({ status: 303, location: '/sign-in/done?here' });
    expect((await visitor.open('/sign-in/done')).text).toContain(email);
    await visitor.submit({}, 'Sign out');
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('that is wrong says nothing but that, and the log says exactly why', async () => {
    const { id, email } = await person();

    const answer = await signIn({ email, password: 'another long password' });

    expect(answer).toMatchObject({ status: 403, location: null });
    expect(answer.text).toContain(`value="${email}"`);
    expect(answer.text).not.toContain('another long password');
    expect(await lastRefusal(id)).toMatchObject({ reason: 'WRONG_PASSWORD', method: 'PASSWORD', address: '127.0.0.1' });
  });

  it.each([
    ['short', 'short'],
    ['x'.repeat(129), 'too long'],
  ])('of %s is not taken (%s), and the invitation is still good', async (password) => {
    const email = newAddress();
    await graphql(INVITE, { input: { email } });
    const guest = browser();
    await guest.open(linkIn(await sink.mailTo(email)));

    expect(await guest.submit({ password })).toMatchObject({ status: 400 });
    expect(guest.page.text).toContain('characters.');
    expect(await guest.submit({ password: '🙂'.repeat(12) })).toMatchObject({ status: 303 });
  });

  it('is changed by whoever is signed in, and all their other sessions end (A-12)', async () => {
    const someone = await person();
    const [here, there] = [browser(), browser()];
    await signIn(someone, here);
    await signIn(someone, there);
    const CHANGE = 'mutation ($input: SetOwnPasswordInput!) { setOwnPassword(input: $input) { sessionsEnded } }';
    const session = graphqlClient({ ...company, apiKey: here.cookies.get('rollcall-session')! });
    const change = (currentPassword: string | null) =>
      session(CHANGE, { input: { currentPassword, newPassword: 'the next long password' } });

    expect(await errorOf(change('not it at all'))).toMatchObject({ code: 'INVALID_VALUE', field: 'currentPassword' });
    expect(await errorOf(change(null))).toMatchObject({ code: 'INVALID_VALUE' });
    // The session of the invitation and the other browser's.
    expect((await dataOf(change(someone.password))).setOwnPassword.sessionsEnded).toBe(2);

    expect([await isSignedIn(here), await isSignedIn(there)]).toEqual([true, false]);
    expect((await signIn(someone)).status).toBe(403);
    expect((await signIn({ ...someone, password: 'the next long password' })).status).toBe(303);
    expect(await refused(CHANGE, { input: { newPassword: 'the next long password' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('that was forgotten is replaced by a link, which ends every session and works once', async () => {
    const someone = await person();
    const [here, lost] = [browser(), browser()];
    await signIn(someone, here);
    await lost.open(`/sign-in/password-reset?company=${company.companySlug}`);
    expect(await lost.submit({ email: someone.email })).toMatchObject({ status: 200, title: 'Look into your mail' });
    const link = linkIn(await sink.mailTo(someone.email, 'new password'));

    await lost.open(link);
    expect(await lost.submit({ password: 'too short' })).toMatchObject({ status: 400 });
    expect(await lost.submit({ password: someone.email })).toMatchObject({ status: 400 });
    expect(await lost.submit({ password: 'quite another password' })).toMatchObject({
      status: 200,
      title: 'Your password is set',
    });

    expect(await isSignedIn(here)).toBe(false);
    expect((await signIn({ ...someone, password: 'quite another password' })).status).toBe(303);
    await lost.open(link);
    expect(await lost.submit({ password: 'and one more password' })).toMatchObject({ status: 410 });
  });
});

describe('a magic link', () => {
  async function linkFor(email: string, visitor = browser()): Promise<string> {
    const before = sink.mails.length;
    await visitor.open(`/sign-in/${company.companySlug}?returnTo=/sign-in/done%3Flinked`);
    await visitor.submit({ email }, 'E-mail me a sign-in link');
    expect(visitor.page).toMatchObject({ status: 200, title: 'Look into your mail' });
    await expect.poll(() => sink.mails.length).toBe(before + 1);
    return linkIn(await sink.mailTo(email));
  }

  it('is used by the button, not by opening it, and once', async () => {
    const { email } = await person();
    const link = await linkFor(email);
    const scanner = browser();
    for (let i = 0; i < 3; i++) expect((await scanner.open(link)).status).toBe(200);
    const visitor = browser();
    await visitor.open(link);

    expect(await visitor.submit()).toMatchObject({ status: 303, location: '/sign-in/done?linked' });
    expect(await isSignedIn(visitor)).toBe(true);
    expect(await scanner.submit()).toMatchObject({ status: 410 });
  });

  it('is over after a quarter of an hour, and with its user', async () => {
    const [late, gone] = [await person(), await person()];
    const [lateLink, goneLink] = [await linkFor(late.email), await linkFor(gone.email)];
    await rollcall.asOwner(`update one_time_token set expires_at = now() where user_id = '${late.id}'`);
    await graphql('mutation ($input: UserIdInput!) { deactivateUser(input: $input) { user { id } } }', {
      input: { id: gone.id },
    });

    for (const link of [lateLink, goneLink]) {
      const visitor = browser();
      await visitor.open(link);
      expect(await visitor.submit()).toMatchObject({ status: 410 });
    }
  });

  it('is not offered, not mailed and not taken where the policy shuts it', async () => {
    const { id, email } = await person();
    const link = await linkFor(email);
    await policies({ magicLinks: false });
    const visitor = browser();

    expect((await visitor.open(`/sign-in/${company.companySlug}`)).text).not.toContain('sign-in link');
    const mails = sink.mails.length;
    await visitor.post('/sign-in/magic-link', { company: company.companySlug, email });
    await visitor.open(link);
    expect(await visitor.submit()).toMatchObject({ status: 403, title: 'Sign-in is not possible' });

    expect(sink.mails.length).toBe(mails);
    expect(await lastRefusal(id)).toMatchObject({ reason: 'MAGIC_LINKS_OFF' });
    await policies({ magicLinks: true });
  });
});

describe('an invitation', () => {
  it('lets somebody in without a password, who comes again by links', async () => {
    const email = newAddress();
    const { inviteUser } = await graphql(INVITE, { input: { email, displayName: 'Ann' } });
    expect(inviteUser).toMatchObject({ isMailSent: true, user: { userName: email, active: true } });
    const guest = browser();
    await guest.open(linkIn(await sink.mailTo(email)));

    expect(await guest.submit({}, 'Come in without a password')).toMatchObject({ status: 303 });

    const { localAccount } = await graphql(
      'query ($id: ID!) { localAccount(userId: $id) { hasPassword hasSecondFactor isBreakGlass invitation { isOpen acceptedAt } } }',
      { id: inviteUser.user.id },
    );
    expect(localAccount).toEqual({
      hasPassword: false,
      hasSecondFactor: false,
      isBreakGlass: false,
      invitation: { isOpen: false, acceptedAt: expect.any(String) },
    });
    const again = { input: { id: inviteUser.user.id } };
    const RESEND = 'mutation ($input: IdInput!) { resendInvitation(input: $input) { isMailSent } }';
    expect(await refused(RESEND, again)).toMatchObject({ code: 'INVITATION_ACCEPTED' });
    const WITHDRAW = 'mutation ($input: IdInput!) { withdrawInvitation(input: $input) { user { active } } }';
    expect(await refused(WITHDRAW, again)).toMatchObject({ code: 'INVITATION_ACCEPTED' });
  });

  it('that is sent again is the only one that works, and one that is withdrawn works no more', async () => {
    const email = newAddress();
    const { inviteUser } = await graphql(INVITE, { input: { email } });
    const first = linkIn(await sink.mailTo(email));
    const input = { id: inviteUser.user.id };
    await graphql('mutation ($input: IdInput!) { resendInvitation(input: $input) { isMailSent } }', { input });
    await expect.poll(async () => linkIn(await sink.mailTo(email))).not.toBe(first);
    const second = linkIn(await sink.mailTo(email));
    const guest = browser();
    await guest.open(first);
    expect(await guest.submit({ password: 'a long enough password' })).toMatchObject({ status: 410 });

    const { withdrawInvitation } = await graphql(
      'mutation ($input: IdInput!) { withdrawInvitation(input: $input) { user { active } } }',
      { input },
    );
    expect(withdrawInvitation.user.active).toBe(false);
    await guest.open(second);
    expect(await guest.submit({ password: 'a long enough password' })).toMatchObject({ status: 410 });
  });

  it('grants what the inviter may grant, and makes nobody when it cannot', async () => {
    const { roles } = await graphql('{ roles { nodes { id key } } }');
    const manager = roles.nodes.find(({ key }: { key: string }) => key === 'manager').id;
    const email = newAddress();
    await graphql(INVITE, { input: { email, roleIds: [manager] } });
    const { users } = await graphql(
      `query ($email: String!) { users(filter: { userName: { eq: $email } }) { nodes { roles { key } } } }`,
      { email },
    );
    expect(users.nodes).toEqual([{ roles: [{ key: 'manager' }] }]);

    expect(await refused(INVITE, { input: { email } })).toMatchObject({ code: 'UNIQUENESS', field: 'userName' });
    expect(await refused(INVITE, { input: { email: newAddress(), roleIds: [company.companyId] } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(
      await rollcall.asOwner(`select 1 from app_user where user_name = 'person-${people}@people.example'`),
    ).toEqual([]);
  });

  it.each([
    'nobody',
    'a@b',
    'a b@people.example',
    'a@people.example, b@people.example',
    'a@people.example\r\nBcc: b@people.example',
    '<a@people.example>',
    '"a"@people.example',
    'a@people.example\0',
  ])('is not mailed to %j', async (email) => {
    const mails = sink.mails.length;
    expect(await refused(INVITE, { input: { email } })).toMatchObject({ code: 'INVALID_VALUE', field: 'email' });
    expect(sink.mails.length).toBe(mails);
  });

  it('shows the name of a company in one line, whatever it holds', async () => {
    const odd = await rollcall.newCompany({ name: 'Odd' });
    await rollcall.asOwner(
      `update company set name = E'Odd\\r\\nBcc: x@people.example\\r\\n\\r\\nText' where id = '${odd.companyId}'`,
    );
    const email = newAddress();

    await dataOf(graphqlClient(odd)(INVITE, { input: { email } }));

    const mail = await sink.mailTo(email);
    expect(mail.to).toEqual([email]);
    expect(mail.source).toMatch(/^Subject: You are invited to Odd Bcc: x@people.example Text$/m);
    expect(mail.source).not.toMatch(/^Bcc:/m);
  });
});

describe('registration', () => {
  const register = async (email: string, visitor = browser()) => {
    await visitor.open(`/sign-in/register?company=${company.companySlug}`);
    return visitor.submit({ email });
  };

  it('is shut until the policy opens it, and then makes nobody before the address is confirmed', async () => {
    const email = newAddress();
    const visitor = browser();
    expect(await visitor.open(`/sign-in/register?company=${company.companySlug}`)).toMatchObject({ status: 403 });
    expect(await visitor.post('/sign-in/register', { company: company.companySlug, email })).toMatchObject({
      status: 403,
    });
    await policies({ selfRegistration: 'ANYONE' });

    await register(email, visitor);
    expect(visitor.page).toMatchObject({ status: 200, title: 'Look into your mail' });
    const mail = await sink.mailTo(email);
    expect(await rollcall.asOwner(`select 1 from app_user where user_name = '${email}'`)).toEqual([]);
    await visitor.open(linkIn(mail));
    expect(await visitor.submit({ displayName: 'Ann', password: 'short' })).toMatchObject({ status: 400 });
    expect(await visitor.submit({ password: 'a long enough password' })).toMatchObject({ status: 303 });

    expect(await isSignedIn(visitor)).toBe(true);
    const [row] = await rollcall.asOwner(
      `select u.display_name, u.directory_id, s.method from app_user u join session s on s.user_id = u.id where user_name = '${email}'`,
    );
    expect(row).toEqual({ display_name: 'Ann', directory_id: null, method: 'REGISTRATION' });
    expect((await signIn({ email, password: 'a long enough password' })).status).toBe(303);
  });

  it('takes only addresses of verified domains where the policy says so', async () => {
    await policies({ selfRegistration: 'VERIFIED_DOMAINS' });
    await verify('registered.example');

    expect(await register('ann@elsewhere.example')).toMatchObject({ status: 400 });
    expect(await register('ann@registered.example')).toMatchObject({ status: 200, title: 'Look into your mail' });
    expect(linkIn(await sink.mailTo('ann@registered.example'))).toContain('/sign-in/register?token=');
  });

  it('tells whoever has an account so by mail only', async () => {
    await policies({ selfRegistration: 'ANYONE' });
    const { email } = await person();

    const [known, unknown] = [await register(email), await register(newAddress())];

    expect(known.text).toBe(unknown.text);
    await expect.poll(async () => (await sink.mailTo(email)).text).toContain('There is one already');
    await policies({ selfRegistration: 'OFF' });
  });
});

/** As if the company had proved it by DNS. */
async function verify(domain: string, { companyId } = company): Promise<void> {
  const [claim] = await rollcall.asOwner<{ id: string }>(
    `insert into domain_claim (company_id, id, domain, challenge, status) values ('${companyId}', gen_random_uuid(), '${domain}', 'c', 'VERIFIED') returning id`,
  );
  await rollcall.asOwner(
    `insert into verified_domain (domain, held_by, claim_id) values ('${domain}', '${companyId}', '${claim!.id}')`,
  );
}

/** What bootstrap lays as configuration checks nothing yet, and so is not offered. */
async function complete({ companyId }: TestCompany): Promise<void> {
  await rollcall.asOwner(`update sso_connection set kind = 'OIDC', config = '{"issuer": "https://idp.example", "clientId": "c"}'
    where company_id = '${companyId}'`);
}

describe('home-realm discovery', () => {
  it('offers no connection by which nobody could come in', async () => {
    const fresh = await rollcall.newCompany();
    const page = () => browser().open(`/sign-in/${fresh.companySlug}`);

    expect((await page()).text).not.toContain('/sso/');
    await complete(fresh);
    expect((await page()).text).toContain(`/sso/${fresh.companyId}/`);
  });

  it('leads from an address of a verified domain to its company, and from no other (T-19)', async () => {
    await verify('found.example');
    await complete(company);
    await rollcall.asOwner(
      `insert into domain_claim (company_id, id, domain, challenge) values ('${company.companyId}', gen_random_uuid(), 'claimed.example', 'c')`,
    );
    const ask = async (email: string) => {
      const visitor = browser();
      await visitor.open('/sign-in');
      return visitor.submit({ email });
    };

    const found = await ask('Ann@FOUND.example');
    expect(found.title).toMatch(/^Sign in to Company/);
    expect(found.text).toMatch(new RegExp(`href="/sso/${company.companyId}/[0-9a-f-]{36}/start`));
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
    const strict = await rollcall.newCompany();
    await verify('strict.example', strict);
    await complete(strict);
    await rollcall.asOwner(
      `update company set policies = policies || '{"signIn": "SSO_ONLY"}' where id = '${strict.companyId}'`,
    );
    const visitor = browser();
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
    expect(await browser().open('/sign-in/no-such-company')).toMatchObject({ status: 404 });
    expect(await browser().open('/sign-in/NO_SUCH%2f..')).toMatchObject({ status: 404 });
    expect(await browser().open('/sign-in/magic-link?token=nonsense')).toMatchObject({ status: 410 });
  });
});

describe('A-10: known and unknown addresses', () => {
  /** Texts of statements, sorted: the same work for both. */
  const counted = async (work: () => Promise<{ status: number; text: string }>) => {
    const before = rollcall.statements.length;
    const { status, text } = await work();
    return {
      status,
      text,
      statements: rollcall.statements.slice(before).filter((sql) => !/refresh_statistics/.test(sql)),
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
    const { email } = await person();
    const managed = `managed-${++people}@people.example`;
    await scimClient(company).post('/Users', { userName: managed, emails: [{ value: managed, type: 'work' }] });
    // Whatever is done once a process is done.
    await browser().post('/sign-in/password', { company: company.companySlug, email: 'first', password: 'x' });
    const ask = (who: string) =>
      counted(() =>
        browser().post(path, { ...fields, email: who, ...(path !== '/sign-in' && { company: company.companySlug }) }),
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
    const [someone, other] = [await person(), await person()];
    const wrong = { email: someone.email, password: 'a wrong long password' };
    const stranger = browser('127.0.0.9');

    for (let i = 0; i < 5; i++) expect((await signIn(wrong, stranger)).status).toBe(403);
    const answer = await signIn(wrong, stranger);

    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    expect((await signIn(someone, browser('127.0.0.9'))).status).toBe(429);
    expect((await signIn(someone, browser('127.0.0.10'))).status).toBe(303);
    expect((await signIn(other, browser('127.0.0.9'))).status).toBe(303);
  });

  it('from many addresses shut an account for minutes at most, and never to where it is at home', async () => {
    const someone = await person();
    expect((await signIn(someone, browser('127.0.0.20'))).status).toBe(303);
    const wrong = { email: someone.email, password: 'a wrong long password' };
    for (let i = 0; i < 31; i++) await signIn(wrong, browser(`127.0.1.${1 + Math.floor(i / 4)}`));

    expect((await signIn(someone, browser('127.0.0.21'))).status).toBe(429);
    expect((await signIn(someone, browser('127.0.0.20'))).status).toBe(303);
    const [{ minutes }] = (await rollcall.asOwner<{ minutes: number }>(
      `select max(extract(epoch from window_ends_at - now())) / 60 as minutes from sign_in_attempt where count > 30`,
    )) as [{ minutes: number }];
    expect(Number(minutes)).toBeLessThanOrEqual(5);
  });

  it('count mails, too, whoever they are for', async () => {
    const ask = (email: string) => browser().post('/sign-in/magic-link', { company: company.companySlug, email });
    for (const email of [(await person()).email, 'nobody@people.example'])
      for (const status of [200, 200, 200, 429]) expect((await ask(email)).status).toBe(status);
  });

  it('are counted no more once they have succeeded', async () => {
    const someone = await person();
    for (let i = 0; i < 12; i++) expect((await signIn(someone)).status).toBe(303);
  });
});

describe('S-27: where single sign-on is all there is', () => {
  it('no local way is open on any path, but to break-glass accounts, and each of their sign-ins rings', async () => {
    const strict = await rollcall.newCompany();
    const ask = (source: string, variables = {}) => graphqlClient(strict)(source, variables);
    const email = newAddress();
    const { inviteUser } = await dataOf(ask(INVITE, { input: { email } }));
    const invitation = linkIn(await sink.mailTo(email));
    const accepted = newAddress();
    const { inviteUser: second } = await dataOf(ask(INVITE, { input: { email: accepted } }));
    const guest = browser();
    await guest.open(linkIn(await sink.mailTo(accepted)));
    await guest.submit({ password: 'a long enough password' });
    const links: string[] = [];
    for (const path of ['/sign-in/magic-link', '/sign-in/password-reset']) {
      const mails = sink.mails.length;
      await browser().post(path, { company: strict.companySlug, email: accepted });
      await expect.poll(() => sink.mails.length).toBe(mails + 1);
      links.push(linkIn(sink.mails.at(-1)!));
    }
    const session = guest.cookies.get('rollcall-session')!;
    await rollcall.asOwner('delete from sign_in_attempt');
    await dataOf(
      ask('mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }', {
        input: { policies: { signIn: 'SSO_ONLY', selfRegistration: 'ANYONE' } },
      }),
    );

    const at = (fields: Record<string, string>) => ({ company: strict.companySlug, ...fields });
    const visitor = browser();
    expect(
      await visitor.post('/sign-in/password', at({ email: accepted, password: 'a long enough password' })),
    ).toMatchObject({
      status: 403,
    });
    expect(await lastRefusal(second.user.id)).toMatchObject({ reason: 'SSO_ONLY' });
    await visitor.open(links[0]!);
    expect(await visitor.submit()).toMatchObject({ status: 403 });
    await visitor.open(links[1]!);
    expect(await visitor.submit({ password: 'quite another password' })).toMatchObject({ status: 403 });
    await visitor.open(invitation);
    expect(await visitor.submit({ password: 'a long enough password' })).toMatchObject({ status: 403 });
    const mails = sink.mails.length;
    for (const path of ['/sign-in/magic-link', '/sign-in/password-reset'])
      expect((await visitor.post(path, at({ email: accepted }))).status).toBe(200);
    expect(await visitor.post('/sign-in/register', at({ email: newAddress() }))).toMatchObject({ status: 403 });
    expect(sink.mails.length).toBe(mails);
    expect(await errorOf(ask(INVITE, { input: { email: newAddress() } }))).toMatchObject({ code: 'LOCAL_SIGN_IN_OFF' });
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

    const owner = browser();
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
    const logged = await rollcall.asOwner(
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
    const someone = await person();
    const scim = scimClient(company);
    await scim.post('/Users', { userName: someone.email, externalId: 'adopted' });

    expect((await signIn(someone)).status).toBe(403);
    expect(await lastRefusal(someone.id)).toMatchObject({ reason: 'MANAGED_BY_DIRECTORY' });
  });
});
