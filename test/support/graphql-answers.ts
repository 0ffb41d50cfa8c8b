import { expect } from 'vitest';
import type { graphqlClient } from './clients.js';

type Ask = ReturnType<typeof graphqlClient>;

/** The answer's data; an error of any kind fails the test. */
export async function dataOf(answer: ReturnType<Ask>) {
  const { status, body } = await answer;
  expect(body.errors).toBeUndefined();
  expect(status).toBe(200);
  return body.data;
}

/** The one error of a refused document: its message, and what its extensions hold. */
export async function errorOf(answer: ReturnType<Ask>) {
  const { body } = await answer;
  expect(body.errors).toHaveLength(1);
  const [{ message, extensions }] = body.errors;
  return { message, ...extensions };
}
