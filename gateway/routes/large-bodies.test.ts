import { describe, expect, it } from 'vitest';
import { LargeBodies } from '#gateway/routes/large-bodies.js';

const aTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Enters in the given order. */
function enterAll(bodies: LargeBodies, ...directories: string[]) {
  const begun: number[] = [];
  const refused: number[] = [];
  directories.forEach((directory, i) => {
    bodies.enter(directory).then(
      () => begun.push(i),
      () => refused.push(i),
    );
  });
  return { begun, refused };
}

describe('LargeBodies', () => {
  it('keeps slots for others, which one slow directory once held all of', async () => {
    const bodies = new LargeBodies({ slots: 4, ofOneDirectory: 2 });

    const { begun } = enterAll(bodies, 'slow', 'slow', 'slow', 'slow', 'other', 'third', 'fourth');
    await aTurn();
    expect(begun).toEqual([0, 1, 4, 5]);

    bodies.leave('other');
    await aTurn();
    expect(begun).toEqual([0, 1, 4, 5, 6]);
    bodies.leave('slow');
    await aTurn();
    expect(begun).toEqual([0, 1, 4, 5, 6, 2]);
    for (const directory of ['third', 'fourth']) bodies.leave(directory);
    await aTurn();
    expect(begun).not.toContain(3);
    bodies.leave('slow');
    await aTurn();
    expect(begun).toEqual([0, 1, 4, 5, 6, 2, 3]);
  });

  it('begins in the order of arrival', async () => {
    const bodies = new LargeBodies({ slots: 1, ofOneDirectory: 1 });
    const { begun } = enterAll(bodies, 'a', 'b', 'a', 'c');
    for (const directory of ['a', 'b', 'a', 'c']) {
      await aTurn();
      bodies.leave(directory);
    }
    await aTurn();

    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('refuses one directory before it has filled the queue, and everybody once it is full', async () => {
    const bodies = new LargeBodies({ slots: 1, ofOneDirectory: 1 });
    const many = (directory: string, count: number) => Array.from({ length: count }, () => directory);
    const { refused } = enterAll(bodies, 'slow', ...many('slow', 33), ...many('other', 31), 'third', 'fourth');
    await aTurn();

    expect(refused).toEqual([33, 66]);
    await expect(bodies.enter('slow')).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '2' } });
  });
});
