import { describe, expect, it } from 'vitest';
import { medians, type PhaseResult, runPhase } from './load.js';

describe('runPhase', () => {
  it('runs each operation once, and counts wrong answers apart from operations', async () => {
    const seen: number[] = [];

    const result = await runPhase({
      name: 'create',
      count: 20,
      workers: 4,
      async operation(turn) {
        seen.push(turn);
        if (turn % 5 === 3) throw new Error(`no ${turn}`);
      },
    });

    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, turn) => turn));
    expect(result).toMatchObject({ operations: 16, errors: 4, firstError: 'no 3' });
  });

  it('gives each worker one operation at a time', async () => {
    const underWay = new Set<number>();
    let most = 0;
    await runPhase({
      name: 'create',
      count: 30,
      workers: 3,
      async operation(_turn, worker) {
        expect(underWay.has(worker)).toBe(false);
        underWay.add(worker);
        most = Math.max(most, underWay.size);
        await new Promise((resolve) => setTimeout(resolve, 1));
        underWay.delete(worker);
      },
    });
    expect(most).toBe(3);
  });

  it('counts a confirmed write that is not there as an error', async () => {
    const result = await runPhase({
      name: 'create',
      count: 3,
      workers: 1,
      operation: async () => undefined,
      verify: async (operations) => {
        throw new Error(`${operations} were confirmed, and 2 are there`);
      },
    });
    expect(result).toMatchObject({ operations: 3, errors: 1, firstError: '3 were confirmed, and 2 are there' });
  });

  it('says what an operation cost', async () => {
    let reads = 0;
    const meter = { read: async () => ({ node: 100 * reads, postgres: 50 * reads, statements: 8 * reads++ }) };
    const { costs } = await runPhase({ name: 'x', count: 4, workers: 2, operation: async () => undefined }, meter);
    expect(costs).toEqual({ node: 25, postgres: 12.5, statements: 2 });
  });
});

describe('medians', () => {
  it('takes the middle of each figure, and adds up errors', () => {
    const run = (perSecond: number, p95Ms: number, errors: number): PhaseResult[] => [
      { phase: 'PUT', operations: 10, errors, firstError: null, perSecond, p50Ms: 1, p95Ms, p99Ms: p95Ms, costs: null },
    ];
    expect(medians([run(300, 9, 0), run(100, 5, 2), run(200, 7, 1)])).toEqual(run(200, 7, 3));
  });
});
