import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import { type LoggedChange, rebuild, type State } from '#test/support/rebuild.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { lastPosition, snapshot } from '#test/support/snapshot.js';
import { Wanderer } from '#test/support/wanderer.js';

/* The change log is enough: what a company has at any position folds out of it. */

let rollcall: TestRollcall;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
});
afterAll(() => rollcall.stop());

/** Numbers from 0 to below 1, the same ones for the same seed (xorshift). */
function randomBy(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const CHANGES = `query ($after: String) { changes(first: 100, after: $after) {
  nodes { id kind objectType objectId before after } pageInfo { hasNextPage endCursor } } }`;

/** The whole log through the entry at that position, as soon as all of it is final. */
async function logThrough(company: TestCompany, position: string): Promise<LoggedChange[]> {
  const ask = graphqlClient(company);
  const log: LoggedChange[] = [];
  for (let after: string | null = null; !log.some(({ id }) => id === position); ) {
    const { changes }: { changes: { nodes: LoggedChange[] } } = await dataOf(ask(CHANGES, { after }));
    log.push(...changes.nodes);
    after = log.at(-1)?.id ?? null;
    if (changes.nodes.length === 0) await wait(20);
  }
  return log;
}

const MANY = 300;

it('what stood there at any time during 300 changes folds out of it', async () => {
  const seed = Number(process.env.REBUILD_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomBy(seed);
  const company = await rollcall.newCompany();
  const wanderer = new Wanderer(company, random);
  const taken: { state: State; position: string }[] = [];
  const look = async () => taken.push(await snapshot(rollcall.db, company.companyId));
  const wander = async () => {
    await wanderer.prepare();
    await look();
    let last = taken[0]!.position;
    for (let changes = 0; changes < MANY; ) {
      await wanderer.step();
      const position = await lastPosition(rollcall.db, company.companyId);
      if (position !== last) changes++;
      last = position;
      if (random() < 0.1) await look();
    }
    await look();
  };
  await wander().catch((error: unknown) => expect.fail(`REBUILD_SEED=${seed}: ${error}`));

  const log = await logThrough(company, taken.at(-1)!.position);

  expect(new Set(log.map(({ kind }) => kind)).size, `REBUILD_SEED=${seed}`).toBeGreaterThan(25);
  for (const { state, position } of taken) {
    const known = log.slice(0, log.findIndex(({ id }) => id === position) + 1);
    expect(rebuild(known), `REBUILD_SEED=${seed}, at ${position}`).toEqual(state);
  }
}, 180_000);
