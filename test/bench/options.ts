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
  /** Beginnings of the names of the phases that are measured; null: all. */
  phases: string[] | null;
  /** Where the figures go as JSON; null for nowhere. */
  json: string | null;
  /** Where they go as tables of Markdown; null for nowhere. */
  markdown: string | null;
  /** JSON of an earlier run to compare with. */
  compare: string | null;
  /** Say which phase fell below its accepted ratio, and fail then. */
  check: boolean;
  /** Keep this run's ratios as the accepted ones. */
  accept: boolean;
  mode: Mode;
}

/** What is asked beside the phases and their limits. */
export type Mode =
  | { kind: 'phases' }
  /** Sizes of one tenant by which growth is measured. */
  | { kind: 'scale'; sizes: number[] }
  /** One tenant's figures before and after so many others are there. */
  | { kind: 'tenants'; tenants: number; usersEach: number }
  /** Memory of Node after a sync of so many users and while they are exported. */
  | { kind: 'memory'; users: number }
  /** Memory of Node under a mixed load. */
  | { kind: 'soak'; minutes: number }
  /** A folder with a load generator and a limit of others, which run against the same server. */
  | { kind: 'reference'; folder: string }
  /** Gateway and core in one process, and in two. */
  | { kind: 'split' }
  /** Without row-level security and with it. */
  | { kind: 'row-security' }
  /** How fast the load generator itself is. */
  | { kind: 'self-check' };

/** @throws Error with one line that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '2000' },
      groups: { type: 'string', default: '50' },
      concurrency: { type: 'string', default: '16' },
      runs: { type: 'string', default: '3' },
      'group-sizes': { type: 'string', default: '100,1000,10000,70000' },
      phases: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      compare: { type: 'string' },
      check: { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
      split: { type: 'boolean', default: false },
      scale: { type: 'string' },
      tenants: { type: 'string' },
      'users-each': { type: 'string', default: '335' },
      memory: { type: 'boolean', default: false },
      soak: { type: 'string' },
      reference: { type: 'string' },
      'row-security': { type: 'boolean', default: false },
      'self-check': { type: 'boolean', default: false },
    },
  });
  const users = wholeNumber('users', values.users, 10, 1_000_000);
  const modes: Mode[] = [];
  if (values.scale !== undefined) modes.push({ kind: 'scale', sizes: sizes('scale', values.scale) });
  if (values.tenants !== undefined) {
    const tenants = wholeNumber('tenants', values.tenants, 1, 100_000);
    modes.push({ kind: 'tenants', tenants, usersEach: wholeNumber('users-each', values['users-each'], 1, 100_000) });
  }
  // The goal is said for 100,000; a smaller number is for trying.
  if (values.memory)
    modes.push({ kind: 'memory', users: args.some((arg) => arg.startsWith('--users')) ? users : 100_000 });
  if (values.soak !== undefined) modes.push({ kind: 'soak', minutes: wholeNumber('soak', values.soak, 1, 10_000) });
  if (values.reference !== undefined) modes.push({ kind: 'reference', folder: values.reference });
  if (values.split) modes.push({ kind: 'split' });
  if (values['row-security']) modes.push({ kind: 'row-security' });
  if (values['self-check']) modes.push({ kind: 'self-check' });
  if (modes.length > 1) throw new Error(`--${modes.map(({ kind }) => kind).join(' and --')} do not go together.`);
  return {
    users,
    groups: wholeNumber('groups', values.groups, 1, 10_000),
    concurrency: wholeNumber('concurrency', values.concurrency, 1, 256),
    runs: wholeNumber('runs', values.runs, 1, 20),
    groupSizes: sizes('group-sizes', values['group-sizes']),
    phases: values.phases?.split(',') ?? null,
    json: values.json ?? null,
    markdown: values.markdown ?? null,
    compare: values.compare ?? null,
    check: values.check,
    accept: values.accept,
    mode: modes[0] ?? { kind: 'phases' },
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
