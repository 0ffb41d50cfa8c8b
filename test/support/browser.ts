import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';

/** Where packages and installers put it. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** What nobody asked for: calls home, and what needs a screen. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The Chromium that tests drive: CHROMIUM_PATH, else one in a usual place; null, and a word about it, when there is none.
 *
 * @throws when CHROMIUM_PATH leads nowhere: whoever sets it, as CI does, wants no test skipped.
 */
export function findChromium(): string | null {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted) {
    if (existsSync(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, and nothing is there.`);
  }
  const found = PLACES.find((place) => existsSync(place));
  if (!found) console.warn('SKIPPED: no Chromium was found for the browser tests. Install one, or set CHROMIUM_PATH.');
  return found ?? null;
}

/** A browser with a profile of its own, which goes with it. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const userDataDir = await mkdtemp(join(tmpdir(), 'rollcall-browser-'));
  const browser = await launch({
    executablePath,
    args: FLAGS,
    userDataDir,
    ignoreDefaultArgs: ['--enable-automation'],
  });
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return browser;
}
