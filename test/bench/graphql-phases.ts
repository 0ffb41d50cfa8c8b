import { Connection } from './connection.js';
import { type Meter, type PhaseResult, runPhase } from './load.js';
import type { BenchCompany } from './server.js';
import { digits, spread } from './subject.js';

const PAGE = `query Page($after: String) {
  users(first: 100, after: $after) { totalCount pageInfo { endCursor } nodes { id userName active teams { displayName } roles { name } } }
}`;
const SEARCH = `query Search($text: String!) {
  users(first: 20, filter: { userName: { contains: $text } }) { totalCount nodes { id userName displayName } }
}`;
const CREATE =
  'mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { id userName version } } }';
const CHANGES =
  'query Changes($after: String) { changes(first: 100, after: $after) { pageInfo { endCursor } nodes { id kind at after } } }';

const FIRST_NEW = 8_000_000;

interface Size {
  users: number;
  concurrency: number;
}

/** What front ends and integrators do, on a tenant that the other phases have filled. There is no limit to compare these with. */
export async function runGraphQLPhases(
  { graphqlUrl, apiKey }: BenchCompany,
  { users, concurrency }: Size,
  meter: Meter,
  print: (result: PhaseResult) => void,
): Promise<PhaseResult[]> {
  const url = new URL(graphqlUrl);
  const connections: Connection[] = [];
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n`;
  const ask = async (worker: number, query: string, variables: object) => {
    connections[worker] ??= new Connection(url);
    const body = JSON.stringify({ query, variables });
    const answer = await connections[worker].send(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const text = answer.body.toString('latin1');
    if (answer.status !== 200 || text.includes('"errors":')) throw new Error(text.slice(0, 300));
    return text;
  };
  const cursorOf = (text: string) => /"endCursor":"([^"]+)"/.exec(text)?.[1] ?? null;

  const results: PhaseResult[] = [];
  const run = async (name: string, count: number, operation: (turn: number, worker: number) => Promise<unknown>) => {
    const phase = {
      name,
      count,
      workers: concurrency,
      operation: async (k: number, w: number) => void (await operation(k, w)),
    };
    const result = await runPhase(phase, meter);
    results.push(result);
    print(result);
  };
  try {
    const places = [null, cursorOf(await ask(0, PAGE, {}))];
    const positions = [null, cursorOf(await ask(0, CHANGES, {}))];
    await run('G page of 100', 200, (k, w) => ask(w, PAGE, { after: places[k % 2] }));
    await run('G search', 300, (k, w) => ask(w, SEARCH, { text: digits(spread(k, users)).slice(2) }));
    await run('G createUser', 500, (k, w) =>
      ask(w, CREATE, { input: { userName: `console-${FIRST_NEW + k}@example.com`, displayName: `Console ${k}` } }),
    );
    await run('G changes', 200, (k, w) => ask(w, CHANGES, { after: positions[k % 2] }));
    return results;
  } finally {
    for (const connection of connections) connection.close();
  }
}
