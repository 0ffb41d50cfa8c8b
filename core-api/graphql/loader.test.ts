import { describe, expect, it } from 'vitest';
import { Loader } from './loader.js';

function recording() {
  const batches: string[][] = [];
  const loader = new Loader(async (keys) => {
    batches.push(keys);
    if (keys.includes('bad')) throw new Error('no');
    return new Map(keys.filter((key) => key !== 'gone').map((key) => [key, key.toUpperCase()]));
  }, 'nothing');
  return { loader, batches };
}

describe('Loader', () => {
  it('fetches what is asked for together at once, each key once', async () => {
    const { loader, batches } = recording();
    const later = Promise.resolve().then(() => loader.load('c'));

    expect(await Promise.all([loader.load('a'), loader.load('b'), loader.load('a'), later])).toEqual([
      'A',
      'B',
      'A',
      'C',
    ]);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('keeps what it fetched, and starts a new batch for what comes later', async () => {
    const { loader, batches } = recording();
    await loader.load('a');

    expect(await Promise.all([loader.load('a'), loader.load('b')])).toEqual(['A', 'B']);
    expect(batches).toEqual([['a'], ['b']]);
  });

  it('says what it was told to for keys that are not found', async () => {
    expect(await recording().loader.load('gone')).toBe('nothing');
  });

  it('fails everyone who waits for a batch that fails', async () => {
    const { loader } = recording();

    const settled = await Promise.allSettled([loader.load('bad'), loader.load('a')]);

    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
