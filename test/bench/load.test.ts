import { describe, expect, it } from 'vitest';
import { medians, runPhase } from './load.js';

describe('runPhase', () => {
  it('runs each operation once, and counts wrong answers apart from operations', async () => {
    const seen: number[] = [];

    const result = await runPhase('create', 20, 4, async (index) => {
      seen.push(index);
      if (index % 5 === 3) throw new Error(`no ${index}`);
    });

    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(result).toMatchObject({ operations: 16, errors: 4, firstError: 'no 3' });
  });

  it('never has more under way than allowed', async () => {
    let now = 0;
    let most = 0;
    await runPhase('create', 30, 3, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    });
    expect(most).toBe(3);
  });
});

describe('medians', () => {
  it('takes the middle of each figure, and adds up errors', () => {
    const run = (operationsPerSecond: number, p95Ms: number, errors: number) => [
      { phase: 'PUT', operations: 10, errors, firstError: null, operationsPerSecond, p50Ms: 1, p95Ms },
    ];
    expect(medians([run(300, 9, 0), run(100, 5, 2), run(200, 7, 1)])).toEqual([
      { phase: 'PUT', operations: 10, errors: 3, firstError: null, operationsPerSecond: 200, p50Ms: 1, p95Ms: 7 },
    ]);
  });
});
