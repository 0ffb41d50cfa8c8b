import { expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './password.js';

it('makes argon2id hashes that fit their password only', async () => {
  const hash = await hashPassword('correct horse');

  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(hash, 'correct horse')).toBe(true);
  expect(await verifyPassword(hash, 'correct horse ')).toBe(false);
  expect(await verifyPassword('no hash', 'correct horse')).toBe(false);
});

it('serves more requests than it hashes at once', async () => {
  const hashes = await Promise.all(Array.from({ length: 7 }, (_, i) => hashPassword(`password ${i}`)));

  expect(new Set(hashes).size).toBe(7);
});
