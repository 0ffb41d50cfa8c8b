import { describe, expect, it } from 'vitest';
import type { PhaseResult } from './load.js';
import { slopeOf } from './memory.js';
import { readOptions } from './options.js';
import { comparisonOf, fallenPhases, ratiosOf, seriesOf } from './report.js';

const at = (phase: string, perSecond: number): PhaseResult => ({
  ...{ phase, perSecond, operations: 1, errors: 0, firstError: null },
  ...{ p50Ms: 1, p95Ms: 1, p99Ms: 1, costs: null },
});

describe('ratios', () => {
  it('are those of phases that have a limit', () => {
    const rollcall = [at('3 get', 50), at('G search', 10)];
    expect(ratiosOf({ rollcall, lean: [at('3 get', 200)] })).toEqual({ '3 get': 0.25 });
  });

  it('have fallen below nine tenths of what was accepted, not at nine tenths', () => {
    const accepted = { '3 get': 0.5, '6 PUT': 0.5, gone: 1 };
    expect(fallenPhases({ '3 get': 0.44, '6 PUT': 0.45, new: 0.1 }, accepted)).toEqual([
      { phase: '3 get', ratio: 0.44, accepted: 0.5 },
    ]);
  });

  it('are compared where both runs have them', () => {
    expect(comparisonOf({ '3 get': 0.6, new: 1 }, { '3 get': 0.4 }).rows).toEqual([
      ['3 get', '0.400', '0.600', '1.50'],
    ]);
  });
});

describe('a series', () => {
  it('says how much slower the last is than the first', () => {
    const ways = [
      { name: '1,000', results: [at('get', 300)] },
      { name: '10,000', results: [at('get', 200)] },
    ];
    expect(seriesOf('Growth', ways, 'first/last').rows).toEqual([['get', '300', '200', '1.50']]);
  });
});

describe('slopeOf', () => {
  it('is that of the line from which the samples lie least far', () => {
    expect(slopeOf([5, 7, 9, 11].map((bytes, minute) => ({ minute, bytes })))).toBeCloseTo(2);
    expect(slopeOf([5, 9, 5, 9, 5].map((bytes, minute) => ({ minute, bytes })))).toBeCloseTo(0);
  });
});

describe('the options', () => {
  it('ask for one thing at a time', () => {
    expect(readOptions(['--soak', '10']).mode).toEqual({ kind: 'soak', minutes: 10 });
    expect(() => readOptions(['--split', '--soak', '10'])).toThrow('--soak and --split do not go together');
  });

  it('take 100,000 users for memory, unless told otherwise', () => {
    expect(readOptions(['--memory']).mode).toEqual({ kind: 'memory', users: 100_000 });
    expect(readOptions(['--memory', '--users=500']).mode).toEqual({ kind: 'memory', users: 500 });
  });
});
