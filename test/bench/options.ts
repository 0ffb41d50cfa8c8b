import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Users of a tenant. */
  users: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Where the figures go as JSON; null for nowhere. */
  json: string | null;
  /** Measure twice, without row-level security and with it, and say what it costs. */
  rowSecurity: boolean;
}

/** @throws Error with one line that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '16' },
      json: { type: 'string' },
      'row-security': { type: 'boolean', default: false },
    },
  });
  return {
    users: wholeNumber('users', values.users, 10, 1_000_000),
    concurrency: wholeNumber('concurrency', values.concurrency, 1, 256),
    json: values.json ?? null,
    rowSecurity: values['row-security'],
  };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${option} must be a whole number from ${least} to ${most}, and is "${text}".`);
}
