import { describe, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { INVITE, isSignedIn, LocalBed } from '#test/support/local-bed.js';
import { linkIn } from '#test/support/smtp-sink.js';

/* Coming in beside single sign-on, as a browser without scripts does it. */

const bed = new LocalBed();

describe('a password', () => {
  it('lets its person in from the first page on, and sends them where they wanted to go', async () => {
    const { email, password } = await bed.person();
    const visitor = bed.browser();

    await visitor.open('/sign-in?returnTo=/sign-in/done%3Fhere');
    await visitor.submit({ email });
    expect(visitor.page).toMatchObject({ status: 200, title: 'Which company?' });
    await visitor.submit({ company: bed.company.companySlug });
    expect(visitor.page.title).toMatch(/^Sign in to Company/);
    expect(visitor.page.text).toContain(`value="${email}"`);
    await visitor.submit({ password }, 'Sign in');

    expect(visitor.page).toMatchObject({ status: 303, location: '/sign-in/done?here' });
    expect((await visitor.open('/sign-in/done')).text).toContain(email);
    await visitor.submit({}, 'Sign out');
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('that is wrong says nothing but that, and the log says exactly why', async () => {
    const { id, email } = await bed.person();

    const answer = await bed.signIn({ email, password: 'another long password' });

    expect(answer).toMatchObject({ status: 403, location: null });
    expect(answer.text).toContain(`value="${email}"`);
    expect(answer.text).not.toContain('another long password');
    expect(await bed.lastRefusal(id)).toMatchObject({
      reason: 'WRONG_PASSWORD',
      method: 'PASSWORD',
      address: '127.0.0.1',
    });
  });

  it.each([
    ['short', 'short'],
    ['x'.repeat(129), 'too long'],
  ])('of %s is not taken (%s), and the invitation is still good', async (password) => {
    const email = bed.newAddress();
    await bed.graphql(INVITE, { input: { email } });
    const guest = bed.browser();
    await guest.open(linkIn(await bed.sink.mailTo(email)));

    expect(await guest.submit({ password })).toMatchObject({ status: 400 });
    expect(guest.page.text).toContain('characters.');
    expect(await guest.submit({ password: '🙂'.repeat(12) })).toMatchObject({ status: 303 });
  });

  it('is changed by whoever is signed in, and all their other sessions end (A-12)', async () => {
    const someone = await bed.person();
    const [here, there] = [bed.browser(), bed.browser()];
    await bed.signIn(someone, here);
    await bed.signIn(someone, there);
    const CHANGE = 'mutation ($input: SetOwnPasswordInput!) { setOwnPassword(input: $input) { sessionsEnded } }';
    const session = graphqlClient({ ...bed.company, apiKey: here.cookies.get('rollcall-session')! });
    const change = (currentPassword: string | null) =>
      session(CHANGE, { input: { currentPassword, newPassword: 'the next long password' } });

    expect(await errorOf(change('not it at all'))).toMatchObject({ code: 'INVALID_VALUE', field: 'currentPassword' });
    expect(await errorOf(change(null))).toMatchObject({ code: 'INVALID_VALUE' });
    // The session of the invitation and the other browser's.
    expect((await dataOf(change(someone.password))).setOwnPassword.sessionsEnded).toBe(2);

    expect([await isSignedIn(here), await isSignedIn(there)]).toEqual([true, false]);
    expect((await bed.signIn(someone)).status).toBe(403);
    expect((await bed.signIn({ ...someone, password: 'the next long password' })).status).toBe(303);
    expect(await bed.refused(CHANGE, { input: { newPassword: 'the next long password' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('that was forgotten is replaced by a link, which ends every session and works once', async () => {
    const someone = await bed.person();
    const [here, lost] = [bed.browser(), bed.browser()];
    await bed.signIn(someone, here);
    await lost.open(`/sign-in/password-reset?company=${bed.company.companySlug}`);
    expect(await lost.submit({ email: someone.email })).toMatchObject({ status: 200, title: 'Look into your mail' });
    const link = linkIn(await bed.sink.mailTo(someone.email, 'new password'));

    await lost.open(link);
    expect(await lost.submit({ password: 'too short' })).toMatchObject({ status: 400 });
    expect(await lost.submit({ password: someone.email })).toMatchObject({ status: 400 });
    expect(await lost.submit({ password: 'quite another password' })).toMatchObject({
      status: 200,
      title: 'Your password is set',
    });

    expect(await isSignedIn(here)).toBe(false);
    expect((await bed.signIn({ ...someone, password: 'quite another password' })).status).toBe(303);
    await lost.open(link);
    expect(await lost.submit({ password: 'and one more password' })).toMatchObject({ status: 410 });
  });
});

describe('a magic link', () => {
  async function linkFor(email: string, visitor = bed.browser()): Promise<string> {
    const before = bed.sink.mails.length;
    await visitor.open(`/sign-in/${bed.company.companySlug}?returnTo=/sign-in/done%3Flinked`);
    await visitor.submit({ email }, 'E-mail me a sign-in link');
    expect(visitor.page).toMatchObject({ status: 200, title: 'Look into your mail' });
    await expect.poll(() => bed.sink.mails.length).toBe(before + 1);
    return linkIn(await bed.sink.mailTo(email));
  }

  it('is used by the button, not by opening it, and once', async () => {
    const { email } = await bed.person();
    const link = await linkFor(email);
    const scanner = bed.browser();
    for (let i = 0; i < 3; i++) expect((await scanner.open(link)).status).toBe(200);
    const visitor = bed.browser();
    await visitor.open(link);

    expect(await visitor.submit()).toMatchObject({ status: 303, location: '/sign-in/done?linked' });
    expect(await isSignedIn(visitor)).toBe(true);
    expect(await scanner.submit()).toMatchObject({ status: 410 });
  });

  it('waits for a deactivation that is under way, and neither holds the other up', async () => {
    const { id, email } = await bed.person();
    const link = await linkFor(email);
    const visitor = bed.browser();
    await visitor.open(link);
    const { db, asOwner } = bed.rollcall;
    const waiters = () =>
      asOwner(`select 1 from pg_locks l join pg_stat_activity a using (pid)
        where not l.granted and a.datname = current_database()`);
    let answer: ReturnType<typeof visitor.submit> | undefined;

    await db.inTransaction(async (_tx, em) => {
      const of = [bed.company.companyId, id];
      await em.execute('update app_user set active = false where company_id = ? and id = ?', of);
      answer = visitor.submit();
      await expect.poll(async () => (await waiters()).length, { timeout: 10_000 }).toBe(1);
      // As the deactivation does it: the user first, then the links.
      await em.execute('update one_time_token set ended_at = now() where company_id = ? and user_id = ?', of);
    });

    expect(await answer).toMatchObject({ status: 410 });
  });

  it('is over after a quarter of an hour, and with its user', async () => {
    const [late, gone] = [await bed.person(), await bed.person()];
    const [lateLink, goneLink] = [await linkFor(late.email), await linkFor(gone.email)];
    await bed.rollcall.asOwner(`update one_time_token set expires_at = now() where user_id = '${late.id}'`);
    await bed.graphql('mutation ($input: UserIdInput!) { deactivateUser(input: $input) { user { id } } }', {
      input: { id: gone.id },
    });

    for (const link of [lateLink, goneLink]) {
      const visitor = bed.browser();
      await visitor.open(link);
      expect(await visitor.submit()).toMatchObject({ status: 410 });
    }
  });

  it('is not offered, not mailed and not taken where the policy shuts it', async () => {
    const { id, email } = await bed.person();
    const link = await linkFor(email);
    await bed.policies({ magicLinks: false });
    const visitor = bed.browser();

    expect((await visitor.open(`/sign-in/${bed.company.companySlug}`)).text).not.toContain('sign-in link');
    const mails = bed.sink.mails.length;
    await visitor.post('/sign-in/magic-link', { company: bed.company.companySlug, email });
    await visitor.open(link);
    expect(await visitor.submit()).toMatchObject({ status: 403, title: 'Sign-in is not possible' });

    expect(bed.sink.mails.length).toBe(mails);
    expect(await bed.lastRefusal(id)).toMatchObject({ reason: 'MAGIC_LINKS_OFF' });
    await bed.policies({ magicLinks: true });
  });
});

describe('an invitation', () => {
  it('lets somebody in without a password, who comes again by links', async () => {
    const email = bed.newAddress();
    const { inviteUser } = await bed.graphql(INVITE, { input: { email, displayName: 'Ann' } });
    expect(inviteUser).toMatchObject({ isMailSent: true, user: { userName: email, active: true } });
    const guest = bed.browser();
    await guest.open(linkIn(await bed.sink.mailTo(email)));

    expect(await guest.submit({}, 'Come in without a password')).toMatchObject({ status: 303 });

    const { localAccount } = await bed.graphql(
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
    expect(await bed.refused(RESEND, again)).toMatchObject({ code: 'INVITATION_ACCEPTED' });
    const WITHDRAW = 'mutation ($input: IdInput!) { withdrawInvitation(input: $input) { user { active } } }';
    expect(await bed.refused(WITHDRAW, again)).toMatchObject({ code: 'INVITATION_ACCEPTED' });
  });

  it('that is sent again is the only one that works, and one that is withdrawn works no more', async () => {
    const email = bed.newAddress();
    const { inviteUser } = await bed.graphql(INVITE, { input: { email } });
    const first = linkIn(await bed.sink.mailTo(email));
    const input = { id: inviteUser.user.id };
    await bed.graphql('mutation ($input: IdInput!) { resendInvitation(input: $input) { isMailSent } }', { input });
    await expect.poll(async () => linkIn(await bed.sink.mailTo(email))).not.toBe(first);
    const second = linkIn(await bed.sink.mailTo(email));
    const guest = bed.browser();
    await guest.open(first);
    expect(await guest.submit({ password: 'a long enough password' })).toMatchObject({ status: 410 });

    const { withdrawInvitation } = await bed.graphql(
      'mutation ($input: IdInput!) { withdrawInvitation(input: $input) { user { active } } }',
      { input },
    );
    expect(withdrawInvitation.user.active).toBe(false);
    await guest.open(second);
    expect(await guest.submit({ password: 'a long enough password' })).toMatchObject({ status: 410 });
  });

  it('grants what the inviter may grant, and makes nobody when it cannot', async () => {
    const { roles } = await bed.graphql('{ roles { nodes { id key } } }');
    const manager = roles.nodes.find(({ key }: { key: string }) => key === 'manager').id;
    const email = bed.newAddress();
    await bed.graphql(INVITE, { input: { email, roleIds: [manager] } });
    const { users } = await bed.graphql(
      `query ($email: String!) { users(filter: { userName: { eq: $email } }) { nodes { roles { key } } } }`,
      { email },
    );
    expect(users.nodes).toEqual([{ roles: [{ key: 'manager' }] }]);

    expect(await bed.refused(INVITE, { input: { email } })).toMatchObject({ code: 'UNIQUENESS', field: 'userName' });
    const nobody = bed.newAddress();
    expect(await bed.refused(INVITE, { input: { email: nobody, roleIds: [bed.company.companyId] } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await bed.rollcall.asOwner(`select 1 from app_user where user_name = '${nobody}'`)).toEqual([]);
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
    const mails = bed.sink.mails.length;
    expect(await bed.refused(INVITE, { input: { email } })).toMatchObject({ code: 'INVALID_VALUE', field: 'email' });
    expect(bed.sink.mails.length).toBe(mails);
  });

  it('shows the name of a company in one line, whatever it holds', async () => {
    const odd = await bed.rollcall.newCompany({ name: 'Odd' });
    await bed.rollcall.asOwner(
      `update company set name = E'Odd\\r\\nBcc: x@people.example\\r\\n\\r\\nText' where id = '${odd.companyId}'`,
    );
    const email = bed.newAddress();

    await dataOf(graphqlClient(odd)(INVITE, { input: { email } }));

    const mail = await bed.sink.mailTo(email);
    expect(mail.to).toEqual([email]);
    expect(mail.source).toMatch(/^Subject: You are invited to Odd Bcc: x@people.example Text$/m);
    expect(mail.source).not.toMatch(/^Bcc:/m);
  });
});

describe('registration', () => {
  const register = async (email: string, visitor = bed.browser()) => {
    await visitor.open(`/sign-in/register?company=${bed.company.companySlug}`);
    return visitor.submit({ email });
  };

  it('is shut until the policy opens it, and then makes nobody before the address is confirmed', async () => {
    const email = bed.newAddress();
    const visitor = bed.browser();
    expect(await visitor.open(`/sign-in/register?company=${bed.company.companySlug}`)).toMatchObject({ status: 403 });
    expect(await visitor.post('/sign-in/register', { company: bed.company.companySlug, email })).toMatchObject({
      status: 403,
    });
    await bed.policies({ selfRegistration: 'ANYONE' });

    await register(email, visitor);
    expect(visitor.page).toMatchObject({ status: 200, title: 'Look into your mail' });
    const mail = await bed.sink.mailTo(email);
    expect(await bed.rollcall.asOwner(`select 1 from app_user where user_name = '${email}'`)).toEqual([]);
    await visitor.open(linkIn(mail));
    expect(await visitor.submit({ displayName: 'Ann', password: 'short' })).toMatchObject({ status: 400 });
    expect(await visitor.submit({ password: 'a long enough password' })).toMatchObject({ status: 303 });

    expect(await isSignedIn(visitor)).toBe(true);
    const [row] = await bed.rollcall.asOwner(
      `select u.display_name, u.directory_id, s.method from app_user u join session s on s.user_id = u.id where user_name = '${email}'`,
    );
    expect(row).toEqual({ display_name: 'Ann', directory_id: null, method: 'REGISTRATION' });
    expect((await bed.signIn({ email, password: 'a long enough password' })).status).toBe(303);
  });

  it('takes only addresses of verified domains where the policy says so', async () => {
    await bed.policies({ selfRegistration: 'VERIFIED_DOMAINS' });
    await bed.verify('registered.example');

    expect(await register('ann@elsewhere.example')).toMatchObject({ status: 400 });
    expect(await register('ann@registered.example')).toMatchObject({ status: 200, title: 'Look into your mail' });
    expect(linkIn(await bed.sink.mailTo('ann@registered.example'))).toContain('/sign-in/register?token=');
  });

  it('tells whoever has an account so by mail only', async () => {
    await bed.policies({ selfRegistration: 'ANYONE' });
    const { email } = await bed.person();

    const [known, unknown] = [await register(email), await register(bed.newAddress())];

    expect(known.text).toBe(unknown.text);
    await expect.poll(async () => (await bed.sink.mailTo(email)).text).toContain('There is one already');
    await bed.policies({ selfRegistration: 'OFF' });
  });
});
