import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Users of a tenant. */
  users: number;
  groups: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Tenants whose medians count, after the first. */
  runs: number;
  groupSizes: number[];
  /** Beginnings of the names of the phases that are run; null: all. */
  phases: string[] | null;
  /** Where the figures go as JSON; null for nowhere. */
  json: string | null;
  /** JSON of an earlier run to compare with. */
  compare: string | null;
  /** Say which phase fell below its accepted ratio, and fail then. */
  check: boolean;
  /** Sizes of one tenant by which growth is measured; null: that is not what is asked. */
  scale: number[] | null;
  /** Gateway and core in two processes. */
  split: boolean;
  /** Measure twice, without row-level security and with it, and say what it costs. */
  rowSecurity: boolean;
  /** Only find out how fast the load generator itself is. */
  selfCheck: boolean;
}

/** @throws Error with one line that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '2000' },
      groups: { type: 'string', default: '50' },
      concurrency: { type: 'string', default: '16' },
      runs: { type: 'string', default: '3' },
      'group-sizes': { type: 'string', default: '100,1000,10000' },
      phases: { type: 'string' },
      json: { type: 'string' },
      compare: { type: 'string' },
      check: { type: 'boolean', default: false },
      scale: { type: 'string' },
      split: { type: 'boolean', default: false },
      'row-security': { type: 'boolean', default: false },
      'self-check': { type: 'boolean', default: false },
    },
  });
  return {
    users: wholeNumber('users', values.users, 10, 1_000_000),
    groups: wholeNumber('groups', values.groups, 1, 10_000),
    concurrency: wholeNumber('concurrency', values.concurrency, 1, 256),
    runs: wholeNumber('runs', values.runs, 1, 20),
    groupSizes: sizes('group-sizes', values['group-sizes']),
    phases: values.phases?.split(',') ?? null,
    json: values.json ?? null,
    compare: values.compare ?? null,
    check: values.check,
    scale: values.scale === undefined ? null : sizes('scale', values.scale),
    split: values.split,
    rowSecurity: values['row-security'],
    selfCheck: values['self-check'],
  };
}

function sizes(option: string, text: string): number[] {
  return text === ''
    ? []
    : text
        .split(',')
        .map((each) => wholeNumber(option, each, 10, 1_000_000))
        .sort((a, b) => a - b);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${option} must be a whole number from ${least} to ${most}, and is "${text}".`);
}
