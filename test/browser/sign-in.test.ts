import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, openBrowser } from '#test/support/browser.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { type DnsServer, startDnsServer } from '#test/support/dns-server.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { OidcIdp } from '#test/support/oidc-idp.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import { linkIn, type SmtpSink, startSmtpSink } from '#test/support/smtp-sink.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
/** CI always has one (`.ci/run`), and fails without; where somebody has none, the tests are told as skipped. */
const chromium = findChromium();

describe.skipIf(chromium === null)('sign-in in a browser', () => {
  let rollcall: TestRollcall;
  let dns: DnsServer;
  let mails: SmtpSink;
  let browser: Browser;
  beforeAll(async () => {
    [dns, mails, browser] = await Promise.all([startDnsServer(), startSmtpSink(), openBrowser(chromium!)]);
    rollcall = await startRollcall({
      mode: 'one-process',
      env: {
        ROLLCALL_DNS_SERVERS: dns.address,
        ROLLCALL_SMTP_URL: mails.url,
        ROLLCALL_MAIL_FROM: 'Rollcall <rollcall@example.com>',
      },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rollcall?.stop();
    await dns?.close();
    await mails?.close();
  });

  const at = (path: string) => new URL(path, rollcall.graphqlUrl).href;
  const ask = (company: TestCompany, source: string, input: object) =>
    dataOf(graphqlClient(company)(source, { input }));

  /** A company whose domain is verified, so that an e-mail address leads to it. */
  async function companyWith(domain: string): Promise<TestCompany> {
    const company = await rollcall.newCompany();
    const CLAIM =
      'mutation ($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id recordName recordText } } }';
    const { id, recordName, recordText } = (await ask(company, CLAIM, { domain })).claimDomain.domainClaim;
    dns.texts.set(recordName, [recordText]);
    await ask(company, 'mutation ($input: IdInput!) { verifyDomain(input: $input) { proof } }', { id });
    return company;
  }

  /** One that people come in to by the identity provider, which the company's directory belongs with. */
  async function connected(company: TestCompany, kind: 'SAML' | 'OIDC', config: object, clientSecret?: string) {
    const CREATE =
      'mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id } } }';
    const made = await ask(company, CREATE, { name: 'Our provider', kind, config, clientSecret, status: 'ACTIVE' });
    const { id } = made.createSsoConnection.ssoConnection;
    const LINK = 'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }';
    await ask(company, LINK, { id: company.directoryId, ssoConnectionIds: [id] });
    const others = (await dataOf(graphqlClient(company)('{ ssoConnections { nodes { id } } }'))).ssoConnections.nodes;
    const DROP =
      'mutation ($input: UpdateSsoConnectionInput!) { updateSsoConnection(input: $input) { ssoConnection { id } } }';
    for (const other of others) if (other.id !== id) await ask(company, DROP, { id: other.id, status: 'DRAFT' });
  }

  const title = (page: Page) => page.$eval('h1', (heading) => heading.textContent);
  const path = (page: Page) => new URL(page.url()).pathname;
  const press = async (page: Page, text: string) => {
    const [button] = await page.$$(`::-p-xpath(//main//*[self::a or self::button][contains(., "${text}")])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };
  const begin = async (page: Page, email: string) => {
    await page.goto(at('/sign-in'));
    await page.type('input[name=email]', email);
    await press(page, 'Continue');
  };

  /** A browser's window without what others left in it. */
  async function inWindow(work: (page: Page) => Promise<void>) {
    const context = await browser.createBrowserContext();
    try {
      await work(await context.newPage());
    } finally {
      await context.close();
    }
  }

  describe.each(['SAML', 'OIDC'] as const)('through %s', (kind) => {
    const domain = `${kind.toLowerCase()}.example`;
    const [ann, bob] = [`ann@${domain}`, `bob@${domain}`];
    let company: TestCompany;
    let idp: SamlIdp | OidcIdp;
    let annId: string;
    const scim = () => scimClient(company);

    beforeAll(async () => {
      company = await companyWith(domain);
      // On another host than the server's, as in life: what it posts comes from another site.
      idp =
        kind === 'SAML'
          ? await new SamlIdp({ users: [ann, bob].map((nameId) => ({ nameId })) }).listen()
          : await new OidcIdp({
              users: [ann, bob].map((name) => ({ sub: `sub of ${name}`, claims: { preferred_username: name } })),
            }).listen(0, 'localhost');
      await connected(company, kind, idp.config, idp instanceof OidcIdp ? idp.clientSecret : undefined);
      annId = (await scim().post('/Users', { schemas: [USER], userName: ann })).body.id;
    });
    afterAll(() => idp?.close());

    const choose = async (page: Page, name: string) => {
      const [button] = await page.$$(`::-p-xpath(//button[normalize-space() = "${name}"])`);
      await Promise.all([page.waitForNavigation(), button!.click()]);
      // The provider's own page sends itself on.
      await page.waitForFunction((ours: string) => location.href.startsWith(ours), {}, at('/'));
    };
    const signIn = async (page: Page, email: string) => {
      await begin(page, email);
      await press(page, 'Our provider');
      await choose(page, email);
    };
    const setActive = (active: boolean) =>
      scim().patch(`/Users/${annId}`, [{ op: 'replace', path: 'active', value: active }]);

    it('comes in by the e-mail address, is out with the answer to a SCIM deactivation, and comes back', () =>
      inWindow(async (page) => {
        await signIn(page, ann);
        expect(path(page)).toBe('/sign-in/done');
        expect(await title(page)).toBe('You are signed in');
        expect(await page.content()).toContain(ann);

        expect((await setActive(false)).status).toBe(200);
        await page.reload();
        expect(path(page)).toBe('/sign-in');
        await signIn(page, ann);
        expect(await title(page)).toBe('Sign-in is not possible');

        expect((await setActive(true)).status).toBe(200);
        await page.goto(at('/sign-in/done'));
        expect(path(page)).toBe('/sign-in');
        await signIn(page, ann);
        expect(await title(page)).toBe('You are signed in');
      }));

    it('turns away who is not provisioned, and says nothing of why', () =>
      inWindow(async (page) => {
        await signIn(page, bob);
        expect(await title(page)).toBe('Sign-in is not possible');
        expect(await page.content()).not.toMatch(/provision|bob/i);
        const requestId = await page.$eval('code', (code) => code.textContent);

        const LOG = '{ changes(filter: { kind: { eq: "sign_in.refused" } }, last: 1) { nodes { requestId after } } }';
        const last = async () => (await dataOf(graphqlClient(company)(LOG))).changes.nodes[0];
        await expect.poll(last, { timeout: 10_000 }).toMatchObject({ requestId, after: { reason: 'NOT_PROVISIONED' } });
      }));
  });

  it('lets local people in by invitation, password and link, without JavaScript, and going back after signing out shows nothing', () =>
    inWindow(async (page) => {
      const email = 'eve@local.example';
      const company = await companyWith('local.example');
      const INVITE = 'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { isMailSent } }';
      await ask(company, INVITE, { email });
      await page.setJavaScriptEnabled(false);

      await page.goto(at(linkIn(await mails.mailTo(email, 'invited'))));
      await page.type('input[name=password]', 'a long enough password');
      await press(page, 'Come in');
      expect(await title(page)).toBe('You are signed in');
      await press(page, 'Sign out');
      expect(await title(page)).toBe('You are signed out');

      await begin(page, email);
      await page.type('input[name=password]', 'a wrong enough password');
      await press(page, 'Sign in');
      expect(await page.$eval('[role=alert]', (alert) => alert.textContent)).toMatch(/did not work/);
      await page.type('input[name=password]', 'a long enough password');
      await press(page, 'Sign in');
      expect(await page.content()).toContain(email);

      await press(page, 'Sign out');
      await page.goBack();
      expect(path(page)).toBe('/sign-in');
      expect(await page.content()).not.toContain(email);

      await begin(page, email);
      await press(page, 'link');
      await page.goto(at(linkIn(await mails.mailTo(email, '/sign-in/magic-link'))));
      await press(page, 'Sign in');
      expect(await title(page)).toBe('You are signed in');
    }));
});
