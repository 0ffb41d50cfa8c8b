import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fillUsers } from './fill.js';
import { type PhaseResult, runPhase } from './load.js';
import { printHead, printResult, type Table } from './report.js';
import { ScimSubject } from './scim-subject.js';
import type { BenchCompany, BenchServer } from './server.js';
import { digits, must, spread } from './subject.js';

const MIB = 1024 ** 2;
const SAMPLE_MS = 100;
const SOAK_USERS = 2_000;
const NEW_FROM = 3_000_000;
/** While caches fill and the heap finds its size, memory grows for good reasons. */
const SETTLED_AFTER = 0.2;

interface Outcome {
  tables: Table[];
  figures: object;
  results: PhaseResult[];
}

/** Memory of the Node process before, during and after a sync of so many users from an empty tenant, and while all of them are exported. */
export async function measureMemory(server: BenchServer, users: number, concurrency: number): Promise<Outcome> {
  const company = await server.newCompany('Bench memory');
  const subject = new ScimSubject(company);
  const atStart = server.residentBytes();
  printHead();
  const sampler = sample(server);
  const sync = await runPhase(
    {
      name: `sync of ${users}`,
      count: users,
      workers: concurrency,
      mostSeconds: 3_600,
      async operation(user, worker) {
        await subject.missByUserName(worker, user);
        await subject.create(worker, user);
      },
      verify: async (operations) => {
        must(operations === users, `only ${operations} of ${users} in time`);
        for (const user of [0, spread(1, users), users - 1]) await subject.findByUserName(0, user);
      },
    },
    server.meter,
  );
  const synced = { peak: sampler.peak(), after: server.residentBytes() };
  printResult(sync);
  sampler.restart();
  const exported = await runPhase(
    {
      name: 'export of all',
      count: 1,
      workers: 1,
      mostSeconds: 3_600,
      operation: async () => {
        const rows = await exportRows(company);
        must(rows >= users, `the export holds ${rows} rows of ${users} users`);
      },
    },
    server.meter,
  );
  printResult(exported);
  const peakOfExport = sampler.peak();
  sampler.stop();
  await subject.close();
  const rows = [
    ['after the start', mib(atStart), '-'],
    [`sync of ${users} users`, mib(synced.after), mib(synced.peak)],
    [`export of ${users} users`, mib(server.residentBytes()), mib(peakOfExport)],
  ];
  return {
    tables: [{ title: 'Memory of the Node process (RSS), MiB', columns: ['', 'after', 'peak'], rows }],
    figures: { atStart, synced, peakOfExport },
    results: [sync, exported],
  };
}

/** A mixed load for so many minutes, and by how much memory grows in one: the slope of the straight line nearest to the samples. */
export async function soak(server: BenchServer, minutes: number, concurrency: number): Promise<Outcome> {
  const company = await server.newCompany('Bench soak');
  await fillUsers(server.ownerUrl, [company], 0, SOAK_USERS);
  const subject = new ScimSubject(company);
  await subject.learn(Array.from({ length: SOAK_USERS }, (_, user) => user));
  const at = (turn: number) => spread(turn, SOAK_USERS);
  const mixed: ((turn: number, worker: number) => Promise<void>)[] = [
    (k, w) => subject.findByUserName(w, at(k)),
    (k, w) => subject.get(w, at(k)),
    (k, w) => subject.setActive(w, at(k), k % 20 < 10),
    (k, w) => subject.get(w, at(k)),
    (k, w) => subject.replace(w, at(k), `Soak ${k}`),
    (k, w) => subject.contains(w, digits(at(k)).slice(2)),
    async (k, w) => {
      await subject.missByUserName(w, NEW_FROM + k);
      await subject.create(w, NEW_FROM + k);
    },
    (k, w) => subject.findByExternalId(w, at(k)),
    (k, w) => subject.patchThree(w, at(k)),
    (_k, w) => subject.listGroups(w),
  ];
  await subject.createGroup(0, 'soak');
  printHead();
  const sampler = sample(server);
  const result = await runPhase(
    {
      name: `mixed, ${minutes} min`,
      count: Number.POSITIVE_INFINITY,
      workers: concurrency,
      mostSeconds: minutes * 60,
      operation: (k, w) => mixed[k % mixed.length]!(k, w),
    },
    server.meter,
  );
  printResult(result);
  sampler.stop();
  await subject.close();
  const settled = sampler.samples.slice(Math.floor(sampler.samples.length * SETTLED_AFTER));
  const slope = slopeOf(settled) / MIB;
  const rows = [
    ['operations', String(result.operations)],
    ['RSS after a fifth, MiB', mib(settled[0]!.bytes)],
    ['RSS at the end, MiB', mib(settled.at(-1)!.bytes)],
    ['peak, MiB', mib(sampler.peak())],
    ['slope, MiB a minute', slope.toFixed(2)],
  ];
  return {
    tables: [{ title: `A mixed load for ${minutes} minutes`, columns: ['', 'figure'], rows }],
    figures: { slopeMibPerMinute: slope, samples: sampler.samples },
    results: [result],
  };
}

interface Sample {
  minute: number;
  bytes: number;
}

function sample(server: BenchServer) {
  const begin = performance.now();
  const samples: Sample[] = [];
  let peak = 0;
  const look = () => {
    const bytes = server.residentBytes();
    peak = Math.max(peak, bytes);
    samples.push({ minute: (performance.now() - begin) / 60_000, bytes });
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return {
    samples,
    peak: () => peak,
    restart() {
      peak = 0;
      look();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** By least squares, in bytes a minute. */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (figure: (each: Sample) => number) =>
    samples.reduce((sum, each) => sum + figure(each), 0) / samples.length;
  const [minute, bytes] = [mean((each) => each.minute), mean((each) => each.bytes)];
  const spreadOf = (figure: (each: Sample) => number) =>
    samples.reduce((sum, each) => sum + (each.minute - minute) * figure(each), 0);
  return spreadOf((each) => each.bytes - bytes) / spreadOf((each) => each.minute - minute);
}

const mib = (bytes: number) => String(Math.round(bytes / MIB));

/** Lines of the users' file, without its head: none of them is kept. */
async function exportRows({ graphqlUrl, apiKey }: BenchCompany): Promise<number> {
  const url = new URL('/export/users.csv', graphqlUrl);
  const [response] = (await once(get(url, { headers: { authorization: `Bearer ${apiKey}` } }), 'response')) as [
    IncomingMessage,
  ];
  must(response.statusCode === 200, `the export answered ${response.statusCode}`);
  let lines = 0;
  for await (const piece of response) for (const byte of piece as Buffer) if (byte === 10) lines++;
  return lines - 1;
}
