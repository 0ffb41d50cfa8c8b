import { describe, expect, it } from 'vitest';
import { RateLimit } from '#gateway/routes/rate-limit.js';

describe('RateLimit', () => {
  it('lets four seconds’ worth through at once, then the rate', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    const taken = () => {
      let count = 0;
      try {
        for (; count < 100; count++) limit.take('d-1');
      } catch {
        // the bucket is empty
      }
      return count;
    };

    expect(taken()).toBe(8);
    now += 1_000;
    expect(taken()).toBe(2);
  });

  it('keeps directories apart', () => {
    const limit = new RateLimit(1, () => 0);
    for (let turn = 0; turn < 4; turn++) limit.take('d-1');

    expect(() => limit.take('d-1')).toThrow(expect.objectContaining({ status: 429 }));
    expect(() => limit.take('d-2')).not.toThrow();
  });

  it('lets the requests that follow wait for what one was charged', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    limit.take('d-1');
    limit.charge('d-1', 100);

    expect(limit.secondsToWait('d-1')).toBe(47);
    now += 47_000;
    expect(limit.secondsToWait('d-1')).toBe(0);
  });

  it('lets everything through at rate 0', () => {
    const limit = new RateLimit(0, () => 0);

    expect(() => {
      for (let turn = 0; turn < 1_000; turn++) limit.take('d-1');
    }).not.toThrow();
  });
});
