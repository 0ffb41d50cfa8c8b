import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, openBrowser } from '#test/support/browser.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { ownerOf, signedIn } from '#test/support/sign-in.js';

/** CI always has one (`.ci/run`), and fails without; where somebody has none, the tests are told as skipped. */
const chromium = findChromium();

describe.skipIf(chromium === null)('a session in a browser', () => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [rollcall, browser] = await Promise.all([startRollcall({ mode: 'one-process' }), openBrowser(chromium!)]);
    company = await rollcall.newCompany();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await rollcall?.stop();
  });

  const at = (path: string) => new URL(path, rollcall.graphqlUrl).href;
  const title = () => page.$eval('h1', (heading) => heading.textContent);

  it('is over when somebody signs out, and going back shows nothing of it', async () => {
    const { token } = await signedIn(rollcall, company.companyId, await ownerOf(rollcall, company.companyId));
    await browser.setCookie({ name: 'rollcall-session', value: token, domain: '127.0.0.1', path: '/', httpOnly: true });
    await page.goto(at('/sign-in/done'));
    expect(await title()).toBe('You are signed in');
    expect(await page.content()).toContain(company.ownerEmail);
    expect(await page.evaluate(() => document.cookie)).toBe('');

    await Promise.all([page.waitForNavigation(), page.click('button')]);
    expect(new URL(page.url()).pathname).toBe('/sign-out');
    await page.goBack();

    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await page.content()).not.toContain(company.ownerEmail);
    expect(await browser.cookies()).toEqual([]);
  });
});
