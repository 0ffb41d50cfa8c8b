import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';

const dist = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** The built programs as an operator starts them, on a database server that is given. Three or four processes start in each test. */
describe('the programs', { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let folder: string;
  let running: ChildProcess[];
  beforeEach(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'rollcall-programs-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map(stop));
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  const settings = (more: Record<string, string>) => ({
    PATH: process.env.PATH,
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    ROLLCALL_DATA_DIR: folder,
    ROLLCALL_GATEWAY_KEY: 'a-gateway-key-of-more-than-32-characters',
    PORT: '0',
    ...more,
  });

  /** Starts a program and returns the port that it says it listens on. */
  async function launch(program: string, more: Record<string, string> = {}): Promise<number> {
    const child = spawn(process.execPath, [dist(program)], {
      env: settings(more),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    for (let waited = 0; waited < 15_000; waited += 50) {
      const port = /(?:port=|http:\/\/127\.0\.0\.1:)(\d+)/.exec(output)?.[1];
      if (port) return Number(port);
      await delay(50);
    }
    throw new Error(`${program} does not listen: ${output}`);
  }

  async function bootstrap(): Promise<{ scimToken: string; apiKey: string }> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [dist('cli/main.js'), 'bootstrap', '--company', 'acme', '--json'],
      { env: settings({}) },
    );
    return JSON.parse(stdout);
  }

  it('run in one process, and end in order when told to', async () => {
    const port = await launch('start.js');
    await works(`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}`, await bootstrap());
    expect(await stop(running[0]!)).toBe(0);
  });

  it('run apart, core-api and gateway each behind its own port', async () => {
    const core = await launch('core-api/main.js');
    const gateway = await launch('gateway/main.js', { CORE_API_URL: `http://127.0.0.1:${core}` });
    await works(`http://127.0.0.1:${gateway}`, `http://127.0.0.1:${core}`, await bootstrap());
    expect(await Promise.all(running.map(stop))).toEqual([0, 0]);
  });

  it('say 503 with Retry-After at the gateway when the core is gone, and work again when it is back', async () => {
    const core = await launch('core-api/main.js');
    const gateway = await launch('gateway/main.js', { CORE_API_URL: `http://127.0.0.1:${core}` });
    const { scimToken } = await bootstrap();
    const scim = scimClient({ scimBaseUrl: `http://127.0.0.1:${gateway}/scim/v2`, scimToken });
    running[0]?.kill('SIGKILL');
    await stop(running[0]!);

    const answer = await scim.get('/Users?filter=userName%20eq%20%22x%22');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`http://127.0.0.1:${gateway}/health/ready`)).status).toBe(503);

    await launch('core-api/main.js', { PORT: String(core) });
    await expect.poll(async () => (await scim.get('/Users')).status, { timeout: 10_000 }).toBe(200);
  });
});

async function works(gateway: string, core: string, { scimToken, apiKey }: { scimToken: string; apiKey: string }) {
  await expect.poll(async () => (await fetch(`${gateway}/health/ready`)).status, { timeout: 10_000 }).toBe(200);
  const scim = scimClient({ scimBaseUrl: `${gateway}/scim/v2`, scimToken });
  expect(await scim.post('/Users', { userName: 'ana' })).toMatchObject({ status: 201 });
  const answer = await graphqlClient({ graphqlUrl: `${core}/graphql`, apiKey })('{ users { nodes { userName } } }');
  expect(answer.body.data.users.nodes).toContainEqual({ userName: 'ana' });
}

/** Tells it to stop, and returns its exit code; null when it was killed. */
function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}
