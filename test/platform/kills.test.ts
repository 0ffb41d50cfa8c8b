import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';

/** `npm run test:long` kills for minutes; within `npm test` each kind of kill happens once. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3);
const WORKERS = 8;
const BETWEEN_KILLS_MS = 800;

const dist = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** The product on its embedded PostgreSQL, as an operating system process that can be killed and started again on the same port and folder. */
class Victim {
  #server: ChildProcess | null = null;
  #port = 0;

  constructor(readonly folder: string) {}

  get env() {
    return {
      PATH: process.env.PATH,
      PORT: String(this.#port),
      ROLLCALL_DATA_DIR: this.folder,
      ROLLCALL_SCIM_RATE: '0',
      ROLLCALL_LOG_LEVEL: 'silent',
    };
  }

  async start(): Promise<void> {
    const server = spawn(process.execPath, [dist('start.js')], { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    let output = '';
    server.stdout.on('data', (chunk) => {
      output += chunk;
    });
    for (let waited = 0; waited < 20_000; waited += 20) {
      const port = /127\.0\.0\.1:(\d+)\/graphql/.exec(output)?.[1];
      if (port) {
        this.#port = Number(port);
        return;
      }
      await delay(20);
    }
    throw new Error(`The server does not come back: ${output}`);
  }

  async killServer(): Promise<void> {
    await this.#end('SIGKILL');
  }

  killPostgres(): void {
    process.kill(
      Number(readFileSync(join(this.folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
      'SIGKILL',
    );
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await ended;
  }
}

it('keeps what it has confirmed and nothing by halves, whoever is killed meanwhile (K-01, K-02)', {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-kills-'));
  chmodSync(folder, 0o711); // as root, PostgreSQL runs as somebody else, who has to get in
  const victim = new Victim(folder);
  onTestFinished(async () => {
    await victim.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await victim.start();
  const company = JSON.parse(
    execFileSync(process.execPath, [dist('cli/main.js'), 'bootstrap', '--company', 'kills', '--json'], {
      env: victim.env,
      encoding: 'utf8',
    }),
  );
  const scim = scimClient(company);
  const { body: team } = await scim.post('/Groups', { displayName: 'All' });

  const users = new Map<string, string>();
  const maybeUsers = new Set<string>();
  const members = new Set<string>();
  const unexpected: unknown[] = [];
  let next = 0;
  let running = true;
  /** Null when nobody knows what became of the request: no answer, or 503. */
  const ask = async (call: Promise<{ status: number; body: { id: string } | null }>) => {
    const answer = await call.catch(() => null);
    if (answer && answer.status < 300) return answer;
    if (answer && answer.status !== 503) unexpected.push(answer);
    await delay(20);
    return null;
  };
  const work = async () => {
    while (running) {
      const userName = `user-${next++}`;
      const created = await ask(scim.post('/Users', { userName, externalId: userName }));
      if (!created?.body) {
        maybeUsers.add(userName);
        continue;
      }
      const { id } = created.body;
      users.set(userName, id);
      if (await ask(scim.patch(`/Groups/${team.id}`, [{ op: 'add', path: 'members', value: [{ value: id }] }])))
        members.add(id);
    }
  };
  const workers = Array.from({ length: WORKERS }, work);
  for (let round = 0; round < ROUNDS; round++) {
    await delay(BETWEEN_KILLS_MS);
    if (round % 3 !== 1) await victim.killServer();
    if (round % 3 !== 0) victim.killPostgres();
    if (round % 3 !== 1) await victim.start();
  }
  await delay(BETWEEN_KILLS_MS);
  running = false;
  await Promise.all(workers);
  await expect.poll(async () => (await scim.get('/Users?count=1')).status, { timeout: 20_000 }).toBe(200);

  expect(unexpected).toEqual([]);
  expect(users.size).toBeGreaterThan(0);
  const stored = new Map<string, string>();
  for (let startIndex = 1, total = 1; startIndex <= total; startIndex += 1000) {
    const { body } = await scim.get(`/Users?count=1000&startIndex=${startIndex}`);
    total = body.totalResults;
    for (const { userName, id } of body.Resources) stored.set(userName, id);
  }
  expect([...users].filter(([userName, id]) => stored.get(userName) !== id)).toEqual([]);
  expect([...stored.keys()].filter((userName) => !users.has(userName) && !maybeUsers.has(userName))).toEqual([]);
  const { body: all } = await scim.get(`/Groups/${team.id}`);
  const stay = new Set(all.members.map(({ value }: { value: string }) => value));
  expect([...members].filter((id) => !stay.has(id))).toEqual([]);

  // The log tells of every change that is there, and of no other.
  const kinds = new Map<string, number>();
  for (let after: string | null = null, more = true; more; ) {
    const { body } = await graphqlClient(company)(
      'query ($after: String) { changes(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { kind } } }',
      { after },
    );
    for (const { kind } of body.data.changes.nodes) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    after = body.data.changes.pageInfo.endCursor;
    more = body.data.changes.pageInfo.hasNextPage;
  }
  expect(kinds.get('user.created')).toBe(stored.size + 1); // the owner is not seen through SCIM
  expect(kinds.get('team.member_added')).toBe(stay.size);

  // Whoever sealed it was killed in the middle, too.
  const verify = () => {
    const printed = execFileSync(
      process.execPath,
      [dist('cli/main.js'), 'audit', 'verify', '--company', 'kills', '--json'],
      {
        env: victim.env,
        encoding: 'utf8',
      },
    );
    return JSON.parse(printed);
  };
  const unsealed = async () => verify().unsealedRows;
  await expect.poll(unsealed, { interval: 500, timeout: 20_000 }).toBe(0);
  expect(verify()).toMatchObject({ broken: null, sealedRows: [...kinds.values()].reduce((a, b) => a + b, 0) });
});
